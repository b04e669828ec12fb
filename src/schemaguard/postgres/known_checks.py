"""The matrix of a check that was made before, where nothing is different that could make another of it.

Where only the last states are new, that of the others tells which statements these do not concern.

It is kept with a digest of all that it hangs on: the schema before with its rows, every state's SQL, every
statement with its types, the roles and drivers, the server with its settings, roles, extensions and files,
this schemaguard, and the day. Only what our own server said is kept, since of others we do not know all.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

import psycopg
from psycopg import pq

from schemaguard import __version__, kept
from schemaguard.compat.cells import Matrix, Participant, State
from schemaguard.compat.course import Course
from schemaguard.compat.matrix_record import Record, matrix_of, record_of
from schemaguard.compat.verdict import Unknown
from schemaguard.dataclass import dataclass
from schemaguard.postgres.check_states import Builder, Servers, check_states
from schemaguard.postgres.connect import connect
from schemaguard.postgres.shadow import Script

_FORMAT = 2
_Course = tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]
#: More are not kept: the oldest go.
_MOST = 50

#: What is set, but for where the server happens to be.
_SETTINGS = """
SELECT name, setting FROM pg_settings
WHERE name NOT IN ('config_file', 'data_directory', 'hba_file', 'ident_file', 'external_pid_file',
                   'unix_socket_directories', 'port')
ORDER BY name
"""
_QUESTIONS = (
    "SELECT version()",
    _SETTINGS,
    "SELECT name, version FROM pg_available_extension_versions ORDER BY name, version",
    "SELECT r::text FROM pg_roles r ORDER BY oid",
    "SELECT m::text FROM pg_auth_members m ORDER BY m::text",
    "SELECT s::text FROM pg_db_role_setting s ORDER BY s::text",
    "SELECT to_jsonb(d) - 'datfrozenxid' - 'datminmxid' FROM pg_database d WHERE datname = 'template1'",
)
_PLACES = "SELECT setting FROM pg_config WHERE name IN ('BINDIR', 'PKGLIBDIR', 'SHAREDIR') ORDER BY name"

#: What can look beyond the database, and so at what is not in the digest.
_BEYOND = re.compile(
    r"pg_read_|pg_ls_|pg_stat_file|lo_import|dblink|_fdw|\bforeign\s+(?:table|data)|\bserver\b"
    r"|\bcopy\b|\bprogram\b|\blanguage\s+['\"]?(?:c\b|pl(?!pgsql\b))|\bpg_(?:file|logdir)_",
    re.IGNORECASE,
)
#: SQLSTATEs of what this machine lacked at that moment.
_OF_THE_MOMENT = re.compile(r"\b(?:53|55|57|58|XX)[0-9A-Z]{3}\b")


def known_check(
    server: Servers,
    before: str | Builder,
    states: Sequence[State],
    participants: Sequence[Participant],
    *,
    written_for: Sequence[State] | None = None,
) -> Matrix:
    """As ``check_states``, or what that gave the last time."""
    asked = _Question.of(server, before, states, participants, written_for)
    if asked is None:
        return check_states(server, before, states, participants, written_for=written_for)
    known = _kept(asked.digest(states), states, participants)
    if known is not None:
        return known
    # Of a plan the canary's home may be another with each step.
    places = range(len(states) - 1, 0, -1) if written_for is None else ()
    earlier = (_kept(asked.digest(states[:n]), states[:n], participants) for n in places)
    shorter = next((one for one in earlier if one is not None and one.course is not None), None)
    matrix = check_states(server, before, states, participants, written_for=written_for, known=shorter)
    if not any(_OF_THE_MOMENT.search(text) for text in _doubts(matrix)):
        question = asked.digest(states)
        kept.keep(_place(question), (question, record_of(matrix), _of(matrix.course)), _MOST)
    return matrix


def _place(question: bytes) -> str:
    return str(Path(kept.directory("checks"), question.hex()))


def _kept(question: bytes, states: Sequence[State], participants: Sequence[Participant]) -> Matrix | None:
    try:
        asked, record, course = cast("tuple[bytes, Record, _Course | None]", kept.read(_place(question)))
        if asked == question:
            matrix = matrix_of(record, states, participants)
            return replace(
                matrix, course=None if course is None else Course(dict(course[0]), dict(course[1]))
            )
    except (TypeError, ValueError, LookupError):
        pass
    return None


def _of(course: Course | None) -> "_Course | None":
    return None if course is None else (dict(course.rows), dict(course.samples))


@dataclass(frozen=True, slots=True)
class _Question:
    """All that a matrix hangs on, but for the states, and where the canary is held against another end."""

    rest: bytes
    written_for: Sequence[State] | None

    @classmethod
    def of(
        cls,
        server: Servers,
        before: str | Builder,
        states: Sequence[State],
        participants: Sequence[Participant],
        written_for: Sequence[State] | None,
    ) -> "_Question | None":
        """None: nobody knows all of that."""
        if not server.throw_away or not isinstance(before, str | Script):
            return None
        scripts = (before,) if isinstance(before, str) else before.statements
        steps = (sql for state in (*states, *(written_for or ())) for sql in state.sql)
        queries = (query.sql for one in participants for query in one.workload.statements)
        if any(_BEYOND.search(text) for text in (*scripts, *steps, *queries)):
            return None
        us = (_FORMAT, __version__, sys.version, list(kept.own_files()), pq.version(), psycopg.__version__)
        whole = (*us, version("sqlglot"), datetime.now(UTC).date(), _facts(server), before, participants)
        return cls(_digest(whole), written_for)

    def digest(self, states: Sequence[State]) -> bytes:
        """Of the question with these states."""
        return _digest((self.rest, tuple(states), self.written_for))


def _digest(asked: object) -> bytes:
    return kept.digest(repr(asked).encode("utf-8", "surrogateescape"))


def _facts(server: Servers) -> list[object]:
    """What the server says of itself, and its files."""
    with connect(server.dsn()) as conn:
        found: list[object] = [conn.execute(question.encode()).fetchall() for question in _QUESTIONS]
        places = [row[0] for row in conn.execute(_PLACES)]
    return [*found, *(list(_files(place)) for place in places)]


def _files(place: str) -> Iterator[tuple[str, int, int]]:
    """Its own files there and in the directory below them that extensions are in."""
    for directory in (Path(place), Path(place, "extension")):
        for file in sorted(directory.iterdir()) if directory.is_dir() else ():
            if file.is_file():
                stat = file.stat()
                yield file.name, stat.st_mtime_ns, stat.st_size


def _doubts(matrix: Matrix) -> Iterator[str]:
    yield from matrix.notes
    for cell in matrix.cells:
        if isinstance(cell.verdict, Unknown):
            yield cell.verdict.reason
