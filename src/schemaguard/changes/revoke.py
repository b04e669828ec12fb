"""REVOKE of privileges on objects."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.grant import Privileges
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(Change):
    """Roles may do less than before."""

    privileges: Privileges
    #: ``public``: everybody who has it from nowhere else.
    roles: tuple[str, ...]
    #: They may only not grant it to others any more.
    option_only: bool = False
    #: Those to whom they granted it lose it, too.
    cascade: bool = False

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

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that runs as one of the roles, or as a member of one."""
        del schema, server
        if not self.option_only:
            yield Break(needs=f"{self.privileges} as {', '.join(self.roles)}", certain=False)
