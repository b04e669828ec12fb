"""What is dropped by way of a tombstone: who sees it when, what brings it back, what is refused."""

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.errors import InputError, NotSo, Refused
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.way_back import texts
from tests.plan.walking import RELEASE, Case, apply, error_of, nothing, plan_of, rows, run, shape

MakeDatabase = Callable[[str], str]

GIVEN = """
CREATE TABLE customer (id int PRIMARY KEY, mail text, fax text NOT NULL);
CREATE TABLE visit (id int PRIMARY KEY, customer_id int REFERENCES customer);
"""
SOME = "INSERT INTO customer VALUES (1, 'a@x', '1-23'); INSERT INTO visit VALUES (7, 1);"
YES = "-- schemaguard: tombstone = yes\n"
CASE = Case(given=GIVEN, rows=SOME, sql=f"{YES}ALTER TABLE customer DROP COLUMN fax;\n{YES}DROP TABLE visit;")


def contract(url: str, plan: Plan, to: str) -> None:
    """The contract, up to that step."""
    with connect(url) as conn:
        journal.create(conn)
        journal.deploy(conn, "2", "shop-2", (RELEASE,))
        runner.apply(conn, plan, Phase.CONTRACT, watch=nothing, options=runner.Options(to=to))


@pytest.mark.majors
def test_what_has_a_tombstone_comes_back_until_it_is_removed(database_with: MakeDatabase) -> None:
    url, plan = database_with(CASE.setup), plan_of(CASE)
    fax, visit, *removals = (
        step for step in plan.of(Phase.CONTRACT) if step.sql and "foreign key" not in step.title
    )
    told = []

    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    contract(url, plan, visit.id)
    told.append(error_of(url, "SELECT fax FROM customer"))
    told.append(error_of(url, "SELECT FROM visit"))
    # New code goes on.
    run(url, "INSERT INTO customer (id, mail) VALUES (2, 'b@x')", "DELETE FROM customer WHERE id = 2")
    for step in (fax, visit):
        assert step.undo is not None
        run(url, *texts(step.undo))
    back = rows(url, "SELECT fax, visit.id FROM customer JOIN visit ON customer_id = customer.id")
    apply(url, plan, Phase.CONTRACT)

    assert [type(error) for error in told] == [
        psycopg.errors.UndefinedColumn,
        psycopg.errors.UndefinedTable,
    ]
    assert back == [("1-23", 7)]
    assert len(removals) == 2
    assert plan.steps[-2:] == tuple(removals)
    assert not [thing for thing in shape(url) if "tombstone" in thing or "visit" in thing or "fax" in thing]


@pytest.mark.majors
def test_the_note_says_what_brings_it_back(database_with: MakeDatabase) -> None:
    url, plan = database_with(CASE.setup), plan_of(CASE)
    visit = next(step for step in plan.steps if step.id.endswith("visit-tombstone"))
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    contract(url, plan, visit.id)

    for note in plan.notes:
        for statement in re.findall(r"ALTER TABLE [^;.]*\.[^;.]*", note):
            run(url, statement)

    assert rows(url, "SELECT fax FROM customer") == [("1-23",)]
    assert rows(url, "SELECT id FROM visit") == [(7,)]
    assert ["foreign keys" in note.lower() for note in plan.notes] == [False, True]


def test_without_a_word_of_it_nothing_has_a_tombstone() -> None:
    plan = plan_of(Case(given=GIVEN, sql=CASE.sql.replace(YES, "")))

    assert not [step for step in plan.steps if "tombstone" in step.id]
    assert plan.notes == ()


@pytest.mark.majors
def test_a_table_in_a_publication_stops_it_before_its_first_change(database_with: MakeDatabase) -> None:
    url = database_with(CASE.setup)
    run(url, "CREATE PUBLICATION news FOR TABLE customer")

    with pytest.raises(NotSo, match=r"no publication has public\.customer"):
        apply(url, plan_of(CASE), Phase.EXPAND)

    assert error_of(url, "INSERT INTO customer (id) VALUES (9)") is not None


