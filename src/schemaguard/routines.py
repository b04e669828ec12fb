"""Functions and procedures of a schema: which of them a statement means."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from schemaguard.column_types import spelled
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Column, Relation
from schemaguard.schema import Expression, Routine, RoutineState, SchemaState, Volatility
from schemaguard.volatility import Routines, volatility_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The types of arguments as a statement gives them; one may be that of a column (%TYPE)."""

    types: tuple[str | Column, ...] = ()
    #: The same with those of OUT; None: none was given.
    whole: tuple[str | Column, ...] | None = None


def signature(schema: SchemaState, types: tuple[str | Column, ...]) -> tuple[str, ...]:
    """The types by their names."""
    return tuple(one if isinstance(one, str) else _of_column(schema, one) for one in types)


def _of_column(schema: SchemaState, column: Column) -> str:
    state = schema.column(column)
    kind = state.type if state is not None else None
    return spelled(kind) if kind is not None else f"{column.text}%TYPE"


def found(
    schema: SchemaState, name: Relation, arguments: Arguments | None, kind: str
) -> list[tuple[Routine, RoutineState]]:
    """The functions that a statement can mean, of those that are known: one, if it is unambiguous."""
    named = [
        (routine, state)
        for routine, state in schema.functions.items()
        if (routine.schema, routine.name) == (name.schema, name.name) and kind in ("routine", state.kind)
    ]
    if arguments is None:
        return named
    types = signature(schema, arguments.types)
    fitting = [(routine, state) for routine, state in named if routine.arguments == types]
    # A procedure may be told with the types of OUT arguments among the others, with or without OUT.
    whole = types if arguments.whole is None else signature(schema, arguments.whole)
    return fitting or [(r, s) for r, s in named if s.kind == "procedure" and s.whole == whole]


def refused(schema: SchemaState, name: Relation, arguments: Arguments | None, kind: str) -> Iterator[Refusal]:
    """Why the server refuses a statement about a function: there is none such, or more than one."""
    there = found(schema, name, arguments, kind)
    if len(there) > 1:
        yield Refusal("42725", f"there is more than one {kind} {name.text}: say the types of its arguments")
    if there or not schema.complete or name.schema == "pg_catalog":
        return
    others = found(schema, name, arguments, "routine")
    if others and arguments is not None:
        yield Refusal("42809", f"{name.text} is no {kind}")
    else:
        # It may belong to an extension.
        known = not any(thing.kind == "extension" for thing in schema.things)
        yield Refusal("42883", f"there is no {kind} {name.text} with such arguments", certain=known)


def named(schema: SchemaState) -> Routines:
    """The functions by their names."""
    by_name: Routines = defaultdict(list)
    for routine, state in schema.functions.items():
        by_name[Relation(routine.schema, routine.name)].append(state)
    return by_name


def volatility(schema: SchemaState, expression: Expression) -> Volatility:
    """How volatile the expression is once planned, as far as the schema knows its functions."""
    return volatility_of(expression, named(schema))


def with_routine(schema: SchemaState, routine: Routine, state: RoutineState) -> SchemaState:
    """The same schema with the function as given."""
    return replace(schema, functions={**schema.functions, routine: state})


def without_routine(schema: SchemaState, routine: Routine) -> SchemaState:
    """The same schema without the function."""
    return replace(schema, functions={r: s for r, s in schema.functions.items() if r != routine})
