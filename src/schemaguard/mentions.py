"""What a statement names that the server keeps: the query of a view, a policy's condition, a rule's actions.

The server keeps which columns it uses; of its text we know the names, and what each may be qualified with.
"""

from collections.abc import Iterator

from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState

#: Stands for all columns of what is read, or of what is named before it.
ALL = "*"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A name that may be a column's."""

    name: str
    #: What stands before its dot: a table's name or another one for it; "": nothing.
    of: str = ""
    #: Whether it is inside of a query, where the tables that this reads come first.
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Mentions:
    """What is named."""

    #: Tables and views.
    relations: tuple[Relation, ...] = ()
    #: Those of them that INSERT writes and nothing reads: only their names say that a column is theirs.
    filled: frozenset[Relation] = frozenset()
    names: frozenset[Name] = frozenset()
    #: Other names of the relations.
    aliases: frozenset[tuple[str, Relation]] = frozenset()
    #: Names that stand for other rows than those of a relation, or with other names of its columns.
    hidden: frozenset[str] = frozenset()
    #: Functions that do not come with PostgreSQL.
    calls: frozenset[Relation] = frozenset()
    #: Of a condition without a query the columns of the row that it is about, all of which are told; of a
    #: query of tables alone those that one of these must have.
    of_row: frozenset[str] = frozenset()

    def __or__(self, other: "Mentions") -> "Mentions":
        return Mentions(
            relations=tuple(sorted({*self.relations, *other.relations})),
            filled=self.filled | other.filled,
            names=self.names | other.names,
            aliases=self.aliases | other.aliases,
            hidden=self.hidden | other.hidden,
            calls=self.calls | other.calls,
            of_row=self.of_row | other.of_row,
        )

    def uses(self, schema: SchemaState, own: Relation | None = None) -> frozenset[Column]:
        """The columns; each relation itself is its column "". ``own``: whose row it is about."""
        whole = {Column(relation, "") for relation in self.relations}
        return frozenset(whole.union(*(self._meant(schema, name, own) for name in self.names)))

    def told(self, own: Relation | None = None) -> Iterator[Column]:
        """Columns of which it is certain what relation they have to be of."""
        if own is not None:
            yield from (Column(own, name) for name in sorted(self.of_row))
        schemas = {relation.schema for relation in self.relations}
        tables = {relation.name for relation in self.relations}
        for name in sorted(self.names):
            if not name.of or name.of in self.hidden | schemas or name.name in tables | {ALL}:
                continue
            named = {table for alias, table in self.aliases if alias == name.of}
            of_row = () if own is None else (own,)
            named |= {table for table in (*self.relations, *of_row) if table.name == name.of}
            if len(named) == 1:
                yield Column(named.pop(), name.name)

    def _meant(self, schema: SchemaState, name: Name, own: Relation | None) -> Iterator[Column]:
        for relation in self._tables(schema, name, own):
            shown = _columns(schema, relation)
            for column in shown if name.name == ALL else (name.name,):
                if column in shown:
                    yield Column(relation, column)

    def _tables(self, schema: SchemaState, name: Name, own: Relation | None) -> list[Relation]:
        of_row = [own] if own is not None else []
        if name.of:
            named = [table for alias, table in self.aliases if alias == name.of]
            named = named or [table for table in self.relations if table.name == name.of]
            return named or [table for table in of_row if name.of in (table.name, "new", "old")]
        read = [
            table
            for table in self.relations
            if table not in self.filled and name.name in (ALL, *_columns(schema, table))
        ]
        return (read if name.inside else []) or of_row


def _columns(schema: SchemaState, relation: Relation) -> tuple[str, ...]:
    if relation in schema.views:
        return schema.views[relation].columns
    return tuple(column.name for column in schema.known(relation).columns)


NOTHING = Mentions()