@pytest.mark.parametrize(
    ("given", "sql", "why"),
    [
        ("", "DROP TABLE visit CASCADE;", "what needs it would go with it, and another name does not"),
        ("", "ALTER TABLE customer DROP COLUMN fax CASCADE;", "what needs it would go with it"),
        (
            "CREATE TABLE p (n int) PARTITION BY RANGE (n); CREATE TABLE q PARTITION OF p DEFAULT;",
            "DROP TABLE q;",
            r"rows of public\.q are seen in public\.p until it is dropped, under any name",
        ),
        (
            "CREATE TABLE heir () INHERITS (visit);",
            "DROP TABLE heir;",
            r"rows of public\.heir are seen in public\.visit until it is dropped",
        ),
        (
            "CREATE TABLE heir () INHERITS (customer);",
            "ALTER TABLE customer DROP COLUMN mail;",
            r"tables that inherit from public\.customer may have a column mail of their own",
        ),
        (
            "",
            (
                "ALTER TABLE customer DROP COLUMN mail; ALTER TABLE customer ADD COLUMN email text;"
                "UPDATE customer SET email = mail; -- schemaguard: down mail = email\nSELECT 1;"
            ),
            r"public\.customer\.mail lives on in new columns",
        ),
    ],
)
def test_what_another_name_does_not_bring_back_is_refused_with_the_reason(
    given: str, sql: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(Case(given=GIVEN + given, sql=YES + sql))


def test_no_is_a_way_out() -> None:
    no = YES.replace("yes", "no")
    plan = plan_of(Case(given=GIVEN, sql=f"{no}DROP TABLE visit CASCADE;"))

    assert plan.steps[-1].sql == ("DROP TABLE public.visit CASCADE",)


@pytest.mark.parametrize(
    ("directive", "statement"),
    [
        ("tombstone = perhaps", "DROP TABLE visit;"),
        ("tombstone fax = yes", "ALTER TABLE customer DROP COLUMN fax;"),
        ("tombstone = yes", "ALTER TABLE customer ADD COLUMN phone text;"),
    ],
)
def test_what_it_cannot_mean_is_told(directive: str, statement: str) -> None:
    with pytest.raises(
        InputError, match="tombstone = yes, or = no, stands above a DROP COLUMN or DROP TABLE"
    ):
        plan_of(Case(given=GIVEN, sql=f"-- schemaguard: {directive}\n{statement}"))


def test_the_settings_switch_it_on_and_apply_ends_where_it_is_told(
    tmp_path: Path, database_with: MakeDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.schemaguard]\ntombstones = true\n")
    (tmp_path / "V1__start.sql").write_text(GIVEN)
    migration = tmp_path / "V2__end.sql"
    migration.write_text("DROP TABLE visit;")
    url = database_with(CASE.setup)
    command = ["apply", str(migration), "--release", "end", "--database-url", url, "--phase"]

    assert main([*command, "expand"]) == 0
    with connect(url) as conn:
        journal.deploy(conn, "2", "shop-2", ("end",))
    wrong = main([*command, "contract", "--to", "no-such-step"])
    not_run = main([*command, "contract", "--to", "no-such-step", "--dry-run"])
    asked = capsys.readouterr().err
    assert main([*command, "contract", "--to", "contract-03-visit-tombstone", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert main([*command, "contract", "--to", "contract-03-visit-tombstone"]) == 0
    half = error_of(url, "SELECT FROM visit"), shape(url)
    ended = capsys.readouterr().out
    assert main([*command, "contract"]) == 0

    assert (wrong, not_run) == (2, 2)
    assert "contract-03-visit-tombstone" in shown
    assert "contract-04" not in shown
    assert "contract of end has no step no-such-step" in asked
    assert "contract-03-visit-tombstone" in asked
    assert isinstance(half[0], psycopg.errors.UndefinedTable)
    assert any("tombstone_visit" in thing for thing in half[1])
    assert "contract of end is done up to contract-03-visit-tombstone: 2 of 5 steps ran" in ended
    assert not any("tombstone" in thing for thing in shape(url))
