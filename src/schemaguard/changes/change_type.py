"""ALTER COLUMN ... TYPE."""

import re
from collections.abc import Iterator
from dataclasses import field, replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.column_types import Type, canonical, is_built_in
from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan
from schemaguard.dataclass import dataclass
from schemaguard.defaults import of_its_type
from schemaguard.evidence import Loss, Refusal
from schemaguard.key_types import type_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, quote
from schemaguard.narrowing import Narrowing, narrowing
from schemaguard.schema import ColumnState, Expression, Generated, SchemaState
from schemaguard.server import Server
from schemaguard.things import described
from schemaguard.type_changes import TypeChange, free_from, type_change
from schemaguard.user_types import as_stored, is_constrained, may_be_domain

_AX = LockMode.ACCESS_EXCLUSIVE
#: The access methods whose indexes hold the values themselves.
_KEEPING_VALUES = frozenset({"btree", "gist", "spgist"})
_MODIFIERS = re.compile(r"\(([\d\s,]*)\)")


@dataclass(frozen=True, slots=True)
class ChangeType(Change):
    """The column has another type, its values converted."""

    column: Column
    type: Type
    using: Expression | None = None
    #: The other changes of types in the same ALTER TABLE.
    beside: "tuple[ChangeType, ...]" = field(default=(), compare=False)
    #: COLLATE is said: its order is another one.
    collated: bool = False

    turn: ClassVar[Turn] = Turn.TYPE

    @property
    def about(self) -> Column:
        """The column: nobody misses one that the same release has added."""
        return self.column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column has the type, and a default that is made to fit."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        default, old = column.default, column.type
        if default is not None and old is not None and old != self.type and column.generated is None:
            default = of_its_type(default, old)
        changed = replace(column, type=self.type, default=default)
        return schema.with_table(self.column.table, state.with_column(changed))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All rows are written anew, unless the old values are valid ones of the new type."""
        table = self.column.table
        change = self.kind(schema, server)
        state = schema.column(self.column)
        if state is not None and state.generated is Generated.VIRTUAL:
            # No row holds it.
            change = TypeChange.NOTHING
        yield Lock(table, _AX)
        if change is TypeChange.REWRITE:
            yield Rewrite(table, _AX, self._free_perhaps(schema, server))
        if self._builds_index(schema, change):
            yield BuildIndex(table, _AX)
        elif change is not TypeChange.REWRITE and not schema.knows(table):
            yield BuildIndex(table, _AX, self._unused_perhaps(change))
        # Constraints on the column are made anew: a CHECK reads the rows even if the type is as before.
        if any(c.valid and self.column.name in c.expression.columns for c in schema.known(table).checks()):
            yield Scan(table, _AX)
        # Of keys too, unless nothing at all is written anew.
        anew = any(other.kind(schema, server) is TypeChange.REWRITE for other in self.beside)
        for other, valid in self._ends_of_keys(schema):
            yield Lock(other, _AX)
            if valid and (anew or self._of_values(schema, server) is not TypeChange.NOTHING):
                yield Scan(table, _AX)
                yield Scan(other, _AX)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that knows the old type; where the new one takes all its values, perhaps nobody notices."""
        old = self._old(schema)
        if old != self.type:
            widened = self.kind(schema, server) is TypeChange.NOTHING
            before = f", which is {old}," if old else ""
            yield Break(
                needs=f"type of column {self.column.text}{before}", certain=old is not None and not widened
            )

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A parent's column changes only there; by the partition key the rows are spread over partitions."""
        for words in self._users(schema):
            yield Refusal("0A000", f"{words} names {self.column.text}")
        for computed in schema.known(self.column.table).computing(self.column.name):
            state = "42601" if max(server.majors) < 15 else "0A000"
            yield Refusal(state, f"{computed} is generated from {self.column.text}")
        for parent in schema.inherited_from(self.column):
            yield Refusal("42P16", f"{self.column.text} is inherited from {parent.text}")
        if self.column.name in (schema.known(self.column.table).partitioned_by or ()):
            yield Refusal("42P16", f"{self.column.text} is part of the partition key")
        changed = self.apply(schema)
        own = [(self.column.table, key) for key in schema.known(self.column.table).foreign_keys()]
        for table, key in (*own, *schema.keys_to(self.column)):
            for refusal in type_refusals(table, key, changed):
                # The same statement may change the other end of a key from the table to itself.
                yield replace(refusal, certain=table != key.target)
        if (narrowed := self._narrowed(schema)) is not None and narrowed.refuses:
            why = f"values of {self.column.text} may be too large for {self.type}"
            yield Refusal(narrowed.refuses, why, certain=False)

    def _users(self, schema: SchemaState) -> Iterator[str]:
        """Views, triggers, policies, rules and functions that name it; statistics are made anew."""
        yield from (f"view {view.text}" for view in schema.views_using(self.column))
        yield from (f"trigger {one}" for one in schema.known(self.column.table).needing(self.column.name))
        users = (t for t in schema.things if t.kind != "statistics" and self.column in t.uses)
        yield from sorted(map(described, users))
        for routine, state in sorted(schema.functions.items(), key=lambda item: item[0]):
            if self.column in state.uses:
                yield f"function {routine.schema}.{routine.name}"

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """The part of the values for which the new type has no place."""
        if (narrowed := self._narrowed(schema)) is not None and narrowed.loses:
            yield Loss(f"{narrowed.loses} of {self.column.text}")

    def _narrowed(self, schema: SchemaState) -> Narrowing | None:
        """What becomes of values that do not fit; of another USING than a cast nobody knows."""
        old = self._old(schema)
        if old is None or (self.using is not None and not self.is_mere_cast(self.using)):
            return None
        written = self.using.text.strip() if self.using is not None else ""
        return narrowing(old, self.type, cast=written.strip('"') not in ("", self.column.name))

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: values may have been written since that the old type cannot hold."""
        return () if self._old(before) == self.type else None

    def _old(self, schema: SchemaState) -> Type | None:
        state = schema.column(self.column)
        return state.type if state else None

    def kind(self, schema: SchemaState, server: Server) -> TypeChange:
        """What becomes of the rows and of plain indexes: of another order these are built anew."""
        kind = self._of_values(schema, server)
        return TypeChange.INDEXES if self.collated and kind is TypeChange.NOTHING else kind

    def _of_values(self, schema: SchemaState, server: Server) -> TypeChange:
        if self.using is not None and not self.is_mere_cast(self.using):
            return TypeChange.REWRITE
        old = self._old(schema)
        if old is None or old == self.type:
            return type_change(old, self.type, server)
        if is_constrained(schema, self.type):
            return TypeChange.REWRITE
        new = as_stored(schema, self.type, with_modifiers=True)
        return type_change(as_stored(schema, old, with_modifiers=False), new, server)

    def is_mere_cast(self, using: Expression) -> bool:
        """Whether USING says no more than what would happen without it."""
        written = using.text.strip()
        name = rf"(?:{re.escape(quote(self.column.name))}|\"{re.escape(self.column.name)}\")"
        if re.fullmatch(name, written):
            return True
        cast = re.fullmatch(
            rf"{name}\s*::\s*([^()\[\]:+*/|-]+(?:\([\d\s,]*\))?[^()\[\]:+*/|-]*)(\[\])?", written
        )
        cast = cast or re.fullmatch(
            rf"CAST\s*\(\s*{name}\s+AS\s+([^()\[\]]+(?:\([\d\s,]*\))?[^()\[\]]*)(\[\])?\)",
            written,
            re.IGNORECASE,
        )
        return cast is not None and _type(cast[1], array=cast[2] is not None) == self.type

    def _builds_index(self, schema: SchemaState, change: TypeChange) -> bool:
        """Whether an index is built anew. One with expressions or WHERE always is."""
        for _, index in schema.indexes_of(self.column.table):
            # The index of a partitioned table, which has no file, cannot be kept; nor are its parts.
            computed = index.partial or None in index.columns or index.part_of is not None
            # Of hashes, elements and summaries the server cannot tell that they stay the same.
            foreign = index.method not in _KEEPING_VALUES and not _is_plain(self.type)
            # What an index only INCLUDEs has no order in it.
            ordered = self.column.name in index.columns or not self.collated
            anew = change is TypeChange.INDEXES and ordered
            if index.uses(self.column.name) and (computed or foreign or anew):
                return True
        return False

    def _free_perhaps(self, schema: SchemaState, server: Server) -> str:
        """What would spare the rewrite where we do not know the old type, or the session's time zone."""
        if self.using is not None and not self.is_mere_cast(self.using):
            return ""
        old = self._old(schema)
        if old is None:
            return f"{self.column.text} is {free_from(self.type, server)}"
        if is_constrained(schema, self.type):
            return ""
        if may_be_domain(schema, self.type) or may_be_domain(schema, old):
            return f"the values of {old} are ones of {self.type}, as those of a domain are"
        in_utc = type_change(old, self.type, replace(server, time_zone="UTC"))
        if server.time_zone is None and in_utc is not TypeChange.REWRITE:
            return "the session's time zone is UTC"
        return ""

    def _unused_perhaps(self, change: TypeChange) -> str:
        """What would spare the work where we do not know all that the table has."""
        indexes = "no index" if change is TypeChange.INDEXES else "no index with an expression or WHERE,"
        return f"{indexes} and no valid CHECK of {self.column.table.text} uses {self.column.name}"

    def _ends_of_keys(self, schema: SchemaState) -> Iterator[tuple[Relation, bool]]:
        """The tables at the other ends of the column's foreign keys, and whether the key is valid."""
        for key in schema.known(self.column.table).foreign_keys():
            if self.column.name in key.columns:
                yield key.target, key.valid
        for table, key in schema.referencing(self.column.table):
            if self.column.name in key.target_columns:
                yield table, key.valid


def _is_plain(column_type: Type) -> bool:
    """Whether its operators are its own: not those of all arrays, ranges or enums."""
    return is_built_in(column_type) and not column_type.array and "range" not in column_type.name


def _type(written: str, *, array: bool) -> Type:
    """The type that a cast names."""
    modifiers = _MODIFIERS.search(written)
    name = " ".join(_MODIFIERS.sub(" ", written).lower().split())
    numbers = tuple(part.strip() for part in modifiers[1].split(",")) if modifiers else ()
    return canonical(name, numbers, array=array)
