"""Tables, columns and functions under another name: what uses them keeps step, as on the server."""

from collections.abc import Callable
from dataclasses import replace

from schemaguard.names import Column, Relation
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    DomainState,
    Expression,
    Routine,
    SchemaState,
    TableState,
)


def using(schema: SchemaState, follow: Callable[[Column], Column]) -> SchemaState:
    """Views, functions, policies, rules and statistics use other columns than before; so do sequences."""

    def all_of(uses: frozenset[Column]) -> frozenset[Column]:
        return frozenset(map(follow, uses))

    return replace(
        schema,
        views={name: replace(view, uses=all_of(view.uses)) for name, view in schema.views.items()},
        sequences={
            name: replace(one, owned_by=follow(one.owned_by)) if one.owned_by is not None else one
            for name, one in schema.sequences.items()
        },
        functions={one: replace(state, uses=all_of(state.uses)) for one, state in schema.functions.items()},
        things=frozenset(
            replace(thing, uses=all_of(thing.uses)) if thing.uses else thing for thing in schema.things
        ),
    )


def reading(schema: SchemaState, old: Relation, new: Relation) -> SchemaState:
    """They use the same relation under its new name."""
    return using(schema, lambda column: Column(new, column.name) if column.table == old else column)


def called_otherwise(schema: SchemaState, routine: Routine, new: Relation) -> SchemaState:
    """The same schema with the function under another name, by which all call it."""
    calling = _Calling(Relation(routine.schema, routine.name), new)
    renamed = replace(routine, schema=new.schema, name=new.name)
    return replace(
        schema,
        functions={
            renamed if one == routine else one: replace(state, calls=calling.all_of(state.calls))
            for one, state in schema.functions.items()
        },
        tables={name: calling.table(state) for name, state in schema.tables.items()},
        indexes={n: replace(i, calls=calling.all_of(i.calls)) for n, i in schema.indexes.items()},
        views={n: replace(v, calls=calling.all_of(v.calls)) for n, v in schema.views.items()},
        things=frozenset(
            replace(thing, calls=calling.all_of(thing.calls)) if thing.calls else thing
            for thing in schema.things
        ),
        types={
            name: calling.domain(state) if isinstance(state, DomainState) else state
            for name, state in schema.types.items()
        },
    )


class _Calling:
    """What calls a function by a new name."""

    def __init__(self, old: Relation, new: Relation) -> None:
        self.old, self.new = old, new

    def all_of(self, calls: frozenset[Relation]) -> frozenset[Relation]:
        return frozenset(self.new if call == self.old else call for call in calls)

    def expression(self, one: Expression) -> Expression:
        return replace(one, calls=self.all_of(one.calls)) if one.calls else one

    def column(self, one: ColumnState) -> ColumnState:
        return one if one.default is None else replace(one, default=self.expression(one.default))

    def constraint(self, one: Constraint) -> Constraint:
        return replace(one, expression=self.expression(one.expression)) if isinstance(one, Check) else one

    def table(self, state: TableState) -> TableState:
        return replace(
            state,
            columns=tuple(map(self.column, state.columns)),
            constraints=tuple(map(self.constraint, state.constraints)),
            calls=frozenset(
                (trigger, self.new if call == self.old else call) for trigger, call in state.calls
            ),
            key_calls=self.all_of(state.key_calls),
        )

    def domain(self, state: DomainState) -> DomainState:
        return replace(
            state,
            checks=tuple(replace(one, expression=self.expression(one.expression)) for one in state.checks),
            default=None if state.default is None else self.expression(state.default),
        )
