"""Releases about columns of keys of partitioned tables: other types, other names."""

from tests.plan.walking import Case

EVENT = """
CREATE TABLE event (
    id serial, day date NOT NULL, kind text, note text CHECK (note <> ''),
    PRIMARY KEY (id, day, kind), CONSTRAINT event_once UNIQUE (kind, id, day)
) PARTITION BY RANGE (day);
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE event_b PARTITION OF event FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')
    PARTITION BY LIST (kind);
CREATE TABLE event_b_x PARTITION OF event_b FOR VALUES IN ('x');
CREATE TABLE event_b_rest PARTITION OF event_b DEFAULT;
"""
EVENTS = """
INSERT INTO event (day, kind) SELECT date '2026-10-01' + n, 'x' FROM generate_series(1, 40) n;
"""
OLD = (
    "INSERT INTO event (day, kind) VALUES ('2026-11-20', 'y')",
    "INSERT INTO event (id, day, kind) SELECT max(id) + 1000, '2026-10-20', 'x' FROM event",
    "INSERT INTO event_a (day, kind) VALUES ('2026-10-21', 'z')",
    "UPDATE event SET kind = CASE kind WHEN 'x' THEN 'y' ELSE 'x' END, id = id + 100000 WHERE id = 35",
    "UPDATE event SET day = day + 20 WHERE id = 15 AND day < '2026-11-01'",
    "DELETE FROM event WHERE id = 7",
    "INSERT INTO event (id, day, kind) VALUES (1, '2026-10-02', 'x') ON CONFLICT (id, day, kind) DO NOTHING",
)

