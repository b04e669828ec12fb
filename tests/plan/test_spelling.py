"""Another spelling of an enum's value: what each version of the code reads and writes at every state."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from schemaguard.errors import NotSo, Refused
from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from tests.plan.walking import Case, apply, error_of, plan_of, rows, run

MakeDatabase = Callable[[str], str]

STATE = "CREATE TYPE state AS ENUM ('new', 'done', 'failed');"
JOB = STATE + "CREATE TABLE job (id int PRIMARY KEY, state state NOT NULL DEFAULT 'done', ended bool);"
RENAME = "ALTER TYPE state RENAME VALUE 'done' TO 'finished';"
CASE = Case(given=JOB, sql=RENAME)
BOTH = "('done', 'finished')"


def written(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What the statement returns, as text."""
    with connect(url) as conn:
        return conn.execute(statement.encode()).fetchall()


@pytest.mark.majors
def test_each_version_reads_what_it_knows_whoever_has_written_it(database_with: MakeDatabase) -> None:
    url, plan = database_with(JOB + "INSERT INTO job VALUES (1, 'done'), (2, 'new');"), plan_of(CASE)
    expanded, seen = [step.id for step in plan.of(Phase.EXPAND)], dict[str, list[object]]()

    def look(event: Event) -> None:
        if event.kind not in ("done", "found"):
            return
        if event.step in expanded:
            expanded.remove(event.step)
        new_code = not expanded
        told: list[object] = []
        if event.step.startswith("expand"):
            told.append(written(url, "INSERT INTO job VALUES (3, 'done') RETURNING state::text"))
            run(url, "DELETE FROM job WHERE id = 3")
        if new_code:
            told.append(written(url, "INSERT INTO job VALUES (4, 'finished') RETURNING state::text"))
            told.append(written(url, "UPDATE job SET state = 'finished' WHERE id = 2 RETURNING state::text"))
            told.append(rows(url, f"SELECT id FROM job WHERE state IN {BOTH} ORDER BY id"))
            told.append(rows(url, "SELECT count(*) FROM job WHERE state IN ('new', 'failed')"))
        if new_code and event.step.startswith("expand"):
            told.append(rows(url, "SELECT id FROM job WHERE state = 'done' ORDER BY id"))
        run(url, "DELETE FROM job WHERE id = 4", "UPDATE job SET state = 'new' WHERE id = 2")
        seen[event.step] = told

    apply(url, plan, watch=look)

    done, finished = [("done",)], [("finished",)]
    old, new = [(1,), (2,), (4,)], [(0,)]
    assert seen == {
        "expand-01-state-known": [done],
        "expand-02-job-first-trigger": [done],
        "expand-03-state-add-value-finished": [done],
        "expand-04-state-kept-finished": [done],
        "expand-05-job-keep-finished": [done, done, done, old, new, old],
        "contract-01-job-keeps-finished": [done, done, old, new],
        "contract-02-state-rename-value-finished": [finished, finished, old, new],
        "contract-03-job-drop-trigger-finished": [finished, finished, old, new],
        "contract-04-state-drop-kept-finished": [finished, finished, old, new],
        "contract-05-job-has-finished": [finished, finished, old, new],
    }
    assert rows(url, "SELECT enum_range(NULL::state)::text") == [("{new,finished,done,failed}",)]


@pytest.mark.majors
def test_what_open_sessions_have_prepared_means_the_same_in_the_end(database_with: MakeDatabase) -> None:
    url, plan = database_with(JOB + "INSERT INTO job VALUES (1, 'done'), (2, 'new');"), plan_of(CASE)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)

    with connect(url) as conn:
        conn.execute("PREPARE finish AS UPDATE job SET state = 'finished' WHERE id = $1")
        conn.execute("PREPARE put (int, state) AS INSERT INTO job VALUES ($1, $2)")
        conn.execute(f"PREPARE ask AS SELECT count(*) FROM job WHERE state IN {BOTH}".encode())
        for _ in range(7):
            conn.execute("EXECUTE finish (2)")
            assert conn.execute("EXECUTE ask").fetchall() == [(2,)]
        apply(url, plan, Phase.CONTRACT)
        conn.execute("UPDATE job SET state = 'new'")
        conn.execute("EXECUTE finish (2)")
        conn.execute("EXECUTE put (3, 'finished')")

        assert conn.execute("EXECUTE ask").fetchall() == [(2,)]
    assert rows(url, "SELECT state::text FROM job ORDER BY id") == [("new",), ("finished",), ("finished",)]


