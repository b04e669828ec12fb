"""Keys, sequences and identity of columns that get a second one: what the swap has to do for them.

A foreign key cannot be on both columns at once: its actions would be carried out twice. So it
changes over in the swap itself, NOT VALID, and is validated afterwards; until then the old one
and the CHECK that both columns say the same have held every row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schemaguard.conditions import all_of, ask, constraint_exists, constraint_is, either, negated
from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.plan.key_forms import (
    actions_of,
    foreign_key_obstacle,
    key_differs,
    unique_obstacle,
)
from schemaguard.plan.key_parts import key_from_parts, part_indexes, parts_are_alike
from schemaguard.plan.key_parts import obstacle as parts_obstacle
from schemaguard.plan.numbering import is_numbered, numbering, without_numbers
from schemaguard.plan.verbatim import or_so
from schemaguard.recipe import Step
from schemaguard.schema import Exclude, ForeignKey, SchemaState, TableState, Unique
from schemaguard.steps import create_index, drop_constraint, ensure, own_name, slug, validate
from schemaguard.sync import Sync


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """What the transaction has to do in which a table's old columns go, and which tables it locks."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    tables: frozenset[Relation] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """A column with a second one, which has its place in the end."""

    column: Column
    #: The second one's name until the swap.
    name: str
    #: Its name after it.
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of a release's columns that have a second one. Of each table the swaps come in this order."""

    before: SchemaState
    end: SchemaState
    seconds: tuple[Second, ...]
    syncs: Mapping[Relation, Sync]

    def swap(self, table: Relation) -> Swap:
        """The swap of the table."""
        before: list[str] = []
        after = [statement for own in self._uniques(table) for statement in self._add_unique(table, own)]
        tables: set[Relation] = set()
        for one in self._of(table):
            numbers = numbering(self.before, self.end, one.column, one.name, one.last)
            if numbers is not None:
                before.extend(numbers.before)
                after.extend(numbers.after)
        for child, key in self._foreign_keys(table):
            before.append(drop_constraint(child, key.name))
            after.append(self._add_foreign_key(child, key, table))
            tables |= {child, key.target}
        return Swap(before=tuple(before), after=tuple(after), tables=frozenset(tables))

    def steps(self) -> Iterator[Step]:
        """What must be true at first, and the indexes of the keys to come."""
        for table, sync in self.syncs.items():
            for one in self._of(table):
                numbers = numbering(self.before, self.end, one.column, one.name, one.last)
                if numbers is not None:
                    yield or_so(numbers.plain, sync.over)
                if self.before.known(table).partitioned_by is not None:
                    yield or_so(parts_are_alike(one.column), sync.over)
            for own in self._uniques(table):
                yield from self._index(table, own, sync)
        for child, key in self._all_foreign_keys():
            title = f"foreign key {key.name} of {child.text} is what we would make of it"
            plain = negated(key_differs(child, key))
            yield or_so(
                ensure(slug(child.name, key.name, "plain"), title, Phase.EXPAND, plain), self._any(child, key)
            )

    def validations(self) -> Iterator[Step]:
        """The foreign keys are held against every row once all the swaps are done."""
        for child, key in self._all_foreign_keys():
            if not key.valid:
                continue
            step = validate(child, key.name, Phase.CONTRACT, also=key.target)
            done = all_of(*self._overs(child, key), constraint_exists(child, key.name, valid=True))
            yield replace(step, probe=ask(done), check=ask(done))

    def _of(self, table: Relation) -> list[Second]:
        return [one for one in self.seconds if one.column.table == table]

    def _names(self, table: Relation, *, last: bool) -> dict[str, str]:
        return {one.column.name: one.last if last else one.name for one in self._of(table)}

    def _uniques(self, table: Relation) -> Iterator[Unique]:
        """The keys that are made here: others are their column's own."""
        paired = self._names(table, last=True)
        kept = {constraint.name for constraint in self.end.known(table).constraints}
        state = self.before.known(table)
        for own in state.constraints:
            if isinstance(own, Unique) and own.name in kept and is_of_table(own, set(paired), state):
                yield own

    def _add_unique(self, table: Relation, own: Unique) -> Iterator[str]:
        if self.before.known(table).partitioned_by is not None:
            last = self._names(table, last=True)
            columns = quote_all(last.get(column, column) for column in own.columns)
            yield from key_from_parts(table, own, self.before, columns)
            return
        kind = "PRIMARY KEY" if own.primary else "UNIQUE"
        index = quote(_index_name(own))
        yield f"ALTER TABLE {table} ADD CONSTRAINT {quote(own.name)} {kind} USING INDEX {index}"

    def _index(self, table: Relation, own: Unique, sync: Sync) -> Iterator[Step]:
        names = self._names(table, last=False)
        columns = quote_all(names.get(column, column) for column in own.columns)
        kind = "PRIMARY KEY" if own.primary else "UNIQUE"
        title = f"{own.name} of {table.text} is a plain key"
        plain = constraint_is(table, own.name, f"{kind} ({quote_all(own.columns)})")
        yield or_so(ensure(slug(table.name, own.name, "plain"), title, Phase.EXPAND, plain), sync.over)
        if self.before.known(table).partitioned_by is not None:
            yield from (or_so(step, sync.over) for step in part_indexes(table, own, self.before, columns))
            return
        index = table.sibling(_index_name(own))
        statement = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(index.name)} ON {table} ({columns})"
        yield or_so(create_index(index, table, statement, Phase.BACKFILL), sync.over)

    def _foreign_keys(self, table: Relation) -> Iterator[tuple[Relation, ForeignKey]]:
        """The foreign keys that go when the table's old columns go, and come again."""
        for child, key in self._all_foreign_keys():
            own = child == table and set(key.columns) & set(self._names(table, last=True))
            if own or (key.target == table and set(key.target_columns) & set(self._names(table, last=True))):
                yield child, key

    def _all_foreign_keys(self) -> Iterator[tuple[Relation, ForeignKey]]:
        for child, state in self.before.tables.items():
            kept = {constraint.name for constraint in self.end.known(child).constraints}
            for written in state.foreign_keys():
                key = self.before.pointed(written)
                own, other = self._names(child, last=True), self._names(key.target, last=True)
                touched = set(key.columns) & set(own) or set(key.target_columns) & set(other)
                if key.name in kept and touched:
                    yield child, key

    def _add_foreign_key(self, child: Relation, key: ForeignKey, swapped: Relation) -> str:
        own, other = self._now(child, swapped), self._now(key.target, swapped)
        columns = quote_all(own.get(column, column) for column in key.columns)
        targets = quote_all(other.get(column, column) for column in key.target_columns)
        words = f"FOREIGN KEY ({columns}) REFERENCES {key.target} ({targets})"
        whole = " ".join(filter(None, (words, actions_of(key), "NOT VALID")))
        return f"ALTER TABLE {child} ADD CONSTRAINT {quote(key.name)} {whole}"

    def _now(self, table: Relation, swapped: Relation) -> dict[str, str]:
        """The names of the table's columns once ``swapped`` has been."""
        order: Sequence[Relation] = list(self.syncs)
        done = table in self.syncs and order.index(table) <= order.index(swapped)
        return self._names(table, last=True) if done else {}

    def _overs(self, child: Relation, key: ForeignKey) -> list[str]:
        return [self.syncs[table].over for table in dict.fromkeys((child, key.target)) if table in self.syncs]

    def _any(self, child: Relation, key: ForeignKey) -> str:
        return either(*self._overs(child, key))


