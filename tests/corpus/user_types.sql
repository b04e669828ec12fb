-- A type that is not built in may be a domain, whose constraints are checked row by row.
-- given
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN anything AS int;
CREATE TABLE account (id int PRIMARY KEY, kind text);
-- script
ALTER TABLE account ADD COLUMN a positive;
ALTER TABLE account ADD COLUMN b positive DEFAULT 3;
-- more is said than seen: an enum cannot be told from a domain
ALTER TABLE account ADD COLUMN c mood;
-- more is said than seen: a domain without constraints cannot be told from one with some
ALTER TABLE account ADD COLUMN d anything;
CREATE TABLE feeling (id int, mood mood NOT NULL DEFAULT 'sad', moods mood[]);
ALTER TABLE account ALTER COLUMN kind TYPE mood USING kind::mood;
