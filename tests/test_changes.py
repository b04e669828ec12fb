"""Of each change: what it breaks, that its undo takes it back, and what it says of what it does not know."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard import changes
from schemaguard.changes import Change, Unread
from schemaguard.costs import BuildIndex, Lock, Rewrite, Scan, Wait
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.connect import connect
from schemaguard.postgres.witness import wrong_schema
from schemaguard.recipe import Intent
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of, schema_of
from schemaguard.server import Server
from tests.test_corpus import CORPUS, comments, script_of

ACCOUNT = Relation("public", "account")
GIVEN = """
CREATE TABLE other (id int PRIMARY KEY, code text);
CREATE TABLE account (
    id int PRIMARY KEY, email text, name varchar(20), age int NOT NULL DEFAULT 3, note text DEFAULT 'x',
    CONSTRAINT given CHECK (name IS NOT NULL)
);
CREATE UNIQUE INDEX account_email ON account (email);
CREATE INDEX account_age ON account (age);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
CERTAIN, PERHAPS = True, False


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("DROP TABLE account", [("table public.account", CERTAIN)]),
        ("DROP TABLE IF EXISTS nobody", []),
        ("ALTER TABLE account RENAME TO person", [("table public.account", CERTAIN)]),
        ("ALTER TABLE account DROP COLUMN email", [("column public.account.email", CERTAIN)]),
        ("ALTER TABLE account DROP COLUMN IF EXISTS nobody", []),
        ("ALTER TABLE account RENAME COLUMN email TO mail", [("column public.account.email", CERTAIN)]),
        (
            "ALTER TABLE account ALTER COLUMN age TYPE text",
            [("type of column public.account.age, which is integer,", CERTAIN)],
        ),
        (
            "ALTER TABLE account ALTER COLUMN name TYPE text",
            [("type of column public.account.name, which is character varying(20),", PERHAPS)],
        ),
        ("ALTER TABLE account ALTER COLUMN age TYPE int", []),
        ("ALTER TABLE account ADD COLUMN a int", []),
        ("ALTER TABLE account ADD COLUMN a int NOT NULL DEFAULT 1", []),
        ("ALTER TABLE account ADD COLUMN a int GENERATED ALWAYS AS IDENTITY", []),
        ("ALTER TABLE account ADD COLUMN a serial", []),
        ("ALTER TABLE account ADD COLUMN IF NOT EXISTS email int NOT NULL", []),
        (
            "ALTER TABLE account ADD COLUMN a int NOT NULL",
            [("INSERT without column public.account.a", CERTAIN)],
        ),
        (
            "ALTER TABLE account ADD COLUMN a int NOT NULL DEFAULT NULL",
            [("INSERT without column public.account.a", CERTAIN)],
        ),
        (
            "ALTER TABLE account ADD COLUMN a int UNIQUE DEFAULT 3",
            [("duplicates of (a) in table public.account", PERHAPS)],
        ),
        (
            "ALTER TABLE account ALTER COLUMN email SET NOT NULL",
            [("NULL in column public.account.email", PERHAPS)],
        ),
        ("ALTER TABLE account ALTER COLUMN age SET NOT NULL", []),
        ("ALTER TABLE account ALTER COLUMN name SET NOT NULL", []),
        ("ALTER TABLE account ALTER COLUMN age DROP NOT NULL", []),
        (
            "ALTER TABLE account ALTER COLUMN email SET DEFAULT 'x'",
            [("the default of column public.account.email as it was", PERHAPS)],
        ),
        (
            "ALTER TABLE account ALTER COLUMN age DROP DEFAULT",
            [("INSERT without column public.account.age", CERTAIN)],
        ),
        (
            "ALTER TABLE account ALTER COLUMN age SET DEFAULT NULL",
            [("INSERT without column public.account.age", CERTAIN)],
        ),
        (
            "ALTER TABLE account ALTER COLUMN note DROP DEFAULT",
            [("INSERT without column public.account.note", PERHAPS)],
        ),
        ("ALTER TABLE account ALTER COLUMN email DROP DEFAULT", []),
        (
            "ALTER TABLE account ADD CHECK (age > 3) NOT VALID",
            [("rows of table public.account where not (age > 3)", PERHAPS)],
        ),
        (
            "ALTER TABLE account ADD FOREIGN KEY (age) REFERENCES other NOT VALID",
            [("rows of table public.account whose (age) is not in public.other", PERHAPS)],
        ),
        ("ALTER TABLE account ADD UNIQUE (age)", [("duplicates of (age) in table public.account", PERHAPS)]),
        ("ALTER TABLE account ADD UNIQUE (email)", []),
        ("ALTER TABLE account ADD UNIQUE (id, age)", []),
        ("CREATE UNIQUE INDEX ON account (age)", [("duplicates of (age) in table public.account", PERHAPS)]),
        ("CREATE INDEX ON account (age)", []),
        ("ALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX account_email", []),
        ("ALTER TABLE account VALIDATE CONSTRAINT given", []),
        ("ALTER TABLE account DROP CONSTRAINT given", []),
        (
            "ALTER TABLE account DROP CONSTRAINT account_pkey",
            [("uniqueness of (id) in table public.account", PERHAPS)],
        ),
        ("DROP INDEX account_email", [("uniqueness of (email) in table public.account", PERHAPS)]),
        ("DROP INDEX account_age", []),
        ("DROP FUNCTION f()", [("function public.f", CERTAIN)]),
        (
            "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'",
            [("function public.f as it was", PERHAPS)],
        ),
        ("UPDATE account SET age = 1", []),
        ("CREATE TABLE visit (id int)", []),
    ],
)
def test_what_running_code_misses_afterwards(sql: str, broken: list[tuple[str, bool]]) -> None:
    (frame,) = frames_of(sql, given=GIVEN)

    assert [(b.needs, b.certain) for effect in frame.effects for b in effect.breaks] == broken


