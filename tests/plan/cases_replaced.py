"""Releases in which an index or a key takes the place of another one."""

from tests.plan.walking import Case

SEATS = """
CREATE TABLE seat (
    id int PRIMARY KEY, hall int NOT NULL, number int, note text, CONSTRAINT seat_number UNIQUE (number)
);
CREATE INDEX seat_hall ON seat (hall);
CREATE INDEX seat_note ON seat (note) WHERE note <> '';
CREATE UNIQUE INDEX seat_once ON seat (hall, number);
CREATE TABLE ticket (seat int REFERENCES seat (number));
CREATE TABLE show (day int, hall int) PARTITION BY RANGE (day);
CREATE TABLE show_a PARTITION OF show FOR VALUES FROM (0) TO (10);
CREATE TABLE show_b PARTITION OF show FOR VALUES FROM (10) TO (20) PARTITION BY LIST (hall);
CREATE TABLE show_b_1 PARTITION OF show_b FOR VALUES IN (1);
CREATE INDEX show_hall ON show (hall);
"""
TAKEN = """
INSERT INTO seat SELECT n, n % 3, n, 'n' || n FROM generate_series(1, 20) n;
INSERT INTO ticket SELECT n FROM generate_series(1, 5) n;
INSERT INTO show VALUES (1, 1), (11, 1);
"""
OLD = (
    "INSERT INTO seat SELECT max(id) + 1, 1, max(number) + 1 FROM seat",
    "INSERT INTO seat (id, hall, number) VALUES (1, 1, 1) ON CONFLICT DO NOTHING",
    "INSERT INTO show VALUES (2, 2)",
)
NEW = ("UPDATE seat SET note = 'x' WHERE id = 1", "INSERT INTO show VALUES (3, 3)")
SAME = ("SELECT id, number FROM seat ORDER BY 1",)

REPLACED = {
    "indexes are dropped, and others get their names": Case(
        given=SEATS,
        rows=TAKEN,
        sql="""
        DROP INDEX seat_hall;
        CREATE INDEX seat_hall ON seat (hall, note DESC) INCLUDE (id);
        DROP INDEX IF EXISTS seat_note;
        CREATE INDEX IF NOT EXISTS seat_note ON seat (lower(note)) WHERE note <> '';
        DROP INDEX show_hall;
        CREATE INDEX show_hall ON show (hall, day);
        """,
        baseline=OLD,
        canary=NEW,
        same=SAME,
    ),
    "indexes are made, and get the names of others": Case(
        given=SEATS,
        rows=TAKEN,
        sql="""
        CREATE INDEX another ON seat (hall, note);
        DROP INDEX seat_hall;
        ALTER INDEX another RENAME TO seat_hall;
        ALTER INDEX seat_note RENAME TO seat_note_old;
        CREATE INDEX seat_note ON seat (note);
        DROP INDEX seat_note_old;
        """,
        baseline=OLD,
        canary=NEW,
        same=SAME,
    ),
    "a unique index in place of another, and one that is stricter": Case(
        given=SEATS + "CREATE INDEX ticket_seat ON ticket (seat);",
        rows=TAKEN,
        sql="""
        DROP INDEX seat_once;
        CREATE UNIQUE INDEX seat_once ON seat (number, hall, note);
        DROP INDEX ticket_seat;
        CREATE UNIQUE INDEX ticket_seat ON ticket (seat);
        """,
        baseline=(*OLD, "INSERT INTO ticket VALUES (1)", "DELETE FROM ticket"),
        canary=(f"{OLD[0]} ON CONFLICT (number, hall, note) DO NOTHING",),
        same=SAME,
    ),
    "keys in place of others": Case(
        given=SEATS,
        rows=TAKEN,
        sql="""
        ALTER TABLE ticket DROP CONSTRAINT ticket_seat_fkey;
        ALTER TABLE seat DROP CONSTRAINT seat_number,
            ADD CONSTRAINT seat_number UNIQUE (number, hall, id) DEFERRABLE;
        ALTER TABLE seat DROP CONSTRAINT seat_pkey;
        ALTER TABLE seat ADD PRIMARY KEY (id, number);
        ALTER TABLE ticket ADD UNIQUE (seat);
        """,
        baseline=(*OLD, "DELETE FROM ticket WHERE seat = 2"),
        canary=(f"{OLD[0]} ON CONFLICT (id, number) DO NOTHING",),
        same=SAME,
    ),
    "keys in place of others under other names": Case(
        given=SEATS + "ALTER TABLE ticket ADD CONSTRAINT ticket_once UNIQUE (seat);",
        rows=TAKEN,
        sql="""
        ALTER TABLE ticket ADD COLUMN hall int;
        ALTER TABLE ticket DROP CONSTRAINT ticket_once;
        ALTER TABLE ticket ADD CONSTRAINT ticket_of_hall UNIQUE (hall, seat);
        CREATE UNIQUE INDEX CONCURRENTLY seat_by_both ON seat (id, number);
        ALTER TABLE seat DROP CONSTRAINT seat_pkey, ADD CONSTRAINT seat_key UNIQUE USING INDEX seat_by_both;
        """,
        baseline=(*OLD, "DELETE FROM ticket WHERE seat = 2"),
        canary=("INSERT INTO ticket VALUES (7, 7) ON CONFLICT (hall, seat) DO NOTHING",),
        same=SAME,
    ),
    "what is said of indexes and keys that take the place of others": Case(
        given=SEATS,
        rows=TAKEN,
        sql="""
        DROP INDEX seat_hall;
        CREATE INDEX seat_hall ON seat (hall, note);
        COMMENT ON INDEX seat_hall IS 'by hall';
        ALTER INDEX seat_hall SET (fillfactor = 70);
        ALTER TABLE seat CLUSTER ON seat_hall;
        ALTER TABLE seat DROP CONSTRAINT seat_pkey, ADD CONSTRAINT seat_pkey PRIMARY KEY (id, hall);
        COMMENT ON CONSTRAINT seat_pkey ON seat IS 'where it is';
        COMMENT ON COLUMN seat.hall IS 'seat_hall';
        DROP INDEX seat_once;
        CREATE UNIQUE INDEX seat_once ON seat (hall, id);
        ALTER TABLE seat ADD CONSTRAINT seat_in_hall UNIQUE USING INDEX seat_once;
        """,
        baseline=OLD[:1],
        canary=NEW,
        same=SAME,
    ),
    "indexes get the names of others that go with their column or table, or have another": Case(
        given=SEATS + "CREATE TABLE old (a int); CREATE INDEX old_a ON old (a);",
        rows=TAKEN,
        sql="""
        ALTER TABLE seat DROP COLUMN note;
        CREATE INDEX seat_note ON seat (number DESC);
        DROP TABLE old;
        CREATE TABLE new (a int);
        CREATE INDEX old_a ON new (a);
        ALTER INDEX seat_hall RENAME TO seat_in_hall;
        CREATE INDEX seat_hall ON seat (hall, number);
        """,
        baseline=(*OLD, "UPDATE seat SET note = 'x' WHERE id = 1", "INSERT INTO old VALUES (1)"),
        canary=("UPDATE seat SET hall = 2 WHERE id = 1", "INSERT INTO new VALUES (1)"),
        same=SAME,
    ),
}
