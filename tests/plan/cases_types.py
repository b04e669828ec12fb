"""Releases that give columns other types, their values becoming others."""

from tests.plan.walking import Case

TYPES = {
    "another type by USING": Case(
        given="""
        CREATE TABLE item (
            id bigint PRIMARY KEY,
            price text COLLATE "C" NOT NULL DEFAULT '0',
            rate numeric(6,2) DEFAULT 1 CHECK (rate > 0),
            "Größe" varchar(20)
        );
        ALTER TABLE item ALTER COLUMN price SET STORAGE EXTERNAL, ALTER COLUMN price SET STATISTICS 70;
        COMMENT ON COLUMN item.price IS 'euros';
        GRANT SELECT (price) ON item TO public;
        CREATE INDEX item_price ON item (price);
        """,
        rows="INSERT INTO item SELECT n, n, 1.5, nullif('L ' || n, 'L 7') FROM generate_series(1, 20) n;",
        sql="""
        ALTER TABLE item
            ALTER COLUMN price DROP DEFAULT,
            ALTER COLUMN price TYPE numeric(12,2) USING round(item.price::numeric * rate, 2),
            ALTER COLUMN price SET DEFAULT 1;
        ALTER TABLE item ALTER COLUMN "Größe" TYPE int USING length("Größe");
        """,
        baseline=(
            "INSERT INTO item (id, price) SELECT max(id) + 1, '8' FROM item",
            "INSERT INTO item (id) SELECT max(id) + 1 FROM item",
            "UPDATE item SET rate = rate * 2 WHERE id = 3",
            """UPDATE item SET "Größe" = 'XXL' WHERE id = 7""",
            "UPDATE item SET price = 7 WHERE id = 2",
        ),
        canary=("INSERT INTO item (id, price) SELECT max(id) + 1, 9 FROM item",),
        same=("""SELECT id, price, rate, "Größe" FROM item ORDER BY id""",),
    ),
    "values of other types, as an assignment takes them": Case(
        given="""
        CREATE TABLE item (
            id bigint PRIMARY KEY, n int, price numeric(8,3), said json, code varchar(9), weight numeric(8,3)
        );
        """,
        rows="""
        INSERT INTO item SELECT n, nullif(n, 7), n * 1.257, '{"a": 1}', n, n FROM generate_series(1, 20) n;
        """,
        sql="""
        ALTER TABLE item ADD COLUMN label varchar(12), ADD COLUMN tag char(4), ADD COLUMN bits bit(3);
        ALTER TABLE item ADD COLUMN pieces int, ADD COLUMN cost numeric(6,1);
        UPDATE item SET label = n, tag = n, bits = B'101', pieces = price, cost = price;
        UPDATE item SET label = 'few ' || n, tag = 'few' WHERE n < 5;
        UPDATE item SET label = 'none' WHERE label IS NULL;
        UPDATE item SET code = n * 2, weight = n * 1.00049, said = to_json(n) WHERE n > 10;
        """,
        baseline=("INSERT INTO item (id, n, price) SELECT max(id) + 1, 2, 2.5 FROM item",),
        canary=("INSERT INTO item (id, label) SELECT max(id) + 1, 'given' FROM item",),
        same=("SELECT to_json(item) FROM (SELECT * FROM item ORDER BY id) AS item WHERE id < 21",),
    ),
    "an enum of a text, and one without a value": Case(
        given="""
        CREATE TYPE mood AS ENUM ('sad', 'ok', 'lost');
        CREATE TYPE feeling AS ENUM ('sad', 'ok');
        CREATE TABLE person (id int PRIMARY KEY, mood mood, state text DEFAULT 'ok', again mood);
        CREATE INDEX person_mood ON person (mood) WHERE mood IS NOT NULL;
        """,
        rows="INSERT INTO person SELECT n, 'sad', 'ok' FROM generate_series(1, 9) n;",
        sql="""
        ALTER TABLE person ALTER COLUMN mood
            TYPE feeling USING CASE mood WHEN 'lost' THEN 'sad' ELSE mood::text::feeling END;
        ALTER TABLE person
            ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE feeling USING state::feeling;
        ALTER TABLE person DROP COLUMN again;
        DROP TYPE mood;
        """,
        baseline=("UPDATE person SET mood = 'lost', state = 'sad' WHERE id = 3",),
        same=("SELECT * FROM (SELECT id, mood, state FROM person) AS p ORDER BY id",),
    ),
    "a column that follows from another new one, as that one holds it": Case(
        given="CREATE TABLE item (id int PRIMARY KEY, price numeric(8,3));",
        rows="INSERT INTO item SELECT n, n * 1.257 FROM generate_series(1, 9) n;",
        sql="""
        ALTER TABLE item ADD COLUMN fee numeric(8,2) DEFAULT 7 NOT NULL;
        ALTER TABLE item ADD COLUMN pieces int;
        ALTER TABLE item ADD COLUMN about text, ADD COLUMN said text;
        UPDATE item SET pieces = price;
        UPDATE item SET about = fee::text, said = pieces::text;
        """,
        baseline=("INSERT INTO item (id, price) SELECT max(id) + 1, 2.5 FROM item",),
        same=("SELECT to_json(item) FROM (SELECT * FROM item ORDER BY id) AS item WHERE id < 10",),
    ),
    "a type that the column has already": Case(
        given="CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL CHECK (name <> ''), size int);",
        rows="INSERT INTO item SELECT n, 'n', n FROM generate_series(1, 9) n;",
        sql="""
        ALTER TABLE item ALTER COLUMN name TYPE text USING name::text;
        ALTER TABLE item ALTER COLUMN size TYPE integer;
        ALTER TABLE item ADD COLUMN more int;
        """,
        baseline=("INSERT INTO item SELECT max(id) + 1, 'more', 1 FROM item",),
        same=("SELECT * FROM item WHERE id < 10 ORDER BY id",),
    ),
}
