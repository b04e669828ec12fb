"""What a release makes and takes away again: its steps are by phases, and know only beginning and end."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from schemaguard.changes import DropTable
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.schema import Check, SchemaState
from schemaguard.text import Place

INSTEAD = "Write the release as it is to end: what it takes away again need not be made."


def made_and_unmade(
    frames: Sequence[Frame], passing: Collection[Relation]
) -> Iterator[tuple[Place, str, str]]:
    """Of tables that were there: columns, constraints and indexes that do not outlast it.

    ``passing``: indexes that have such a name only for a while.
    """
    before, end = frames[0].before, frames[-1].after
    # What a table with another name has is told of elsewhere.
    known = before.tables.keys() & (end.tables.keys() | dropped_tables(frames))
    found: list[tuple[Place, str, str]] = []
    taken: dict[Relation, set[str]] = defaultdict(set)
    for frame in reversed(frames):
        for table in sorted(known & frame.after.tables.keys(), reverse=True):
            was, now = (_parts(schema, table, passing) for schema in (frame.before, frame.after))
            lasts = _parts(end, table, passing)
            for thing in sorted(now - was - _parts(before, table, passing), reverse=True):
                if thing not in lasts:
                    what = f"{thing} of {table.text} is gone when the release ends"
                elif thing in taken[table]:
                    what = f"{thing} of {table.text} is dropped and made again by the same release"
                else:
                    continue
                found.append((frame.statement.place, what, INSTEAD))
            taken[table] |= was - now
    yield from reversed(found)


def dropped_tables(frames: Sequence[Frame]) -> set[Relation]:
    """The tables that the release drops."""
    changes = (effect.change for frame in frames for effect in frame.effects)
    return {change.table for change in changes if isinstance(change, DropTable)}


def _parts(schema: SchemaState, table: Relation, passing: Collection[Relation]) -> set[str]:
    state = schema.known(table)
    columns = {f"column {column.name}" for column in state.columns}
    names = {c.name for c in state.constraints}
    # A CHECK may be there for a moment: it proves that a column has no NULL.
    lasting = [c.name for c in state.constraints if not isinstance(c, Check)]
    constraints = {f"constraint {name}" for name in lasting if table.sibling(name) not in passing}
    indexes = {
        f"index {index.name}"
        for index, _ in schema.indexes_of(table)
        if index.name not in names and index not in passing
    }
    return columns | constraints | indexes
