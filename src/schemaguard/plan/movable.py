"""What may be in the way of columns that move to another table."""

from collections.abc import Collection

from schemaguard.column_types import Type, is_built_in
from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation
from schemaguard.plan.said import Said
from schemaguard.schema import ForeignKey, SchemaState, TableState, Unique, Volatility, constrained_columns
from schemaguard.sql.expressions import facts
from schemaguard.sql.joined import Joined, Named
from schemaguard.sql.reject import Reject


class InTheWay(Exception):
    """Why the columns cannot be moved gently."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Which table a column belongs to that an UPDATE names."""

    found: Joined
    source: TableState
    target: TableState

    def of_source(self, name: Named) -> str:
        """The column's name, which must be the source's."""
        qualifier, column = name
        known = self.source.column(column) is not None
        mine = qualifier == self.found.source_called or (not qualifier and self.target.column(column) is None)
        if not (known and mine):
            raise InTheWay(f"{column} is no column of {self.found.source.text}")
        return column

    def pair(self, same: tuple[Named, Named]) -> tuple[str, str]:
        """The source's column and the target's."""
        one, other = same
        if one[0] == self.found.target_called or (not one[0] and self.source.column(one[1]) is None):
            one, other = other, one
        here = self.of_source(one)
        if other[0] not in ("", self.found.target_called) or self.target.column(other[1]) is None:
            raise InTheWay(f"{other[1]} is no column of the table that is written")
        return here, other[1]


def be_whole(table: Relation, frame: Frame, before: SchemaState, end: SchemaState) -> None:
    """The table is known, has no parts, and outlasts the release under its name."""
    state = before.known(table)
    if table in frame.young or table not in end.tables or table not in before.tables:
        raise InTheWay(f"{table.text} is made, renamed or dropped by this release, too")
    if not state.complete or state.foreign:
        raise InTheWay(f"the shape of {table.text} is not known, or it is foreign")
    if state.partitioned_by is not None or state.parents or before.descendants(table):
        raise InTheWay(f"{table.text} is partitioned, or inherits: its parts have triggers of their own")


def be_new(column: Column, said: Said, end: SchemaState) -> None:
    """The column is added by the release, and may be NULL for good."""
    state = end.column(column)
    if column not in said.added or state is None:
        raise InTheWay(f"{column.text} is not added by this release: it may hold something else")
    if state.not_null or state.default is not None or state.generated or state.identity:
        raise InTheWay(f"{column.text} has a default or is NOT NULL: make it so in another release")


def be_alone(
    source: Relation, target: Relation, frame: Frame, said: Said, before: SchemaState, end: SchemaState
) -> None:
    """Nothing else of the release, nor another table, has to do with the two."""
    be_whole(source, frame, before, end)
    state = end.known(target)
    if not state.complete or state.foreign or state.partitioned_by is not None or state.parents:
        raise InTheWay(f"{target.text} is partitioned, inherits, or is foreign")
    if source.name == target.name:
        raise InTheWay("both tables have the same name, in two schemas")
    renamed = {column.name for column in said.renamed if column.table == source}
    if renamed:
        raise InTheWay(f"{', '.join(sorted(renamed))} of {source.text} is renamed by this release, too")
    if state.triggers:
        raise InTheWay(f"{target.text} has triggers from the start")
    pointing = {table.text for table, _ in end.referencing(target) if table != target}
    if pointing:
        raise InTheWay(f"{', '.join(sorted(pointing))} points to {target.text} from the start")


def be_keys(
    key: dict[str, str], source: Relation, target: Relation, frame: Frame, before: SchemaState
) -> None:
    """There is at most one row on either side, and it can be found."""
    for table, columns, schema in ((source, set(key), before), (target, set(key.values()), frame.before)):
        state = schema.known(table)
        unique = [
            c for c in state.constraints if isinstance(c, Unique) and not (c.deferrable or c.without_overlaps)
        ]
        if not any(set(c.columns) == columns for c in unique):
            names = ", ".join(sorted(columns))
            raise InTheWay(f"{names} of {table.text} is no primary key and not UNIQUE when rows are inserted")
        for name in sorted(columns):
            column = state.column(name)
            if column is None or not column.not_null:
                raise InTheWay(f"{name} of {table.text}, by which rows belong together, may be NULL")
            if column.type is None or not is_built_in(column.type) or column.generated:
                raise InTheWay(f"{name} of {table.text} is computed, or not of a type of PostgreSQL's own")


