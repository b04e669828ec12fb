"""CREATE TABLE in its many forms, CREATE FOREIGN TABLE, and DROP TABLE."""

from dataclasses import field, replace

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.create_table import CreateTable, Like
from schemaguard.changes.drop_table import DropTable
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import ColumnState, Constraint, Exclude, NotNull, Persistence
from schemaguard.sql.columns import column_definition, column_options
from schemaguard.sql.constraints import ColumnNotNull, UsingIndex, built_on, foreign_options, table_constraint
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.partitions import Key, bound, partition_by
from schemaguard.sql.reject import Reject
from schemaguard.sql.table_actions import relation_options
from schemaguard.sql.tables_of_queries import filling, is_of_query, name_of

_CONSTRAINTS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE")
_COPIED = (
    "COMMENTS", "COMPRESSION", "CONSTRAINTS", "DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "STATISTICS",
    "STORAGE", "ALL",
)  # fmt: skip


@dataclass(slots=True)
class _Table:
    """What has been read of a table so far."""

    columns: list[ColumnState] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    not_nulls: list[tuple[str, NotNull]] = field(default_factory=list)
    likes: list[Like] = field(default_factory=list)
    parents: tuple[Relation, ...] = ()
    bound: str = ""
    key: Key = field(default_factory=Key)
    of_type: Relation | None = None
    options: tuple[tuple[str, str], ...] = ()
    complete: bool = True


def create_table(
    cursor: Cursor, persistence: Persistence = Persistence.PERMANENT
) -> tuple[Change | Unread, ...]:
    """CREATE [TEMPORARY | UNLOGGED] TABLE, after these words."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name, persistence = name_of(cursor, persistence)
    table = _Table()
    filled: tuple[Change | Unread, ...] = ()
    if is_of_query(cursor):
        filled = filling(cursor, _storage)
        table.complete = False
    else:
        _shape(cursor, table)
        if cursor.is_at("PARTITION", "BY"):
            table.key = partition_by(cursor)
        table.options = _storage(cursor)
    cursor.finish()
    return (*filled, _made(name, table, persistence, if_not_exists=if_not_exists))


def create_foreign_table(cursor: Cursor) -> tuple[Change, ...]:
    """CREATE FOREIGN TABLE, after these words."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name, persistence = name_of(cursor, Persistence.PERMANENT)
    table = _Table()
    _shape(cursor, table)
    cursor.expect("SERVER")
    server = cursor.name("a server")
    foreign_options(cursor)
    cursor.finish()
    made = _made(name, table, persistence, if_not_exists=if_not_exists)
    return (replace(made, foreign=True, server=server),)


def _made(name: Relation, table: _Table, persistence: Persistence, *, if_not_exists: bool) -> CreateTable:
    return CreateTable(
        table=name,
        columns=tuple(table.columns),
        constraints=tuple(
            built_on(name, constraint) if isinstance(constraint, Exclude) else constraint
            for constraint in table.constraints
        ),
        not_nulls=tuple(table.not_nulls),
        likes=tuple(table.likes),
        if_not_exists=if_not_exists,
        persistence=persistence,
        partitioned_by=table.key.columns,
        strategy=table.key.strategy,
        computed_key=table.key.computed,
        key_calls=table.key.calls,
        of_type=table.of_type,
        parents=table.parents,
        bound=table.bound,
        options=table.options,
        complete=table.complete,
    )


def _shape(cursor: Cursor, table: _Table) -> None:
    """Columns and constraints, or where they come from."""
    if cursor.accept("PARTITION", "OF"):
        table.parents = (cursor.relation("the partitioned table"),)
        if cursor.word == "(":
            _typed_elements(cursor, table)
        table.bound = bound(cursor)
        return
    if cursor.accept("OF"):
        # What is in parentheses after it is no modifier of the type.
        table.of_type = cursor.relation("a type")
        table.complete = False
        if cursor.word == "(":
            _typed_elements(cursor, table)
        return
    within = cursor.inside()
    for part in [] if within.done else within.parts():
        _element(part, table)
    if cursor.accept("INHERITS"):
        inside = cursor.inside()
        table.parents = tuple(inside.listed(inside.relation))
        inside.finish()


def _element(part: Cursor, table: _Table) -> None:
    if part.word in _CONSTRAINTS or part.word == "NOT":
        _constraint(part, table)
    elif part.accept("LIKE"):
        table.likes.append(_like(part, len(table.columns)))
    else:
        column, own = column_definition(part)
        table.columns.append(column)
        table.constraints.extend(own)


def _typed_elements(cursor: Cursor, table: _Table) -> None:
    """Constraints, and columns that have their types from elsewhere."""
    for part in cursor.inside().parts():
        if part.word in _CONSTRAINTS or part.word == "NOT":
            _constraint(part, table)
            continue
        name = part.name("a column")
        part.accept("WITH", "OPTIONS")
        column, own = column_options(part, name)
        table.columns.append(column)
        table.constraints.extend(own)


def _constraint(part: Cursor, table: _Table) -> None:
    at = part.offset
    constraint = table_constraint(part)
    if isinstance(constraint, UsingIndex):
        raise Reject("a new table has no index that a constraint can use", at)
    if isinstance(constraint, ColumnNotNull):
        table.not_nulls.append((constraint.column, constraint.how))
    else:
        table.constraints.append(constraint)


def _like(part: Cursor, place: int) -> Like:
    source = part.relation("the table that it is like")
    copied: set[str] = set()
    while (verb := part.accept_one("INCLUDING", "EXCLUDING")) != "":
        what = part.expect_one(*_COPIED)
        chosen = set(_COPIED) - {"ALL"} if what == "ALL" else {what}
        copied = copied | chosen if verb == "INCLUDING" else copied - chosen
    part.finish()
    return Like(table=source, place=place, including=frozenset(word.lower() for word in copied))


def _storage(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """Where and how the rows are kept: the storage parameters."""
    options: tuple[tuple[str, str], ...] = ()
    if cursor.accept("USING"):
        cursor.name("an access method")
    if cursor.accept("WITH"):
        options = relation_options(cursor, values=True)
    else:
        cursor.accept("WITHOUT", "OIDS")
    if cursor.accept("ON", "COMMIT") and not cursor.accept("DROP"):
        cursor.expect_one("DELETE", "PRESERVE")
        cursor.expect("ROWS")
    if cursor.accept("TABLESPACE"):
        cursor.name("a tablespace")
    return options


def drop_table(cursor: Cursor, *, foreign: bool = False) -> tuple[Change, ...]:
    """DROP [FOREIGN] TABLE, after these words."""
    if_exists = cursor.accept("IF", "EXISTS")
    tables = cursor.listed(cursor.relation)
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(
        DropTable(table, if_exists, cascade, tuple(other for other in tables if other != table), foreign)
        for table in tables
    )
