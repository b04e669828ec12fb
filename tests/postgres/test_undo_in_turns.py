"""What takes a step back in more than one transaction: killed between two of them, and refused by rows."""

from collections.abc import Callable

import pytest

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres import journal
from schemaguard.postgres.connect import connect
from schemaguard.postgres.shape import differences
from schemaguard.postgres.taking_back import Consent, take_back
from schemaguard.recipe import Step
from schemaguard.way_back import turns
from tests.plan.walking import Case, apply, nothing, plan_of, rows, run, shape

Make = Callable[[str], str]
GIVEN = """
CREATE TABLE kind (id int PRIMARY KEY);
CREATE TABLE item (
    id bigint PRIMARY KEY, name text NOT NULL,
    size int CONSTRAINT sized CHECK (size > 0), kind int CONSTRAINT of_kind REFERENCES kind ON DELETE CASCADE
);
INSERT INTO kind VALUES (1);
INSERT INTO item SELECT n, 'n' || n, n, 1 FROM generate_series(1, 200) n;
CREATE TABLE event (at date NOT NULL, note text, kind text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE event_2026 (at date NOT NULL, note text, kind text NOT NULL);
INSERT INTO event_2026 VALUES ('2026-03-04', 'x', 'k');
"""
RELEASES = {
    "a column that new code leaves out": "ALTER TABLE item DROP COLUMN name;",
    "a column of partitions": "ALTER TABLE event DROP COLUMN kind;",
    "NOT NULL goes": "ALTER TABLE item ALTER COLUMN name DROP NOT NULL;",
    "a CHECK goes": "ALTER TABLE item DROP CONSTRAINT sized;",
    "a foreign key goes": "ALTER TABLE item DROP CONSTRAINT of_kind;",
    "a partition is attached": (
        "ALTER TABLE event ATTACH PARTITION event_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');"
    ),
}
UNUSED = Consent(unused=True)


def release(name: str) -> tuple[Plan, Step]:
    """The plan, and its last step of expand that is taken back in turns."""
    plan = plan_of(Case(given=GIVEN, sql=RELEASES[name]))
    return plan, next(s for s in reversed(plan.of(Phase.EXPAND)) if len(list(turns(s.undo or ()))) > 1)


def begun(url: str, name: str, killed_after: int) -> Plan:
    """The plan, expanded, whose undo was killed after so many transactions."""
    plan, step = release(name)
    apply(url, plan, Phase.EXPAND)
    with connect(url) as conn:
        journal.begin_step(conn, plan.release, 1, step)
        for turn in list(turns(step.undo or ()))[:killed_after]:
            for statement in turn.sql:
                conn.execute(statement.encode())
    return plan


def undo(url: str, plan: Plan, consent: Consent = UNUSED) -> None:
    with connect(url) as conn:
        take_back(conn, plan, watch=nothing, consent=consent, lock_deadline=20)


@pytest.mark.majors
@pytest.mark.variations
@pytest.mark.parametrize("killed_after", range(4))
@pytest.mark.parametrize("name", RELEASES)
def test_killed_between_two_of_them_the_same_command_goes_on(
    name: str, killed_after: int, database_with: Make
) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    plan = begun(url, name, killed_after)

    undo(url, plan)

    assert list(differences(before, shape(url))) == []
    apply(url, plan, Phase.EXPAND)


@pytest.mark.majors
@pytest.mark.variations
@pytest.mark.parametrize("killed_after", range(4))
@pytest.mark.parametrize("name", [name for name in RELEASES if "attached" not in name])
def test_killed_between_two_of_them_expand_leads_forward_again(
    name: str, killed_after: int, database_with: Make
) -> None:
    url, other = database_with(GIVEN), database_with(GIVEN)
    plan = begun(url, name, killed_after)
    apply(other, plan, Phase.EXPAND)

    apply(url, plan, Phase.EXPAND)

    assert list(differences(shape(other), shape(url))) == []


@pytest.mark.majors
def test_a_detach_that_was_killed_is_ended(database_with: Make) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    plan, step = release("a partition is attached")
    apply(url, plan, Phase.EXPAND)
    with connect(url) as conn, connect(url) as reader:
        journal.begin_step(conn, plan.release, 1, step)
        reader.execute("BEGIN; SELECT FROM event")
        conn.execute("SET statement_timeout = 400")
        with pytest.raises(Exception, match="statement timeout"):
            conn.execute(next(turns(step.undo or ())).sql[0].encode())
        reader.execute("ROLLBACK")
    assert rows(url, "SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == [(1,)]

    undo(url, plan)

    assert list(differences(before, shape(url))) == []
    assert rows(url, "SELECT note FROM event_2026") == [("x",)]


@pytest.mark.parametrize(
    ("name", "write", "told"),
    [
        ("NOT NULL goes", "INSERT INTO item VALUES (901)", r"1 rows without a value in public\.item\.name"),
        (
            "a CHECK goes",
            "UPDATE item SET size = -1 WHERE id < 4",
            r"3 rows of public\.item that sized refuses",
        ),
        (
            "a foreign key goes",
            "UPDATE item SET kind = 9 WHERE id = 4",
            r"1 rows of public\.item that point to no row of public\.kind, which of_kind refuses",
        ),
    ],
)
def test_rows_that_it_would_refuse_are_counted_first(
    name: str, write: str, told: str, database_with: Make
) -> None:
    url = database_with(GIVEN)
    plan, _ = release(name)
    apply(url, plan, Phase.EXPAND)
    there = shape(url)
    run(url, write)

    with pytest.raises(Refused, match=told):
        undo(url, plan, Consent(unused=True, discard=True))

    assert shape(url) == there


@pytest.mark.majors
def test_a_table_that_was_there_outlives_the_one_that_it_was_attached_to(database_with: Make) -> None:
    url = database_with(
        "CREATE TABLE old (at date NOT NULL, note text); INSERT INTO old VALUES ('2026-01-02', 'x')"
    )
    plan = plan_of(
        Case(
            given="CREATE TABLE old (at date NOT NULL, note text);",
            sql="CREATE TABLE event (at date NOT NULL, note text) PARTITION BY RANGE (at);"
            "ALTER TABLE event ATTACH PARTITION old FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
        )
    )
    apply(url, plan, Phase.EXPAND)

    undo(url, plan, Consent(unused=True, discard=True))

    assert rows(url, "SELECT note FROM old") == [("x",)]


@pytest.mark.majors
def test_what_stays_is_no_drift_and_does_not_come_twice(database_with: Make) -> None:
    given = "CREATE TABLE item (id int PRIMARY KEY, note varchar(40), mail text UNIQUE);"
    url = database_with(given)
    plan = plan_of(
        Case(
            given=given,
            sql="ALTER TABLE item ALTER COLUMN note TYPE varchar(80); ALTER TABLE item ADD COLUMN more int;"
            "INSERT INTO item (id, mail) VALUES (1, 'root');",
        )
    )
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    undo(url, plan)
    assert rows(url, "SELECT count(*) FROM schemaguard.step WHERE state = 'done'") == [(1,)]
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    undo(url, plan)
    run(url, "ALTER TABLE item ADD COLUMN by_hand int")

    with pytest.raises(Refused, match="by_hand"):
        apply(url, plan, Phase.EXPAND)