def type_of(schema: SchemaState, column: Column) -> Type:
    """The type of a column that moves; NULL in it says that there is nothing."""
    state = schema.column(column)
    if state is None or state.type is None:
        raise InTheWay(f"the type of {column.text} is not known")
    if state.generated or state.identity:
        raise InTheWay(f"{column.text} is computed by the server")
    if state.default is not None:
        raise InTheWay(
            f"{column.text} has a default: a row that new code inserts without it looks like one of old code,"
            f" and would have its row in the other table before new code makes it"
        )
    return state.type


def be_decidable(where: str, moved: Collection[str]) -> None:
    """Which rows have one in the new table must follow from what moves, and from nothing else."""
    if not where:
        return
    try:
        condition = facts(where)
    except Reject as error:
        raise InTheWay(f"its WHERE is not understood: {error.reason}") from error
    others = sorted(condition.columns - set(moved))
    if others:
        raise InTheWay(f"its WHERE asks for {', '.join(others)}, which stays where it is")
    if condition.volatility is not Volatility.CONSTANT:
        raise InTheWay(f"its WHERE is not the same each time, or not known to be: {where}")


def not_null(state: TableState, name: str) -> bool:
    """Whether the column is NOT NULL."""
    column = state.column(name)
    return column is not None and column.not_null


def be_alike(
    source: Relation, target: Relation, pairs: dict[str, str], before: SchemaState, end: SchemaState
) -> None:
    """What the one can hold, the other must hold, too."""
    for here, there in pairs.items():
        old, new = before.known(source).column(here), end.known(target).column(there)
        if old is None or new is None or old.type != new.type:
            types = f"{old.type if old else 'unknown'} and {new.type if new else 'unknown'}"
            raise InTheWay(
                f"{here} and {there} are of two types, {types}: change the type in another release"
            )


def be_given(target: Relation, given: Collection[str], end: SchemaState) -> None:
    """A row can be made of what is ``given``."""
    for column in end.known(target).columns:
        if column.name not in given and column.not_null and not column.fills_itself:
            raise InTheWay(f"{column.name} of {target.text} must have a value, and is given none")


def required(
    source: Relation,
    target: Relation,
    moved: dict[str, str],
    where: str,
    before: SchemaState,
    end: SchemaState,
) -> frozenset[str]:
    """The columns that may be NULL in the source, and not in the target."""
    needed = frozenset(here for here, there in moved.items() if not_null(end.known(target), there))
    proved = facts(where).proves_present if where else frozenset[str]()
    for here in sorted(needed):
        if here not in proved and not not_null(before.known(source), here):
            raise InTheWay(f"{here} may be NULL, and {moved[here]} of {target.text} may not")
    return needed


def be_unconstrained(
    source: Relation, target: Relation, key: dict[str, str], moved: dict[str, str], end: SchemaState
) -> None:
    """What running code writes to the source must have a place in the target."""
    inside = set(key.values()) | set(moved.values())
    for constraint in end.known(target).constraints:
        columns = constrained_columns(constraint)
        if isinstance(constraint, Unique) and columns == set(key.values()):
            continue
        if isinstance(constraint, ForeignKey) and constraint.target == source:
            pointed = end.pointed(constraint)
            if dict(zip(pointed.target_columns, pointed.columns, strict=True)) == key:
                continue
        if columns & inside or not columns:
            raise InTheWay(
                f"{constraint.name} of {target.text} may refuse what running code writes to {source.text}:"
                " add it in another release"
            )
    for name, index in end.indexes_of(target):
        about = {column for column in index.columns if column} | index.also
        if index.unique and about != set(key.values()) and (about & inside or None in index.columns):
            raise InTheWay(f"{name.text} may refuse what running code writes to {source.text}")
