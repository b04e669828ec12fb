"""ALTER TABLE: each action by itself, so that one which is not known leaves the others readable."""

from dataclasses import replace

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.as_foreign import AsForeign
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.inherit import Inherit
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.rename_table import RenameTable
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.set_option import SetOption
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import Check, Exclude, ForeignKey
from schemaguard.sql.columns import column_definition, default
from schemaguard.sql.constraints import ColumnNotNull, UsingIndex, built_on, table_constraint
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.index_elements import collation
from schemaguard.sql.lexer import Kind
from schemaguard.sql.partitions import attach, detach
from schemaguard.sql.reject import Reject
from schemaguard.sql.table_actions import column_action, statistics_target, table_action
from schemaguard.sql.type_names import is_serial, type_name

_CONSTRAINTS = ("CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "NOT")


def alter_table(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """ALTER TABLE, after these two words."""
    table, only = _named(cursor)
    return _actions(cursor, table, only=only)


def alter_foreign_table(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """ALTER FOREIGN TABLE, after these words: nearly all that ALTER TABLE can do."""
    table, only = _named(cursor)
    if cursor.word in ("ATTACH", "DETACH") or cursor.is_at("RENAME", "CONSTRAINT"):
        raise cursor.expected("an action of ALTER FOREIGN TABLE")
    return (AsForeign(table), *_actions(cursor, table, only=only))


def _named(cursor: Cursor) -> tuple[Relation, bool]:
    """The table, and whether ONLY it is meant."""
    cursor.accept("IF", "EXISTS")
    only = cursor.accept("ONLY")
    if only and cursor.accept("("):
        table = cursor.relation()
        cursor.expect(")")
        return table, True
    table = cursor.relation()
    if not only:
        cursor.accept("*")
    return table, only


def _actions(cursor: Cursor, table: Relation, *, only: bool) -> tuple[Change | Unread, ...]:
    changes: list[Change | Unread] = []
    for part in cursor.parts():
        text, alone = part.source, part.stop == cursor.stop
        try:
            changes += _action(part, table, only=only)
        except Reject as reject:
            if alone and not changes:
                raise
            changes.append(Unread(text, reject.reason, reject.offset))
    return tuple(_beside_others(change, changes) for change in changes)


def _beside_others(change: Change | Unread, all_changes: list[Change | Unread]) -> Change | Unread:
    if not isinstance(change, ChangeType):
        return change
    others = tuple(c for c in all_changes if isinstance(c, ChangeType) and c is not change)
    return replace(change, beside=others) if others else change


def _action(part: Cursor, table: Relation, *, only: bool) -> tuple[Change, ...]:
    other = table_action(part, table)
    if other is not None:
        part.finish()
        return (other,)
    match part.word:
        case "ADD":
            part.expect("ADD")
            change = _add(part, table)
        case "DROP":
            part.expect("DROP")
            change = _drop(part, table)
        case "ALTER" if part.look() != "CONSTRAINT":
            part.expect("ALTER")
            change = _alter(part, table, only=only)
        case "ATTACH":
            part.expect("ATTACH", "PARTITION")
            change = attach(part, table)
        case "DETACH":
            part.expect("DETACH", "PARTITION")
            change = detach(part, table)
        case "INHERIT":
            part.expect("INHERIT")
            change = Inherit(table=table, parent=part.relation("the parent"), begins=True)
        case "NO" if part.look() == "INHERIT":
            part.expect("NO", "INHERIT")
            change = Inherit(table=table, parent=part.relation("the parent"), begins=False)
        case "VALIDATE":
            part.expect("VALIDATE", "CONSTRAINT")
            change = ValidateConstraint(table, part.name("a constraint"))
        case "RENAME":
            part.expect("RENAME")
            change = _rename(part, table)
        case _:
            raise part.expected("an action")
    part.finish()
    return (change,)


def _add(part: Cursor, table: Relation) -> Change:
    if part.word in _CONSTRAINTS:
        constraint = table_constraint(part)
        match constraint:
            case Check():
                return AddCheck(table, constraint)
            case ForeignKey():
                return AddForeignKey(table, constraint)
            case ColumnNotNull(name, how):
                return AddNotNull(Column(table, name), how)
            case UsingIndex(name, index, primary, deferrable, deferred):
                return AddUsingIndex(
                    table=table,
                    # Without a name of its own the constraint takes that of the index.
                    name=name or index,
                    index=index,
                    primary=primary,
                    deferrable=deferrable,
                    deferred=deferred,
                )
            case Exclude():
                return AddExclude(table, built_on(table, constraint))
            case _ if constraint.primary:
                return AddPrimaryKey(table, constraint)
            case _:
                return AddUnique(table, constraint)
    part.accept("COLUMN")
    if_not_exists = part.accept("IF", "NOT", "EXISTS")
    column, constraints = column_definition(part)
    return AddColumn(table=table, column=column, constraints=constraints, if_not_exists=if_not_exists)


def _drop(part: Cursor, table: Relation) -> Change:
    if part.accept("CONSTRAINT"):
        if_exists = part.accept("IF", "EXISTS")
        name = part.name("a constraint")
        cascade = _cascade(part)
        return DropConstraint(table=table, name=name, if_exists=if_exists, cascade=cascade)
    part.accept("COLUMN")
    if_exists = part.accept("IF", "EXISTS")
    column = Column(table, part.name("a column"))
    return DropColumn(column, if_exists=if_exists, cascade=_cascade(part))


def _cascade(part: Cursor) -> bool:
    return part.accept_one("CASCADE", "RESTRICT") == "CASCADE"


def _alter(part: Cursor, table: Relation, *, only: bool) -> Change:
    part.accept("COLUMN")
    if not part.done and part.token.kind is Kind.NUMBER:
        # Of an index, whose expressions have no names.
        part.at += 1
        part.expect("SET", "STATISTICS")
        statistics_target(part)
        return SetOption(table=table, what="SET STATISTICS", mode=LockMode.SHARE_UPDATE_EXCLUSIVE)
    column = Column(table, part.name("a column"))
    other = column_action(part, column)
    if other is not None:
        return other
    if part.accept("SET", "NOT", "NULL"):
        return SetNotNull(column, only=only)
    if part.accept("DROP", "NOT", "NULL"):
        return DropNotNull(column)
    if part.accept("SET", "DEFAULT"):
        return SetDefault(column, default(part))
    if part.accept("DROP", "DEFAULT"):
        return DropDefault(column)
    if part.accept("TYPE") or part.accept("SET", "DATA", "TYPE"):
        at = part.offset
        kind = type_name(part)
        if is_serial(kind):
            raise Reject(f"a column cannot become {kind}: that is no type of its own", at)
        collated = part.accept("COLLATE")
        if collated:
            collation(part)
        using = facts_at(part) if part.accept("USING") else None
        return ChangeType(column, kind, using, collated=collated)
    raise part.expected("an action")


def _rename(part: Cursor, table: Relation) -> Change:
    if part.accept("TO"):
        return RenameTable(table, part.name("the new name"))
    if part.accept("CONSTRAINT"):
        constraint = part.name("a constraint")
        part.expect("TO")
        return RenameConstraint(table, constraint, part.name("the new name"))
    part.accept("COLUMN")
    column = Column(table, part.name("a column"))
    part.expect("TO")
    return RenameColumn(column, part.name("the new name"))
