"""Releases about columns that the server computes."""

from tests.plan.walking import Case

ITEM = """
CREATE TABLE item (
    id bigint PRIMARY KEY,
    price numeric(8, 2) NOT NULL,
    amount int,
    label text,
    shout text GENERATED ALWAYS AS (upper(label)) STORED,
    twice bigint NOT NULL GENERATED ALWAYS AS (id * 2) STORED
);
"""
ITEMS = """
INSERT INTO item (id, price, amount, label)
SELECT n, n + 0.25, CASE WHEN n % 3 > 0 THEN n END, 'it''s ' || n FROM generate_series(1, 40) n;
"""
OLD = (
    "INSERT INTO item (id, price, amount, label) SELECT max(id) + 1, 7.5, 2, 'new' FROM item",
    "INSERT INTO item (id, price) VALUES (1, 9) ON CONFLICT (id) DO UPDATE SET price = excluded.price",
    "UPDATE item SET amount = coalesce(amount, 0) + 1 WHERE id = 3",
    "UPDATE item SET label = label || '!' WHERE id = 4",
)

GENERATED = {
    "stored columns": Case(
        given=ITEM,
        rows=ITEMS,
        sql="""
        ALTER TABLE item ADD COLUMN total numeric(10, 1) GENERATED ALWAYS AS (price * amount) STORED;
        ALTER TABLE item ADD COLUMN "the Length" int NOT NULL
            GENERATED ALWAYS AS (coalesce(length(label), 0)) STORED;
        CREATE INDEX item_total ON item (total);
        """,
        baseline=OLD,
        canary=(*OLD, 'SELECT total, "the Length" FROM item WHERE total > 3'),
        same=('SELECT id, total, "the Length" FROM item ORDER BY id',),
    ),
    "a generated column that is dropped": Case(
        given=ITEM,
        rows=ITEMS,
        sql="ALTER TABLE item DROP COLUMN shout; ALTER TABLE item DROP COLUMN twice;",
        baseline=(*OLD, "SELECT shout, twice FROM item"),
        canary=OLD,
        same=("SELECT * FROM item ORDER BY id",),
    ),
    "a column that is generated no longer": Case(
        given=ITEM,
        rows=ITEMS,
        sql="""
        ALTER TABLE item ALTER COLUMN shout DROP EXPRESSION;
        ALTER TABLE item ALTER COLUMN twice DROP EXPRESSION;
        """,
        baseline=(*OLD, "SELECT shout, twice FROM item"),
        canary=(
            "INSERT INTO item (id, price, shout, twice) SELECT max(id) + 1, 7, 'MINE', 8 FROM item",
            "UPDATE item SET shout = 'OURS' WHERE id = 5",
        ),
        same=("SELECT * FROM item ORDER BY id",),
        undoable=False,
    ),
    "a column that follows from another new one's default": Case(
        given=ITEM,
        rows=ITEMS,
        sql="""
        ALTER TABLE item ADD COLUMN tax numeric NOT NULL DEFAULT 0.19;
        ALTER TABLE item ADD COLUMN gross numeric;
        UPDATE item SET gross = price * (1 + tax);
        """,
        baseline=OLD,
        canary=OLD,
        same=("SELECT id, tax, gross FROM item ORDER BY id",),
    ),
}
