"""The names that a statement gives, to whatever, and which of them are written in it."""

from collections.abc import Iterator
from contextlib import suppress

from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.names import Relation, shorten
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, TableState, Unique
from schemaguard.search_path import TEMPORARY
from schemaguard.sql.lexer import Kind, LexError, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that was not there before."""

    #: ``table``, ``column``, ``primary-key``, ``foreign-key``, ``function``...
    kind: str
    name: str
    #: The table that it is or belongs to.
    table: Relation | None = None
    #: The columns that it is over.
    columns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As people would say it: ``column at of public.visit``."""
        if self.kind == "table" or self.table is None:
            return f"{self.kind} {self.name}"
        return f"{self.kind} {self.name} of {self.table.text}"


def written(frame: Frame) -> dict[str, str]:
    """The identifiers in the statement: as PostgreSQL keeps them, and as they are written, folded."""
    found: dict[str, str] = {}
    # What cannot be read is said elsewhere: neither a statement that is cut off nor a broken Unicode escape.
    try:
        words = [token for token in tokens(frame.statement.text) if token.kind in (Kind.WORD, Kind.QUOTED)]
    except LexError:
        return found
    for token in words:
        with suppress(LexError):
            found[shorten(token.identifier)] = token.identifier
    return found


def names(frame: Frame) -> Iterator[Named]:
    """What has a name after the statement that it did not have before, also by RENAME."""
    yield from _of_tables(frame)
    before, after = frame.before, frame.after
    for view in after.views.keys() - before.views.keys():
        yield Named(kind="view", name=view.name)
    for kind in after.types.keys() - before.types.keys():
        yield Named(kind="type", name=kind.name)
    for routine in after.functions.keys() - before.functions.keys():
        yield Named(kind=after.functions[routine].kind, name=routine.name)
    for thing in after.things - before.things:
        yield Named(kind=thing.kind, name=thing.name.rpartition(".")[2], table=thing.table)


def _of_tables(frame: Frame) -> Iterator[Named]:
    before, after = frame.before, frame.after
    if before.tables is not after.tables:
        gone = {table: state for table, state in before.tables.items() if table not in after.tables}
        for table, state in after.tables.items():
            was = before.tables.get(table)
            if state is was or table.schema == TEMPORARY:
                continue
            if was is None:
                yield Named(kind="table", name=table.name, table=table)
                # Under another name it is the same table.
                was = next((old for old in gone.values() if old == state), TableState())
            yield from _of_table(table, was, state)
    keys = {
        table.sibling(c.name) for table, state in after.tables.items() for c in state.constraints
    } if before.indexes.keys() != after.indexes.keys() else ()  # fmt: skip
    for name, index in after.indexes.items():
        if name not in before.indexes and name not in keys and index.part_of is None:
            columns = tuple(column for column in index.columns if column is not None)
            yield Named(kind="index", name=name.name, table=index.table, columns=columns)


def _of_table(table: Relation, was: TableState, state: TableState) -> Iterator[Named]:
    for column in state.columns:
        if column.local and was.column(column.name) is None:
            yield Named(kind="column", name=column.name, table=table)
    for constraint in state.constraints:
        if not constraint.inherited and was.constraint(constraint.name) is None:
            kind, columns = _described(constraint)
            yield Named(kind=kind, name=constraint.name, table=table, columns=columns)
    for trigger in sorted(state.triggers - was.triggers):
        yield Named(kind="trigger", name=trigger, table=table)


def _described(constraint: Constraint) -> tuple[str, tuple[str, ...]]:
    match constraint:
        case Check(expression=expression):
            return "check", tuple(sorted(expression.columns))
        case ForeignKey(columns=columns):
            return "foreign-key", columns
        case Unique(primary=primary, columns=columns):
            return "primary-key" if primary else "unique", columns
        case Exclude(columns=columns):
            return "exclude", columns