def test_nobody_misses_what_the_same_release_made() -> None:
    frames = frames_of(
        "CREATE TABLE visit (id int); ALTER TABLE visit RENAME id TO number; DROP TABLE visit;"
    )

    assert [effect.breaks for frame in frames for effect in frame.effects] == [(), (), ()]


def _validates(change: Change, before: SchemaState) -> bool:
    if isinstance(change, changes.SetNotNull):
        column = before.column(change.column)
        return column is not None and column.not_null and not column.not_null_as.valid
    return isinstance(change, changes.ValidateConstraint)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_an_undo_ends_where_it_began(file: Path) -> None:
    script = script_of(file)
    before = SchemaState(complete=True)
    compared = 0
    for frame in frames_of(script.given + script.sql, before=before):
        current = frame.before
        # What is refused leaves nothing to be taken back.
        for effect in () if frame.refused else frame.effects:
            following = effect.change.apply(current)
            undo = effect.change.undo(current)
            back = following
            for change in undo or ():
                back = change.apply(back)
            # A constraint that became valid refuses no more than before: nobody takes that back.
            refused = bool(effect.refusals)
            if undo is not None and not refused and not _validates(effect.change, frame.before):
                assert wrong_schema(back, current) == [], frame.statement.text
                assert comments(back) == comments(current), frame.statement.text
                compared += 1
            current = following

    assert compared


@pytest.mark.parametrize(
    ("given", "sql"),
    [
        ("", "COMMENT ON TABLE account IS 'x'"),
        ("ALTER TABLE account ADD COLUMN age int;", "COMMENT ON COLUMN account.age IS 'x'"),
        (GIVEN, "COMMENT ON COLUMN account.nobody IS 'x'"),
        (GIVEN, "COMMENT ON INDEX account_age IS 'x'"),
        (GIVEN, "SECURITY LABEL ON TABLE account IS 'x'"),
        # It may have been about comments.
        (f"{GIVEN} DO LANGUAGE plperl 'whatever';", "COMMENT ON TABLE account IS 'x'"),
    ],
)
def test_a_comment_that_is_not_known_cannot_be_put_back(given: str, sql: str) -> None:
    *_, frame = frames_of(given + sql)

    assert [effect.change.undo(frame.before) for effect in frame.effects] == [None]