def _index_name(own: Unique) -> str:
    return own_name(own.name, "new")


def is_of_table(own: Unique, seconds: set[str], state: TableState) -> bool:
    """Whether the key is the table's, not that of one column with a second one."""
    count = len(seconds & set(own.columns))
    return count > 1 or ((own.primary or state.partitioned_by is not None) and count > 0)


def apart(schema: SchemaState, column: Column, seconds: set[str]) -> SchemaState:
    """The schema without what is about the column and not made anew with it alone: keys, its numbering."""
    table = column.table
    for child, key in _pointing(schema, column):
        schema = schema.without_constraint(child, key.name)
    known = schema.known(table)
    for own in known.constraints:
        if isinstance(own, Unique) and column.name in own.columns and is_of_table(own, seconds, known):
            schema = schema.without_constraint(table, own.name)
    state = schema.column(column)
    if state is None:
        return schema
    return schema.with_table(table, schema.known(table).with_column(without_numbers(state)))


def obstacle(before: SchemaState, end: SchemaState, column: Column, last: Column, seconds: set[str]) -> str:
    """What of the column's keys or numbering cannot be made anew; empty: nothing."""
    table, state, later = column.table, before.column(column), end.column(last)
    for child, key in _pointing(before, column):
        if before.known(child).partitioned_by is not None or before.known(key.target).partitioned_by:
            return f"foreign key {key.name} is one of a partitioned table"
        if why := foreign_key_obstacle(key):
            return why
    known_keys = {key.name for _, key in _pointing(before, column)}
    for child, key in _pointing(end, last):
        others = {one for one in (child, key.target) if one not in before.tables and one != last.table}
        if others and key.name in known_keys:
            named = f"the table that is {min(others).text} then"
            return f"this release renames {named}, which foreign key {key.name} connects"
        if before.known(child).constraint(key.name) is None:
            return f"this release adds foreign key {key.name}, which points to it or from it"
    primary, later_primary = before.known(table).primary_key, end.known(table).primary_key
    if primary and later_primary and column.name in primary.columns and primary.name != later_primary.name:
        return f"this release gives the key {primary.name} another name"
    known = before.known(table)
    if known.partitioned_by is not None and (why := parts_obstacle(before, column, last)):
        return why
    for own in known.constraints:
        if isinstance(own, Exclude) and _excludes(before, own, column):
            return f"the EXCLUDE constraint {own.name} is over it"
        if not isinstance(own, Unique) or column.name not in own.columns:
            continue
        if is_of_table(own, seconds, known) and (why := unique_obstacle(own)):
            return why
    if state is None or later is None or not is_numbered(state):
        return ""
    if later.type is None or later.type.name not in ("smallint", "integer", "bigint"):
        return "its values come from a sequence"
    return "" if state.identity == later.identity else "this release changes its identity"


def _excludes(schema: SchemaState, own: Exclude, column: Column) -> bool:
    index = schema.indexes.get(Relation(column.table.schema, own.name)) or own.index
    return column.name in own.columns or (index is not None and index.uses(column.name))


def _pointing(schema: SchemaState, column: Column) -> list[tuple[Relation, ForeignKey]]:
    """The foreign keys from the column, and those to it."""
    own = [(column.table, key) for key in schema.known(column.table).foreign_keys()]
    found = [(child, key) for child, key in own if column.name in key.columns]
    for child, key in schema.referencing(column.table):
        if column.name in schema.pointed(key).target_columns and (child, key) not in found:
            found.append((child, key))
    return found
