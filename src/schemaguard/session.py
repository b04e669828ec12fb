"""What a session is in the middle of: its transaction, savepoints, settings and locks."""

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from schemaguard.changes.base import Change, Made, SessionChange, Unread
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.discard import Discard
from schemaguard.changes.end_in_block import EndInBlock
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.finish_prepared import FinishPrepared
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.prepare_transaction import PrepareTransaction
from schemaguard.changes.release_savepoint import ReleaseSavepoint
from schemaguard.changes.rename_table import RenameTable
from schemaguard.changes.reset_all import ResetAll
from schemaguard.changes.rollback_to import RollbackTo
from schemaguard.changes.set_savepoint import SetSavepoint
from schemaguard.changes.set_setting import SetSetting
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.costs import Cost, Lock, strengthen
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.foreign_tables import foreign_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.pending import Pending
from schemaguard.run_prepared import RunPrepared
from schemaguard.schema import SchemaState
from schemaguard.search_path import USUAL, resolved, schemas_in, unresolved
from schemaguard.server import Server
from schemaguard.settings import TIMEOUTS, Settings, milliseconds_of

#: active_sql_transaction: what commits by itself cannot run in somebody's transaction.
IN_TRANSACTION = "25001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What ROLLBACK, or ROLLBACK TO of that name, returns to."""

    name: str
    schema: SchemaState
    young: frozenset[Relation]
    fresh: frozenset[Made]
    settings: Settings
    held: dict[Relation, LockMode]
    pending: Pending
    done: int