def test_all_changes_are_named_in_one_place() -> None:
    files = {file.stem for file in Path(changes.__file__ or "").parent.glob("[a-z]*.py")} - {"base"}
    named = {name for name in changes.__all__ if name not in ("Change", "Unread")}

    assert {name.lower() for name in named} == {file.replace("_", "") for file in files}
    assert all(issubclass(getattr(changes, name), Change) for name in named)


AX, SUX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE


@pytest.mark.parametrize(
    ("sql", "costs"),
    [
        ("ALTER TABLE account ALTER COLUMN a TYPE text", {Lock(ACCOUNT, AX), Rewrite(ACCOUNT, AX)}),
        ("ALTER TABLE account ALTER COLUMN a SET NOT NULL", {Lock(ACCOUNT, AX), Scan(ACCOUNT, AX)}),
        ("ALTER TABLE account ADD COLUMN a mood", {Lock(ACCOUNT, AX), Rewrite(ACCOUNT, AX)}),
        ("ALTER TABLE account ADD COLUMN a int DEFAULT mine()", {Lock(ACCOUNT, AX), Rewrite(ACCOUNT, AX)}),
        ("ALTER TABLE account VALIDATE CONSTRAINT c", {Lock(ACCOUNT, SUX), Scan(ACCOUNT, SUX)}),
        ("ALTER TABLE account ADD PRIMARY KEY USING INDEX i", {Lock(ACCOUNT, AX), Scan(ACCOUNT, AX)}),
        ("CREATE INDEX IF NOT EXISTS i ON account (a)", {
            Lock(ACCOUNT, LockMode.SHARE), BuildIndex(ACCOUNT, LockMode.SHARE)}),
        ("DROP INDEX i", {Lock(Relation("public", "i"), AX)}),
        ("DROP INDEX CONCURRENTLY i", {Lock(Relation("public", "i"), SUX), Wait(Relation("public", "i"))}),
        ("DROP TABLE IF EXISTS account", {Lock(ACCOUNT, AX)}),
    ],
)  # fmt: skip
def test_of_what_is_unknown_the_worst_is_said(sql: str, costs: set[object]) -> None:
    (frame,) = frames_of(sql, before=SchemaState())

    assert frame.costs == costs


def test_without_a_major_the_worst_of_all_is_said() -> None:
    given = "CREATE TABLE account (id int, a timestamp)"
    sql = "ALTER TABLE account ALTER COLUMN a TYPE timestamptz"
    (anywhere,) = frames_of(sql, given=given)
    (in_utc,) = frames_of(sql, given=given, server=Server(time_zone="UTC"))

    assert Rewrite(ACCOUNT, AX) in anywhere.costs
    assert in_utc.costs == {Lock(ACCOUNT, AX)}


def test_what_cannot_be_read_is_no_schema() -> None:
    (frame,) = frames_of("ALTER TABLE account FROBNICATE")

    assert isinstance(frame.unread[0], Unread)
    assert schema_of("") == SchemaState(complete=True)


@pytest.mark.parametrize(
    "said",
    [
        "ON DELETE CASCADE",
        "MATCH FULL ON UPDATE SET NULL ON DELETE SET DEFAULT",
        "ON DELETE RESTRICT DEFERRABLE",
        "DEFERRABLE INITIALLY DEFERRED",
    ],
)
def test_the_gentle_way_to_a_foreign_key_keeps_what_is_said_of_it(
    database_with: Callable[[str], str], said: str
) -> None:
    at_once = f"ALTER TABLE account ADD CONSTRAINT pointing FOREIGN KEY (age) REFERENCES other (id) {said}"
    [frame] = frames_of(at_once, given=GIVEN)
    recipe = frame.effects[0].change.recipe(frame.before, Server(), Intent())
    assert recipe is not None
    definition = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'pointing'"

    with connect(database_with(GIVEN)) as conn:
        conn.execute(at_once.encode())
        wanted = conn.execute(definition).fetchone()
        conn.execute("ALTER TABLE account DROP CONSTRAINT pointing")
        for step in recipe.steps:
            for sql in step.statements:
                conn.execute(sql.encode())

        assert conn.execute(definition).fetchone() == wanted
