"""DISCARD."""

from dataclasses import replace

from schemaguard.changes.base import Change, SessionChange
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState


@dataclass(frozen=True, slots=True)
class Discard(SessionChange):
    """Forgets what the session has: ``all``, ``plans``, ``sequences``, or its ``temporary`` tables."""

    what: str

    @property
    def alone(self) -> bool:
        """DISCARD ALL cannot run in a transaction."""
        return self.what == "all"

    def apply(self, schema: SchemaState) -> SchemaState:
        """Temporary tables are gone."""
        if self.what not in ("all", "temporary"):
            return schema
        for table in schema.tables:
            if table.schema == "pg_temp":
                schema = schema.without_table(table)
        views = {name: view for name, view in schema.views.items() if name.schema != "pg_temp"}
        sequences = {name: state for name, state in schema.sequences.items() if name.schema != "pg_temp"}
        if len(views) == len(schema.views) and len(sequences) == len(schema.sequences):
            return schema
        return replace(schema, views=views, sequences=sequences)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back, or what was temporary, which cannot be."""
        return () if self.apply(before) is before else None
