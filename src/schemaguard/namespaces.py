"""Schemas in the sense of SQL: what is in one, and a catalog in which one is gone or has another name."""

from dataclasses import replace

from schemaguard.column_types import Type, user_type
from schemaguard.names import Column, Relation
from schemaguard.schema import Constraint, ForeignKey, SchemaState, TableState, Thing, numbered_from
from schemaguard.uses import using


def schema_thing(name: str) -> Thing:
    """The schema as a thing."""
    return Thing("schema", name)


def tables_in(schema: SchemaState, name: str) -> list[Relation]:
    """The tables in it."""
    return sorted(table for table in schema.tables if table.schema == name)


def contents(schema: SchemaState, name: str) -> list[str]:
    """What is known to be in it, in words: ``table shop.item``. Not what goes with a table."""
    found = [f"table {table.text}" for table in tables_in(schema, name)]
    found += [f"view {view.text}" for view in sorted(schema.views) if view.schema == name]
    found += [f"type {kind.text}" for kind in sorted(schema.types) if kind.schema == name]
    found += [
        f"sequence {sequence.text}"
        for sequence, state in sorted(schema.sequences.items(), key=lambda item: item[0])
        if sequence.schema == name and state.owned_by is None
    ]
    found += [f"function {one.schema}.{one.name}" for one in sorted(schema.functions) if one.schema == name]
    found += [
        f"{thing.kind} {thing.name}"
        for thing in sorted(schema.things, key=lambda thing: (thing.kind, thing.name))
        if thing.table is None and thing.name.startswith(f"{name}.")
    ]
    return found


def views_over(schema: SchemaState, name: str, tables: list[Relation]) -> list[Relation]:
    """The views in the schema, and those elsewhere that read a table or view that goes with it."""
    gone = {view for view in schema.views if view.schema == name}
    while True:
        more = {
            view
            for view, state in schema.views.items()
            if view not in gone and state.reads & {*gone, *tables}
        }
        if not more:
            return sorted(gone)
        gone |= more


def without_schema(schema: SchemaState, name: str) -> SchemaState:
    """The same catalog without it, all that is in it, and the views and foreign keys that rest on that."""
    tables = tables_in(schema, name)
    views = views_over(schema, name, tables)
    for table in tables:
        schema = schema.without_table(table)
    return replace(
        schema,
        views={view: state for view, state in schema.views.items() if view not in views},
        indexes={
            index: state for index, state in schema.indexes.items() if state.table not in {*tables, *views}
        },
        sequences={s: state for s, state in schema.sequences.items() if s.schema != name},
        types={kind: state for kind, state in schema.types.items() if kind.schema != name},
        functions={one: state for one, state in schema.functions.items() if one.schema != name},
        things=frozenset(
            thing
            for thing in schema.things
            if thing != schema_thing(name)
            and not thing.name.startswith(f"{name}.")
            and (thing.table is None or thing.table.schema != name)
        ),
    )


def renamed(schema: SchemaState, old: str, new: str) -> SchemaState:
    """The same catalog with the schema under another name."""

    def moved(relation: Relation) -> Relation:
        return Relation(new, relation.name) if relation.schema == old else relation

    def thing(one: Thing) -> Thing:
        if one.kind == "schema":
            return schema_thing(new) if one.name == old else one
        name = new + one.name[len(old) :] if one.name.startswith(f"{old}.") else one.name
        return replace(one, name=name, table=None if one.table is None else moved(one.table))

    def column(one: Column) -> Column:
        return Column(moved(one.table), one.name)

    types = {
        user_type(kind.schema, kind.name): user_type(new, kind.name)
        for kind in schema.types
        if kind.schema == old
    }
    followed = replace(
        schema,
        tables={moved(name): _moved(state, old, new, types) for name, state in schema.tables.items()},
        indexes={
            moved(name): replace(index, table=moved(index.table), definition="" if index.table.schema == old
                                 else index.definition)
            for name, index in schema.indexes.items()
        },
        views={moved(name): view for name, view in schema.views.items()},
        sequences={
            moved(name): replace(state, owned_by=column(state.owned_by) if state.owned_by else None)
            for name, state in schema.sequences.items()
        },
        types={moved(name): state for name, state in schema.types.items()},
        functions={
            replace(one, schema=new) if one.schema == old else one: state
            for one, state in schema.functions.items()
        },
        things=frozenset(thing(one) for one in schema.things),
    )  # fmt: skip
    return using(numbered_from(followed, moved), column)


def _moved(state: TableState, old: str, new: str, types: dict[str, str]) -> TableState:
    def constraint(one: Constraint) -> Constraint:
        if isinstance(one, ForeignKey) and one.target.schema == old:
            return replace(one, target=Relation(new, one.target.name))
        return one

    def typed(kind: Type | None) -> Type | None:
        return kind if kind is None or kind.name not in types else replace(kind, name=types[kind.name])

    return replace(
        state,
        columns=tuple(replace(column, type=typed(column.type)) for column in state.columns),
        constraints=tuple(constraint(one) for one in state.constraints),
        parents=tuple(Relation(new, p.name) if p.schema == old else p for p in state.parents),
    )
