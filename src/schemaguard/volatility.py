"""How volatile an expression is on a schema, which knows the functions that it calls."""

from schemaguard.extension_functions import of_extension
from schemaguard.names import Relation
from schemaguard.schema import Expression, RoutineState, Volatility

_RANKS = (Volatility.CONSTANT, Volatility.STABLE, Volatility.VOLATILE, Volatility.UNKNOWN)
#: Of functions that call each other, and of texts that nobody has written.
_DEPTH = 8

Routines = dict[Relation, list[RoutineState]]


def worst(one: Volatility, other: Volatility) -> Volatility:
    """The one of the two that promises less."""
    return max(one, other, key=_RANKS.index)


def volatility_of(expression: Expression, named: "Routines", depth: int = 0) -> Volatility:
    """How volatile it is, with the functions of these names; UNKNOWN where one is not among them."""
    if not expression.calls:
        return expression.volatility
    if depth > _DEPTH:
        return Volatility.UNKNOWN
    found = {expression.rest, *(_called(call, named, depth) for call in expression.calls)}
    for kind in reversed(_RANKS):
        # One that is volatile certainly makes the whole so, whatever the others are.
        if kind is not Volatility.UNKNOWN and kind in found:
            return (
                kind if kind is Volatility.VOLATILE or Volatility.UNKNOWN not in found else Volatility.UNKNOWN
            )
    return Volatility.UNKNOWN


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
