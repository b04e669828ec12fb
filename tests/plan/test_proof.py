"""Every plan keeps what it promises, and of one that does not the proof says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.errors import DatabaseError, Refused
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.plan.proof import Claim, Proof
from schemaguard.postgres.embedded import Server
from schemaguard.recipe import LockClass, Step
from schemaguard.report.colour import Paint
from schemaguard.report.proof import render_proof
from schemaguard.verify import prove
from tests.plan.cases import CASES
from tests.plan.walking import Case, naive, nothing_counted, plan_of


def proof_of(case: Case, server: Server, plan: Plan | None = None) -> Proof:
    return prove(plan or plan_of(case), naive(case), case.setup, server, watch=nothing_counted)


@pytest.mark.majors
@pytest.mark.variations
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_plan_keeps_what_it_promises(case: Case, server: Server) -> None:
    proof = proof_of(case, server)

    assert not proof.broken
    assert proof.major == server.major
    backs = [claim for claim in proof.claims if claim.what == "taken back, all is as it was"]
    expand = plan_of(case).of(Phase.EXPAND)
    assert (len(backs) == len(expand)) is case.undoable


@pytest.mark.majors
def test_what_is_said_twice_is_done_once(server: Server) -> None:
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, n text);",
        sql="ALTER TABLE t ALTER n SET NOT NULL; ALTER TABLE t ALTER n SET NOT NULL;",
    )

    assert not proof_of(case, server).broken


@pytest.mark.majors
def test_a_key_that_takes_nulls_for_alike_is_built_while_the_table_is_in_use(server: Server) -> None:
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, n text, o text);",
        sql="ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (n) INCLUDE (o) DEFERRABLE;",
    )
    if server.major < 15:
        with pytest.raises(Refused, match=r"the migration itself fails .* 42601"):
            proof_of(case, server)
        return

    assert not proof_of(case, server).broken


SMALL = Case(
    given="CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL); CREATE TABLE u (a text);",
    rows="INSERT INTO t SELECT n, 'a' || n FROM generate_series(1, 20) n;",
    sql="ALTER TABLE t RENAME COLUMN a TO b; CREATE INDEX u_a ON u (a);",
)


def changed(plan: Plan, words: str, change: Callable[[Step], Step]) -> Plan:
    """The plan with the one step changed whose id has these words."""
    [found] = [step for step in plan.steps if words in step.id]
    return replace(plan, steps=tuple(change(step) if step is found else step for step in plan.steps))


def without(plan: Plan, words: str) -> Plan:
    """The plan without the one step whose id has these words."""
    [found] = [step for step in plan.steps if words in step.id]
    return replace(plan, steps=tuple(step for step in plan.steps if step is not found))


BROKEN: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "it begins elsewhere": (
        lambda plan: replace(plan, starts_from="0" * 16),
        "it starts from the schema that is there",
    ),
    "it ends elsewhere": (
        lambda plan: replace(plan, ends_at="0" * 16),
        "it ends at the schema that it names",
    ),
    "a step is left out": (
        lambda plan: without(plan, "u_a"),
        "the catalog ends as the migration itself leaves it",
    ),
    "a probe says yes too early": (
        lambda plan: changed(plan, "u_a", lambda step: replace(step, probe="SELECT true")),
        "its probe tells that it is not done yet",
    ),
    "a probe never says yes": (
        lambda plan: changed(plan, "-add-b", lambda step: replace(step, probe="SELECT false")),
        "killed after its COMMIT it is found done",
    ),
    "nothing is taken back": (
        lambda plan: changed(plan, "-add-b", lambda step: replace(step, undo=())),
        "taken back, all is as it was",
    ),
    "too little is taken back": (
        lambda plan: changed(plan, "-add-b", lambda step: replace(step, undo=(step.undo or ())[:1])),
        "taken back, all is as it was",
    ),
    "locks are not taken first": (
        lambda plan: changed(plan, "-add-b", lambda step: replace(step, locks=())),
        "nobody waits longer than for its locks, which it takes without queueing",
    ),
    "others are made to queue": (
        lambda plan: changed(plan, "-add-b", lambda step: replace(step, lock_class=LockClass.PATIENT)),
        "nobody waits longer than for its locks, which it takes without queueing",
    ),
    "an index is built while writes wait": (
        lambda plan: changed(plan, "u_a", lambda step: replace(step, sql=("CREATE INDEX u_a ON u (a)",))),
        "nobody waits longer than for its locks, which it takes without queueing",
    ),
    "a failed attempt is not cleared away": (
        lambda plan: changed(plan, "u_a", lambda step: replace(step, tidy=())),
        "it can be run to its end",
    ),
    "rows are given other values": (
        lambda plan: changed(
            plan,
            "-add-b",
            lambda step: replace(step, sql=(*step.sql, "UPDATE t SET id = -id")),
        ),
        "the rows end as the migration itself leaves them",
    ),
}


@pytest.mark.parametrize(("spoil", "claim"), BROKEN.values(), ids=BROKEN)
def test_of_a_plan_that_does_not_keep_it_the_claim_is_broken(
    spoil: Callable[[Plan], Plan], claim: str, server: Server
) -> None:
    proof = proof_of(SMALL, server, spoil(plan_of(SMALL)))

    assert claim in {broken.what for broken in proof.broken}


def test_rows_that_the_migration_itself_refuses_are_taken_away_and_told_of(server: Server) -> None:
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, a text);",
        sql="ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
    )

    proof = proof_of(case, server)

    assert not proof.broken
    assert proof.rows > 0
    assert any("refused generated rows (23502" in note for note in proof.notes)


@pytest.mark.majors
def test_made_up_words_become_what_the_migration_wants_to_see_and_are_told_of(server: Server) -> None:
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text);",
        sql="""
        CREATE TYPE mood AS ENUM ('good', 'bad');
        ALTER TABLE t ADD COLUMN m mood, ADD COLUMN d date, ADD COLUMN j jsonb;
        UPDATE t SET m = split_part(a, '-', 1)::mood, d = b::date, j = c::jsonb;
        """,
    )

    proof = proof_of(case, server)

    assert not proof.broken
    assert proof.rows > 0
    told = sorted(note for note in proof.notes if "refused generated rows (22" in note)
    assert [note.partition(":")[0] for note in told] == ["public.t.a", "public.t.b", "public.t.c"]
    assert "of the form of mood" in told[0]


def test_rows_that_no_other_words_would_help_are_taken_away(server: Server) -> None:
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, a int);",
        sql="ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = 1 / (a - id);",
    )

    proof = proof_of(case, server)

    assert not proof.broken
    assert any("refused generated rows (22012" in note for note in proof.notes)


def test_roles_of_the_migrations_are_made_where_the_server_is_our_own(server: Server) -> None:
    case = Case(
        given='CREATE TABLE t (id int PRIMARY KEY); GRANT SELECT ON t TO "Some Reader";',
        sql="GRANT INSERT ON t TO some_writer; ALTER TABLE t ADD COLUMN a int;",
    )

    proof = proof_of(case, server)

    assert not proof.broken
    assert "not taken back, for this lasts: GRANT INSERT ON t TO some_writer" in proof.notes


@pytest.mark.majors
def test_a_constraint_that_a_child_has_already_becomes_its_own(server: Server) -> None:
    given = "CREATE TABLE t (a int, CONSTRAINT big CHECK (a > 0)); CREATE TABLE u () INHERITS (t);"
    case = Case(given=given, sql="ALTER TABLE u ADD CONSTRAINT big CHECK (a > 0);")

    assert not proof_of(case, server).broken


@pytest.mark.majors
def test_a_constraint_whose_name_is_taken_is_refused(server: Server) -> None:
    given = "CREATE TABLE t (a int, CONSTRAINT big CHECK (a > 0));"
    case = Case(given=given, sql="ALTER TABLE t ADD CONSTRAINT big CHECK (a > 0);")

    with pytest.raises(Refused, match=r"the migration itself fails .* 42710"):
        proof_of(case, server)


def test_a_migration_that_fails_by_itself_is_refused(server: Server) -> None:
    with pytest.raises(Refused, match=r"the migration itself fails on a shadow .* failed with 42P01"):
        prove(
            plan_of(SMALL), ["ALTER TABLE gone ADD COLUMN a int"], SMALL.setup, server, watch=nothing_counted
        )


FLAG = "CREATE TABLE t (id int PRIMARY KEY, a boolean);"
SEVEN = "UPDATE t SET b = CASE WHEN a THEN 1 WHEN NOT a THEN 0 ELSE 7 END;"
BACK = "-- schemaguard: down = CASE b WHEN 1 THEN true WHEN 0 THEN false END\nALTER TABLE t DROP COLUMN a;"


def test_null_that_becomes_a_value_and_null_again_is_refused(server: Server) -> None:
    case = Case(given=FLAG, sql=f"ALTER TABLE t ADD COLUMN b int; {SEVEN}\n{BACK}")

    with pytest.raises(Refused, match=r"it is not true that NULL in a of public\.t stays NULL in b"):
        proof_of(case, server)


def test_null_that_becomes_a_value_is_filled_where_no_code_may_leave_it_out(server: Server) -> None:
    present = "ALTER TABLE t ALTER COLUMN b SET NOT NULL;"
    case = Case(given=FLAG, sql=f"ALTER TABLE t ADD COLUMN b int; {SEVEN} {present}\n{BACK}")

    proof = proof_of(case, server)

    assert not proof.broken
    assert proof.rows > 0


def test_a_history_that_fails_is_named(server: Server) -> None:
    with pytest.raises(DatabaseError, match=r"the schema before the release cannot be built: 42P01"):
        prove(plan_of(SMALL), [SMALL.sql], "DROP TABLE gone", server, watch=nothing_counted)


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A history of one migration, and one that comes."""
    (tmp_path / "0001_start.sql").write_text(SMALL.given)
    (tmp_path / "0002_rename.sql").write_text(SMALL.sql)
    return tmp_path


