-- What points to a renamed table or column follows; names of constraints and indexes stay.
-- given
CREATE TABLE author (id int PRIMARY KEY, name text CHECK (name IS NOT NULL), UNIQUE (name, id));
CREATE TABLE book (
    id int PRIMARY KEY,
    author_id int REFERENCES author,
    title text,
    pages int,
    size int GENERATED ALWAYS AS (pages * 2) STORED,
    CHECK (title <> '' AND pages > 0)
);
CREATE INDEX book_lower ON book (lower(title)) INCLUDE (pages) WHERE pages > 100;
-- script
ALTER TABLE author RENAME COLUMN name TO full_name;
ALTER TABLE author RENAME id TO author_id;
ALTER TABLE author RENAME TO writer;
ALTER TABLE book RENAME COLUMN title TO heading;
ALTER TABLE book RENAME COLUMN pages TO leaves;
ALTER TABLE book RENAME COLUMN author_id TO writer_id;
ALTER TABLE book RENAME TO volume;
ALTER TABLE writer ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE volume DROP COLUMN writer_id;
DROP TABLE writer;
