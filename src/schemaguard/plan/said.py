"""What a release says of its data: by its own UPDATE statements, and by directives.

Of each column that it adds, how the value follows from the row as it was before; of
each that it drops, how it follows from the new ones; of each that shall be NOT
NULL, what takes the place of NULL.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import field

from schemaguard.changes import AddColumn, DropColumn, DropTable
from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation
from schemaguard.recipe import Conflict
from schemaguard.sync import Sync
from schemaguard.text import Place


@dataclass(frozen=True, slots=True)
class Ruled:
    """What counts where both forms that these columns are of contradict each other."""

    columns: frozenset[Column]
    conflict: Conflict
    place: Place


@dataclass(frozen=True, slots=True)
class Updated:
    """What a statement gives an added column."""

    place: Place
    #: Over the row as it was. None: it is said of some rows only, or by several statements.
    value: str | None


@dataclass(slots=True)
class Said:
    """What is said of the columns of the tables that running code uses."""

    #: Each column that is added, by the change that adds it.
    added: dict[Column, AddColumn] = field(default_factory=dict)
    #: Each column that is dropped, with the place.
    dropped: dict[Column, Place] = field(default_factory=dict)
    #: A column's name before the release to the one after it.
    renamed: dict[Column, str] = field(default_factory=dict)
    #: Column to expression over the row as it was.
    up: dict[Column, str] = field(default_factory=dict)
    down: dict[Column, str] = field(default_factory=dict)
    null: dict[Column, str] = field(default_factory=dict)
    #: Added columns that statements give values.
    updated: dict[Column, Updated] = field(default_factory=dict)
    #: Those of which it cannot be told what these give: a directive has to say it.
    untold: dict[Column, InputError] = field(default_factory=dict)
    conflicts: list[Ruled] = field(default_factory=list)
    #: The triggers that may fire for the rows of a backfill.
    fires: set[str] = field(default_factory=set)
    #: The functions that do without what goes, though they seem to name it.
    unused: set[str] = field(default_factory=set)
    #: Generated columns for which others shall wait until all rows are written anew.
    rewritten: set[Column] = field(default_factory=set)
    #: Whether what is dropped gets another name first, and of which drops (by identity) otherwise is said.
    tombstones: bool = False
    buried: dict[int, bool] = field(default_factory=dict)
    #: What the release itself keeps in step, by op.create_sync_trigger; and those of which it fills the rows.
    own: tuple[Sync, ...] = ()
    filled: list[Sync] = field(default_factory=list)
    #: What each directive has said of what, and where.
    directed: dict[tuple[str, object], tuple[str, Place]] = field(default_factory=dict)
    #: Assignments of statements (by identity) that are none of these: to be carried out as they are.
    rest: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def columns(self, table: Relation, frame: Frame) -> frozenset[str]:
        """The table's columns at that moment, under old names and new."""
        now = {column.name for column in frame.before.known(table).columns}
        old = {column.name for column in self.renamed if column.table == table}
        return frozenset(now | old | {new for c, new in self.renamed.items() if c.table == table})

    def keeps(self, column: Column) -> Sync | None:
        """What the release itself keeps in step with the column."""
        return next((one for one in self.own if one.table == column.table and column.name in one.known), None)

    def told(self, key: str) -> Mapping[Column, str]:
        """The columns of which a directive of that key speaks, and what it says."""
        return {
            of: text
            for (about, of), (text, _) in self.directed.items()
            if about == key and isinstance(of, Column)
        }

    @property
    def filled_alone(self) -> Mapping[Column, str]:
        """The columns that a directive fills, and no statement."""
        return {column: text for column, text in self.told("up").items() if column not in self.updated}

    def final(self, column: Column) -> Column:
        """The column under the name that it has after the release."""
        return Column(column.table, self.renamed.get(column, column.name))

    def buries(self, change: DropColumn | DropTable) -> bool:
        """Whether it gets another name before it is dropped."""
        return self.buried.get(id(change), self.tombstones)

    def original(self, column: Column) -> Column:
        """The column under the name that it had before the release."""
        for old, new in self.renamed.items():
            if old.table == column.table and new == column.name:
                return old
        return column


def wrong(what: str, place: Place, advice: str = "Make these changes in two releases.") -> InputError:
    """What cannot be understood of it, and what to do."""
    return InputError(what, path=place.path, line=place.line, column=place.column, advice=advice)
