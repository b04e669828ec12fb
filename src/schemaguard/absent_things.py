"""Types, functions and other things that a statement supposes and that nothing has made.

A type or function may have come with an extension that no migration installs: of these it is not certain
that the server refuses the statement. (Measured on 14 to 18.)
"""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_attribute import AddAttribute
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_domain import CreateDomain
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.rename_thing import RenameThing
from schemaguard.changes.set_default import SetDefault
from schemaguard.column_types import Type, is_internal
from schemaguard.evidence import Refusal
from schemaguard.extension_functions import of_extension
from schemaguard.names import Relation
from schemaguard.reach import is_told
from schemaguard.schema import Check, ColumnState, CompositeState, SchemaState, Thing
from schemaguard.user_types import may_be_domain, spelled

#: Kinds that people make, with what the server says where there is none such.
_KINDS = {
    "aggregate": "42883",
    "collation": "42704",
    "conversion": "42704",
    "operator": "42883",
    "operator class": "42704",
    "operator family": "42704",
    "subscription": "42704",
    "text search configuration": "42704",
    "text search dictionary": "42704",
    "text search parser": "42704",
    "text search template": "42704",
}
#: Types that well-known extensions bring, beside those of which much is known.
_OF_EXTENSIONS = frozenset({"earth", "lo", "ulid"})
#: Access methods of indexes that PostgreSQL and well-known extensions bring; rtree is another word for gist.
_METHODS = frozenset(
    "bloom brin btree diskann gin gist hash hnsw ivfflat pgroonga rtree rum spgist vchordrq".split()
)
#: Functions for triggers that PostgreSQL has.
_FOR_TRIGGERS = frozenset(
    {"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"}
)


def absent_things(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """Why the server refuses a change on a schema that is known from its beginning, or may do so."""
    brought = any(thing.kind == "extension" and thing.name != "plpgsql" for thing in schema.things)
    for kind in _types(change):
        if _is_no_type(schema, kind):
            yield Refusal("42704", f"no migration makes a type {kind.name}", certain=False)
    for function in sorted(_functions(change)):
        if _is_no_function(schema, function):
            yield Refusal("42883", f"no migration makes a function {function.text}", certain=False)
    match change:
        case CreateIndex(index=index) if (
            index.method not in _METHODS and Thing("access method", index.method) not in schema.things
        ) and not brought:
            why = f"no migration makes an access method {index.method}"
            yield Refusal("42704", why, certain=False)
        case DropThing(thing=thing) | RenameThing(thing=thing) if (
            thing.kind in _KINDS and thing not in schema.things and not brought
        ):
            yield Refusal(_KINDS[thing.kind], f"there is no {thing.kind} {thing.name}")
        case _:
            pass


def _types(change: Change) -> Iterator[Type]:
    """The types that a change gives to something."""
    match change:
        case CreateTable(columns=columns, complete=True):
            yield from (column.type for column in columns if column.type is not None)
        case AddColumn(column=ColumnState(type=Type() as kind)) | ChangeType(type=kind):
            yield kind
        case AddAttribute(of=kind):
            yield kind
        case CreateDomain(state=state):
            yield state.base
        case CreateType(state=CompositeState(attributes=attributes)):
            yield from (kind for _, kind in attributes)
        case _:
            pass


def _is_no_type(schema: SchemaState, kind: Type) -> bool:
    """Whether nothing that is known has made it; a table and a view are the types of their rows."""
    if not may_be_domain(schema, replace(kind, array=False)):
        return False
    where, _, bare = kind.name.rpartition(".")
    if is_internal(bare) or bare in _OF_EXTENSIONS or bare.startswith(("_", '"', "pg_", "tablefunc_")):
        return False
    named = (*schema.tables, *schema.views, *schema.types, *schema.sequences)
    # Without a schema it means what the search path of whoever runs it says.
    there = any(spelled(one) == kind.name if where else one.name == bare for one in named)
    return not there and is_told(schema, Relation(where or "public", bare))


def _functions(change: Change) -> frozenset[Relation]:
    """The functions, of those that do not come with PostgreSQL, without which there is nothing to be made."""
    match change:
        case CreateTrigger(function=function) if function is not None:
            return change.asks | {function}
        case AddCheck(check=check):
            return check.expression.calls
        case SetDefault(default=default):
            return default.calls
        case CreateIndex(index=index):
            return index.calls
        case AddColumn(column=column, constraints=constraints):
            return _called(column).union(
                *(one.expression.calls for one in constraints if isinstance(one, Check))
            )
        case CreateTable(columns=columns, constraints=constraints, complete=True):
            return frozenset().union(
                *(_called(column) for column in columns),
                *(one.expression.calls for one in constraints if isinstance(one, Check)),
            )
        case _:
            return frozenset()


def _called(column: ColumnState) -> frozenset[Relation]:
    return column.default.calls if column.default is not None else frozenset()


def _is_no_function(schema: SchemaState, function: Relation) -> bool:
    known = {routine.name for routine in schema.functions}
    known |= {thing.name.partition("(")[0].rpartition(".")[2] for thing in schema.things}
    if function.name in known | _FOR_TRIGGERS or of_extension(function.name) is not None:
        return False
    return not function.name.startswith(("pg_", "_")) and is_told(schema, function)
