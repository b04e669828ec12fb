"""COMMENT ON and SECURITY LABEL ON any kind of object."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import missing
from schemaguard.schema import SchemaState
from schemaguard.server import Server

#: What belongs to a table, and is looked up under a weaker lock than the table itself. (14 to 18.)
_PARTS = ("constraint", "trigger", "rule", "policy")
#: Of these the schema knows what is said.
_KNOWN = ("table", "foreign table", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOn(Change):
    """The object has another comment or label. Queries do not see it."""

    #: ``table``, ``column``, ``text search parser``...
    kind: str
    #: As people write it, with the schema if it lives in one.
    name: str
    #: The table or view that it is or belongs to.
    table: Relation | None = None
    #: It is a security label.
    label: bool = False
    #: The column of the table that it is.
    column: str = ""
    #: What is said of it; "": nothing any more.
    text: str = ""

    def apply(self, schema: SchemaState) -> SchemaState:
        """Those of tables and columns are known."""
        state = schema.table(self.table) if self.table is not None else None
        if self.table is None or state is None or self._said_before(schema) is None:
            return schema
        if not self.column:
            return schema.with_table(self.table, replace(state, comment=self.text))
        columns = (replace(c, comment=self.text) if c.name == self.column else c for c in state.columns)
        return schema.with_table(self.table, replace(state, columns=tuple(columns)))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock for a moment, which lets reads and writes through."""
        del server
        of_type = self.kind == "column" and self.table in schema.types
        if self.table is not None and self.kind not in ("index", "sequence") and not of_type:
            mode = LockMode.ACCESS_SHARE if self.kind in _PARTS else LockMode.SHARE_UPDATE_EXCLUSIVE
            yield Lock(self.table, mode)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there; of labels, where the server has no module that knows them."""
        del server
        if self.table is not None:
            yield from missing(schema, self.table, a_table=self.kind == "table")
        if self.label:
            yield Refusal("22023", "labels need a module that provides them", certain=False)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The comment that was there, of a table or column that is known."""
        said = self._said_before(before)
        if said is None or self.table is None or not before.knows(self.table) or before.unsure:
            return None
        return (replace(self, text=said),)

    def _said_before(self, schema: SchemaState) -> str | None:
        """The comment that the schema knows; None: it is no comment of a table or column there."""
        state = schema.table(self.table) if self.table is not None else None
        if state is None or self.label or self.kind not in _KNOWN:
            return None
        of = state.column(self.column) if self.column else state
        return None if of is None else of.comment
