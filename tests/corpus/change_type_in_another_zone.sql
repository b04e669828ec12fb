-- timestamp becomes timestamptz for nothing in UTC only.
-- time zone Europe/Paris
-- given
CREATE TABLE account (id int PRIMARY KEY, a timestamp, b timestamptz, c timestamp);
CREATE INDEX account_a ON account (a);
-- script
ALTER TABLE account ALTER COLUMN a TYPE timestamptz;
ALTER TABLE account ALTER COLUMN b TYPE timestamp;
ALTER TABLE account ALTER COLUMN c TYPE timestamp(6);
