"""Columns of keys get another type or name: what is refused, and that no swap reads a table."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemaguard.errors import NotSo, Refused, SchemaguardError
from schemaguard.locks import LockMode
from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from schemaguard.postgres.picture import listening
from tests.plan.cases_keys import KEYS, SHOP
from tests.plan.cases_parts import EVENT, PARTS
from tests.plan.walking import Case, apply, plan_of, rows, run, shape

MakeDatabase = Callable[[str], str]

SWAPS = {
    "serial": KEYS["a serial primary key becomes bigint, and what points to it"],
    "identity": KEYS["identity primary keys become bigint"],
    "of several columns": KEYS["keys of several columns become bigint"],
    "of a partitioned table": PARTS["a serial in keys of a partitioned table becomes bigint"],
    "renamed": KEYS["a primary key is renamed, and what points to it"],
}


@pytest.mark.majors
@pytest.mark.parametrize("case", SWAPS.values(), ids=SWAPS)
def test_no_swap_reads_a_table_or_builds_an_index(case: Case, database_with: MakeDatabase) -> None:
    url, plan = database_with(case.setup), plan_of(case)
    swaps = [step for step in plan.steps if any("USING INDEX" in sql for sql in step.sql)]
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    with connect(url) as conn:
        for step in plan.of(Phase.CONTRACT):
            with listening(conn) as heard:
                for sql in step.sql:
                    conn.execute(sql.encode())
            if step in swaps:
                assert not (heard.verified | heard.rewritten | heard.built | heard.keys), step.id
            if "-validate-" in step.id and step.locks[-1][1] is LockMode.ROW_SHARE:
                assert heard.keys

    assert swaps


REFUSED = {
    "a primary key with a comment": (
        "COMMENT ON CONSTRAINT customer_pkey ON customer IS 'the key';",
        "no index or constraint of public.customer.id has a comment",
    ),
    "a replica identity by the key's index": (
        "ALTER TABLE customer REPLICA IDENTITY USING INDEX customer_pkey;",
        "no index or constraint of public.customer.id has a comment",
    ),
    "a foreign key with a comment": (
        "COMMENT ON CONSTRAINT friend ON orders IS 'who told of us';",
        "foreign key friend of public.orders is what we would make of it",
    ),
    "a sequence that does not belong to the column": (
        "ALTER SEQUENCE customer_id_seq OWNED BY NONE;",
        "the sequence of public.customer.id is public.customer_id_seq and belongs to it",
    ),
    "a view": (
        "CREATE VIEW seen AS SELECT id FROM customer;",
        "no view, policy, publication",
    ),
}


@pytest.mark.majors
@pytest.mark.parametrize("options", ["", "INCREMENT -2 START -1", "MAXVALUE 5000 CYCLE CACHE 7"])
def test_a_sequence_of_an_identity_column_goes_on_as_it_was(
    options: str, database_with: MakeDatabase
) -> None:
    given = f"""
    CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY {f"({options})" if options else ""} PRIMARY KEY);
    COMMENT ON SEQUENCE item_id_seq IS 'it''s counting';
    GRANT USAGE ON SEQUENCE item_id_seq TO PUBLIC;
    """
    case = Case(
        given=given,
        rows="INSERT INTO item DEFAULT VALUES; INSERT INTO item DEFAULT VALUES;",
        sql="ALTER TABLE item ALTER COLUMN id TYPE bigint;",
    )
    naive, url = database_with(case.setup), database_with(case.setup)

    run(naive, case.sql)
    apply(url, plan_of(case))
    run(naive, "INSERT INTO item DEFAULT VALUES")
    run(url, "INSERT INTO item DEFAULT VALUES")

    assert dict(shape(url)) == dict(shape(naive))
    assert rows(url, "SELECT id FROM item ORDER BY 1") == rows(naive, "SELECT id FROM item ORDER BY 1")


@pytest.mark.majors
@pytest.mark.parametrize(("more", "why"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_lost_stops_the_release_before_its_first_change(
    more: str, why: str, database_with: MakeDatabase
) -> None:
    case = SWAPS["serial"]
    url, plan = database_with(case.setup), plan_of(case)
    run(url, more)
    before = shape(url)

    with pytest.raises(SchemaguardError) as caught:
        apply(url, plan, Phase.EXPAND)

    assert why in str(caught.value)
    assert shape(url) == before


OF_PARTS = {
    "an index": "CREATE INDEX ON event_b_x (note, id);",
    "an index by an expression": "CREATE INDEX ON event_a ((id + 1));",
    "a constraint": "ALTER TABLE event_a ADD CHECK (id > -5);",
    "a default": "ALTER TABLE event_a ALTER COLUMN id SET DEFAULT 7;",
    "a right": "GRANT SELECT (id) ON event_b_rest TO PUBLIC;",
    "a comment on a part of the key": "COMMENT ON INDEX event_b_pkey IS 'the key';",
    "a replica identity": "ALTER TABLE event_a REPLICA IDENTITY USING INDEX event_a_pkey;",
    "a statistics target": "ALTER TABLE event_a ALTER COLUMN id SET STATISTICS 7;",
}


@pytest.mark.majors
@pytest.mark.parametrize("more", OF_PARTS.values(), ids=OF_PARTS)
def test_what_a_partition_has_of_its_own_stops_the_release_before_its_first_change(
    more: str, database_with: MakeDatabase
) -> None:
    case = replace(SWAPS["of a partitioned table"], given=EVENT + more)
    url, plan = database_with(case.setup), plan_of(case)
    before = shape(url)

    with pytest.raises(
        NotSo, match=r"no partition of public\.event has an index, constraint, right or setting"
    ):
        apply(url, plan, Phase.EXPAND)

    assert shape(url) == before


@pytest.mark.majors
def test_a_partition_that_comes_meanwhile_gets_its_part_of_the_key_in_the_swap(
    database_with: MakeDatabase,
) -> None:
    case = SWAPS["of a partitioned table"]
    come = "CREATE TABLE event_c PARTITION OF event FOR VALUES FROM ('2026-12-01') TO ('2027-01-01');"
    written = "INSERT INTO event (day, kind) VALUES ('2026-12-24', 'x');"
    naive, url = database_with(case.setup), database_with(case.setup)
    run(naive, come, written, case.sql)

    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)
    run(url, come, written)
    apply(url, plan_of(case), Phase.CONTRACT)

    assert dict(shape(url)) == dict(shape(naive))
    assert rows(url, "SELECT id, day FROM event_c") == rows(naive, "SELECT id, day FROM event_c")


PARTED = """
CREATE TABLE item (id int PRIMARY KEY, at date);
CREATE TABLE part (item_id int REFERENCES item, at date) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""


