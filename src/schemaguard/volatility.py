"""How volatile an expression is on a schema, which knows the functions that it calls."""

from collections.abc import Callable, Iterator

from schemaguard.extension_functions import of_extension
from schemaguard.names import Relation
from schemaguard.schema import Expression, Part, RoutineState, Volatility

_RANKS = (Volatility.CONSTANT, Volatility.STABLE, Volatility.VOLATILE, Volatility.UNKNOWN)
#: Of functions that call each other, and of texts that nobody has written.
_DEPTH = 8

Routines = dict[Relation, list[RoutineState]]


def worst(one: Volatility, other: Volatility) -> Volatility:
    """The one of the two that promises less."""
    return max(one, other, key=_RANKS.index)


def volatility_of(expression: Expression, named: "Routines", depth: int = 0) -> Volatility:
    """How volatile it is once planned, with the functions of these names; UNKNOWN if one is missing."""
    if not expression.parts:
        return expression.volatility if not expression.calls else Volatility.UNKNOWN
    if depth > _DEPTH:
        return Volatility.UNKNOWN
    found = {kind for part in expression.parts for kind in _of_part(part, named, depth)}
    # One that is volatile certainly makes the whole so, whatever the others are.
    order = (Volatility.VOLATILE, Volatility.UNKNOWN, Volatility.STABLE)
    return next((kind for kind in order if kind in found), Volatility.CONSTANT)


def _of_part(part: Part, named: "Routines", depth: int) -> Iterator[Volatility]:
    dropped = part.loose or _may_drop(part, named)
    for kind in (part.volatility, *(_called(call, named, depth) for call in part.calls)):
        yield Volatility.UNKNOWN if dropped and kind is Volatility.VOLATILE else kind


def _may_drop(part: Part, named: "Routines") -> bool:
    """Whether a function around it or beside it may make it vanish."""
    # Those of extensions are in C.
    within = (call for call in part.within if call in named or of_extension(call.name) is None)
    return (
        any(_may_be(call, named, _is_inlined) for call in within)
        or any(_may_be(call, named, lambda routine: routine.strict) for call in part.given_null)
        or any(_may_be(call, named, _may_be_constant) for call in part.beside)
    )


def _may_be(call: Relation, named: "Routines", asked: Callable[[RoutineState], bool]) -> bool:
    return call not in named or any(map(asked, named[call]))


def _is_inlined(routine: RoutineState) -> bool:
    return routine.inlined is not None


def _may_be_constant(routine: RoutineState) -> bool:
    return routine.strict or _is_inlined(routine) or routine.volatility is Volatility.CONSTANT


def _called(call: Relation, named: "Routines", depth: int) -> Volatility:
    """How volatile a call is of one of the functions of a name, of which the arguments say which."""
    routines = named.get(call, [])
    if not routines:
        return of_extension(call.name) or Volatility.UNKNOWN
    found = {_of_routine(routine, named, depth) for routine in routines}
    return found.pop() if len(found) == 1 else Volatility.UNKNOWN


def _of_routine(routine: RoutineState, named: "Routines", depth: int) -> Volatility:
    """As declared; of a volatile function in SQL that PostgreSQL puts its query in the place of, as that is.

    (inline_function() of clauses.c; measured on 14 to 18.)
    """
    if routine.volatility is not Volatility.VOLATILE or routine.inlined is None:
        return routine.volatility
    within = volatility_of(routine.inlined, named, depth + 1)
    # Whether it is put there hangs on the arguments, or on what the query calls.
    return within if routine.surely_inlined or within is Volatility.VOLATILE else Volatility.UNKNOWN
