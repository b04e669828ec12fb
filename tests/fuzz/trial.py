"""A script is run statement by statement; what we say of each is held against what the server did and has."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import psycopg
from psycopg.pq import TransactionStatus

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, blocks
from schemaguard.errors import SchemaguardError
from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.observe import Connection, observe
from schemaguard.postgres.picture import Picture, take
from schemaguard.postgres.witness import Witnessed, server_of, wrong_schema
from schemaguard.rules import default_rules
from schemaguard.schema import Constraint, Exclude, ForeignKey, SchemaState, Unique, constrained_columns
from schemaguard.scripts import pieces_of
from schemaguard.server import Server
from schemaguard.sql import read
from schemaguard.sql.statement import Statement
from tests.fuzz.excuses import excuse
from tests.fuzz.values import SETUP

RESET = f"""
DROP SCHEMA IF EXISTS public, app, "My Schema" CASCADE;
CREATE SCHEMA public;
{SETUP}
"""


_AX = LockMode.ACCESS_EXCLUSIVE


class Kind(Enum):
    """What is wrong, the worst first."""

    CRASH = "our own error"
    MISSED = "cost seen, not said"
    SILENT = "nobody told of it"
    UNBROKEN = "running code notices, and no break is said"
    SCHEMA = "schema"
    SESSION = "session"
    OVER = "cost said, not seen"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where we and the server part."""

    kind: Kind
    line: str
    statement: str

    @property
    def sort(self) -> tuple[Kind, str]:
        """Differences of one sort have one cause, mostly."""
        return self.kind, re.split(r"\(| [\w ]+\.", self.line)[0]


class Fate(Enum):
    """What became of a statement."""

    TAKEN = "taken"
    REFUSED = "refused by the server"
    UNREAD = "unread"
    #: The script cannot go on.
    LAST = "ended the script"


@dataclass(frozen=True, slots=True)
class Step:
    fate: Fate
    differences: tuple[Difference, ...] = ()
    #: Costs said and not seen, with the reason why that is right.
    excused: tuple[str, ...] = ()
    why: str = ""


