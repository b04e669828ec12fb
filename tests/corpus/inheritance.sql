-- Tables that inherit are changed with their parents.
-- given
CREATE TABLE person (id int NOT NULL, name text, CHECK (id > 0));
CREATE TABLE pupil (grade int) INHERITS (person);
CREATE TABLE guest (id int NOT NULL, name text, grade int, CONSTRAINT person_id_check CHECK (id > 0));
-- script
ALTER TABLE person ADD COLUMN age int;
ALTER TABLE guest ADD COLUMN age int;
ALTER TABLE person ADD CONSTRAINT grown CHECK (age > 3) NOT VALID;
ALTER TABLE person VALIDATE CONSTRAINT grown;
ALTER TABLE guest ADD CONSTRAINT grown CHECK (age > 3);
ALTER TABLE guest INHERIT person;
ALTER TABLE person ALTER COLUMN age TYPE bigint;
ALTER TABLE person RENAME COLUMN age TO years;
ALTER TABLE person DROP CONSTRAINT grown;
ALTER TABLE guest NO INHERIT person;
ALTER TABLE person ADD PRIMARY KEY (id);
CREATE INDEX ON person (name);
ALTER TABLE ONLY person DROP COLUMN name;
CREATE TABLE teacher () INHERITS (person);
ALTER TABLE person DROP COLUMN years;
DROP TABLE person CASCADE;
