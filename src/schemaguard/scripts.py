"""Scripts as texts: read and interpreted, each statement by itself."""

from collections.abc import Iterator

from schemaguard.errors import InputError
from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.phase import Phase
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.settings import Timeouts
from schemaguard.sql import read
from schemaguard.sql.split import Cut, split
from schemaguard.text import Lines, Piece


def frames_of(
    sql: str,
    *,
    given: str = "",
    phase: Phase = Phase.EXPAND,
    server: Server | None = None,
    timeouts: Timeouts | None = None,
    before: SchemaState | None = None,
) -> list[Frame]:
    """Read and interpret a script, on the schema ``before`` it or on the one that ``given`` makes."""
    if before is None:
        before = schema_of(given)
    statements = [read(piece) for piece in pieces_of(sql)]
    return list(interpret(statements, before, server, timeouts=timeouts, phase=phase))


def schema_of(sql: str) -> SchemaState:
    """The schema that a script makes of an empty database; an error where a part of it cannot be read."""
    empty = SchemaState(complete=True)
    frames = list(interpret([read(piece) for piece in pieces_of(sql)], empty))
    for frame in frames:
        for unread in frame.unread:
            raise InputError(f"the schema cannot be told from {frame.statement.text!r}: {unread.reason}")
    return frames[-1].after if frames else empty


def pieces_of(sql: str, path: str = "script.sql") -> Iterator[Piece]:
    """The statements of a script, each by itself (autocommit)."""
    lines = Lines(sql)
    for part in split(sql, in_psql=False):
        if isinstance(part, Cut):
            place = lines.place(path, part.start, part.end)
            yield Piece(text=sql[part.start : part.end], place=place, comments=part.comments)
        elif message := getattr(part, "message", ""):
            raise InputError(message, path=path, line=lines.position(part.start)[0])
