"""Which columns of a release hold the same facts in two forms: what is said becomes pairs."""

from collections.abc import Collection, Iterator, Mapping

from schemaguard.errors import InputError
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.groups import Group, be_repeatable, groups
from schemaguard.plan.said import Said
from schemaguard.recipe import Pair
from schemaguard.schema import SchemaState
from schemaguard.sql.words import named, only_column
from schemaguard.text import Place


def pairs_of(said: Said, before: SchemaState, *, path: str) -> Iterator[Pair]:
    """The pairs that UPDATE statements and directives make of added and dropped columns.

    InputError where the way back is missing.
    """
    tables = dict.fromkeys(column.table for column in (*said.up, *said.down))
    for table in tables:
        columns = {column.name: column for column in before.known(table).columns}
        dropped = [c.name for c in said.dropped if c.table == table and c.name in columns]
        up = {column.name: text for column, text in said.up.items() if column.table == table}
        for gone, expression in said.down.items():
            if gone.table == table and not any(named(text, {gone.name}) for text in up.values()):
                raise _missing_up(said, gone, expression)
        for name, text in up.items():
            be_computable(text, before, Column(table, name))
            be_repeatable(Column(table, name), text, dropped)
        for group in groups(up, dropped):
            yield _pair(said, table, group, up, columns, path)


def _pair(
    said: Said, table: Relation, group: Group, all_up: Mapping[str, str], columns: Collection[str], path: str
) -> Pair:
    up = {name: all_up[name] for name in group.new}
    new = {name: str(said.added[Column(table, name)].column.type) for name in group.new}
    down = {name: _down(said, table, group, name, up, path) for name in group.old}
    old = group.old or tuple(sorted(set().union(*(named(text, columns) for text in up.values()))))
    return Pair(table=table, old=old, new=new, up=up, down=down)


def _down(said: Said, table: Relation, group: Group, name: str, up: Mapping[str, str], path: str) -> str:
    column = Column(table, name)
    given = said.down.get(column)
    if given is not None:
        return given
    if len(up) == 1 and only_column(next(iter(up.values())), {name}):
        return quote(next(iter(up)))
    new, are = " and ".join(group.new), "are" if len(group.new) > 1 else "is"
    mark = "#" if path.endswith(".py") else "--"
    example = " || ' ' || ".join(quote(n) for n in group.new)
    raise _at(
        f"{column.text} is dropped, and {new} {are} made from it, but nothing says how {name} is made from"
        f" {new}; running code reads it in the rows that new code writes",
        said.dropped[column],
        "Say it above the statement that drops it, for example:"
        f" {mark} schemaguard: down {quote(name)} = {example}",
    )


def be_computable(text: str, before: SchemaState, column: Column) -> None:
    """A trigger that runs before the row is written must be able to compute it."""
    table = before.known(column.table)
    generated = [c.name for c in table.columns if c.generated and c.name in named(text, {c.name})]
    if generated:
        raise InputError(
            f"{column.text} follows from {generated[0]}, a generated column, which has no value yet when"
            " a row is about to be written",
            advice=f"Use the expression that {generated[0]} is generated from.",
        )


def _missing_up(said: Said, column: Column, expression: str) -> InputError:
    return _at(
        f"{column.text} is said to be {expression}, but nothing says how these columns are made from it",
        said.dropped[column],
        f"Add them with an UPDATE from {column.name} in this migration, or with: schemaguard: up ... = ...",
    )


def _at(what: str, place: Place, advice: str) -> InputError:
    return InputError(what, path=place.path, line=place.line, column=place.column, advice=advice)
