-- A constraint takes its index along, and an index its constraint.
-- given
CREATE TABLE author (
    id int PRIMARY KEY,
    name text CONSTRAINT named CHECK (name <> ''),
    mentor int REFERENCES author,
    CONSTRAINT author_once UNIQUE (name, id)
);
CREATE INDEX author_lower ON author (lower(name));
CREATE TABLE book (id int PRIMARY KEY, author_id int REFERENCES author);
-- script
ALTER TABLE author RENAME CONSTRAINT named TO has_name;
ALTER TABLE author RENAME CONSTRAINT author_once TO author_twice;
ALTER TABLE author RENAME CONSTRAINT author_pkey TO author_key;
ALTER TABLE book RENAME CONSTRAINT book_author_id_fkey TO written_by;
ALTER INDEX author_lower RENAME TO author_by_name;
ALTER INDEX author_twice RENAME TO author_again;
ALTER INDEX IF EXISTS author_nowhere RENAME TO author_anywhere;
ALTER TABLE author DROP CONSTRAINT has_name;
DROP INDEX author_by_name;
