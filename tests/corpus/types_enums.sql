-- Enums: neither a value more nor another spelling locks a table.
-- given
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN number AS int;
CREATE TABLE feeling (id int PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[]);
-- script
CREATE TYPE "Odd Name" AS ENUM ('it''s', E'tab\t', $$dollar$$);
CREATE TYPE other.empty AS ENUM ();
CREATE TYPE mood AS ENUM ('x');
CREATE TYPE feeling AS ENUM ('x');
CREATE TYPE twice AS ENUM ('x', 'x');
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'great';
ALTER TYPE mood ADD VALUE 'great';
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';
ALTER TYPE mood ADD VALUE 'other' BEFORE 'nobody';
ALTER TYPE number ADD VALUE 'other';
ALTER TYPE mood RENAME VALUE 'meh' TO 'so so';
ALTER TYPE mood RENAME VALUE 'meh' TO 'mah';
ALTER TYPE mood RENAME VALUE 'sad' TO 'ok';
ALTER TYPE number RENAME VALUE 'sad' TO 'ok';
ALTER TYPE mood RENAME TO feeling;
ALTER TYPE mood RENAME TO temper;
ALTER TYPE temper SET SCHEMA other;
ALTER TYPE other.temper OWNER TO CURRENT_USER;
ALTER TABLE feeling ADD COLUMN last other.temper;
DROP TYPE other.temper;
DROP DOMAIN other.temper;
DROP TYPE IF EXISTS nobody, other.nobody CASCADE;
DROP TYPE "Odd Name", other.empty;
DROP TYPE other.temper CASCADE;
