-- Names of constraints of one definition; of two that say the same one is made.
-- given
-- script
CREATE TABLE account (
    id int PRIMARY KEY UNIQUE,
    a int CHECK (a > b),
    b int CONSTRAINT b_is_one UNIQUE CHECK (true) CHECK (a > 0),
    c varchar(10) DEFAULT NULL,
    d varchar(10) DEFAULT NULL::varchar,
    e numeric DEFAULT NULL,
    f interval(3) DEFAULT NULL,
    UNIQUE (b),
    UNIQUE (b, a),
    CHECK (account IS NOT NULL)
);
ALTER TABLE account ADD COLUMN g int CONSTRAINT g_is_one UNIQUE UNIQUE;
ALTER TABLE account ALTER COLUMN c SET DEFAULT 'x';
ALTER TABLE account ALTER COLUMN c SET DEFAULT NULL;
DROP INDEX IF EXISTS account_b_key;
CREATE TABLE named_twice (a int CONSTRAINT once UNIQUE, CONSTRAINT once UNIQUE (a));
CREATE TABLE named_for_two (a int CONSTRAINT other UNIQUE, b int, CONSTRAINT other UNIQUE (b));
