"""Types and things: whom they break, what is taken back, and what is said where they are not known."""

import pytest

from schemaguard.column_types import Type
from schemaguard.costs import Cost, Lock, Rewrite, Scan, hangs_on
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.rules import default_rules
from schemaguard.schema import ColumnState, CompositeState, DomainState, SchemaState, TableState
from schemaguard.scripts import frames_of
from schemaguard.server import Server

PERSON = Relation("public", "person")
GIVEN = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN age AS int;
CREATE DOMAIN needed AS int NOT NULL;
CREATE TYPE address AS (street text, city text);
CREATE COLLATION plain FROM "C";
CREATE TABLE person (id int PRIMARY KEY, mood mood, age age, home address);
"""
CERTAIN, PERHAPS = True, False


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", [("value 'sad' of type public.mood", CERTAIN)]),
        (
            "ALTER TYPE mood ADD VALUE 'blue'",
            [("only the values of type public.mood that it knows", PERHAPS)],
        ),
        ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad'", []),
        ("ALTER TYPE mood RENAME TO temper", [("type public.mood", CERTAIN)]),
        ("ALTER TYPE mood SET SCHEMA pg_temp", [("type public.mood", CERTAIN)]),
        ("ALTER TYPE mood OWNER TO CURRENT_USER", []),
        (
            "DROP TYPE mood CASCADE",
            [
                ("type public.mood", CERTAIN),
                ("column public.person.mood", CERTAIN),
                ("what else depends on type public.mood", PERHAPS),
            ],
        ),
        ("DROP TYPE IF EXISTS nobody", []),
        (
            "ALTER TYPE address ADD ATTRIBUTE zip int",
            [("values of type public.address without zip", PERHAPS)],
        ),
        ("ALTER TYPE address DROP ATTRIBUTE city", [("attribute city of type public.address", CERTAIN)]),
        (
            "ALTER TYPE address RENAME ATTRIBUTE city TO town",
            [("attribute city of type public.address", CERTAIN)],
        ),
        (
            "ALTER DOMAIN age ADD CHECK (VALUE > 0) NOT VALID",
            [("values of domain public.age where not (VALUE > 0)", PERHAPS)],
        ),
        ("ALTER DOMAIN age SET NOT NULL", [("NULL in domain public.age", PERHAPS)]),
        ("ALTER DOMAIN needed SET NOT NULL", []),
        ("ALTER DOMAIN age SET DEFAULT 3", []),
        ("ALTER TABLE person ADD COLUMN a needed", [("INSERT without column public.person.a", CERTAIN)]),
        ("DROP COLLATION plain", [("collation public.plain", CERTAIN)]),
        ("ALTER COLLATION plain RENAME TO simple", [("collation public.plain", CERTAIN)]),
        ("ALTER COLLATION plain REFRESH VERSION", []),
        ("DROP COLLATION IF EXISTS nobody CASCADE", []),
    ],
)
def test_what_running_code_misses_afterwards(sql: str, broken: list[tuple[str, bool]]) -> None:
    (frame,) = frames_of(sql, given=GIVEN)

    assert [(b.needs, b.certain) for effect in frame.effects for b in effect.breaks] == broken


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TYPE a AS ENUM ('x'); ALTER TYPE a RENAME VALUE 'x' TO 'y'; DROP TYPE a",
        "CREATE TYPE a AS ENUM ('x'); ALTER TYPE a RENAME TO b; ALTER TYPE b ADD VALUE 'z'; DROP TYPE b",
        'CREATE COLLATION a FROM "C"; ALTER COLLATION a RENAME TO b; DROP COLLATION b CASCADE',
    ],
)
def test_nobody_misses_what_the_same_release_made(sql: str) -> None:
    frames = frames_of(sql, given=GIVEN)

    assert [effect.breaks for frame in frames for effect in frame.effects if effect.breaks] == []


def costs_of(sql: str, before: SchemaState | None = None) -> dict[Cost, str]:
    frame = frames_of(sql, before=before, given=GIVEN)[-1]
    return {cost: hangs_on(cost) for cost in frame.costs}


def test_of_an_unknown_type_it_is_said_what_the_rewrite_hangs_on() -> None:
    said = costs_of("ALTER TABLE person ADD COLUMN a temper", SchemaState())

    assert said[Rewrite(PERSON, LockMode.ACCESS_EXCLUSIVE)] == "temper is no domain with constraints"


def test_what_is_known_to_be_no_domain_or_is_an_extensions_is_not_rewritten() -> None:
    lock = {Lock(PERSON, LockMode.ACCESS_EXCLUSIVE): ""}

    assert costs_of("ALTER TABLE person ADD COLUMN a mood") == lock
    assert costs_of("ALTER TABLE person ADD COLUMN a person") == lock
    assert costs_of("ALTER TABLE person ADD COLUMN a citext", SchemaState()) == lock
    assert costs_of("ALTER TABLE person ADD COLUMN a temper[]", SchemaState()) == lock


def test_a_constrained_domain_is_certainly_rewritten() -> None:
    said = costs_of("ALTER TABLE person ADD COLUMN a needed DEFAULT 3")

    assert said[Rewrite(PERSON, LockMode.ACCESS_EXCLUSIVE)] == ""


def test_a_domains_constraint_reads_the_tables_that_use_it() -> None:
    assert costs_of("ALTER DOMAIN age SET NOT NULL") == {
        Lock(PERSON, LockMode.SHARE): "",
        Scan(PERSON, LockMode.SHARE): "",
    }


def test_of_an_unknown_domain_lint_asks_whether_tables_use_it() -> None:
    (frame,) = frames_of("ALTER DOMAIN age ADD CHECK (VALUE > 0)", before=SchemaState())
    found = {(one.rule, one.severity.value) for one in lint([frame], default_rules())}

    assert ("scanning-domain", "depends") in found


def certain_refusals(frame: Frame) -> list[str]:
    return [refusal.sqlstate for refusal in frame.refusals if refusal.certain]


@pytest.mark.parametrize(("version", "states"), [(16, ["55P04"]), (17, []), (None, ["55P04"])])
def test_a_value_of_an_enum_made_here_is_safe_since_17(version: int | None, states: list[str]) -> None:
    frames = frames_of(
        "BEGIN; CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b';"
        "CREATE TABLE t (e e DEFAULT 'a', f e DEFAULT 'b'); COMMIT;",
        before=SchemaState(complete=True),
        server=Server(major=version),
    )

    assert certain_refusals(frames[3]) == states


@pytest.mark.parametrize(
    ("use", "certain"),
    [
        ("UPDATE person SET mood = 'new'", [True]),
        ("UPDATE person SET mood = 'sad' WHERE mood = 'new'", [False]),
        ("UPDATE person SET mood = 'sad'", []),
        ("UPDATE person SET mood = 'sad' WHERE mood = 'new'::mood", [True]),
        ("INSERT INTO unknown VALUES ('new')", [False]),
        ("INSERT INTO person (id, mood) VALUES (1, 'sad'), (2, 'new')", [True]),
        ("ALTER TABLE person ADD COLUMN note text DEFAULT 'new'", []),
        ("ALTER TABLE person ADD CHECK (mood <> 'new') NOT VALID", [False]),
        ("CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$ SELECT 'new'::mood $$", [False]),
        ("ALTER TYPE mood ADD VALUE 'newer' AFTER 'new'", []),
        ("DO $$ BEGIN PERFORM 'new'::mood; END $$", [True]),
        ("DO $$ DECLARE x mood; BEGIN x := 'new'; END $$", [False]),
        ("DO $$ BEGIN IF f() THEN PERFORM 'new'::mood; END IF; END $$", [False]),
    ],
)
def test_a_new_value_is_found_where_it_is_used(use: str, certain: list[bool]) -> None:
    frames = frames_of(f"BEGIN; ALTER TYPE mood ADD VALUE 'new'; {use}", given=GIVEN)

    unsafe = [refusal for refusal in frames[-1].refusals if refusal.sqlstate == "55P04"]
    assert [refusal.certain for refusal in unsafe] == certain


def test_a_block_may_use_a_value_that_it_has_added_and_committed() -> None:
    (frame,) = frames_of(
        "DO $$ BEGIN ALTER TYPE mood ADD VALUE 'new'; COMMIT; PERFORM 'new'::mood; END $$", given=GIVEN
    )

    assert frame.refusals == ()


def test_a_value_that_was_rolled_back_to_a_savepoint_is_no_new_one() -> None:
    frames = frames_of(
        "BEGIN; SAVEPOINT s; ALTER TYPE mood ADD VALUE 'new'; ROLLBACK TO s; UPDATE person SET mood = 'new'",
        given=GIVEN,
    )

    assert frames[-1].refusals == ()


def test_tables_of_a_composite_type_change_with_it() -> None:
    entry, ledger = Relation("public", "entry"), Relation("public", "ledger")
    before = SchemaState(
        tables={
            ledger: TableState(columns=(ColumnState(name="amount", type=Type("integer")),), of_type=entry)
        },
        types={
            entry: CompositeState(attributes=(("amount", Type("integer")),)),
            Relation("public", "positive"): DomainState(base=Type("integer"), not_null=True),
        },
        complete=True,
    )
    frames = frames_of(
        "ALTER TYPE entry ALTER ATTRIBUTE amount TYPE bigint CASCADE;"
        "ALTER TYPE entry ADD ATTRIBUTE a positive CASCADE; ALTER TYPE entry ADD ATTRIBUTE b int;",
        before=before,
    )
    found = [
        {one.rule for one in lint([frame], default_rules()) if "rewriting" in one.rule} for frame in frames
    ]

    rewrite = {Rewrite(ledger, LockMode.ACCESS_EXCLUSIVE), Lock(ledger, LockMode.ACCESS_EXCLUSIVE)}
    assert [frame.costs for frame in frames[:2]] == [rewrite, rewrite]
    assert found == [{"rewriting-type-change"}, {"rewriting-column"}, set()]
    assert certain_refusals(frames[2]) == ["2BP01"]