@dataclass(slots=True)
class Trial:
    """A script on a database of its own."""

    conn: Connection
    before: SchemaState = field(default_factory=lambda: SchemaState(complete=True))
    statements: list[Statement] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    seen: list[frozenset[Cost]] = field(default_factory=list)
    #: The catalog as last read.
    catalog: SchemaState = field(default_factory=SchemaState)
    server: Server | None = None
    #: The tables that were there before the script.
    old: frozenset[int] = frozenset()
    #: Of each statement, the tables that running code may use.
    used: list[frozenset[Relation]] = field(default_factory=list)

    def prepare(self, zone: str) -> None:
        """Nothing is there but what the setup makes."""
        if self.conn.info.transaction_status is not TransactionStatus.IDLE:
            self.conn.execute("ROLLBACK")
        self.conn.execute("RESET ALL")
        self.conn.execute("SELECT set_config('client_min_messages', 'error', false)")
        self.conn.execute(RESET.encode())
        # The schemas, types and sequences of the setup are there before the script, as in a history.
        made = read_schema(self.conn)
        self.before = replace(self.before, things=made.things, types=made.types, sequences=made.sequences)
        self.conn.execute("SELECT set_config('timezone', %s, false)", (zone,))
        # Of a few rows an index is never worth its while.
        self.conn.execute("SET enable_seqscan = off")
        self.server = server_of(self.conn)
        self.catalog = read_schema(self.conn)

    def give(self, text: str) -> bool:
        """Run a statement of what is there before the script; whether the server takes it."""
        statement = read(next(pieces_of(text)))
        try:
            self.conn.execute(text.encode())
        except psycopg.Error:
            return False
        self.statements.append(statement)
        self.catalog = read_schema(self.conn)
        return True

    def begin(self, *, from_catalog: bool) -> list[Difference]:
        """What was run up to now is what was given; the script begins."""
        frames = list(interpret(self.statements, self.before, self.server))
        seen = self.catalog
        said = frames[-1].after if frames else self.before
        self.before = seen if from_catalog else said
        self.old = frozenset(take(self.conn).tables)
        self.statements, self.frames, self.seen, self.used = [], [], [], []
        return [Difference(Kind.SCHEMA, line, "(given)") for line in wrong_schema(said, seen)]

    def step(self, text: str) -> Step:
        """Run one more statement."""
        (piece,) = pieces_of(text)
        statement = read(piece)
        try:
            frames = list(interpret([*self.statements, statement], self.before, self.server))
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            return Step(Fate.LAST, (Difference(Kind.CRASH, repr(error), text),))
        except SchemaguardError as error:
            return Step(Fate.LAST, (Difference(Kind.CRASH, str(error), text),))
        frame = frames[-1]
        if frame.unread:
            return Step(Fate.UNREAD, why=frame.unread[0].reason)
        picture = take(self.conn)
        wrong = [Difference(Kind.SESSION, line, text) for line in self._session(frame, picture)]
        used = frozenset(table for oid, table in picture.tables.items() if oid in self.old)
        try:
            seen = self._run(text)
        except psycopg.Error as error:
            # CREATE INDEX CONCURRENTLY leaves an index behind.
            fate = Fate.LAST if "CONCURRENTLY" in text and error.sqlstate != "25001" else Fate.REFUSED
            return Step(fate, why=error.sqlstate or "")
        self.statements.append(statement)
        self.frames, self.used = frames, [*self.used, used]
        self.seen.append(seen)
        self.catalog = read_schema(self.conn)
        witnessed = Witnessed(frame, seen, self.catalog)
        missed, over = apart(witnessed)
        wrong += [Difference(Kind.MISSED, str(cost), text) for cost in missed]
        reasons = {cost: excuse(cost, frame) for cost in over}
        wrong += [Difference(Kind.OVER, str(cost), text) for cost in over if not reasons[cost]]
        wrong += [Difference(Kind.SCHEMA, line, text) for line in wrong_schema(frame.after, witnessed.after)]
        wrong += [Difference(Kind.UNBROKEN, line, text) for line in _unbroken(frame)]
        return Step(Fate.TAKEN, tuple(wrong), tuple(filter(None, reasons.values())))

    def _run(self, text: str) -> frozenset[Cost]:
        """A statement that fails in a transaction is taken back by itself."""
        if self.conn.info.transaction_status is not TransactionStatus.INTRANS or _ends(text):
            return observe(self.conn, text)
        self.conn.execute("SAVEPOINT before_it")
        try:
            seen = observe(self.conn, text)
        except psycopg.Error:
            self.conn.execute("ROLLBACK TO SAVEPOINT before_it")
            raise
        finally:
            self.conn.execute("RELEASE SAVEPOINT before_it")
        return seen

    def _session(self, frame: Frame, picture: Picture) -> Iterator[str]:
        """What the session is before the statement."""
        status = self.conn.info.transaction_status
        if frame.in_transaction != (status is TransactionStatus.INTRANS):
            yield f"in a transaction: said {frame.in_transaction}, seen {status}"
        row = self.conn.execute(
            "SELECT n.setting, l.setting FROM pg_settings n, pg_settings l"
            " WHERE n.name = 'statement_timeout' AND l.name = 'lock_timeout'"
        ).fetchone()
        assert row is not None
        for name, ours, theirs in (
            ("statement", frame.timeouts.statement, int(row[0])),
            ("lock", frame.timeouts.lock, int(row[1])),
        ):
            if (ours or 0) != theirs:
                yield f"{name}_timeout: said {ours}, seen {theirs}"
        yield from self._locks_and_age(frame, picture)

    def _locks_and_age(self, frame: Frame, picture: Picture) -> Iterator[str]:
        said = {lock.table: lock.mode for lock in frame.held}
        for oid, mode in sorted(picture.locks, key=repr):
            table = picture.tables.get(oid)
            # To look does not lock; reading names of system catalogs does.
            if table is None or mode is LockMode.ACCESS_SHARE:
                continue
            if table not in said or said[table].strength < mode.strength:
                yield f"held: {mode} on {table.text} is seen, said is {said.get(table)}"
        made = {table for oid, table in picture.tables.items() if oid not in self.old}
        for table in sorted(frame.young - made):
            if frame.before.table(table) is not None:
                yield f"young: said of {table.text}, which is old"
        for table in sorted(made - frame.young):
            yield f"young: not said of {table.text}, which is new"

    def end(self) -> Iterator[Difference]:
        """What the whole script says: with what we know, and to one who knows nothing."""
        yield from self._silent(self.frames, "knowing all")
        blind = list(interpret(self.statements, SchemaState()))
        yield from self._silent(blind, "knowing nothing")
        yield from self._uncovered(blind, "knowing nothing", blind=True)
        anywhere = list(interpret(self.statements, self.before))
        yield from self._uncovered(anywhere, "for any server", blind=False)

    def _silent(self, frames: Sequence[Frame], how: str) -> Iterator[Difference]:
        told = {
            reported.statement
            for reported in lint(frames, default_rules())
            if reported.rule != "missing-lock-timeout"
        }
        for number, (frame, seen, used) in enumerate(zip(frames, self.seen, self.used, strict=True), start=1):
            felt = sorted(repr(cost) for cost in seen if blocks(cost) and cost.table in used)
            if felt and number not in told:
                yield Difference(Kind.SILENT, f"{how}: {felt[0]}", frame.statement.text)

    def _uncovered(self, frames: Sequence[Frame], how: str, *, blind: bool) -> Iterator[Difference]:
        for frame, seen in zip(frames, self.seen, strict=True):
            held = {lock.table: lock.mode.strength for lock in frame.held}
            # On what else hangs on the table, who does not know it can say nothing.
            named = {_subject(effect.change) for effect in frame.effects}
            # And who does not know of a lock cannot know that it is held.
            said = (
                {c if isinstance(c, Lock | Wait) else replace(c, under=_AX) for c in frame.costs}
                if blind
                else frame.costs
            )
            for cost in sorted(seen, key=repr):
                if blind and cost.table not in named:
                    continue
                if isinstance(cost, Lock) and held.get(cost.table, 0) >= cost.mode.strength:
                    continue
                if not _covered(cost, frozenset(said)):
                    yield Difference(Kind.MISSED, f"{how}: {cost}", frame.statement.text)


