"""GRANT of privileges on objects."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import missing, too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server

#: Privileges and kinds of objects that came after 14.
YOUNGER = {"set": 15, "alter system": 15, "maintain": 17}


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileges:
    """What may be done with which objects."""

    #: In lower case, with columns as in ``select (a, b)``; (): all there are.
    privileges: tuple[str, ...]
    #: ``table``, ``schema``, ``all tables in schema``, ``parameter``...
    kind: str
    #: As people write them, with their schemas if they live in one.
    names: tuple[str, ...]
    #: Those of them that are tables, views or sequences, without the word SEQUENCE.
    tables: tuple[Relation, ...] = ()
    #: Those with it.
    sequences: tuple[Relation, ...] = ()

    def __str__(self) -> str:
        what = ", ".join(word.upper() for word in self.privileges) or "ALL"
        return f"{what} on {self.kind} {', '.join(self.names)}"

    def costs(self, server: Server) -> Iterator[Cost]:
        """Up to 17 no lock that a query asks for; since 18 one that stops nobody but who drops the table."""
        for table in self.tables if max(server.majors) >= 18 else ():
            yield Lock(table, LockMode.ACCESS_SHARE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there, and of what older servers do not know."""
        for table in self.tables:
            yield from missing(schema, table)
        for word in self.privileges:
            first = word.split(" (")[0]
            yield from too_old(server, YOUNGER.get(first, 14), f"the privilege {first.upper()}")
        if self.kind == "parameter":
            yield from too_old(server, 15, "privileges on parameters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Change):
    """Roles may do more than before."""

    privileges: Privileges
    #: ``public``: everybody.
    roles: tuple[str, ...]
    #: They may grant it to others.
    grant_option: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """Privileges are no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Next to nothing."""
        del schema
        yield from self.privileges.costs(server)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there or not known."""
        yield from self.privileges.refusals(schema, server)
