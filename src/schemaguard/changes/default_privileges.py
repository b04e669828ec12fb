"""ALTER DEFAULT PRIVILEGES."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.reach import too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultPrivileges(Change):
    """Objects that are made from now on have other privileges. Those that are there keep theirs."""

    #: () all there are.
    privileges: tuple[str, ...]
    #: ``tables``, ``sequences``, ``functions``, ``types``, ``schemas`` or ``large objects``.
    kind: str
    roles: tuple[str, ...]
    #: Whose objects; (): one's own.
    made_by: tuple[str, ...] = ()
    #: In which schemas; (): in all.
    schemas: tuple[str, ...] = ()
    revoke: bool = False
    #: WITH GRANT OPTION, GRANT OPTION FOR.
    grant_option: bool = False
    cascade: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """Privileges are no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """By servers that do not know the kind or the privilege."""
        del schema
        if self.kind == "large objects":
            yield from too_old(server, 18, "default privileges on large objects")
        if "maintain" in self.privileges:
            yield from too_old(server, 17, "the privilege MAINTAIN")