def apart(witnessed: Witnessed) -> tuple[list[Cost], list[Cost]]:
    """The costs that were seen and nothing said covers, and those that were said and not seen."""
    frame = witnessed.frame
    held = {lock.table: lock.mode.strength for lock in frame.held}

    def shows(cost: Cost) -> bool:
        return not (isinstance(cost, Lock) and held.get(cost.table, 0) >= cost.mode.strength)

    said, seen = set(filter(shows, frame.costs)), set(filter(shows, witnessed.costs))
    # How rows are read the planner decides, and foreign keys lock with the first row.
    moves = any(effect.change.moves_data for effect in frame.effects)
    missed = [cost for cost in seen - said if not _covered(cost, frame.costs)]
    return sorted(missed, key=repr), [] if moves else sorted(said - seen, key=repr)


def _covered(cost: Cost, said: frozenset[Cost]) -> bool:
    """Whether something at least as bad is said of the table."""
    of_table = [c for c in said if c.table == cost.table]
    match cost:
        case Lock(_, mode):
            return any(isinstance(c, Lock) and c.mode.strength >= mode.strength for c in of_table)
        case Scan(_, under):
            return any(
                isinstance(c, Scan | Rewrite | BuildIndex) and c.under.strength >= under.strength
                for c in of_table
            )
        case BuildIndex(_, under):
            return any(
                isinstance(c, Rewrite | BuildIndex) and c.under.strength >= under.strength for c in of_table
            )
        case Rewrite(_, under):
            return any(isinstance(c, Rewrite) and c.under.strength >= under.strength for c in of_table)
        case _:
            return cost in of_table


def _subject(change: object) -> object:
    column = getattr(change, "column", None)
    return column.table if isinstance(column, Column) else getattr(change, "table", None)


def _ends(text: str) -> bool:
    return text.split(maxsplit=1)[0] in ("COMMIT", "ROLLBACK", "END", "ABORT", "BEGIN", "START")


def _unbroken(frame: Frame) -> Iterator[str]:
    """What running code can notice, although no break is said."""
    ends = any(type(effect.change).__name__ == "EndTransaction" for effect in frame.effects)
    if ends or any(effect.breaks for effect in frame.effects):
        return
    for name, before in frame.before.tables.items():
        if name in frame.young:
            continue
        after = frame.after.table(name)
        if after is None:
            yield f"table {name.text} is gone"
            continue
        for column in before.columns:
            now = after.column(column.name)
            if now is None:
                yield f"column {column.name} of {name.text} is gone"
            elif now.type != column.type:
                yield f"column {column.name} of {name.text} has another type"
            elif now.not_null and not frame.before.proves_present(Column(name, column.name)):
                yield f"column {column.name} of {name.text} is not null now"
        for column in after.columns:
            if before.column(column.name) is None and column.not_null and not column.fills_itself:
                yield f"column {column.name} of {name.text} must be filled"
        known = {_gist(constraint) for constraint in before.constraints}
        columns = {column.name for column in before.columns}
        for constraint in after.constraints:
            # No running code writes new columns, nor twice what has been unique.
            news = constrained_columns(constraint) - columns
            unique = isinstance(constraint, Unique) and any(
                index.unique and not index.partial and set(index.columns) <= set(constraint.columns)
                for _, index in frame.before.indexes_of(name)
            )
            if _gist(constraint) not in known and not news and not unique:
                yield f"constraint {constraint.name} of {name.text} is new"


def _gist(constraint: Constraint) -> Constraint:
    """What it asks of rows to come."""
    if isinstance(constraint, Unique):
        return replace(constraint, name="", primary=False)
    if isinstance(constraint, ForeignKey):
        # The table may have another name.
        return ForeignKey(name="", columns=constraint.columns, target=Relation("", ""))
    if isinstance(constraint, Exclude):
        return replace(constraint, name="")
    return replace(constraint, name="", valid=True)


__all__ = ["Difference", "Fate", "Kind", "Step", "Trial"]