PARTS = {
    "a serial in keys of a partitioned table becomes bigint": Case(
        given=EVENT,
        rows=EVENTS,
        sql="ALTER TABLE event ALTER COLUMN id TYPE bigint; ALTER SEQUENCE event_id_seq AS bigint;",
        baseline=OLD,
        canary=OLD,
        same=("SELECT id, day, kind FROM event ORDER BY 1, 2, 3", "SELECT nextval('event_id_seq')"),
    ),
    "a column in keys of a partitioned table becomes bigint beside others that change": Case(
        given=EVENT.replace("id serial", "id int CHECK (id > 0) DEFAULT 7"),
        rows=EVENTS.replace("day, kind", "id, day, kind").replace("SELECT", "SELECT n,"),
        sql="ALTER TABLE event ALTER COLUMN id TYPE bigint; ALTER TABLE event RENAME COLUMN note TO remark;",
        baseline=(*OLD[1:2], *OLD[3:]),
        canary=(*OLD[1:2], *OLD[3:], "UPDATE event SET remark = 'x' WHERE id = 20"),
        same=("SELECT id, day, kind, remark FROM event ORDER BY 1, 2, 3",),
    ),
    "keys that are deferred or have more columns": Case(
        given="""
        CREATE TABLE place (id int, spot int, note text);
        CREATE TABLE visit (day int, id int, note text) PARTITION BY RANGE (day);
        CREATE TABLE visit_a PARTITION OF visit FOR VALUES FROM (0) TO (10);
        """,
        rows="INSERT INTO place SELECT n, n FROM generate_series(1, 9) n; INSERT INTO visit VALUES (1, 1);",
        sql="""
        ALTER TABLE place ADD CONSTRAINT place_spot UNIQUE (spot) DEFERRABLE INITIALLY DEFERRED;
        ALTER TABLE place ADD PRIMARY KEY (id) INCLUDE (note) DEFERRABLE;
        ALTER TABLE visit ADD UNIQUE (day, id) INCLUDE (note) DEFERRABLE;
        """,
        baseline=("INSERT INTO place SELECT max(id) + 1, max(spot) + 1 FROM place",),
        canary=("UPDATE place SET spot = -spot WHERE id = 3",),
        same=("SELECT * FROM place ORDER BY id", "SELECT * FROM visit"),
    ),
    "partitions are detached, with partitions of their own, and one that has a CHECK": Case(
        given=EVENT
        + """
        ALTER TABLE event_a ADD CHECK (day >= '2026-10-01' AND day < '2026-11-01');
        CREATE TABLE sum (a int, b int) PARTITION BY RANGE ((a + b));
        CREATE TABLE sum_a PARTITION OF sum FOR VALUES FROM (0) TO (10);
        """,
        rows=EVENTS,
        sql="""
        ALTER TABLE event DETACH PARTITION event_b;
        ALTER TABLE event DETACH PARTITION event_a;
        ALTER TABLE sum DETACH PARTITION sum_a CONCURRENTLY;
        """,
        baseline=OLD[3:4],
        canary=("UPDATE event_b SET note = 'x'", "INSERT INTO sum_a VALUES (1, 1)"),
        same=("SELECT id, day, kind, note FROM event_b ORDER BY 1",),
    ),
    "a partition is detached that has a default one beside it": Case(
        given="""
        CREATE TABLE visit (day int) PARTITION BY RANGE (day);
        CREATE TABLE visit_a PARTITION OF visit FOR VALUES FROM (0) TO (10);
        CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
        """,
        rows="INSERT INTO visit VALUES (1), (11);",
        sql="ALTER TABLE visit DETACH PARTITION visit_a;",
        baseline=("INSERT INTO visit VALUES (2)",),
        canary=("INSERT INTO visit_a VALUES (3)",),
        same=("SELECT * FROM visit WHERE day > 3",),
    ),
    "columns of tables without a key are filled": Case(
        given="""
        CREATE TABLE said (who int, words text);
        CREATE TABLE heard (who int, words text) PARTITION BY LIST (who);
        CREATE TABLE heard_a PARTITION OF heard FOR VALUES IN (1);
        CREATE TABLE heard_rest PARTITION OF heard DEFAULT;
        CREATE TABLE "Seen" ("Who" int UNIQUE, "user" int NOT NULL UNIQUE, words text);
        """,
        rows="""
        INSERT INTO said SELECT n % 3, 'w' || n FROM generate_series(1, 2000) n;
        INSERT INTO heard SELECT n % 3, 'w' || n FROM generate_series(1, 20) n;
        INSERT INTO "Seen" SELECT n, n, 'w' || n FROM generate_series(1, 20) n;
        """,
        sql="""
        ALTER TABLE said ADD COLUMN size int;
        UPDATE said SET size = length(said.words);
        ALTER TABLE said ALTER COLUMN size SET NOT NULL;
        ALTER TABLE heard RENAME COLUMN words TO spoken;
        ALTER TABLE "Seen" RENAME COLUMN words TO "Words";
        """,
        baseline=(
            "INSERT INTO said VALUES (1, 'more')",
            "UPDATE said SET who = 1 - who WHERE who < 2",
            "UPDATE heard SET who = CASE who WHEN 1 THEN 2 ELSE 1 END, words = words || 'x' WHERE who < 3",
        ),
        canary=("INSERT INTO heard (who, spoken) VALUES (2, 'x')", """UPDATE "Seen" SET "Words" = 'x'"""),
        same=("SELECT who, words, size FROM said ORDER BY 2", "SELECT who, spoken FROM heard ORDER BY 2, 1"),
    ),
    "partitions are attached beside a default one, which lack indexes and keys of the whole": Case(
        given="""
        CREATE TABLE page (id int PRIMARY KEY);
        CREATE TABLE visit (
            day int NOT NULL, page int CONSTRAINT visited REFERENCES page, note text,
            PRIMARY KEY (day, page), UNIQUE (day, note) INCLUDE (page)
        ) PARTITION BY RANGE (day);
        CREATE INDEX visit_note ON visit (lower(note) DESC) WHERE note <> '';
        CREATE TABLE visit_a PARTITION OF visit FOR VALUES FROM (0) TO (10);
        CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
        CREATE TABLE visit_b (day int NOT NULL, page int NOT NULL, note text);
        """,
        rows="""
        INSERT INTO page SELECT n FROM generate_series(1, 9) n;
        INSERT INTO visit SELECT n, 1 + n % 9, 'n' || n FROM generate_series(0, 9) n;
        INSERT INTO visit VALUES (30, 1);
        INSERT INTO visit_b SELECT n, 1 + n % 9, 'n' || n FROM generate_series(10, 19) n;
        """,
        sql="ALTER TABLE visit ATTACH PARTITION visit_b FOR VALUES FROM (10) TO (20);",
        baseline=("INSERT INTO visit VALUES (1, 1), (40, 1) ON CONFLICT DO NOTHING",),
        canary=("INSERT INTO visit VALUES (11, 7) ON CONFLICT DO NOTHING",),
        same=("SELECT day, page FROM visit ORDER BY 1, 2",),
    ),
    "default partitions and those of a hash are attached": Case(
        given="""
        CREATE TABLE visit (day int) PARTITION BY RANGE (day);
        CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (MINVALUE) TO (0);
        CREATE TABLE visit_a PARTITION OF visit FOR VALUES FROM (0) TO (10);
        CREATE TABLE visit_rest (day int);
        CREATE TABLE word (said text) PARTITION BY LIST (said);
        CREATE TABLE word_some PARTITION OF word FOR VALUES IN ('a,b', 'it''s', NULL);
        CREATE TABLE word_rest (said text) PARTITION BY LIST (said);
        CREATE TABLE word_rest_rest PARTITION OF word_rest DEFAULT;
        CREATE TABLE "Key" ("No" int) PARTITION BY HASH ("No");
        CREATE TABLE key_0 ("No" int);
        """,
        rows="""
        INSERT INTO visit_rest VALUES (10), (NULL); INSERT INTO word_rest VALUES ('c');
        INSERT INTO key_0 SELECT n FROM generate_series(1, 9) n
        WHERE satisfies_hash_partition('"Key"'::regclass, 2, 0, n);
        """,
        sql="""
        ALTER TABLE visit ATTACH PARTITION visit_rest DEFAULT;
        ALTER TABLE word ATTACH PARTITION word_rest DEFAULT;
        ALTER TABLE "Key" ATTACH PARTITION key_0 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        """,
        baseline=("INSERT INTO visit VALUES (1)", "INSERT INTO word VALUES ('it''s')"),
        canary=("INSERT INTO visit VALUES (11)", "INSERT INTO word VALUES ('d')"),
        same=("SELECT * FROM visit ORDER BY 1", """SELECT * FROM "Key" ORDER BY 1"""),
    ),
}
