-- One value for all rows needs no rewrite; a value for each does.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE INDEX account_email ON account (email);
-- script
ALTER TABLE account ADD COLUMN a text;
ALTER TABLE account ADD COLUMN b int DEFAULT 7;
ALTER TABLE account ADD COLUMN c int NOT NULL DEFAULT 7;
ALTER TABLE account ADD COLUMN d timestamptz DEFAULT now();
ALTER TABLE account ADD COLUMN e timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE account ADD COLUMN f timestamptz DEFAULT clock_timestamp();
ALTER TABLE account ADD COLUMN g uuid DEFAULT gen_random_uuid();
ALTER TABLE account ADD COLUMN h double precision DEFAULT random();
ALTER TABLE account ADD COLUMN i serial;
ALTER TABLE account ADD COLUMN j int GENERATED ALWAYS AS IDENTITY;
ALTER TABLE account ADD COLUMN k int GENERATED ALWAYS AS (id + 1) STORED;
ALTER TABLE account ADD COLUMN l int NOT NULL;
ALTER TABLE account ADD COLUMN m int DEFAULT NULL;
ALTER TABLE account ADD COLUMN n jsonb NOT NULL DEFAULT '{}'::jsonb;
ALTER TABLE account ADD COLUMN o date DEFAULT ('2020-01-01'::date + 1);
ALTER TABLE account ADD COLUMN p text DEFAULT lower('ABC') NOT NULL;
ALTER TABLE account ADD COLUMN q interval DEFAULT '1 day', ADD COLUMN r bigserial;
ALTER TABLE account ADD s int, ADD t text DEFAULT 'x';
ALTER TABLE account ADD COLUMN u varchar(10) DEFAULT NULL::varchar;
ALTER TABLE account ADD COLUMN v text DEFAULT NULL::text;
