"""COMMENT ON and SECURITY LABEL ON any kind of object."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import missing
from schemaguard.schema import SchemaState
from schemaguard.server import Server

#: What belongs to a table, and is looked up under a weaker lock than the table itself. (14 to 18.)
_PARTS = ("constraint", "trigger", "rule", "policy")


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

    def apply(self, schema: SchemaState) -> SchemaState:
        """Comments are no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock for a moment, which lets reads and writes through."""
        del schema, server
        if self.table is not None and self.kind not in ("index", "sequence"):
            mode = LockMode.ACCESS_SHARE if self.kind in _PARTS else LockMode.SHARE_UPDATE_EXCLUSIVE
            yield Lock(self.table, mode)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there; of labels, where the server has no module that knows them."""
        del server
        if self.table is not None:
            yield from missing(schema, self.table, a_table=self.kind == "table")
        if self.label:
            yield Refusal("22023", "labels need a module that provides them", certain=False)