def test_verify_tells_of_each_claim(
    migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["verify", str(migrations / "0002_rename.sql"), "--shadow-url", server.url()])

    told = capsys.readouterr()
    assert code == 0
    assert "  ok  killed before its COMMIT it leaves nothing behind" in told.out.splitlines()
    assert told.out.splitlines()[-1].startswith(f"proved on PostgreSQL {server.major} with ")
    assert told.err == ""


def test_verify_tells_programs(migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["verify", str(migrations / "0002_rename.sql"), "--format", "json", "--shadow-url", server.url()]
    )

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["proved"] is True
    assert {"step": "", "what": "run once more it changes nothing", "wrong": []} in told["claims"]


@pytest.mark.parametrize("command", ["split", "verify"])
def test_a_table_that_lost_all_its_rows_is_told_of(
    command: str, migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    release = migrations / "0002_rename.sql"
    release.write_text("ALTER TABLE t ADD CHECK (id < 0); ALTER TABLE t RENAME COLUMN a TO b;")

    code = main([command, str(release), "--shadow-url", server.url()])

    told = capsys.readouterr()
    assert code == 0
    said = told.err if command == "split" else told.out
    assert "public.t had no rows, for all that were made up are refused" in said
    assert "public.u" not in told.err


def test_triggers_that_may_fire_are_read_from_a_file(
    migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    trigger = "CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();"
    function = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    (migrations / "0001_start.sql").write_text(SMALL.given + function + trigger)
    words = ["split", str(migrations / "0002_rename.sql"), "--shadow-url", server.url()]

    refused = main(words)
    (migrations / "0002_rename.sql").write_text(f"-- schemaguard: fire = touch\n{SMALL.sql}")
    taken = main(words)

    assert (refused, taken) == (1, 0)
    assert "the backfill of public.t calls no trigger but ours" in capsys.readouterr().err


def test_a_shadow_url_that_is_none_is_told(migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", str(migrations / "0002_rename.sql"), "--shadow-url", "garbage"])

    assert code == 4
    assert "the given database URL is not a database URL" in capsys.readouterr().err


def test_split_proves_what_it_shows(
    migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["split", str(migrations / "0002_rename.sql"), "--shadow-url", server.url()])

    assert code == 0
    assert "\n\nproved on PostgreSQL" in capsys.readouterr().out


def test_split_shows_nothing_that_is_not_proved(
    migrations: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    other = migrations / "other.sql"
    # Of which no index can be built.
    long = "INSERT INTO u SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) AS n;"
    other.write_text((migrations / "0001_start.sql").read_text() + long)
    words = ["split", str(migrations / "0002_rename.sql"), "--write", str(migrations / "written")]

    code = main([*words, "--schema", str(other), "--shadow-url", server.url()])

    told = capsys.readouterr()
    assert code == 1
    assert told.out == ""
    assert "the migration itself fails on a shadow database" in told.err
    assert not (migrations / "written").exists()
    assert main([*words, "--unproved"]) == 0
    assert (migrations / "written").exists()


def test_a_broken_claim_is_told_with_its_step_and_what_was_seen() -> None:
    plan = plan_of(SMALL)
    step = plan.steps[0]
    proof = Proof(
        major=18,
        rows=3,
        claims=(Claim("", "it ends well"), Claim(step.id, "it begins well", ("it does not",))),
    )

    told = list(render_proof(plan, proof, Paint(on=False)))

    assert told == [
        step.title,
        "  NO  it begins well",
        "        it does not",
        "release r1",
        "  ok  it ends well",
        "not proved on PostgreSQL 18 with 3 rows: 1 of 2 claims do not hold",
    ]
