"""A new column that numbers the rows is added without writing the table anew."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemaguard.errors import NotSo, Refused
from schemaguard.names import Relation
from schemaguard.number_steps import unnumbered
from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.events import Event
from schemaguard.recipe import Step
from schemaguard.scripts import frames_of
from schemaguard.server import Server as Target
from schemaguard.text import Source
from tests.plan.cases_numbered import EVENTS, ITEM, ITEMS, NUMBERED
from tests.plan.test_proof import changed, proof_of, without
from tests.plan.walking import RELEASE, Case, apply, error_of, plan_of, rows, run, shape

Make = Callable[[str], str]
ALWAYS = "ALTER TABLE item ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;"
BY_DEFAULT = ALWAYS.replace("ALWAYS", "BY DEFAULT")
SERIAL = "ALTER TABLE item ADD COLUMN n bigserial;"
#: Who may insert, and knows nothing of sequences.
WRITER = """
DO $$ BEGIN CREATE ROLE writer; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT INSERT (id, name) ON item TO writer;
"""
WRITES = "SET ROLE writer; INSERT INTO item VALUES (1000 + random() * 1e15, 'mine');"
FILE = "SELECT pg_relation_filenode('item')"


def case(sql: str) -> Case:
    return Case(given=ITEM, rows=ITEMS, sql=sql)


@pytest.mark.majors
@pytest.mark.parametrize("sql", [ALWAYS, SERIAL])
def test_the_table_is_written_anew_by_the_statement_and_not_by_its_plan(
    sql: str, database_with: Make
) -> None:
    naive, split = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    before = rows(naive, FILE), rows(split, FILE)

    run(naive, sql)
    apply(split, plan_of(case(sql)))

    assert rows(naive, FILE) != before[0]
    assert rows(split, FILE) == before[1]
    assert rows(split, NUMBERED) == rows(naive, NUMBERED) == [(40, 40, 0)]


@pytest.mark.majors
def test_it_is_always_generated_from_the_first_step_on(database_with: Make) -> None:
    url = database_with(ITEM + ITEMS)
    apply(url, plan_of(case(ALWAYS)), Phase.EXPAND)

    given = error_of(url, "INSERT INTO item VALUES (1, 'x', 7)")
    changes = error_of(url, "UPDATE item SET n = 7 WHERE id = 30")

    assert [error.sqlstate if error else None for error in (given, changes)] == ["428C9", "428C9"]


@pytest.mark.majors
def test_a_number_that_new_code_gives_before_the_backfill_stays(database_with: Make) -> None:
    url, plan = database_with(ITEM + ITEMS), plan_of(case(BY_DEFAULT))
    apply(url, plan, Phase.EXPAND)
    run(url, "UPDATE item SET n = 5000 WHERE id = 30; INSERT INTO item VALUES (1, 'new', 6000);")

    apply(url, plan, Phase.BACKFILL, Phase.CONTRACT)

    assert rows(url, "SELECT id, n FROM item WHERE id IN (1, 30) ORDER BY id") == [(1, 6000), (30, 5000)]
    assert rows(url, "SELECT count(*), count(DISTINCT n) FROM item WHERE n BETWEEN 1 AND 39") == [(39, 39)]


@pytest.mark.majors
def test_who_may_insert_needs_no_right_for_an_identity(database_with: Make) -> None:
    url, plan = database_with(ITEM + ITEMS + WRITER), plan_of(case(ALWAYS))
    refused = []

    def write(event: Event) -> None:
        del event
        refused.append(error_of(url, WRITES))

    apply(url, plan, watch=write)

    assert len(refused) > 4
    assert not any(refused)


@pytest.mark.majors
def test_serial_stops_before_its_first_change_where_it_would_stop_who_may_insert(database_with: Make) -> None:
    naive, split = database_with(ITEM + ITEMS + WRITER), database_with(ITEM + ITEMS + WRITER)
    before = shape(split)
    run(naive, SERIAL)

    with pytest.raises(NotSo, match="may use the sequences"):
        apply(split, plan_of(case(SERIAL)), Phase.EXPAND)

    assert shape(split) == before
    error = error_of(naive, WRITES)
    assert error is not None
    assert error.sqlstate == "42501"


@pytest.mark.majors
@pytest.mark.parametrize("to", ["PUBLIC", "writer"])
def test_serial_goes_on_where_its_sequence_may_be_used(to: str, database_with: Make) -> None:
    rights = f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {to};"
    url = database_with(ITEM + ITEMS + WRITER + rights)

    apply(url, plan_of(case(SERIAL)))

    assert error_of(url, WRITES) is None


@pytest.mark.majors
def test_an_identity_of_a_partitioned_table_where_partitions_have_it(server: Server) -> None:
    one = Case(given=EVENTS, sql="ALTER TABLE event ADD COLUMN n int GENERATED ALWAYS AS IDENTITY;")
    target = Target(major=server.major)
    found = frames_of(one.sql, given=one.given, server=target)
    source = Source(path="script.sql", pieces=tuple(frame.statement.piece for frame in found))
    plan = make_plan(found, release=RELEASE, source=source, server=target)

    if server.major >= 17:
        assert not proof_of(one, server, plan).broken
    else:
        with pytest.raises(Refused, match="the migration itself fails"):
            proof_of(one, server, plan)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("CREATE SEQUENCE item_n_seq;", "no other relation is called public.item_n_seq"),
        ("CREATE ROLE owner_of_item; ALTER TABLE item OWNER TO owner_of_item;", "belongs to who runs"),
    ],
)
def test_serial_stops_where_its_sequence_would_be_another(before: str, why: str, database_with: Make) -> None:
    url = database_with(ITEM + ITEMS + before)

    with pytest.raises(NotSo, match=why):
        apply(url, plan_of(case(SERIAL)), Phase.EXPAND)


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        ("bigint GENERATED ALWAYS AS IDENTITY", 0),
        ("bigserial", 0),
        ("smallint GENERATED ALWAYS AS IDENTITY (INCREMENT -1)", 0),
        ("smallint GENERATED ALWAYS AS IDENTITY (MINVALUE 0)", -1),
        ("smallint GENERATED ALWAYS AS IDENTITY (MINVALUE -7 MAXVALUE 9)", -8),
        ("smallint GENERATED ALWAYS AS IDENTITY (INCREMENT BY -1 MAXVALUE 9)", 10),
        ("int GENERATED ALWAYS AS IDENTITY (MINVALUE -2147483648 MAXVALUE 0x10)", 17),
        ("int GENERATED ALWAYS AS IDENTITY (MINVALUE -2147483648)", None),
    ],
)
def test_rows_without_a_number_have_a_value_that_the_sequence_never_gives(
    definition: str, value: int | None
) -> None:
    [frame] = frames_of(f"ALTER TABLE item ADD COLUMN n {definition};", given=ITEM)
    column = frame.after.known(Relation("public", "item")).column("n")

    assert column is not None
    assert unnumbered(column) == value


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (ALWAYS.replace(";", " (MINVALUE -9223372036854775808);"), "gives every value of bigint"),
        (ALWAYS.replace(";", " CHECK (n > 0) NOT ENFORCED;"), "has constraints from the start"),
        (BY_DEFAULT + "UPDATE item SET n = id;", "gives its rows other values, too"),
        (SERIAL + "UPDATE item SET n = id;", "gives its rows other values, too"),
    ],
)
def test_what_cannot_be_numbered_gently_is_refused(sql: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(case(sql))


def _once(step: Step) -> Step:
    assert step.backfill is not None
    return replace(step, backfill=replace(step.backfill, values={"n": "7"}))


@pytest.mark.parametrize(
    "spoil",
    [lambda plan: without(plan, "-number-n"), lambda plan: changed(plan, "-number-n", _once)],
    ids=["rows have no number", "rows have the same number"],
)
def test_the_proof_tells_when_rows_are_not_numbered(spoil: Callable[[Plan], Plan], server: Server) -> None:
    one = case(BY_DEFAULT)

    proof = proof_of(one, server, spoil(plan_of(one)))

    assert "the rows end as the migration itself leaves them" in [claim.what for claim in proof.broken]
