"""GRANT and REVOKE of roles, and ALTER GROUP: who is a member of whom."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.reach import too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMembership(Change):
    """Roles are members of others, or are so no more."""

    roles: tuple[str, ...]
    members: tuple[str, ...]
    revoke: bool = False
    #: With their values: ``admin``, ``inherit``, ``set``. Of REVOKE: it is only these that go.
    options: tuple[tuple[str, bool], ...] = ()
    cascade: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    def apply(self, schema: SchemaState) -> SchemaState:
        """Roles are no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that runs as a member and needs what the other role may."""
        del schema, server
        taken = [name for name, on in self.options if not on and name != "admin"]
        if self.revoke and not self.options:
            taken.append("membership")
        if taken:
            roles, members = ", ".join(self.roles), ", ".join(self.members)
            yield Break(needs=f"what role {roles} may do, as {members}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """By servers that know ADMIN OPTION only."""
        del schema
        yield from too_old(server, self.since, "this option of GRANT")
