"""Settings, savepoints and locks as we say, against what servers show after each statement."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.lint import lint
from schemaguard.names import Relation
from schemaguard.postgres.connect import connect
from schemaguard.rules import all_rules
from schemaguard.schema import Persistence, SchemaState, TableState
from schemaguard.scripts import frames_of, pieces_of, schema_of
from schemaguard.sql import read

SHOWN = ("lock_timeout", "statement_timeout", "timezone", "search_path", "role")
SCRIPTS = {
    "SET": "SET lock_timeout = '2s'; SET SESSION lock_timeout TO 100; SET lock_timeout = 0;",
    "SET survives COMMIT": "BEGIN; SET lock_timeout = 1; COMMIT;",
    "ROLLBACK takes SET back": "SET lock_timeout = 1; BEGIN; SET lock_timeout = 2; ROLLBACK;",
    "SET LOCAL ends at COMMIT": "SET lock_timeout = 1; BEGIN; SET LOCAL lock_timeout = 2; COMMIT;",
    "SET LOCAL ends at ROLLBACK": "BEGIN; SET LOCAL lock_timeout = 2; ROLLBACK;",
    "SET LOCAL outside": "SET LOCAL lock_timeout = 2; SET lock_timeout = 3; SET LOCAL lock_timeout = 4;",
    "SET, then SET LOCAL": "BEGIN; SET lock_timeout = 1; SET LOCAL lock_timeout = 2; COMMIT;",
    "SET LOCAL, then SET": "BEGIN; SET LOCAL lock_timeout = 1; SET lock_timeout = 2; COMMIT;",
    "SET, SET LOCAL, SET": (
        "BEGIN; SET lock_timeout = 1; SET LOCAL lock_timeout = 2; SET lock_timeout = 3; COMMIT;"
    ),
    "RESET": "SET lock_timeout = 1; RESET lock_timeout;",
    "RESET taken back": "SET lock_timeout = 1; BEGIN; RESET lock_timeout; ROLLBACK;",
    "RESET in a transaction": "SET lock_timeout = 1; BEGIN; RESET lock_timeout; COMMIT;",
    "RESET after SET LOCAL": "BEGIN; SET LOCAL lock_timeout = 2; RESET lock_timeout; COMMIT;",
    "TO DEFAULT": "SET lock_timeout = 1; BEGIN; SET LOCAL lock_timeout TO DEFAULT; COMMIT;",
    "RESET ALL": "SET lock_timeout = 1; SET statement_timeout = 20000; SET ROLE NONE; RESET ALL;",
    "RESET ALL in a transaction": "SET lock_timeout = 1; BEGIN; RESET ALL; SAVEPOINT a; ROLLBACK;",
    "DISCARD ALL": "SET lock_timeout = 1; SET search_path = a, b; DISCARD ALL;",
    "DISCARD ALL in a transaction": "SET lock_timeout = 1; BEGIN; DISCARD ALL; ROLLBACK;",
    "DISCARD PLANS": "SET lock_timeout = 1; DISCARD PLANS; DISCARD SEQUENCES; DISCARD TEMP;",
    "ROLLBACK TO": "BEGIN; SET lock_timeout = 1; SAVEPOINT a; SET lock_timeout = 2; ROLLBACK TO a; COMMIT;",
    "ROLLBACK TO over SET LOCAL": (
        "BEGIN; SET LOCAL lock_timeout = 1; SAVEPOINT a; SET LOCAL lock_timeout = 2; ROLLBACK TO a; COMMIT;"
    ),
    "SET LOCAL stays after RELEASE": (
        "BEGIN; SET lock_timeout = 1; SAVEPOINT a; SET LOCAL lock_timeout = 2; RELEASE a; COMMIT;"
    ),
    "SET over SET LOCAL, released": (
        "BEGIN; SET LOCAL lock_timeout = 1; SAVEPOINT a; SET lock_timeout = 2; RELEASE a; COMMIT;"
    ),
    "SET and SET LOCAL, released": (
        "BEGIN; SET LOCAL lock_timeout = 1; SAVEPOINT a; SET lock_timeout = 2; SET LOCAL lock_timeout = 3;"
        "RELEASE a; COMMIT;"
    ),
    "nested savepoints": (
        "BEGIN; SAVEPOINT a; SET lock_timeout = 1; SAVEPOINT b; SET lock_timeout = 2; SAVEPOINT c;"
        "SET lock_timeout = 3; RELEASE c; ROLLBACK TO b; SET statement_timeout = 9999; ROLLBACK TO a; COMMIT;"
    ),
    "a savepoint stays after ROLLBACK TO": (
        "BEGIN; SAVEPOINT a; SET lock_timeout = 1; ROLLBACK TO a; SET lock_timeout = 2; ROLLBACK TO a;"
    ),
    "savepoints of one name": (
        "BEGIN; SAVEPOINT a; SET lock_timeout = 1; SAVEPOINT a; SET lock_timeout = 2; ROLLBACK TO a;"
        "RELEASE a; ROLLBACK TO a; COMMIT;"
    ),
    "ROLLBACK of all": "BEGIN; SAVEPOINT a; SET lock_timeout = 1; RELEASE a; ROLLBACK;",
    "no savepoint": "SET lock_timeout = 1; SAVEPOINT a; RELEASE a; ROLLBACK TO a; SET lock_timeout = 2;",
    "AND CHAIN": (
        "BEGIN; SET lock_timeout = 1; COMMIT AND CHAIN; SET LOCAL lock_timeout = 2; ROLLBACK AND CHAIN; END;"
    ),
    "BEGIN twice": "BEGIN; SET lock_timeout = 1; BEGIN; SET LOCAL lock_timeout = 2; COMMIT; ROLLBACK;",
    "COMMIT of nothing": "SET lock_timeout = 1; COMMIT; ROLLBACK; END; ABORT;",
    "FROM CURRENT": "BEGIN; SET LOCAL lock_timeout = 1; SET lock_timeout FROM CURRENT; COMMIT;",
    "names in any case": 'SET Lock_Timeout = 1; SET "LOCK_TIMEOUT" = 2; RESET lock_TIMEOUT;',
    "no duration": "SET lock_timeout = 1; SET lock_timeout = abc; SET statement_timeout = '1 parsec';",
    "units": "SET lock_timeout = '1min'; SET statement_timeout = '1.5 s'; SET LOCAL lock_timeout = '1h';",
    "TIME ZONE": "SET TIME ZONE 'UTC'; BEGIN; SET LOCAL TIME ZONE 'Japan'; COMMIT; SET timezone = 'utc';",
    "SCHEMA": "SET SCHEMA 'a'; SET search_path = \"A b\", public; SET LOCAL search_path = x;",
    "the path in a transaction": 'BEGIN; SET LOCAL search_path = a, "B"; SAVEPOINT s; RESET ALL; COMMIT;',
    "set_config()": (
        "SELECT set_config('lock_timeout', '2s', false); BEGIN; SELECT set_config('lock_timeout', '1', true);"
        "SELECT pg_catalog.set_config('search_path', '', false); COMMIT; "
    ),
    "read only": "BEGIN READ ONLY; SET lock_timeout = 1; COMMIT;",
}  # fmt: skip


@pytest.mark.majors
@pytest.mark.parametrize("name", SCRIPTS)
def test_settings_are_what_the_server_shows(name: str, database_with: Callable[[str], str]) -> None:
    """After each statement, whether the server takes it or not."""
    statements = [piece.text for piece in pieces_of(SCRIPTS[name])]
    wrong = []
    with connect(database_with("")) as conn:
        begun = {setting: _shown(conn, setting) for setting in SHOWN}
        frames = frames_of("; SHOW ALL; ".join(statements) + "; SHOW ALL")
        for text, frame, after in zip(statements, frames[::2], frames[1::2], strict=True):
            refused = _run(conn, text)
            if refused != _said(frame):
                wrong.append(f"{text}: said {_said(frame)}, seen {refused}")
            for setting in SHOWN:
                said = after.settings.now.get(setting, begun[setting])
                if setting.endswith("timeout"):
                    said = str(after.settings.timeout(setting) or 0)
                if setting == "timezone":
                    said = after.settings.time_zone or begun[setting]
                if said != _shown(conn, setting):
                    wrong.append(f"after {text}: {setting} said {said}, seen {_shown(conn, setting)}")

    assert wrong == []


def _shown(conn: psycopg.Connection, setting: str) -> str:
    row = conn.execute("SELECT setting FROM pg_settings WHERE lower(name) = %s", (setting,)).fetchone()
    row = row or conn.execute("SELECT current_setting(%s)", (setting,)).fetchone()
    assert row is not None
    return str(row[0])


def _said(frame: Frame) -> str:
    return next((refusal.sqlstate for refusal in frame.refusals if refusal.certain), "")


def _run(conn: psycopg.Connection, text: str) -> str:
    """The SQLSTATE; an open transaction goes on as if a refused statement had not come."""
    inside = conn.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    ends = text.split(maxsplit=1)[0] in (
        "COMMIT",
        "END",
        "ROLLBACK",
        "ABORT",
        "SAVEPOINT",
        "RELEASE",
        "BEGIN",
    )
    if inside and not ends:
        conn.execute("SAVEPOINT before_it")
    try:
        conn.execute(text.encode())
    except psycopg.Error as error:
        if inside:
            conn.execute("ROLLBACK TO before_it")
        return error.sqlstate or ""
    if inside and not ends:
        conn.execute("RELEASE before_it")
    return ""


GIVEN = "CREATE TABLE account (id int PRIMARY KEY); CREATE TABLE visit (id int PRIMARY KEY);"


def _in_block(sql: str, block: int | None, before: SchemaState, *, path: str = "a.sql") -> list[Frame]:
    pieces = [replace(piece, block=block) for piece in pieces_of(sql, path)]
    return list(interpret([read(piece) for piece in pieces], before))


def _found(frames: list[Frame]) -> set[str]:
    return {reported.rule for reported in lint(frames, all_rules())}


def test_commit_ends_the_transaction_of_the_tool() -> None:
    before = frames_of(GIVEN, before=SchemaState(complete=True))[-1].after
    frames = _in_block("SET LOCAL lock_timeout = 1; COMMIT; DROP TABLE account;", 1, before)

    assert [frame.in_transaction for frame in frames] == [True, True, False]
    assert {"nested-transaction", "timeout-not-in-effect"} <= _found(frames)
    assert not any(frame.leaves_open for frame in frames)


def test_a_transaction_that_is_open_at_the_end_of_a_file_is_lost() -> None:
    before = frames_of(GIVEN, before=SchemaState(complete=True))[-1].after
    first = list(pieces_of("BEGIN; SET lock_timeout = 1; DROP TABLE account;", "a.sql"))
    second = list(pieces_of("DROP TABLE visit;", "b.sql"))
    frames = list(interpret([read(piece) for piece in (*first, *second)], before))

    assert "uncommitted-transaction" in _found(frames[:3])
    assert frames[3].held == frozenset()
    assert [table.name for table in frames[3].after.tables] == ["account"]
    assert frames[3].settings.lapsed == {"lock_timeout": "the end of the file took the SET back"}


def test_locks_taken_since_a_savepoint_are_released() -> None:
    frames = frames_of(
        "BEGIN; CREATE INDEX ON account (id); SAVEPOINT a; DROP TABLE visit; ALTER TABLE account ADD x int;"
        "ROLLBACK TO a; SHOW ALL;",
        given=GIVEN,
    )

    assert sorted(f"{lock.mode.value} {lock.table.name}" for lock in frames[-1].held) == ["SHARE account"]


def test_a_prepared_transaction_is_seen_when_it_is_committed() -> None:
    frames = frames_of(
        "BEGIN; DROP TABLE visit; PREPARE TRANSACTION 'x'; SHOW ALL; COMMIT PREPARED 'x';", given=GIVEN
    )

    assert [len(frame.after.tables) for frame in frames] == [2, 1, 2, 2, 1]
    assert frames[3].held == frozenset()
    assert not frames[3].in_transaction


def test_what_hangs_on_rows_is_not_refused_for_certain() -> None:
    given = GIVEN + "ALTER TABLE visit ADD a int REFERENCES account DEFERRABLE INITIALLY DEFERRED;"
    for written in (
        "INSERT INTO visit SELECT id FROM account",
        "INSERT INTO visit VALUES (1) ON CONFLICT DO NOTHING",
        "UPDATE visit SET a = 1",
    ):
        frames = frames_of(f"BEGIN; {written}; ALTER TABLE visit ADD b int;", given=given)

        assert [(r.sqlstate, r.certain) for r in frames[-1].refusals] == [("55006", False)]
    frames = frames_of("BEGIN; DELETE FROM account; ALTER TABLE account ADD b int;", given=given)
    assert [(r.sqlstate, r.certain) for r in frames[-1].refusals] == [("55006", False)]


def test_temporary_tables_come_before_the_search_path() -> None:
    temporary = TableState(persistence=Persistence.TEMPORARY)
    before = schema_of(GIVEN).with_table(Relation("pg_temp", "account"), temporary)
    frames = frames_of(
        "ALTER TABLE account ADD y int; DISCARD TEMP; ALTER TABLE account ADD z int;", before=before
    )

    def touched(frame: Frame) -> set[str]:
        return {cost.table.text for cost in frame.costs}

    assert touched(frames[0]) == {"pg_temp.account"}
    assert touched(frames[2]) == {"public.account"}


def _unread_in(*files: str) -> list[str]:
    statements = [read(piece) for n, sql in enumerate(files) for piece in pieces_of(sql, f"{n}.sql")]
    frames = interpret(statements, SchemaState())
    return [frame.statement.text for frame in frames if frame.unread]


def test_what_is_prepared_in_a_file_is_read_where_the_file_executes_it() -> None:
    prepared = "PREPARE emptied AS DELETE FROM t"

    assert _unread_in(f"BEGIN; {prepared}; ROLLBACK; EXECUTE emptied") == []
    assert _unread_in(f"{prepared}; DEALLOCATE emptied; EXECUTE emptied") == ["EXECUTE emptied"]
    assert _unread_in(f"{prepared}; DISCARD ALL; EXECUTE emptied") == ["EXECUTE emptied"]
    assert _unread_in(prepared, "EXECUTE emptied") == ["EXECUTE emptied"]
    assert _unread_in("EXECUTE emptied") == ["EXECUTE emptied"]


def test_of_what_writes_no_table_is_made() -> None:
    sql = "PREPARE emptied AS DELETE FROM t; CREATE TABLE made AS EXECUTE emptied"

    assert _unread_in(sql) == ["CREATE TABLE made AS EXECUTE emptied"]


def test_explain_of_what_is_not_known_is_unread() -> None:
    for sql in ("EXPLAIN EXECUTE p", "EXPLAIN ANALYZE EXECUTE p", "EXPLAIN CREATE TABLE t AS EXECUTE p"):
        assert _unread_in(sql) == [sql]