@pytest.mark.majors
def test_a_value_that_was_read_before_the_names_change_is_the_same_after(database_with: MakeDatabase) -> None:
    url, plan = database_with(JOB), plan_of(CASE)
    late = """
    CREATE FUNCTION late(pause float) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE held state := 'finished'::state; BEGIN INSERT INTO job VALUES (1, held); END $$
    """
    apply(url, plan, Phase.EXPAND)
    run(url, late)

    with connect(url) as conn:
        conn.execute("SELECT late(0)")
        conn.execute("DELETE FROM job")

        def write(event: Event) -> None:
            if event.step.endswith("rename-value-finished") and event.kind == "done":
                conn.execute("SELECT late(0)")

        apply(url, plan, Phase.BACKFILL, Phase.CONTRACT, watch=write)

    assert rows(url, "SELECT state::text FROM job") == [("finished",)]


@pytest.mark.majors
def test_triggers_of_the_old_code_see_the_value_that_they_know(database_with: MakeDatabase) -> None:
    ends = """
    CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.ended := NEW.state = 'done'; RETURN NEW; END $$;
    CREATE TRIGGER "0_ends" BEFORE INSERT OR UPDATE ON job FOR EACH ROW EXECUTE FUNCTION ends();
    """
    case = Case(given=JOB + ends, sql=RENAME)
    url, plan = database_with(case.setup), plan_of(case)

    apply(url, plan, Phase.EXPAND)

    assert written(url, "INSERT INTO job VALUES (1, 'finished') RETURNING ended") == [(True,)]
    assert any("The text of function public.ends has 'done'" in note for note in plan.notes)