@dataclass(slots=True)
class Session:
    """What a session is in the middle of."""

    schema: SchemaState
    settings: Settings
    young: frozenset[Relation] = frozenset()
    #: The types and things that this release has made.
    fresh: frozenset[Made] = frozenset()
    #: Whether a transaction is open, the migration tool's or the script's.
    open: bool = False
    #: Whether the block that runs may not end the transaction: it has not begun it.
    atomic: bool = False
    block: int | None = None
    held: dict[Relation, LockMode] = field(default_factory=dict)
    #: What is checked at its end.
    pending: Pending = field(default_factory=Pending)
    #: Where the transaction began, then its savepoints.
    points: list[Point] = field(default_factory=list)
    #: What the transaction has done.
    done: list[Change] = field(default_factory=list)
    prepared: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    #: What was prepared in this file, each by its name. No ROLLBACK takes that back.
    statements: dict[str, tuple[Change | Unread, ...]] = field(default_factory=dict)
    path: str = ""

    @property
    def leaves_open(self) -> bool:
        """Whether a transaction is open which nobody but the script will commit."""
        return self.open and self.block is None

    def enter(self, block: int | None, path: str) -> None:
        """The migration tool's own transactions begin and end between statements."""
        if self.leaves_open and path != self.path:
            self._end(commit=False, by="the end of the file")
        if path != self.path:
            self.statements.clear()  # The next file may be run in another session.
        self.path = path
        if block == self.block:
            return
        if self.block is not None and self.open:
            self._end(commit=True, by="")
        if block is not None and not self.open:
            self._begin()
        self.block = block

    def within(self) -> "Session":
        """The same for a DO block, which runs in a transaction of its own where none is open."""
        inner = replace(
            self,
            atomic=self.open,
            held=dict(self.held),
            pending=self.pending.copy(),
            points=list(self.points),
            done=list(self.done),
            prepared=dict(self.prepared),
            statements=dict(self.statements),
        )
        inner.obey(BeginTransaction())
        return inner

    def leave(self, outer: "Session") -> None:
        """The block ends, and the transaction that was begun for it."""
        if not outer.open:
            self._end(commit=True, by="")
        self.atomic = outer.atomic

    # Before a change

    def at(self, server: Server) -> Server:
        """The server as the session sees it."""
        zone = self.settings.time_zone
        return server if zone is None else replace(server, time_zone=zone)

    def executed(self, changes: tuple[Change | Unread, ...]) -> tuple[Change | Unread, ...]:
        """The changes with those of prepared statements in place of their names."""
        found: list[Change | Unread] = []
        for change in changes:
            if isinstance(change, RunPrepared) and change.name in self.statements:
                found += change.read(self.statements[change.name])
            else:
                found.append(change)
        return tuple(found)

    def resolved(self, change: Change, schema: SchemaState) -> Change:
        """The change with the names that it means at this moment."""
        return resolved(change, schema, self.search_path)

    @property
    def search_path(self) -> tuple[str, ...]:
        """Where names without a schema are looked for."""
        path = self.settings.search_path
        return USUAL if path is None else schemas_in(path)

    def nameless(self, change: Change) -> tuple[Refusal, ...]:
        """Why the server refuses a change with names that mean nothing at this moment."""
        if getattr(change, "if_exists", False):
            return ()
        new = [getattr(change, name) for name in change.new_names]
        return tuple(
            Refusal(
                "3F000" if relation in new else "42P01",
                f"the search path is empty, and {relation.name} is written without a schema",
            )
            for relation in unresolved(change)
        )

    def refusals(self, change: Change, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Why the server refuses it at this moment."""
        if isinstance(change, EndInBlock) and (self.atomic or change.misplaced):
            inside = "a function" if change.misplaced else "a block inside of a transaction"
            yield Refusal("2D000", f"{inside} cannot end it")
            return
        if self.open and change.alone_on(schema):
            yield Refusal(IN_TRANSACTION, "it cannot run inside of a transaction")
        if change.inside_only and not self.open:
            yield Refusal("25P01", "it can run only inside of a transaction")
            return
        yield from change.refusals(schema, server)
        yield from foreign_refusals(change, schema)
        yield from self.pending.refusals(change)
        match change:
            case SetSetting(name=name, value=str(value)) if (
                name in TIMEOUTS and milliseconds_of(value) is None
            ):
                yield Refusal("22023", f"{value!r} is no duration")
            case SetSetting("transaction_timeout") if min(server.majors) < 17:
                yield Refusal("42704", "there is no transaction_timeout before 17")
            case PlanStatement(name) if name in self.statements:
                yield Refusal("42P05", f"there is a prepared statement {name} already")
            case SetSavepoint() | ReleaseSavepoint() | RollbackTo() if not self.open:
                yield Refusal("25P01", "there is no transaction, of which a savepoint could be a part")
            case ReleaseSavepoint(name) | RollbackTo(name) if self._place(name) is None:
                yield Refusal("3B001", f"there is no savepoint {name}")

    def reads_only(self, change: Change, *, makes: bool) -> Iterator[Refusal]:
        """Why the server refuses a change that ``makes`` another schema, or writes rows."""
        read_only = self.settings.now.get("transaction_read_only") == "on"
        if read_only and self.open and (makes or change.moves_data) and not isinstance(change, SessionChange):
            yield Refusal("25006", "the transaction is READ ONLY")

    # After it

    def obey(self, change: Change) -> None:
        """What the change makes of the session."""
        match change:
            case BeginTransaction():
                if not self.open:  # Else the server warns.
                    self._begin()
            case EndTransaction(commit):
                self._end(commit=commit, by="ROLLBACK")
            case EndInBlock(commit):
                self._end(commit=commit, by="ROLLBACK")
                self._begin()
            case SetSavepoint(name):
                self.points.append(self._point(name))
            case ReleaseSavepoint(name):
                del self.points[self._place(name) :]
            case RollbackTo(name):
                place = self._place(name)
                assert place is not None, name
                del self.points[place + 1 :]
                self._return_to(self.points[place], f"ROLLBACK TO {name}")
            case PrepareTransaction(name):
                if self.open:
                    self.prepared[name] = tuple(self.done)
                    settings = self.settings
                    self._end(commit=False, by="")
                    # What was set stays, for settings are the session's.
                    self.settings = settings.committed()
            case FinishPrepared(name, commit):
                for each in self.prepared.pop(name, ()) if commit else ():
                    self.schema = each.apply(self.schema)
            case _:
                self._set(change)
        if self.open:
            self.pending.obey(change, self.schema)
        if self.open and not isinstance(change, SessionChange):
            self.done.append(change)

    def _set(self, change: Change) -> None:
        match change:
            case SetSetting(name, _, local, True):
                self.settings = self.settings.kept(name, local=local, within=self.open)
            case SetSetting(name, value, local):
                self.settings = self.settings.with_value(name, value, local=local, within=self.open)
            case ResetAll():
                self.settings = self.settings.reset(everything=False)
            case PlanStatement(name, would) if name:
                self.statements[name] = would
            case TouchNoTable("DEALLOCATE", name):
                for one in [name] if name else list(self.statements):
                    self.statements.pop(one, None)
            case Discard("all"):
                self.statements.clear()
                self.settings = self.settings.reset(everything=True)
            case _:
                pass  # Any other change leaves the session as it is.

    def hold(self, changes: Iterable[Change], costs: Iterable[Cost], made: frozenset[Relation]) -> None:
        """The transaction holds the locks of a statement to its end."""
        if not self.open:
            return
        strengthen(self.held, costs)
        # Others do not even see them.
        strengthen(self.held, (Lock(table, LockMode.ACCESS_EXCLUSIVE) for table in made))
        for change in changes:
            # A lock stays on its table, however that is called.
            if isinstance(change, RenameTable) and change.table in self.held:
                self.held[change.table.sibling(change.new_name)] = self.held.pop(change.table)

    def _place(self, name: str) -> int | None:
        """The place of the last savepoint of that name."""
        places = (p for p in range(len(self.points) - 1, 0, -1) if self.points[p].name == name)
        return next(places, None)

    def _begin(self) -> None:
        self.open = True
        self.points = [self._point("")]

    def _point(self, name: str) -> Point:
        return Point(
            name=name,
            schema=self.schema,
            young=self.young,
            fresh=self.fresh,
            settings=self.settings,
            held=dict(self.held),
            pending=self.pending.copy(),
            done=len(self.done),
        )

    def _return_to(self, point: Point, by: str) -> None:
        self.schema, self.young, self.fresh = point.schema, point.young, point.fresh
        self.held, self.pending = dict(point.held), point.pending.copy()
        self.settings = self.settings.taken_back(point.settings, by)
        del self.done[point.done :]

    def _end(self, *, commit: bool, by: str) -> None:
        if not self.open:
            return  # The server warns.
        if commit:
            self.settings = self.settings.committed()
        else:
            self._return_to(self.points[0], by)
        self.open, self.pending = False, Pending()
        self.points.clear()
        self.done.clear()
        self.held.clear()
