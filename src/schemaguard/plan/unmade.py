"""What a release makes and takes away again: its steps are by phases, and know only beginning and end."""

from collections.abc import Iterator, Sequence

from schemaguard.changes import DropTable
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.schema import Check, SchemaState
from schemaguard.text import Place

INSTEAD = "Write the release as it is to end: what it takes away again need not be made."


def made_and_unmade(frames: Sequence[Frame]) -> Iterator[tuple[Place, str, str]]:
    """Of tables that were there: columns, constraints and indexes that do not outlast it."""
    before, end = frames[0].before, frames[-1].after
    changes = (effect.change for frame in frames for effect in frame.effects)
    dropped = {change.table for change in changes if isinstance(change, DropTable)}
    # What a table with another name has is told of elsewhere.
    known = before.tables.keys() & (end.tables.keys() | dropped)
    for frame in frames:
        for table in sorted(known & frame.after.tables.keys()):
            new = _parts(frame.after, table) - _parts(frame.before, table)
            for thing in sorted(new - _parts(before, table) - _parts(end, table)):
                yield frame.statement.place, f"{thing} of {table.text} is gone when the release ends", INSTEAD


def _parts(schema: SchemaState, table: Relation) -> set[str]:
    state = schema.known(table)
    columns = {f"column {column.name}" for column in state.columns}
    # A CHECK may be there for a moment: it proves that a column has no NULL.
    constraints = {f"constraint {c.name}" for c in state.constraints if not isinstance(c, Check)}
    names = {c.name for c in state.constraints}
    indexes = {f"index {index.name}" for index, _ in schema.indexes_of(table) if index.name not in names}
    return columns | constraints | indexes
