-- Give a column another type in its place
--
-- USING says what becomes of the values, and the column keeps its name. A second column of the new type, of which no
-- code knows, follows the first and is filled; when no old code runs any more, it takes the first one's place, in one
-- transaction. Until then new code sees the old type, so it has to do with both: with a cast that means the same for
-- either, for example. Where it cannot, give the new values a column of another name ([there](change_meaning.md)).

-- before
CREATE TABLE sale (id bigint PRIMARY KEY, pieces text NOT NULL DEFAULT '1');
CREATE INDEX sale_pieces ON sale (pieces);

-- migration
ALTER TABLE sale
    ALTER COLUMN pieces DROP DEFAULT,
    ALTER COLUMN pieces TYPE int USING pieces::int,
    ALTER COLUMN pieces SET DEFAULT 1;
