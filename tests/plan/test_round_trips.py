"""Rows whose old columns do not come back from the new ones are told of, before anything is lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.plan.proof import Lost
from schemaguard.postgres import round_trips
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.events import Event
from tests.plan.test_proof import proof_of
from tests.plan.walking import Case, apply, plan_of, rows, run

GIVEN = "CREATE TABLE customer (id int PRIMARY KEY, name varchar(20) NOT NULL, code text);"
LOSSY = Case(
    given=GIVEN,
    rows="""
    INSERT INTO customer VALUES (101, 'Ann Lee', '7'), (102, 'Mary Ann Lee', '007'), (103, 'A  B', 'x');
    """,
    sql="""
    ALTER TABLE customer ADD COLUMN first text, ADD COLUMN last text, ADD COLUMN number text;
    UPDATE customer SET first = split_part(name, ' ', 1), last = split_part(name, ' ', 2), number = code;
    -- schemaguard: down name = first || ' ' || last, down code = number::int
    ALTER TABLE customer DROP COLUMN name, DROP COLUMN code;
    """,
)
WHOLE = Case(
    given=GIVEN,
    rows=LOSSY.rows,
    sql="""
    ALTER TABLE customer ADD COLUMN shown text;
    UPDATE customer SET shown = '<' || name || '>';
    -- schemaguard: down = substr(shown, 2, length(shown) - 2)
    ALTER TABLE customer DROP COLUMN name;
    ALTER TABLE customer RENAME COLUMN code TO number;
    """,
)


def notes(url: str, plan: Plan, phase: Phase) -> list[str]:
    """What is said of rows in the phase, before anything else is said of the step."""
    events: list[Event] = []
    apply(url, plan, phase, watch=events.append)
    kinds = [event.kind for event in events]
    assert "note" not in kinds or kinds.index("note") < kinds.index("progress")
    return [event.message for event in events if event.kind == "note"]


@pytest.mark.majors
def test_rows_that_do_not_come_back_are_told_of_and_break_no_proof(server: Server) -> None:
    proof = proof_of(LOSSY, server)

    assert not proof.broken
    name, code = proof.lossy
    assert (name.table, name.old, name.new) == ("public.customer", ("name",), ("first", "last"))
    assert (code.old, code.new) == (("code",), ("number",))
    assert (
        Lost(old={"name": "Mary Ann Lee"}, new={"first": "Mary", "last": "Ann"}, again={"name": "Mary Ann"})
        in name.examples
    )
    assert Lost(old={"code": "007"}, new={"number": "007"}, again={"code": "7"}) in code.examples
    assert any(lost.error.startswith("22P02 invalid input syntax") for lost in code.examples)
    assert len(code.examples) == 3 < code.rows < code.of


@pytest.mark.majors
def test_where_all_come_back_nothing_is_said(server: Server, database: str) -> None:
    plan = plan_of(WHOLE)

    assert [trip.old for trip in plan.round_trips] == [("name",)]
    assert proof_of(WHOLE, server).lossy == ()
    run(database, WHOLE.setup)
    apply(database, plan, Phase.EXPAND)
    assert notes(database, plan, Phase.BACKFILL) == []


def test_what_the_release_itself_has_to_make_first_cannot_be_tried(server: Server) -> None:
    shout = "CREATE FUNCTION shout(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';"

    proof = proof_of(replace(WHOLE, sql=shout + WHOLE.sql.replace("'<' || name", "shout(name)")), server)

    assert not proof.broken
    assert any(note.startswith("not tried: whether old columns come back") for note in proof.notes)


@pytest.mark.majors
def test_of_live_rows_it_is_told_once_before_the_first_batch(database: str) -> None:
    plan = plan_of(LOSSY)
    run(database, LOSSY.setup)
    apply(database, plan, Phase.EXPAND)
    run(database, "UPDATE customer SET code = '1'")

    said = notes(database, plan, Phase.BACKFILL)

    assert [note.partition(", which")[0] for note in said] == [
        "2 rows do not come back from first and last with the same name"
    ]
    found = rows(database, said[0].partition("shows them: ")[2])
    assert sorted(found) == [("A  B", "A", "", "A "), ("Mary Ann Lee", "Mary", "Ann", "Mary Ann")]
    assert notes(database, plan, Phase.BACKFILL) == []


def test_live_rows_of_which_it_cannot_be_told_stop_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trips, "PATIENCE", "50ms")
    plan = plan_of(
        replace(LOSSY, sql=LOSSY.sql.replace("first || ' '", "coalesce(pg_sleep(0.2)::text, first)"))
    )
    run(database, LOSSY.setup)
    apply(database, plan, Phase.EXPAND)

    slow, wrong = notes(database, plan, Phase.BACKFILL)

    assert "could not be found out in 50ms; this query tells: SELECT name::text" in slow
    assert (
        'come back from number with the same code: 22P02 invalid input syntax for type integer: "x"' in wrong
    )
    assert rows(database, "SELECT count(*) FROM customer WHERE first IS NULL") == [(0,)]


@pytest.mark.parametrize("command", ["split", "verify"])
def test_people_see_what_is_lost(
    command: str, tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "0001_start.sql").write_text(LOSSY.setup)
    (tmp_path / "0002_names.sql").write_text(LOSSY.sql)

    code = main([command, str(tmp_path / "0002_names.sql"), "--shadow-url", server.url()])

    told = capsys.readouterr()
    assert code == 0
    lines = (told.err if command == "split" else told.out).splitlines()
    [place] = [at for at, line in enumerate(lines) if "do not come back from first and last" in line]
    assert "see whether yours hold such values" in lines[place]
    assert "      name = 'Mary Ann Lee' -> first = 'Mary', last = 'Ann' -> name = 'Mary Ann'" in lines[place:]
