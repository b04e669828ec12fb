SET lock_timeout = '2s';

ALTER TABLE account
    ADD COLUMN fax text,
	ADD CONSTRAINT grown CHECK (age > 17),
    ADD COLUMN token uuid
        DEFAULT gen_random_uuid(),
    ALTER COLUMN email SET NOT NULL, DROP COLUMN note;
