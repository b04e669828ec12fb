"""Which columns of a release hold the same facts in two forms: what is said becomes pairs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemaguard.errors import InputError
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.said import Said
from schemaguard.recipe import Pair
from schemaguard.schema import SchemaState, Volatility
from schemaguard.sql.expressions import facts
from schemaguard.sql.words import named, only_column
from schemaguard.text import Place


@dataclass(frozen=True, slots=True)
class Group:
    """New columns with the dropped ones that they are made from; without any, they are only filled."""

    table: Relation
    new: tuple[str, ...]
    old: tuple[str, ...]


def pairs_of(said: Said, before: SchemaState, *, path: str) -> Iterator[Pair]:
    """The pairs that UPDATE statements and directives make of added and dropped columns.

    InputError where the way back is missing.
    """
    for group in _groups(said, before):
        table = group.table
        columns = {column.name: column for column in before.known(table).columns}
        up = {name: said.up[Column(table, name)] for name in group.new}
        for name, text in up.items():
            _be_computable(text, before, Column(table, name), said)
        new = {name: str(said.added[Column(table, name)].column.type) for name in group.new}
        down = {name: _down(said, group, name, up, path) for name in group.old}
        old = group.old or tuple(sorted(set().union(*(named(text, columns) for text in up.values()))))
        yield Pair(table=table, old=old, new=new, up=up, down=down)


def _groups(said: Said, before: SchemaState) -> Iterator[Group]:
    """Added and dropped columns that hang together by the expressions of the added ones."""
    tables = dict.fromkeys(column.table for column in (*said.up, *said.down))
    for table in tables:
        here = {column.name for column in before.known(table).columns}
        dropped = [c.name for c in said.dropped if c.table == table and c.name in here]
        made_of = {
            column.name: named(text, dropped) for column, text in said.up.items() if column.table == table
        }
        for name, old in said.down.items():
            if name.table == table and not any(name.name in sources for sources in made_of.values()):
                raise _missing_up(said, name, old)
        left = dict.fromkeys(made_of)
        while left:
            first = next(iter(left))
            new, old_names = {first}, set(made_of[first])
            while more := {n for n in left if n not in new and made_of[n] & old_names}:
                new |= more
                old_names |= set().union(*(made_of[n] for n in more))
            # Columns that are only filled have nothing to do with each other.
            yield Group(
                table, tuple(n for n in left if n in new), tuple(d for d in dropped if d in old_names)
            )
            for name_ in new:
                del left[name_]


def _down(said: Said, group: Group, name: str, up: Mapping[str, str], path: str) -> str:
    column = Column(group.table, name)
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


def _be_computable(text: str, before: SchemaState, column: Column, said: Said) -> None:
    """A trigger that runs before the row is written must be able to compute it."""
    table = before.known(column.table)
    generated = [c.name for c in table.columns if c.generated and c.name in named(text, {c.name})]
    if generated:
        raise InputError(
            f"{column.text} follows from {generated[0]}, a generated column, which has no value yet when"
            " a row is about to be written",
            advice=f"Use the expression that {generated[0]} is generated from.",
        )
    sources = [c for c in said.dropped if c.table == column.table and c.name in named(text, {c.name})]
    if sources and facts(text).volatility is Volatility.VOLATILE:
        raise InputError(
            f"{column.text} follows from {sources[0].name} by an expression whose value changes: {text}",
            advice="Use an expression that gives the same for the same row.",
        )


def _missing_up(said: Said, column: Column, expression: str) -> InputError:
    return _at(
        f"{column.text} is said to be {expression}, but nothing says how these columns are made from it",
        said.dropped[column],
        f"Add them with an UPDATE from {column.name} in this migration, or with: schemaguard: up ... = ...",
    )


def _at(what: str, place: Place, advice: str) -> InputError:
    return InputError(what, path=place.path, line=place.line, column=place.column, advice=advice)
