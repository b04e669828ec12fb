"""What a statement supposes and what is certainly not there: the server refuses it.

Nothing is said where something unread may have made it, or an extension, or the migration tool;
and nothing of temporary tables, which are not followed. (Measured on 14 to 18.)
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from schemaguard.absent_things import absent_things
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.base import Change
from schemaguard.changes.change_policy import ChangePolicy
from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_statistics import CreateStatistics
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_view import CreateView
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_extension import DropExtension
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.grant import Grant
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.keep_column import KeepColumn
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.rename_thing import RenameThing
from schemaguard.changes.rename_type import RenameType
from schemaguard.changes.revoke import Revoke
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_identity import SetIdentity
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.evidence import Refusal
from schemaguard.mentions import Mentions
from schemaguard.names import Column, Relation
from schemaguard.namespaces import schema_thing
from schemaguard.reach import is_told
from schemaguard.schema import Check, Expression, ForeignKey, SchemaState

#: Columns that each table has.
_SYSTEM = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
#: Kinds of which PostgreSQL has none of its own.
_KINDS = frozenset({"event trigger", "foreign data wrapper", "publication", "server"})


def absent(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """Why the server refuses it, for the first of what it supposes that is not there."""
    if schema.unsure or getattr(change, "if_exists", False):
        return
    # A table that was seen made is known as a whole, whatever else there is.
    parts = (_relations, _columns, _of_table, _sequences, _parts, absent_things)
    looked_for = parts if schema.complete else (_columns, _of_table)
    yield from islice((one for look in looked_for for one in look(change, schema)), 1)


def _relations(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """The tables and views that have to be there."""
    for relation in _supposed(change, schema):
        if not _is_absent(schema, relation):
            continue
        asks = change.planned or change.moves_data or isinstance(change, CreateView)
        if _is_in_no_schema(schema, relation) and not asks:
            yield Refusal("3F000", f"there is no schema {relation.schema}")
        else:
            foreign = isinstance(change, DropTable) and change.foreign
            state = "42704" if foreign or isinstance(change, DropIndex) else "42P01"
            yield Refusal(state, f"there is no {relation.text}")


def _supposed(change: Change, schema: SchemaState) -> Iterator[Relation]:
    if isinstance(change, CreateFunction):
        return  # What a body names is not always looked up.
    for name in ("table", "view", "index", "parent"):
        value = getattr(change, name, None) if name not in change.new_names else None
        if isinstance(value, Relation) and not isinstance(change, CreateView):
            yield value
    for name in ("tables", "reads", "parents"):
        yield from (one for one in getattr(change, name, ()) if isinstance(one, Relation))
    if isinstance(column := getattr(change, "column", None), Column):
        yield column.table
    match change:
        case AttachPartition(partition=partition) if schema.known(change.table).partitioned_by is not None:
            yield partition
        case CreateIndex(index=index):
            yield index.table
        case ChangeSequence(sequence=sequence, owner=owner):
            yield from (sequence,) if change.verb != "CREATE" else ()
            yield from (owner.table,) if owner is not None else ()
        case Grant(privileges=privileges) | Revoke(privileges=privileges):
            yield from (*privileges.tables, *privileges.sequences)
        case AddForeignKey(key=key) if key.target != change.table:
            yield key.target
        case CreateTable() | AddColumn():
            keys = [one for one in change.constraints if isinstance(one, ForeignKey)]
            yield from (key.target for key in keys if key.target != change.table)
        case _:
            pass


def _sequences(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """The sequences from which values are taken."""
    absent_ones = (one for one in _numbering(change) if _is_absent(schema, one))
    yield from (Refusal("42P01", f"there is no {one.text}") for one in absent_ones)


def _numbering(change: Change) -> Iterator[Relation]:
    match change:
        case SelectRows(sequences=sequences) | InsertRows(sequences=sequences):
            yield from sequences
        case SetDefault(default=default):
            yield from sorted(default.sequences)
        case AddColumn(column=column):
            yield from sorted(column.default.sequences) if column.default is not None else ()
        case CreateTable(columns=columns):
            defaults = (column.default for column in columns if column.default is not None)
            yield from (one for default in defaults for one in sorted(default.sequences))
        case _:
            pass


def _columns(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """The columns that have to be there."""
    if isinstance(change, CreateView):
        yield from _of_none(change.said, schema)
    for column in _supposed_columns(change):
        row = column.name == column.table.name
        # A function of the row may be written like a column of it.
        called = isinstance(change, CreateView | ChangePolicy) and _may_be_function(schema, column.name)
        if not schema.knows(column.table) or column.name in _SYSTEM or row or called:
            continue
        if isinstance(change, SetIdentity) and schema.is_partition(column.table):
            continue  # From 17 on the server refuses that first, whatever the column.
        if schema.column(column) is None:
            yield Refusal("42703", f"{column.table.text} has no column {column.name}")


def _of_none(said: Mentions, schema: SchemaState) -> Iterator[Refusal]:
    """The columns that a view names without a table, and none of its tables has."""
    if all(schema.knows(table) for table in said.relations):
        for name in sorted(said.of_row - _SYSTEM):
            if all(schema.column(Column(table, name)) is None for table in said.relations):
                tables = " and no ".join(table.text for table in said.relations)
                yield Refusal("42703", f"no {tables} has a column {name}")


def _may_be_function(schema: SchemaState, name: str) -> bool:
    return not schema.complete or any(routine.name == name for routine in schema.functions)


def _supposed_columns(change: Change) -> Iterator[Column]:
    match change:
        case KeepColumn() | SetExpression():
            # Of the latter the server asks first whether it has such a statement, and the table heirs.
            return
        case InsertRows(table=table, columns=tuple(names)):
            yield from (Column(table, name) for name in names)
        case UpdateRows(table=table, assignments=assignments):
            yield from (Column(table, name) for name, _ in assignments)
            yield from _used(
                table, () if change.joined else (*(value for _, value in assignments), change.where)
            )
        case DeleteRows(table=table):
            yield from _used(table, () if change.joined else (change.where,))
        case AddCheck(table=table, check=check):
            yield from _used(table, (check.expression,))
        case AddExclude(table=table, exclude=exclude):
            also = exclude.index.also if exclude.index is not None else ()
            yield from (Column(table, name) for name in (*exclude.columns, *sorted(also)))
        case CreateTrigger(table=table, columns=names):
            yield from (Column(table, name) for name in names)
        case CreateView(said=said):
            yield from said.told()
        case ChangePolicy(table=table):
            yield from (*change.using.told(table), *change.checking.told(table))
        case CreateStatistics(table=table, columns=plain):
            yield from (Column(table, name) for name in (*plain, *sorted(change.used)) if name)
        case CommentOn(table=Relation() as table, column=name) if name:
            yield Column(table, name)
        case ChangeSequence(owner=Column() as owner):
            yield owner
        case AddColumn(table=table, column=new, constraints=constraints):
            checks = (one.expression for one in constraints if isinstance(one, Check))
            used = _used(table, (new.default, *checks))
            yield from (one for one in used if one.name != new.name)
        case ChangeType(column=changed, using=using):
            yield changed
            yield from _used(changed.table, (using,))
        case AddUnique(table=table, unique=unique):
            yield from (Column(table, name) for name in unique.columns)
        case AddPrimaryKey(table=table, key=key) | AddForeignKey(table=table, key=key):
            yield from (Column(table, name) for name in key.columns)
            if isinstance(key, ForeignKey):
                yield from (Column(key.target, name) for name in key.target_columns)
        case CreateIndex(index=index):
            yield from (Column(index.table, name) for name in (*index.columns, *sorted(index.also)) if name)
        case _ if isinstance(column := getattr(change, "column", None), Column):
            yield column
        case _:
            pass


def _used(table: Relation, expressions: Iterable[Expression | None]) -> Iterator[Column]:
    """The columns that the expressions use, where no query in them has others."""
    for expression in expressions:
        if expression is not None and "SELECT" not in expression.text.upper():
            yield from (Column(table, name) for name in sorted(expression.columns))


def _of_table(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """What else belongs to a table."""
    match change:
        case AddUsingIndex(table=table, index=index) if schema.knows(table):
            if table.sibling(index) not in schema.indexes:
                yield Refusal("42704", f"{table.text} has no index {index}")
        case (
            DropConstraint(table=table, name=name)
            | ValidateConstraint(table=table, name=name)
            | RenameConstraint(table=table, name=name)
        ) if schema.knows(table) and name and schema.known(table).constraint(name) is None:
            if not schema.required_by(table, name):
                yield Refusal("42704", f"{table.text} has no constraint {name}")
        case DropTrigger(table=table, name=name) if schema.knows(table):
            if name not in schema.known(table).triggers:
                yield Refusal("42704", f"{table.text} has no trigger {name}")
        case _:
            pass


def _parts(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """Types, kinds of relations, and other things."""
    domain = None if change.new_names else getattr(change, "domain", None)
    if isinstance(domain, Relation) and domain not in schema.types and is_told(schema, domain):
        yield Refusal("42704", f"there is no domain {domain.text}")
    match change:
        case ChangeSequence(sequence=sequence, verb="ALTER" | "DROP") if (
            sequence not in schema.sequences and schema.has_relation(sequence)
        ):
            yield Refusal("42809", f"{sequence.text} is no sequence")
        case DropTable(table=table) if schema.has_relation(table) and table not in schema.tables:
            yield Refusal("42809", f"{table.text} is no table")
        case DropIndex(index=index) if schema.has_relation(index) and index not in schema.indexes:
            yield Refusal("42809", f"{index.text} is no index")
        case DropView(view=view) if schema.has_relation(view) and view not in schema.views:
            yield Refusal("42809", f"{view.text} is no view")
        case DropView(view=view) if (
            view in schema.views and schema.views[view].materialized != change.materialized
        ):
            yield Refusal("42809", f"{view.text} is another kind of view")
        case DropType(type=kind) | RenameType(type=kind) | AddEnumValue(type=kind) if (
            kind not in schema.types and not schema.has_relation(kind) and is_told(schema, kind)
        ):
            yield Refusal("42704", f"there is no type {kind.text}")
        case DropThing(thing=thing) | AlterThing(thing=thing) | RenameThing(thing=thing) if (
            thing.kind in _KINDS and thing not in schema.things
        ):
            yield Refusal("42704", f"there is no {thing.kind} {thing.name}")
        case DropExtension(name=name) if name != "plpgsql" and change.about not in schema.things:
            yield Refusal("42704", f"there is no extension {name}")
        case _:
            pass


def _is_absent(schema: SchemaState, relation: Relation) -> bool:
    if schema.has_relation(relation) or relation in schema.types:
        return False
    if relation.name.endswith("_seq") and not all(state.complete for state in schema.tables.values()):
        return False  # It may be that of a column that we do not know.
    return is_told(schema, relation)


def _is_in_no_schema(schema: SchemaState, relation: Relation) -> bool:
    if relation.schema in ("", "public") or not is_told(schema, relation):
        return False
    return schema_thing(relation.schema) not in schema.things
