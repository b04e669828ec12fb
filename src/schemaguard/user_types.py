"""Questions about users' types in a schema, and the schema with other ones."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from schemaguard.column_types import Type, is_built_in, user_type
from schemaguard.names import Column, Relation, generated
from schemaguard.routines import volatility
from schemaguard.schema import (
    Check,
    CompositeState,
    DomainState,
    EnumState,
    OtherType,
    SchemaState,
    TypeState,
    Volatility,
)

#: Types that well-known extensions bring, none of them a domain.
_OF_EXTENSIONS = frozenset(
    """box2d box3d citext cube ean13 geography geometry halfvec hstore intset isbn isbn13 ismn ismn13 issn
    issn13 lquery ltree ltxtquery query_int raster seg sparsevec upc vector""".split()
)

#: Kinds of things that are what they are by the types they are for.
_NAMED_BY_TYPES = ("aggregate", "cast", "operator", "transform")


def spelled(name: Relation) -> str:
    """The type as columns are said to have it."""
    return user_type(name.schema, name.name)


def named(schema: SchemaState, kind: Type) -> Relation | None:
    """The user's type of that name, if it is known."""
    return next((name for name in schema.types if spelled(name) == kind.name), None)


def state_of(schema: SchemaState, kind: Type) -> TypeState | None:
    """What is known of the user's type that the values are of, or of the elements of an array."""
    name = named(schema, kind)
    return schema.types[name] if name is not None else None


def may_be_domain(schema: SchemaState, kind: Type) -> bool:
    """Whether it is unknown what it is: it may be a domain with constraints."""
    if kind.array or is_built_in(kind) or named(schema, kind) is not None:
        return False
    of_a_table = any(spelled(table) == kind.name for table in schema.tables)
    return not of_a_table and kind.name.rpartition(".")[2] not in _OF_EXTENSIONS


def domains(schema: SchemaState, kind: Type) -> Iterator[DomainState]:
    """The domain, and those which it is over, the nearest first. Of elements of an array none."""
    state = None if kind.array else state_of(schema, kind)
    while isinstance(state, DomainState):
        yield state
        state = None if state.base.array else state_of(schema, state.base)


def is_constrained(schema: SchemaState, kind: Type) -> bool:
    """Whether it is a domain that may refuse a value, as a NOT VALID constraint does as well."""
    return any(domain.constrained for domain in domains(schema, kind))


def fills(schema: SchemaState, kind: Type) -> Volatility | None:
    """How the default of a domain changes with time; None: it has none."""
    # It took over that of the domain it is over when it was made.
    nearest = next(domains(schema, kind), None)
    return (
        volatility(schema, nearest.default) if nearest is not None and nearest.default is not None else None
    )


def as_stored(schema: SchemaState, kind: Type, *, with_modifiers: bool) -> Type:
    """What a domain without constraints stands for. As an old type it has forgotten its modifiers."""
    found = list(domains(schema, kind))
    if not found:
        return kind
    base = found[-1].base
    return base if with_modifiers else replace(base, modifiers=())


def users(schema: SchemaState, name: Relation) -> Iterator[Relation]:
    """The types made of it or of its arrays, also through others, and itself."""
    ahead, found = [name], {name}
    while ahead:
        one = ahead.pop()
        yield one
        for other in schema.types:
            if other not in found and any(part.name == spelled(one) for part in _parts(schema.types[other])):
                found.add(other)
                ahead.append(other)


def domains_over(schema: SchemaState, name: Relation) -> Iterator[Relation]:
    """The domain, and the domains over it: whose values its constraints are about."""
    yield name
    for other, state in schema.types.items():
        if isinstance(state, DomainState) and not state.base.array and state.base.name == spelled(name):
            yield from domains_over(schema, other)


def columns_of(schema: SchemaState, name: Relation) -> Iterator[tuple[Column, Type]]:
    """The columns of that very type, or of its arrays."""
    for table, state in schema.tables.items():
        for column in state.columns:
            if column.type is not None and column.type.name == spelled(name):
                yield Column(table, column.name), column.type


def within_others(schema: SchemaState, name: Relation) -> Iterator[Column]:
    """The columns whose values hold some of the type inside: arrays, composites, ranges."""
    plain = set(domains_over(schema, name))
    for user in users(schema, name):
        for column, kind in columns_of(schema, user):
            if kind.array or user not in plain:
                yield column


def typed_tables(schema: SchemaState, name: Relation) -> Iterator[Relation]:
    """The tables that are OF the composite type."""
    return (table for table, state in schema.tables.items() if state.of_type == name)


