"""DO blocks and procedures statement by statement: what servers show within, and leave behind."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.changes import NextInBlock
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.witness import wrong_schema
from schemaguard.rules import all_rules
from schemaguard.scripts import frames_of, pieces_of

GIVEN = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE account (id int PRIMARY KEY, n int, m mood);
CREATE TABLE visit (id int PRIMARY KEY);
CREATE TABLE later (id int PRIMARY KEY REFERENCES account DEFERRABLE INITIALLY DEFERRED);
INSERT INTO account VALUES (1, 1, 'good');
CREATE FUNCTION look() RETURNS text STABLE LANGUAGE sql AS $$
    SELECT setting || ' ' || (
        SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM (
            SELECT DISTINCT relation::regclass::text AS name FROM pg_locks
            WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'
        ) AS locked WHERE name IN ('account', 'visit')
    ) FROM pg_settings WHERE name = 'lock_timeout'
$$;
CREATE PROCEDURE halves() LANGUAGE plpgsql AS $$ BEGIN
    ALTER TABLE account ADD a int;
    COMMIT;
    ALTER TABLE visit ADD a int;
    ROLLBACK;
    RAISE NOTICE '%', look();
END $$;
CREATE FUNCTION ends() RETURNS void LANGUAGE plpgsql AS 'BEGIN ROLLBACK; END';
"""
LOOK = "RAISE NOTICE '%', look();"
ONE, OTHER = "ALTER TABLE account ADD a int;", "ALTER TABLE visit ADD a int;"
ADDED = "ALTER TABLE visit ADD CONSTRAINT c CHECK (id > 0) NOT VALID;"
VALIDATED = "ALTER TABLE visit VALIDATE CONSTRAINT c;"
NEW = "ALTER TYPE mood ADD VALUE 'new';"
USED = "UPDATE account SET m = 'new' WHERE id = 1;"
BLOCKS = {
    "SET LOCAL before the lock": f"SET LOCAL lock_timeout = 7; {ONE} {LOOK}",
    "SET LOCAL ends with COMMIT": f"SET LOCAL lock_timeout = 7; {LOOK} COMMIT; {LOOK}",
    "SET survives COMMIT": f"SET lock_timeout = 7; COMMIT; {LOOK} SET lock_timeout = 8; ROLLBACK; {LOOK}",
    "set_config()": f"PERFORM set_config('lock_timeout', '9', true); {LOOK}",
    "COMMIT releases": f"{ONE} {LOOK} COMMIT; {LOOK} {OTHER} {LOOK}",
    "ROLLBACK takes back": f"{ONE} {LOOK} ROLLBACK; {LOOK} ALTER TABLE account ADD b int;",
    "AND CHAIN": f"{ONE} COMMIT AND CHAIN; CREATE TABLE fresh (); ROLLBACK AND CHAIN;",
    "a table that is gone": "CREATE TABLE fresh (a int); ROLLBACK; CREATE TABLE fresh (b int); COMMIT;",
    "a procedure": f"CALL halves(); {LOOK}",
    "a function": f"{ONE} PERFORM ends();",
    "a new value": f"{NEW} {USED}",
    "a new value, committed": f"{NEW} COMMIT; {USED}",
    "a new value, given back": f"{NEW} ROLLBACK; UPDATE account SET m = 'bad' WHERE id = 1;",
    "pending checks": "INSERT INTO later VALUES (1); ALTER TABLE later ADD a int;",
    "checks that are done": "INSERT INTO later VALUES (1); COMMIT; ALTER TABLE later ADD a int;",
    "the search path": "CREATE SCHEMA s; SET LOCAL search_path = s; CREATE TABLE account (a int);",
}  # fmt: skip


@pytest.mark.majors
@pytest.mark.parametrize("begun", ["", "BEGIN; "], ids=["by itself", "in a transaction"])
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_does_and_has_what_we_say(name: str, begun: str, database_with: Callable[[str], str]) -> None:
    script = f"{begun}DO $$ BEGIN {BLOCKS[name]} END $$"
    seen: list[str] = []
    with connect(database_with(GIVEN), repeats=True) as conn:
        conn.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        before = read_schema(conn)
        frame = frames_of(script, before=before)[-1]
        refused = _run(conn, script)

        assert refused == next((r.sqlstate for r in frame.refusals if r.certain), "")
        assert wrong_schema(frame.after, before if refused else read_schema(conn)) == []
        assert _looks(frame)[: len(seen) if refused else None] == seen


def _looks(frame: Frame) -> list[str]:
    """What look() has to show, wherever the block calls it."""
    found = []
    for moment in frame.moments:
        mark = moment.effects[0].change
        if isinstance(mark, NextInBlock) and "look()" in mark.text:
            locked = sorted(one.table.name for one in moment.held if one.mode is LockMode.ACCESS_EXCLUSIVE)
            found.append(f"{moment.timeouts.lock or 0} {' '.join(locked)}")
    return found


def _run(conn: psycopg.Connection, script: str) -> str:
    """The SQLSTATE with which a statement of it is refused."""
    for piece in pieces_of(script):
        try:
            conn.execute(piece.text.encode())
        except psycopg.Error as error:
            return error.sqlstate or ""
    return ""


@pytest.mark.parametrize(
    ("block", "rules"),
    [
        ("SET LOCAL lock_timeout = '1s'; ALTER TABLE visit ADD a int;", set()),
        ("ALTER TABLE visit ADD a int;", {"missing-lock-timeout"}),
        ("SET lock_timeout = '1s'; RESET lock_timeout; DROP INDEX i;", {"timeout-not-in-effect"}),
        (
            f"SET lock_timeout = '1s'; {ONE} {OTHER}",
            {"several-locked-tables"},
        ),
        (
            f"SET lock_timeout = '1s'; {ONE} COMMIT; {OTHER}",
            set(),
        ),
        (
            f"SET lock_timeout = '1s'; {ADDED} {VALIDATED}",
            {"scan-under-lock", "tightened"},
        ),
        (
            f"SET lock_timeout = '1s'; {ADDED} COMMIT; {VALIDATED}",
            {"tightened"},
        ),
    ],
)
def test_what_is_found_in_a_block_is_what_is_found_in_a_transaction(block: str, rules: set[str]) -> None:
    given = f"{GIVEN}CREATE INDEX i ON visit (id);"
    frames = frames_of(f"DO $$ BEGIN {block} END $$", given=given)
    apart = frames_of(f"BEGIN; {block.replace('COMMIT;', 'COMMIT; BEGIN;')} COMMIT;", given=given)
    usual = [named for named in all_rules() if named.rule.default]

    assert {one.rule for one in lint(frames, usual)} == rules
    assert {one.rule for one in lint(apart, usual)} == rules
