"""Calls of functions and procedures whose bodies the schema knows, and what these run."""

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from itertools import count

from schemaguard.call_routines import Call, CallRoutines
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.call_unknown import CallUnknown
from schemaguard.changes.end_in_block import EndInBlock
from schemaguard.changes.explain_analyze import ExplainAnalyze, writes
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.dataclass import dataclass
from schemaguard.extension_functions import of_extension
from schemaguard.schema import Routine, RoutineState, SchemaState, Volatility
from schemaguard.search_path import schemas_in, settled
from schemaguard.sql.bodies import done_by, is_one_statement

Changes = tuple[Change | Unread, ...]
#: So many bodies of one statement are looked into, and so many that call each other.
MOST = 500
DEEPEST = 40
_IN = ("in the function ", "in the procedure ")


def with_bodies(changes: Changes, schema: SchemaState, path: tuple[str, ...]) -> Changes:
    """The changes with those of the bodies that are called, which remain unread where nobody knows them."""
    if not any(isinstance(change, CallRoutines | PlanStatement) for change in changes):
        return changes
    first, *others = _Caller(schema, path).all_of(changes)
    if isinstance(first, ExplainAnalyze):
        first = ExplainAnalyze(writes(others))
    told = dict.fromkeys(change for change in others if isinstance(change, Unread))
    done = tuple(change for change in others if isinstance(change, Change))
    return (first, *done, *(change for change in told if change != first))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A function or procedure that a call can mean."""

    routine: Routine
    state: RoutineState

    @property
    def text(self) -> str:
        return f"the {self.state.kind} {self.routine.schema}.{self.routine.name}"


@dataclass(frozen=True, slots=True)
class _Caller:
    """Where a call stands."""

    schema: SchemaState
    path: tuple[str, ...]
    #: What has been called to come here.
    within: tuple[Routine, ...] = ()
    #: The path is that of a function, so that the names in it are not the session's to resolve.
    own_path: bool = False
    #: Whether COMMIT may stand here.
    commits: bool = True
    #: Of the bodies of the whole statement.
    numbers: Iterator[int] = field(default_factory=count)

    def all_of(self, changes: Changes) -> Changes:
        """The changes, each call replaced by what it does; what comes after one is a statement of its own."""
        found: list[Change | Unread] = []
        around: NextInBlock | None = None
        inside = False
        for change in changes:
            if isinstance(change, NextInBlock):
                around, inside = change, False
            more = self._of(change)
            if inside and more:
                found.append(around or NextInBlock())
            inside = isinstance(change, CallRoutines) and any(isinstance(one, NextInBlock) for one in more)
            found += _under(around, more) if inside else more
        return tuple(found)

    def _of(self, change: Change | Unread) -> Changes:
        match change:
            case CallRoutines():
                return tuple(one for call in change.calls for one in self._called(call, change))
            case PlanStatement("", would):
                kept = tuple(one for one in would if not isinstance(one, CallRoutines))
                calls = [(call, one) for one in would if isinstance(one, CallRoutines) for call in one.calls]
                return (PlanStatement("", kept), *(c for call in calls for c in self._planned(*call)))
            case _:
                return (change,)

    def _called(self, call: Call, written: CallRoutines) -> Changes:
        there = self._meant(call)
        if not there:
            return _unknown(written, call)
        bodies = dict.fromkeys(self._done_by(one, written) for one in there)
        if len(bodies) > 1:
            return (Unread(written.text, f"there are several of {call.called}, which do not do the same"),)
        return next(iter(bodies))

    def _planned(self, call: Call, written: CallRoutines) -> Changes:
        """What happens where a call is planned: what is VOLATILE is looked at, and not run."""
        there = self._meant(call)
        if not there:
            return _unknown(written, call)
        if any(one.state.volatility is not Volatility.VOLATILE for one in there):
            return self._called(call, written)
        looked_at = tuple(
            change
            for one in there
            if _is_looked_at(one.state)
            for change in self._done_by(one, written)
            if isinstance(change, Change) and (change.planned or change.moves_data)
        )
        return (PlanStatement("", looked_at),) if looked_at else ()

    def _meant(self, call: Call) -> list[_Found]:
        """The functions that the call can mean, as far as the schema knows all of them."""
        name = call.routine
        schemas = (name.schema,) if name.qualified else self.path
        there = [
            _Found(routine=routine, state=state)
            for routine, state in self.schema.functions.items()
            if routine.name == name.name and routine.schema in schemas and state.kind == call.kind
            if _takes(state, call.given)
        ]
        nearest: dict[tuple[str, ...], _Found] = {}
        for one in sorted(there, key=lambda one: schemas.index(one.routine.schema)):
            nearest.setdefault(one.routine.arguments, one)
        return list(nearest.values())

    def _done_by(self, one: _Found, written: CallRoutines) -> Changes:
        routine, state = one.routine, one.state
        code = state.code
        if routine in self.within:
            return ()  # It does again what it does.
        if len(self.within) >= DEEPEST or next(self.numbers) >= MOST:
            return (
                Unread(written.text, "more is called in turn than schemaguard looks into", written.offset),
            )
        if code is None:
            return (Unread(written.text, f"schemaguard does not know what {one.text} does", written.offset),)
        given = code.search_path
        path = self.path if given is None else schemas_in(given)
        apart = bool(state.definer or state.settings)
        inner = _Caller(
            self.schema,
            path,
            (*self.within, routine),
            own_path=self.own_path or given is not None,
            commits=self.commits and state.kind == "procedure" and not apart,
            numbers=self.numbers,
        )
        return tuple(inner.placed(inner.all_of(done_by(code)), one, written))

    def placed(
        self, changes: Iterable[Change | Unread], of: _Found, written: CallRoutines
    ) -> Iterator[Change | Unread]:
        """The changes of the body as those of the statement that calls."""
        for change in changes:
            match change:
                case Unread(reason=reason):
                    # Of bodies in bodies the innermost counts.
                    told = reason if reason.startswith(_IN) else f"in {of.text}: {reason}"
                    yield Unread(written.text, told, written.offset)
                case EndInBlock() if not self.commits:
                    yield replace(change, misplaced=True)
                case _:
                    yield settled(change, self.schema, self.path) if self.own_path else change


def _unknown(written: CallRoutines, call: Call) -> Changes:
    """A call of what the schema does not know. A statement that writes is read all the same."""
    if call.kind == "function" and of_extension(call.routine.name) is not None:
        return ()
    if written.beside:
        return (CallUnknown(call.called),)
    reason = f"schemaguard does not know what the {call.kind} {call.called} does"
    return (Unread(written.text, reason, written.offset),)


def _takes(state: RoutineState, given: int | None) -> bool:
    """Whether it can be called with so many values."""
    code = state.code
    if code is None or given is None:
        return True
    return code.fewest <= given and (code.most is None or given <= code.most)


def _is_looked_at(state: RoutineState) -> bool:
    """Whether the planner reads the body, to put it in the place of the call."""
    plain = not (state.definer or state.settings or state.returns.startswith("SETOF"))
    return plain and state.code is not None and is_one_statement(state.code)


def _under(around: NextInBlock | None, changes: Changes) -> Changes:
    """The changes, guarded as the statement is that calls."""
    if around is None:
        return changes
    return tuple(
        replace(change, guarded=change.guarded or around.guarded, caught=change.caught | around.caught)
        if isinstance(change, NextInBlock)
        else change
        for change in changes
    )
