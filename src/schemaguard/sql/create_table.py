"""CREATE TABLE and DROP TABLE."""

from schemaguard.changes.base import Change
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.drop_table import DropTable
from schemaguard.schema import ColumnState, Constraint
from schemaguard.sql.columns import column_definition
from schemaguard.sql.constraints import UsingIndex, options, table_constraint
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.reject import Reject

_CONSTRAINTS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE")


def create_table(cursor: Cursor) -> tuple[Change, ...]:
    """CREATE TABLE, after these two words."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    at = cursor.offset
    table = cursor.relation()
    if table.schema == "pg_temp":
        raise Reject("schemaguard does not know what temporary tables do", at)
    _only_columns(cursor)
    columns: list[ColumnState] = []
    constraints: list[Constraint] = []
    within = cursor.inside()
    _only_columns(cursor)
    for part in [] if within.done else within.parts():
        _element(part, columns, constraints)
    _storage(cursor)
    cursor.finish()
    made = CreateTable(
        table=table, columns=tuple(columns), constraints=tuple(constraints), if_not_exists=if_not_exists
    )
    return (made,)


def _element(part: Cursor, columns: list[ColumnState], constraints: list[Constraint]) -> None:
    # NOT begins a NOT NULL constraint of its own, which table_constraint() refuses.
    if part.word in _CONSTRAINTS or part.word == "NOT":
        at = part.offset
        constraint = table_constraint(part)
        if isinstance(constraint, UsingIndex):
            raise Reject("a new table has no index that a constraint can use", at)
        constraints.append(constraint)
        return
    if part.word == "LIKE":
        raise Reject("schemaguard does not know what CREATE TABLE ... LIKE does", part.offset)
    column, own = column_definition(part)
    columns.append(column)
    constraints.extend(own)


def _only_columns(cursor: Cursor) -> None:
    """Refuses the tables which get their shape from elsewhere."""
    for words in (("PARTITION", "OF"), ("PARTITION", "BY"), ("OF",), ("AS",), ("INHERITS",)):
        if cursor.is_at(*words):
            raise Reject(
                f"schemaguard does not know what CREATE TABLE ... {' '.join(words)} does", cursor.offset
            )


def _storage(cursor: Cursor) -> None:
    """Reads where and how the rows are kept, which changes nothing that anyone asks here."""
    if cursor.word == "USING" and not cursor.accept("USING", "HEAP"):
        raise Reject("schemaguard knows no access method but heap", cursor.offset)
    if cursor.accept("WITH"):
        options(cursor)
    else:
        cursor.accept("WITHOUT", "OIDS")
    if cursor.is_at("ON", "COMMIT"):
        raise Reject("schemaguard does not know what ON COMMIT does", cursor.offset)
    if cursor.accept("TABLESPACE"):
        cursor.name("a tablespace")
    _only_columns(cursor)


def drop_table(cursor: Cursor) -> tuple[Change, ...]:
    """DROP TABLE, after these two words."""
    if_exists = cursor.accept("IF", "EXISTS")
    tables = cursor.listed(cursor.relation)
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(DropTable(table, if_exists=if_exists, cascade=cascade) for table in tables)
