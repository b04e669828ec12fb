"""
A database driver without a database: it writes statements down and knows no rows.

SQLAlchemy runs on top of it as on psycopg2, so that connections, sessions, savepoints, autocommit and
parameters behave as they do for real, and transactions are counted where the real driver would commit.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Any, Callable

from .ddl import follow
from .frames import Frames
from .literals import filled_in
from .rows import Guess, guess
from .world import World

Row = tuple[Any, ...]


class Error(Exception):
    """The root of the errors that a driver must offer."""


class Recorder:
    """What a revision sends, in order, with its place and its transaction."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        self.world: World | None = None
        self.statements: list[dict[str, Any]] = []
        self.transactions = 0
        self.open = False

    def begin(self, world: World) -> None:
        """Start writing down, in ``world``."""
        self.world = world
        self.statements = []
        self.transactions = 0
        self.open = False

    def statement(self, sql: str, *, alone: bool) -> None:
        """Note a statement; ``alone`` when the connection is in autocommit mode."""
        if self.world is None:
            return
        spans = self.frames.here()
        self.statements.append(
            {
                "sql": sql,
                "block": None if alone else self.transactions,
                "spans": [list(span) for span in spans],
                "sure": not self.world.unknowns,
            }
        )
        self.open = self.open or not alone
        follow(self.world.catalog, sql)

    def commit(self) -> None:
        """The transaction ends: later statements are in another."""
        if self.open:
            self.transactions += 1
        self.open = False

    def unknown(self, reason: str) -> None:
        """Note why the rendering is approximate."""
        if self.world is not None:
            self.world.unknown(reason)


class Cursor:
    """A cursor: statements go to the recorder, rows are guessed (mostly: none)."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.columns: list[str] | None = None
        self.arraysize = 1
        self.rowcount = 0
        self.lastrowid = 0
        self._sql = ""
        self._guess = Guess(None, [], sure=True)

    def execute(self, sql: Any, parameters: Any = None) -> None:
        """Write a statement down."""
        recorder = self.connection.recorder
        self._sql = filled_in(str(sql), parameters, recorder.unknown)
        self._guess = guess(self._sql, self.columns, recorder.world)
        self.columns = None
        self.rowcount = len(self._guess.rows)
        recorder.statement(self._sql, alone=self.connection.autocommit)

    def executemany(self, sql: Any, many: Iterable[Any]) -> None:
        """Write down one INSERT with many rows, as psycopg2 sends it; else a statement for each row."""
        head, values, row = str(sql).partition(" VALUES ")
        if head.lstrip()[:7].upper() == "INSERT " and row.endswith(")") and "%" not in head:
            unknown = self.connection.recorder.unknown
            rows = [filled_in(row, parameters, unknown) for parameters in many]
            self.execute((head + values).replace("%", "%%") + ", ".join(rows).replace("%", "%%"))
        else:
            for parameters in many:
                self.execute(sql, parameters)
        self._guess = Guess(None, [], sure=True)

    @property
    def description(self) -> list[Row] | None:
        """The columns of the result; None when the statement returns no rows."""
        if self._guess.columns is None:
            return None
        return [(name, None, None, None, None, None, None) for name in self._guess.columns]

    def _taken(self) -> list[Row]:
        rows, self._guess.rows = self._guess.rows, []
        if not self._guess.sure:
            shown = " ".join(self._sql.split())
            shown = shown if len(shown) <= 80 else shown[:79] + "…"
            self.connection.recorder.unknown(f"the rows of “{shown}” are not known here")
        return rows

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        return self._taken()

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """All rows that are left: there are never many."""
        return self._taken()

    def fetchone(self) -> Row | None:
        """The next row, if any."""
        rows = self._taken()
        self._guess.rows = rows[1:]
        return rows[0] if rows else None

    def __iter__(self) -> Iterator[Row]:
        return iter(self._taken())

    def close(self) -> None:
        """Nothing is open."""


class Connection:
    """A connection that goes nowhere."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.autocommit = False
        self.notices: list[str] = []

    def cursor(self, *_: Any, **__: Any) -> Cursor:
        """A new cursor."""
        return Cursor(self)

    def commit(self) -> None:
        """End the transaction."""
        if not self.autocommit:
            self.recorder.commit()

    def rollback(self) -> None:
        """End the transaction."""
        self.commit()

    def close(self) -> None:
        """Nothing is open."""


def module(connect: Callable[..., Connection]) -> types.ModuleType:
    """What SQLAlchemy expects of a driver's module (DB-API 2.0)."""
    made = types.ModuleType("psycopg2")
    made.__dict__.update(
        apilevel="2.0",
        threadsafety=2,
        paramstyle="pyformat",
        connect=connect,
        Binary=bytes,
        __version__="2.9.9",
    )
    for name in (
        *("Warning", "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError"),
        *("InternalError", "ProgrammingError", "NotSupportedError"),
    ):
        made.__dict__[name] = type(name, (Error,), {})
    made.__dict__["Error"] = Error
    return made