@pytest.mark.parametrize(
    ("given", "sql", "why"),
    [
        (PARTED, "ALTER TABLE item ALTER id TYPE bigint;", "is one of a partitioned table"),
        (PARTED, "ALTER TABLE part ALTER item_id TYPE bigint;", "is one of a partitioned table"),
        (
            EVENT,
            "ALTER TABLE event RENAME id TO number;",
            "there is none over the new name, such as ON CONFLICT",
        ),
        (
            EVENT + "ALTER INDEX event_b_pkey RENAME TO of_b;",
            "ALTER TABLE event ALTER id TYPE bigint;",
            "public.of_b would be called event_b_pkey again",
        ),
        (EVENT, "ALTER TABLE event ALTER kind TYPE varchar;", "public.event_b is partitioned by kind"),
        (
            "CREATE TABLE a (id int PRIMARY KEY) PARTITION BY RANGE (id);",
            "ALTER TABLE a ALTER id TYPE bigint;",
            "public.a is partitioned by id\n    No server changes the type of what a table is partitioned by",
        ),
        (
            "CREATE TABLE a (id int, n int, PRIMARY KEY (id) INCLUDE (n));",
            "ALTER TABLE a ALTER id TYPE bigint;",
            "a_pkey is more than a plain key",
        ),
        (
            """
            CREATE TABLE a (id int PRIMARY KEY);
            CREATE TABLE b (n int, a int REFERENCES a ON DELETE SET NULL (a));
            """,
            "ALTER TABLE b ALTER a TYPE bigint;",
            "sets some of its columns only",
        ),
        (
            SHOP,
            """
            CREATE TABLE bill (customer_id int REFERENCES customer);
            ALTER TABLE customer ALTER id TYPE bigint;
            """,
            "this release adds foreign key bill_customer_id_fkey",
        ),
        (
            SHOP,
            """
            ALTER TABLE customer RENAME CONSTRAINT customer_pkey TO pk;
            ALTER TABLE customer ALTER id TYPE bigint;
            """,
            "this release gives the key customer_pkey another name",
        ),
        (SHOP, "ALTER TABLE customer ALTER id TYPE numeric;", "its values come from a sequence"),
        (
            SHOP,
            "ALTER TABLE customer RENAME TO client; ALTER TABLE orders RENAME COLUMN friend_id TO f;",
            "renames the table that is public.client then, which foreign key friend connects",
        ),
        (
            SHOP,
            "ALTER TABLE orders RENAME TO basket; ALTER TABLE customer ALTER id TYPE bigint;",
            "renames the table that is public.basket then, which foreign key",
        ),
        (
            SHOP,
            "ALTER TABLE customer RENAME TO client; ALTER TABLE orders ALTER COLUMN friend_id TYPE bigint;",
            "renames the table that is public.client then, which foreign key friend connects",
        ),
        (
            SHOP,
            "ALTER TABLE customer RENAME TO client; ALTER TABLE orders DROP COLUMN friend_id;",
            "public.customer is renamed, and other statements of this release are about it",
        ),
        (
            "CREATE TABLE a (id int, n int, CHECK (id < n));",
            "ALTER TABLE a ALTER id TYPE bigint, ALTER n TYPE bigint;",
            "is about two columns that are made anew",
        ),
    ],
)
def test_what_cannot_follow_is_refused_with_the_reason(given: str, sql: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        plan_of(Case(given=given, sql=sql))

    assert why in str(caught.value)


IN_PLACE = {
    "no stricter": ("UNIQUE (a)", "UNIQUE (a, b)", Phase.EXPAND),
    "stricter": ("UNIQUE (a, b)", "UNIQUE (a)", Phase.CONTRACT),
    "of NULLs": ("UNIQUE (a)", "UNIQUE NULLS NOT DISTINCT (a)", Phase.CONTRACT),
    "at once": ("UNIQUE (a) DEFERRABLE", "UNIQUE (a, b)", Phase.CONTRACT),
}


@pytest.mark.parametrize(("old", "new", "phase"), IN_PLACE.values(), ids=IN_PLACE)
def test_a_key_in_place_of_another_is_built_when_nobody_may_run_into_it(
    old: str, new: str, phase: Phase
) -> None:
    case = Case(
        given=f"CREATE TABLE t (a int, b int, CONSTRAINT k {old});",
        sql=f"ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k {new};",
    )

    [built] = [step for step in plan_of(case).steps if "CREATE UNIQUE INDEX" in "".join(step.sql)]

    assert built.phase is phase
