-- What may be written at unique constraints and changes nothing that others feel.
-- given
CREATE TABLE account (id int, a int, b int, c int, email text, CHECK (c > 0), UNIQUE (c) DEFERRABLE);
-- script
ALTER TABLE account ADD CONSTRAINT later UNIQUE (a) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE account ADD CONSTRAINT filled UNIQUE (b) WITH (fillfactor = 70);
ALTER TABLE ONLY account ADD CONSTRAINT key PRIMARY KEY (id);
CREATE UNIQUE INDEX ON account (lower(email));
CREATE UNIQUE INDEX account_some ON account (a) WHERE b IS NULL;
CREATE TABLE visit (
    account_id int CONSTRAINT to_account REFERENCES account ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
    "day" date NOT NULL UNIQUE DEFERRABLE,
    CONSTRAINT a_constraint_with_a_name_that_is_longer_than_what_postgresql_keeps_of_it CHECK (account_id > 0),
    PRIMARY KEY ("day", account_id)
);
ALTER TABLE visit ALTER COLUMN account_id TYPE bigint;
ALTER TABLE account DROP COLUMN id CASCADE;
ALTER TABLE account ALTER COLUMN c TYPE bigint, ALTER COLUMN a TYPE bigint;