@pytest.mark.majors
def test_who_writes_through_a_view_needs_no_right_to_what_is_behind_it(database_with: MakeDatabase) -> None:
    given = """
    CREATE SCHEMA hidden;
    CREATE TYPE hidden.state AS ENUM ('new', 'done');
    CREATE TABLE hidden.job (id int PRIMARY KEY, state hidden.state NOT NULL);
    CREATE VIEW work AS SELECT * FROM hidden.job;
    """
    case = Case(given=given, sql="ALTER TYPE hidden.state RENAME VALUE 'done' TO 'finished';")
    url = database_with(case.setup)
    try:
        run(
            url,
            "CREATE ROLE clerk",
            "GRANT INSERT, SELECT ON work TO clerk",
            "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        )
        apply(url, plan_of(case), Phase.EXPAND)

        with connect(url) as conn:
            conn.execute("SET ROLE clerk")
            told = conn.execute("INSERT INTO work VALUES (1, 'finished') RETURNING state::text").fetchall()
            assert told == [("done",)]
    finally:
        run(url, "DROP OWNED BY clerk", "DROP ROLE clerk")


@pytest.mark.majors
@pytest.mark.parametrize(
    "unknown",
    [
        "CREATE TABLE other (state state)",
        "CREATE TABLE other (states state[])",
        "CREATE DOMAIN mild AS state CREATE TABLE other (state mild)",
        "CREATE DOMAIN many AS state[] CREATE TABLE other (states many[])",
        "CREATE TYPE pair AS (a state, b int) CREATE TABLE other (pair pair)",
        "CREATE TYPE span AS RANGE (subtype = state) CREATE TABLE other (span span)",
        "CREATE TABLE other (job job)",
    ],
)
def test_a_column_that_the_history_does_not_know_stops_it_before_its_first_change(
    database_with: MakeDatabase, unknown: str
) -> None:
    url = database_with(JOB)
    run(url, unknown.replace(" CREATE TABLE", "; CREATE TABLE"))

    with pytest.raises(NotSo, match=r"no other column than those of the migration's history holds"):
        apply(url, plan_of(CASE), Phase.EXPAND)

    assert rows(url, "SELECT enum_range(NULL::state)::text") == [("{new,done,failed}",)]


@pytest.mark.majors
def test_a_trigger_that_comes_before_ours_stops_it_before_its_first_change(
    database_with: MakeDatabase,
) -> None:
    url = database_with(JOB)
    function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    run(url, function, 'CREATE TRIGGER " a" BEFORE INSERT ON job FOR EACH ROW EXECUTE FUNCTION f()')

    with pytest.raises(NotSo, match=r"no BEFORE trigger of public\.job comes before"):
        apply(url, plan_of(CASE), Phase.EXPAND)

    run(url, 'ALTER TABLE job DISABLE TRIGGER " a"')
    apply(url, plan_of(CASE), Phase.EXPAND)
    assert error_of(url, "INSERT INTO job VALUES (1, 'finished')") is None


@pytest.mark.majors
def test_a_row_that_the_trigger_has_not_seen_stops_the_contract(database_with: MakeDatabase) -> None:
    url, plan = database_with(JOB), plan_of(CASE)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    with connect(url) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute("INSERT INTO job VALUES (1, 'finished')")

    with pytest.raises(NotSo, match=r"no row of public\.job has 'finished'"):
        apply(url, plan, Phase.CONTRACT)

    assert rows(url, "SELECT state::text FROM job") == [("finished",)]
    run(url, "UPDATE job SET state = state")
    apply(url, plan, Phase.CONTRACT)
    assert rows(url, "SELECT state::text FROM job") == [("finished",)]


@pytest.mark.majors
def test_a_value_of_a_type_that_no_column_has_is_renamed_as_well(database_with: MakeDatabase) -> None:
    case = Case(given=STATE, sql=RENAME)
    url = database_with(case.setup)

    apply(url, plan_of(case))

    assert rows(url, "SELECT enum_range(NULL::state)::text") == [("{new,finished,done,failed}",)]


def test_a_value_of_a_type_that_the_release_makes_is_renamed_as_written() -> None:
    plan = plan_of(Case(given="", sql=STATE + RENAME))

    assert [step.sql for step in plan.steps][1:] == [(RENAME.removesuffix(";"),)]
    assert plan.ends_apart == ()


@pytest.mark.parametrize(
    ("given", "beside", "why"),
    [
        (
            "CREATE TYPE pair AS (a state, b int); CREATE TABLE t (pair pair);",
            "",
            r"public\.t\.pair holds it inside of values of public\.pair, where no trigger looks",
        ),
        (
            "CREATE DOMAIN mild AS state; CREATE TABLE t (mild mild[]);",
            "",
            r"public\.t\.mild holds it inside of values of public\.mild, where no trigger looks",
        ),
        (
            "CREATE DOMAIN mild AS state CHECK (VALUE <> 'failed'); CREATE TABLE t (mild mild);",
            "",
            r"public\.mild, the type of public\.t\.mild, has a CHECK, which comes before any trigger",
        ),
        (
            "CREATE TABLE t (state state) PARTITION BY LIST (state);",
            "",
            r"public\.t\.state is part of the partition key, which is looked at before any trigger",
        ),
        (
            (
                "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;"
                "CREATE FOREIGN TABLE t (state state) SERVER files;"
            ),
            "",
            r"public\.t is foreign: its rows are elsewhere",
        ),
        (
            "",
            "CREATE TABLE t (state state);",
            r"other statements of this release change public\.t\.state",
        ),
        (
            "",
            "ALTER TABLE job RENAME COLUMN state TO status;",
            r"other statements of this release change public\.job\.state, public\.job\.status",
        ),
        (
            "",
            "ALTER TABLE job RENAME COLUMN ended TO over;",
            r"other columns of public\.job are kept in step by this release",
        ),
        (
            "",
            "ALTER TYPE state ADD VALUE 'lost';",
            r"other statements of this release change public\.state",
        ),
        (
            "",
            "ALTER TYPE state RENAME VALUE 'finished' TO 'over';",
            "other statements of this release name 'finished'",
        ),
        (
            "",
            "UPDATE job SET ended = true WHERE state = 'finished';",
            "other statements of this release name 'finished'",
        ),
    ],
)
def test_what_no_trigger_can_keep_is_refused_with_the_reason(given: str, beside: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(Case(given=JOB + given, sql=RENAME + beside))


def test_the_old_spelling_is_refused_while_nobody_has_named_the_type() -> None:
    with pytest.raises(Refused, match=r"'done' of public\.state cannot be renamed gently: what it is is not"):
        plan_of(Case(given="", sql=RENAME))


@pytest.mark.majors
def test_rename_value_alone_breaks_both_versions_of_the_code(database_with: MakeDatabase) -> None:
    """What the plan is held against."""
    url = database_with(JOB)
    run(url, RENAME)

    asked = f"SELECT FROM job WHERE state IN {BOTH}"
    assert isinstance(error_of(url, asked), psycopg.errors.InvalidTextRepresentation)
