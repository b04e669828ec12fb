"""CREATE, ALTER and DROP of what all databases of a server share: roles, databases, tablespaces, settings."""

from collections.abc import Iterator
from enum import Enum

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.reach import too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server


class Verb(Enum):
    """What is done with it."""

    CREATE = "create"
    ALTER = "alter"
    RENAME = "rename"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeInCluster(Change):
    """No table of ours changes. Whose code it is that uses the role or database nobody can see here."""

    verb: Verb
    #: ``role``, ``database``, ``tablespace`` or ``setting``.
    kind: str
    #: "": all of them.
    name: str
    if_exists: bool = False
    #: What is altered, or the new name.
    what: tuple[str, ...] = ()
    #: Whether the server refuses it inside of a transaction.
    outside: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    @property
    def alone(self) -> bool:
        """As said."""
        return self.outside

    def apply(self, schema: SchemaState) -> SchemaState:
        """What a server's databases share is no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that logs in as the role, or uses the database."""
        del schema, server
        gone = self.verb in (Verb.DROP, Verb.RENAME)
        if self.kind == "database" and gone:
            yield Break(needs=f"database {self.name}")
        elif self.kind == "role" and (gone or set(self.what) & LOCKING_OUT):
            yield Break(needs=f"logging in as {self.name} as before", certain=False)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """All that is in a database."""
        del schema
        if self.kind == "database" and self.verb is Verb.DROP:
            yield Loss(f"all that is in database {self.name}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """By servers that do not know it yet."""
        del schema
        yield from too_old(server, self.since, f"this form of {self.verb.value.upper()} {self.kind.upper()}")


#: The options of a role after which code may not get in any more, or not as before.
LOCKING_OUT = frozenset({"password", "nologin", "valid until", "connection limit", "noinherit"})