def _parts(state: TypeState) -> tuple[Type, ...]:
    match state:
        case DomainState(base=base):
            return (base,)
        case CompositeState(attributes=attributes):
            return tuple(kind for _, kind in attributes)
        case OtherType(over=over):
            return (over,) if over is not None else ()
        case EnumState():
            return ()


# The schema with other types


def with_type(schema: SchemaState, name: Relation, state: TypeState) -> SchemaState:
    """The same schema with the type as given."""
    return replace(schema, types={**schema.types, name: state})


def with_domain(schema: SchemaState, name: Relation, domain: DomainState) -> SchemaState:
    """The same schema with the domain; its constraints in the order of their names, if they have one."""
    checks: list[Check] = []
    for check in domain.checks:
        taken = {c.name for c in checks} | _taken(schema, name) | {c.name for c in domain.checks if c.name}
        chosen = check.name or generated(name.name, (), "check", taken)
        checks.append(replace(check, name=chosen))
    return with_type(schema, name, replace(domain, checks=tuple(sorted(checks, key=lambda c: c.name))))


def _taken(schema: SchemaState, name: Relation) -> set[str]:
    """The names of constraints in the type's schema, but its own."""
    tables = {
        c.name for table, t in schema.tables.items() if table.schema == name.schema for c in t.constraints
    }
    others = {
        check.name
        for other, state in schema.types.items()
        if isinstance(state, DomainState) and other.schema == name.schema and other != name
        for check in state.checks
    }
    return tables | others


def moved(schema: SchemaState, old: Relation, new: Relation) -> SchemaState:
    """The same schema where the type has another name or schema; all that is made of it follows."""
    before, after = spelled(old), spelled(new)

    def follow(kind: Type) -> Type:
        return replace(kind, name=after) if kind.name == before else kind

    types = {new if name == old else name: _with_parts(state, follow) for name, state in schema.types.items()}
    tables = {
        table: replace(
            state,
            of_type=new if state.of_type == old else state.of_type,
            columns=tuple(
                replace(column, type=follow(column.type)) if column.type is not None else column
                for column in state.columns
            ),
        )
        for table, state in schema.tables.items()
    }
    things = frozenset(
        replace(thing, name=_mentions(before).sub(lambda _: after, thing.name))
        if thing.kind in _NAMED_BY_TYPES
        else thing
        for thing in schema.things
    )
    mentions = _mentions(before)

    def named(text: str) -> str:
        return mentions.sub(lambda _: after, text)

    functions = {
        replace(routine, arguments=tuple(map(named, routine.arguments))): replace(
            state, returns=named(state.returns), whole=tuple(map(named, state.whole))
        )
        for routine, state in schema.functions.items()
    }
    return replace(schema, types=types, tables=tables, things=things, functions=functions)


def _mentions(name: str) -> re.Pattern[str]:
    """Where a type is named among others: ``pair`` in ``public.total(pair, integer)``."""
    return re.compile(rf'(?<![\w".]){re.escape(name)}(?![\w".(])')


def _with_parts(state: TypeState, follow: Callable[[Type], Type]) -> TypeState:
    match state:
        case DomainState(base=base):
            return replace(state, base=follow(base))
        case CompositeState(attributes=attributes):
            return replace(state, attributes=tuple((name, follow(kind)) for name, kind in attributes))
        case OtherType(over=over):
            return replace(state, over=follow(over) if over is not None else None)
        case EnumState():
            return state


def gone_with(schema: SchemaState, name: Relation) -> tuple[Relation, ...]:
    """The types that go with it: domains and ranges of it. A composite type loses an attribute."""
    found, ahead = [name], [name]
    while ahead:
        one = ahead.pop()
        for other, state in schema.types.items():
            whole = isinstance(state, DomainState | OtherType)
            if whole and other not in found and any(part.name == spelled(one) for part in _parts(state)):
                found.append(other)
                ahead.append(other)
    return tuple(found)


def without_type(schema: SchemaState, name: Relation) -> SchemaState:
    """The same schema without the type, the types made of it, the columns and attributes of theirs."""
    gone = gone_with(schema, name)
    names = {spelled(one) for one in gone}
    for one in gone:
        for table in list(typed_tables(schema, one)):
            schema = schema.without_table(table)
        for column, _ in list(columns_of(schema, one)):
            schema = schema.without_column(column)
    types = {
        other: replace(
            state, attributes=tuple((a, kind) for a, kind in state.attributes if kind.name not in names)
        )
        if isinstance(state, CompositeState)
        else state
        for other, state in schema.types.items()
        if other not in gone
    }
    things = frozenset(
        thing
        for thing in schema.things
        if thing.kind not in _NAMED_BY_TYPES or not any(_mentions(name).search(thing.name) for name in names)
    )
    return replace(schema, types=types, things=things)
