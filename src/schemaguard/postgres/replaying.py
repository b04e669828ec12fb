"""Runs a witness on an empty database: does what it tells still happen?"""

import json
import re
from collections.abc import Iterator

import psycopg
from psycopg import pq

from schemaguard.compat.observation import Failure, Image, Row
from schemaguard.compat.outcomes import ordered, shown
from schemaguard.compat.witnesses import BREAKS, HEAD, HERE, NO_SCRIPT, OTHER_COLUMNS, OTHER_ROWS, WRITES
from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, InputError, NotEnoughEvidence
from schemaguard.names import quote
from schemaguard.postgres.answers import end_copy, failure_of, rows_of
from schemaguard.postgres.connect import connect
from schemaguard.postgres.probe_statements import TYPE_NAMES
from schemaguard.postgres.shadow_databases import Servers, ensure_role, shadow_database
from schemaguard.sql.split import Bad, Cut, split

_STATE = re.compile(r"expects ([0-9A-Z]{5})\Z")
_NO_ROLE = re.compile(r'role "(.+)" does not exist\Z', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Whether it happened, and what did."""

    reproduced: bool
    told: str


@dataclass(frozen=True, slots=True)
class _Part:
    sql: str
    #: Whether it may be refused: it writes as the code does.
    writes: bool
    #: Whether it is the statement that breaks, or belongs to it.
    breaks: bool


def replay(script: str, server: Servers) -> Replayed:
    """Run it statement by statement.

    InputError where it is no witness, NotEnoughEvidence where a script cannot show what it tells.
    """
    first = script.partition("\n")[0].strip()
    if not first.startswith(HEAD):
        raise InputError(
            "this is no witness",
            advice=f"The first line of those that `schemaguard check` makes begins with `{HEAD.strip()}`.",
        )
    expected = first.removeprefix(HEAD)
    if expected.startswith(NO_SCRIPT):
        raise NotEnoughEvidence(f"this witness {expected}", advice="Follow it by hand, with psql.")
    state = _STATE.match(expected)
    if state is None and expected not in (OTHER_ROWS, OTHER_COLUMNS):
        raise InputError(f"what a witness expects is not understood: {expected}", advice="Make it again.")
    parts = list(_parts(script))
    if not any(part.breaks for part in parts):
        raise InputError("a part of the witness is missing: its last statement", advice="Make it again.")
    with shadow_database(server) as name, connect(server.dsn(name)) as conn, connect(server.dsn(name)) as eye:
        _set_up(conn, server, [part for part in parts if not part.breaks])
        sql = [part.sql for part in parts if part.breaks]
        if state is not None:
            return _refused(conn, sql, state[1])
        told = _told(script)
        if expected == OTHER_COLUMNS:
            return _columns(conn, sql, told)
        return _rows(conn, eye, sql, told)


def _parts(script: str) -> Iterator[_Part]:
    writes = breaks = False
    for piece in split(script):
        match piece:
            case Cut():
                breaks = breaks or any(one.startswith(BREAKS) for one in piece.comments)
                sql = script[piece.start : piece.end]
                begun = any(one.startswith(WRITES) for one in piece.comments)
                writes = begun or (writes and sql.startswith("EXECUTE write_"))
                yield _Part(sql, writes, breaks)
            case Bad():
                line = script.count("\n", 0, piece.start) + 1
                raise InputError(f"cannot be read: {piece.message} (line {line})", advice="Make it again.")


def _set_up(conn: psycopg.Connection, server: Servers, parts: list[_Part]) -> None:
    """All that comes before the statement that breaks."""
    for part in parts:
        while (failure := _failure(conn, part.sql)) is not None:
            role = _NO_ROLE.search(failure.message)
            if role and server.throw_away and ensure_role(server, role[1]):
                continue
            if part.writes:
                break
            raise DatabaseError(
                f"the witness does not come to its statement: {failure.sqlstate} {failure.message}",
                advice=f"It is refused at: {' '.join(part.sql.split())[:200]}",
            )


def _failure(conn: psycopg.Connection, sql: str) -> Failure | None:
    told = _answer(conn, sql)
    return failure_of(told) if told.status == pq.ExecStatus.FATAL_ERROR else None


def _answer(conn: psycopg.Connection, sql: str) -> pq.abc.PGresult:
    """What the server says; COPY gets no rows."""
    pgconn = conn.pgconn
    told = pgconn.exec_(sql.encode())
    if told.status not in (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT):
        return told
    end_copy(conn, told)
    answers = iter(pgconn.get_result, None)
    return next(one for one in [*answers, told] if one.status != pq.ExecStatus.COMMAND_OK or one is told)


def _refused(conn: psycopg.Connection, statements: list[str], state: str) -> Replayed:
    for sql in statements:
        if (failure := _failure(conn, sql)) is not None:
            happened = f"{failure.sqlstate} {failure.message}"
            if failure.sqlstate == state:
                return Replayed(reproduced=True, told=happened)
            return Replayed(reproduced=False, told=f"not {state}, but {happened}")
    return Replayed(reproduced=False, told=f"not {state}: it works")


def _told(script: str) -> dict[str, object] | list[str]:
    """What happened where the witness was made."""
    line = next((one for one in script.splitlines() if one.startswith(HERE)), HERE)
    try:
        told: dict[str, object] | list[str] = json.loads(line.removeprefix(HERE))
    except ValueError as error:
        raise InputError("a part of the witness is missing: what it told", advice="Make it again.") from error
    return told


def _columns(conn: psycopg.Connection, statements: list[str], told: object) -> Replayed:
    for sql in statements:
        if (failure := _failure(conn, sql)) is not None:
            return Replayed(reproduced=False, told=f"{failure.sqlstate} {failure.message}")
    described = conn.pgconn.describe_prepared(b"witness")
    found = []
    for place in range(described.nfields):
        key: list[list[int]] = [[described.ftype(place)], [described.fmod(place)]]
        row = conn.execute(TYPE_NAMES, key).fetchone()
        assert row is not None
        found.append(f"{(described.fname(place) or b'').decode()} {row[2]}")
    return Replayed(reproduced=found == told, told=f"the result is ({', '.join(found)})")


def _rows(conn: psycopg.Connection, eye: psycopg.Connection, statements: list[str], told: object) -> Replayed:
    """Hold what it returns and stores against what it did; ``eye`` may read all."""
    if not isinstance(told, dict):
        raise InputError("a part of the witness is missing: what it told", advice="Make it again.")
    tables = {table: list(entry["columns"]) for table, entry in told["stored"].items()}
    before = {table: _image(eye, table) for table in tables}
    count = 0
    rows: tuple[Row, ...] = ()
    for sql in statements:
        answer = _answer(conn, sql)
        if answer.status == pq.ExecStatus.FATAL_ERROR:
            failure = failure_of(answer)
            return Replayed(reproduced=False, told=f"{failure.sqlstate} {failure.message}")
        returns = answer.status == pq.ExecStatus.TUPLES_OK
        count = answer.ntuples if returns else answer.command_tuples or 0
        rows = rows_of(answer) if returns else ()
    found = {
        "count": count,
        "places": told["places"],
        "rows": ordered([[row[place] for place in told["places"]] for row in rows]),
        "stored": {
            table: shown(before[table], _image(eye, table), columns) for table, columns in tables.items()
        },
    }
    # As JSON, in which there are no tuples.
    found = json.loads(json.dumps(found))
    return Replayed(reproduced=found == told, told=json.dumps(found, ensure_ascii=False))


def _image(conn: psycopg.Connection, table: str) -> Image:
    schema, _, name = table.partition(".")
    told = conn.pgconn.exec_(f"SELECT * FROM {quote(schema)}.{quote(name)}".encode())
    rows: tuple[Row, ...] = rows_of(told)
    columns = tuple((told.fname(place) or b"").decode() for place in range(told.nfields))
    return Image(columns, {(str(number),): row for number, row in enumerate(rows)})
