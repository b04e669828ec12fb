"""A release that goes on from one that was checked: its matrix is the one of a check without a cache."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemaguard.compat.cells import Matrix, Participant, Side, State
from schemaguard.compat.course import other_values, told_of
from schemaguard.compat.verdict import badness
from schemaguard.compat.workload import Workload, query
from schemaguard.phase import Phase
from schemaguard.postgres import carried
from schemaguard.postgres import check_states as checking
from schemaguard.postgres.carried import Carried, Doubt
from schemaguard.postgres.check_states import check_states
from schemaguard.postgres.connect import connect
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.known_checks import known_check
from schemaguard.postgres.shadow import Script, built_with
from schemaguard.verify import naive_states, with_failed
from tests.compat.test_proven import ANOTHER_TWICE, RESTRICT, SCHEMA
from tests.compat.test_step_by_step import NEW, PLAIN

LAST = "ALTER TABLE alone ADD y int"
FIRST = ("ALTER TABLE u ADD x int", "CREATE TABLE apart (id int PRIMARY KEY, name text)")


def code(side: Side, statements: Sequence[str], role: str = "") -> Participant:
    queries = tuple(query(sql, sql) for sql in statements)
    return Participant(side, Workload(version="1", driver="psycopg 3", statements=queries, role=role))


#: Some of each kind are enough: each statement is asked at each state.
OLD = tuple(sql for sql in PLAIN if "count" not in sql and "kid WHERE" not in sql)
CODE = (code(Side.BASELINE, OLD), code(Side.CANARY, (*OLD[:6], *NEW[len(PLAIN) :])))
SIZE = sum(len(one.workload.statements) for one in CODE)


def states_of(*steps: str) -> list[State]:
    return with_failed(naive_states(steps))


class Spied:
    """What was carried into the last check."""

    def __init__(self) -> None:
        self.found: list[Carried | None] = []
        #: Those who then were asked after all.
        self.doubts = 0

    @property
    def kept(self) -> int:
        """How many statements were not asked at the new states."""
        return sum(len(one.kept) for one in self.found if one is not None)


@pytest.fixture
def spied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spied:
    monkeypatch.setenv("SCHEMAGUARD_CACHE_DIR", str(tmp_path))
    spied = Spied()

    def carry(*args: object) -> Carried | None:
        spied.found.append(carried.carry(*args))  # type: ignore[arg-type]
        return spied.found[-1]

    def doubted(*args: Any) -> Matrix:
        try:
            return matrix(*args)
        except Doubt:
            spied.doubts += 1
            raise

    matrix = checking._matrix
    monkeypatch.setattr(checking, "carry", carry)
    monkeypatch.setattr(checking, "_matrix", doubted)
    return spied


def is_as_without_a_cache(
    server: Server,
    states: Sequence[State],
    participants: Sequence[Participant] = CODE,
    before: str | Script = SCHEMA,
) -> Matrix:
    """The matrix, which is asked of the cache and anew."""
    cached = known_check(server, before, states, participants)
    anew = check_states(server, before, states, participants)
    for one, other in zip(cached.cells, anew.cells, strict=True):
        assert one == other, (one.name, one.state.title, one.history, one.session, one.verdict, other.verdict)
    assert repr(replace(cached, cells=())) == repr(replace(anew, cells=()))
    assert cached.course == anew.course
    return cached


ONE_MORE = (
    "CREATE TABLE other (id int)",
    "ALTER TABLE alone ADD y int NOT NULL",
    "CREATE UNIQUE INDEX CONCURRENTLY u_names ON u (name, id)",
    RESTRICT,
    ANOTHER_TWICE,
    "CREATE OR REPLACE VIEW seen AS SELECT id, upper(name) AS name FROM u",
    "UPDATE u SET name = upper(name)",
    "ALTER TABLE apart RENAME TO set_apart",
    "ALTER TABLE u ALTER name SET NOT NULL",
    "ALTER TYPE mood ADD VALUE 'happy'",
)


@pytest.mark.parametrize("more", ONE_MORE)
def test_with_one_migration_more_it_is_the_matrix_of_all(server: Server, spied: Spied, more: str) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)

    is_as_without_a_cache(server, states_of(*FIRST, more))

    assert len(spied.found) == 1


@pytest.mark.majors
def test_whom_the_new_migration_does_not_concern_is_not_asked_again(server: Server, spied: Spied) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)

    first = is_as_without_a_cache(server, states_of(*FIRST, LAST))
    kept = spied.kept
    second = is_as_without_a_cache(server, states_of(*FIRST, LAST, "DROP TABLE grandkid"))

    assert SIZE > kept > SIZE / 2
    assert spied.kept > kept
    assert {badness(cell.verdict) for cell in (*first.cells, *second.cells)} >= {0, 1, 4}


def test_several_migrations_more_are_gone_through_one_by_one(server: Server, spied: Spied) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)

    is_as_without_a_cache(
        server,
        states_of(*FIRST, LAST, "CREATE TABLE z ()", "ALTER TABLE alone DROP y"),
    )

    assert spied.kept


def test_of_the_baseline_alone_too(server: Server, spied: Spied) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE[:1])

    is_as_without_a_cache(server, states_of(*FIRST, LAST), CODE[:1])

    assert spied.kept


def test_what_the_canary_is_tried_with_at_the_new_end_counts(server: Server, spied: Spied) -> None:
    """The step changes no table of the statement, but the value that is taken from one that it names."""
    schema = f"{SCHEMA} CREATE VIEW named AS SELECT id, name FROM u;"
    participants = (
        code(Side.BASELINE, OLD[:1]),
        code(Side.CANARY, ("SELECT id FROM apart WHERE name = $1",)),
    )
    known_check(server, schema, states_of(*FIRST), participants)

    is_as_without_a_cache(server, states_of(*FIRST, "ALTER TABLE apart ADD code text"), participants, schema)

    assert spied.kept == 1


ROWS = "INSERT INTO u (id, name) VALUES (77, 'seventy-seven'); INSERT INTO alone VALUES (78, 'note')"
CHANGED: dict[str, tuple[str | Script, list[State], tuple[Participant, ...]]] = {
    "a statement": (
        SCHEMA,
        states_of(*FIRST, LAST),
        (code(Side.BASELINE, (*OLD[1:], "SELECT 1 AS one")), CODE[1]),
    ),
    "a statement of the canary": (SCHEMA, states_of(*FIRST, LAST), (CODE[0], code(Side.CANARY, NEW[3:]))),
    "a migration in the middle": (
        SCHEMA,
        states_of(FIRST[0], "ALTER TABLE u ADD z int", FIRST[1], LAST),
        CODE,
    ),
    "the rows": (built_with(SCHEMA, ROWS), states_of(*FIRST, LAST), CODE),
    "the schema before": (f"{SCHEMA} CREATE UNIQUE INDEX ON u (name);", states_of(*FIRST, LAST), CODE),
    "a migration that ends": (SCHEMA, states_of(*FIRST, "ALTER TABLE nowhere ADD x int", LAST), CODE),
    "a contract": (
        SCHEMA,
        [*states_of(*FIRST), replace(states_of(*FIRST, "ALTER TABLE u DROP name")[-1], phase=Phase.CONTRACT)],
        CODE,
    ),
}


@pytest.mark.usefixtures("spied")
@pytest.mark.parametrize(("before", "states", "participants"), CHANGED.values(), ids=CHANGED)
def test_where_something_else_is_different_it_is_as_without_a_cache(
    server: Server, before: str | Script, states: list[State], participants: tuple[Participant, ...]
) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)

    is_as_without_a_cache(server, states, participants, before)


def test_an_extension_may_change_what_statements_are(server: Server, spied: Spied) -> None:
    with connect(server.dsn()) as conn:
        asked = (
            "SELECT name FROM pg_available_extensions WHERE name IN ('citext', 'vector') ORDER BY 1 LIMIT 1"
        )
        (name,) = conn.execute(asked).fetchall()[0]
    known_check(server, SCHEMA, states_of(*FIRST), CODE)

    is_as_without_a_cache(server, states_of(*FIRST, LAST), CODE, f"CREATE EXTENSION {name}; {SCHEMA}")
    assert spied.found == []
    is_as_without_a_cache(server, states_of(*FIRST, f"CREATE EXTENSION {name}", LAST))


def test_another_role_is_another_question(server: Server, spied: Spied) -> None:
    with connect(server.dsn()) as conn:
        conn.execute("CREATE ROLE one_migration_more")
    schema = f"{SCHEMA} GRANT ALL ON ALL TABLES IN SCHEMA public TO one_migration_more;"
    try:
        known_check(server, schema, states_of(*FIRST), CODE)
        limited = tuple(
            Participant(one.side, replace(one.workload, role="one_migration_more")) for one in CODE
        )
        first = (*FIRST, "GRANT ALL ON apart TO one_migration_more")
        is_as_without_a_cache(server, states_of(*first), limited, schema)
        assert spied.found == []
        # And with the role all the time its rights count.
        is_as_without_a_cache(
            server, states_of(*first, "REVOKE SELECT ON grandkid FROM one_migration_more"), limited, schema
        )
        assert spied.kept
    finally:
        with connect(server.dsn()) as conn:
            conn.execute("DROP ROLE one_migration_more")


def test_another_server_is_another_question(server: Server, spied: Spied) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)
    with connect(server.dsn()) as conn:
        conn.execute("ALTER ROLE ALL SET extra_float_digits = 0")
        try:
            is_as_without_a_cache(server, states_of(*FIRST, LAST))
        finally:
            conn.execute("ALTER ROLE ALL RESET extra_float_digits")

    assert spied.found == []


def test_where_the_new_step_changes_rows_that_the_baseline_wrote_all_is_asked(
    server: Server, spied: Spied
) -> None:
    """Of the rows that were made it changes none, so that only what was written before shows it."""
    schema = f"""{SCHEMA}
        CREATE FUNCTION cut() RETURNS int LANGUAGE plpgsql AS
        'BEGIN UPDATE u SET name = ''cut'' WHERE id > 500; RETURN 1; END';"""
    known_check(server, schema, states_of(*FIRST), CODE)

    is_as_without_a_cache(server, states_of(*FIRST, "CREATE TABLE cuts AS SELECT cut()"), CODE, schema)

    assert spied.kept
    assert spied.doubts == 1


def test_what_no_longer_fits_is_asked_anew(
    server: Server, spied: Spied, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)
    monkeypatch.setattr(carried, "told_of", lambda samples: told_of(samples) | {("public", "more"): ""})

    is_as_without_a_cache(server, states_of(*FIRST, LAST))

    assert spied.found == [None]


def test_histories_that_are_not_known_are_a_doubt(
    server: Server, spied: Spied, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_check(server, SCHEMA, states_of(*FIRST), CODE)
    told = Carried.told
    monkeypatch.setattr(Carried, "told", lambda *args: (told(*args) or [])[:1] or None)

    is_as_without_a_cache(server, states_of(*FIRST, LAST))

    assert spied.doubts == 1


def test_samples_of_another_table_with_that_name_are_other_values() -> None:
    queries = {
        0: query("SELECT * FROM u", ""),
        1: query("SELECT * FROM s.v", ""),
        2: query("SELECT * FROM apart", ""),
    }
    then = {("public", "u"): "1", ("public", "v"): "2", ("public", "apart"): "3"}

    assert other_values(queries, then, then) == frozenset()
    assert other_values(queries, then, then | {("public", "u"): "4"}) == {0}
    assert other_values(queries, then, then | {("s", "v"): "2"}) == {1}
    assert other_values(queries, then, {name: one for name, one in then.items() if one != "3"}) == {2}
