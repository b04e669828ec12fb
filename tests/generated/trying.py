"""Each statement is tried on each shape: what we say of it is held against what the server does and has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from psycopg import Error

from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.postgres.catalog import Connection, read_schema
from schemaguard.postgres.observe import observe
from schemaguard.postgres.witness import Witnessed, server_of, wrong_costs, wrong_schema
from schemaguard.schema import SchemaState
from schemaguard.scripts import pieces_of
from schemaguard.server import Server
from schemaguard.sql import read
from tests.generated.shapes import AROUND, COLUMNS, SHAPES
from tests.generated.statements import Tried

#: What is not there, on this shape: there is nothing to be learned from the attempt.
#: (undefined table, column, object, function.) Class 23: the rows, of which there are none, decide.
POINTLESS = frozenset({"42P01", "42703", "42704", "42883"})


class Fate(Enum):
    """What became of an attempt."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNREAD = "unread"
    #: The shape has not what the statement is about.
    POINTLESS = "pointless"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attempt and where we and the server part."""

    tried: Tried
    fate: Fate
    lines: tuple[str, ...] = ()


def setup(shape: str) -> str:
    """The script that makes the shape and what is around it."""
    return f"{AROUND}CREATE SCHEMA elsewhere;{SHAPES[shape]}CREATE TABLE spare ({COLUMNS});"


def outcomes(conn: Connection, statements: Iterable[Tried]) -> Iterator[Outcome]:
    """Each statement on the shape that the database has, in a transaction that is rolled back."""
    # Of no rows an index is never worth its while.
    conn.execute("SET enable_seqscan = off")
    server, before = server_of(conn), read_schema(conn)
    major = server.major or 0
    for tried in statements:
        if tried.since <= major:
            conn.execute("BEGIN")
            try:
                yield _outcome(conn, tried, before, server)
            finally:
                conn.execute("ROLLBACK")


def _outcome(conn: Connection, tried: Tried, before: SchemaState, server: Server) -> Outcome:
    statements = [read(piece) for piece in pieces_of(f"BEGIN;\n{tried.sql}")]
    _, frame = interpret(statements, before, server)
    refused = ""
    costs, after = frozenset[object](), before
    try:
        costs = observe(conn, tried.sql)
        after = read_schema(conn)
    except Error as error:
        refused = error.sqlstate or "?"
    if refused in POINTLESS or refused.startswith("23"):
        return Outcome(tried, Fate.POINTLESS)
    if frame.unread:
        return Outcome(tried, Fate.UNREAD, tuple(unread.reason for unread in frame.unread))
    lines = _lines(frame, refused, Witnessed(frame, costs, after))  # type: ignore[arg-type]  # costs they are
    return Outcome(tried, Fate.DIFFERENT if lines else Fate.EQUAL, tuple(lines))


def _lines(frame: Frame, refused: str, seen: Witnessed) -> list[str]:
    said = {refusal.sqlstate for refusal in frame.refusals}
    if refused:
        return [] if refused in said else [f"refused with {refused}, not said"]
    if frame.refused:
        return [f"said to be refused with {sorted(said)}, is not"]
    costs = [line.partition(" -- ")[0] for line in wrong_costs(seen)]
    return costs + wrong_schema(frame.after, seen.after)
