"""Steps for an index of a partitioned table, for which there is no CONCURRENTLY.

The whole's index is written down for the table alone, each partition's is built while it is in use,
and what is built is attached: with the last part the whole is valid. (Measured on 14 to 18.)
"""

from collections.abc import Callable, Iterator

from schemaguard.conditions import is_part, relation_exists
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.schema import SchemaState, Unique
from schemaguard.steps import add_constraint, at_once, create_index, drop_constraint, slug


@dataclass(frozen=True, slots=True)
class Part:
    """An index to be, with its own parts where its table is partitioned."""

    index: Relation
    table: Relation
    #: None: the table is not partitioned.
    parts: tuple["Part", ...] | None = None


#: Writes the statement that makes the index: ON ONLY a table that is partitioned, else CONCURRENTLY.
Write = Callable[[Part], str]


def part_of(table: Relation, index: Relation, schema: SchemaState, name: Callable[[Relation], str]) -> Part:
    """The tree of an index; ``name`` gives the part of a partition its name."""
    if schema.known(table).partitioned_by is None:
        return Part(index, table)
    children = schema.children(table)
    return Part(
        index, table, tuple(part_of(child, child.sibling(name(child)), schema, name) for child in children)
    )


def build(whole: Part, write: Write, phase: Phase) -> Iterator[Step]:
    """The index in steps; without partitions it is one."""
    if whole.parts is None:
        yield create_index(whole.index, whole.table, write(whole), phase)
        return
    undo = f"DROP INDEX IF EXISTS {whole.index}"
    yield at_once(
        slug(whole.index.name, "declare"),
        f"write index {whole.index.text} down for {whole.table.text} without its partitions",
        phase,
        (write(whole),),
        probe=relation_exists(whole.index),
        locks=((whole.table, LockMode.SHARE),),
        undo=(undo,),
    )
    for part in whole.parts:
        yield from build(part, write, phase)
        yield _attach(part, whole, phase, undo)


def build_key(whole: Part, key: Unique, phase: Phase) -> Iterator[Step]:
    """A UNIQUE or PRIMARY KEY constraint with its index in steps, named alike."""
    undo = drop_constraint(whole.table, whole.index.name)
    if whole.parts is None:
        yield key_index(whole.index, whole.table, key, phase)
        statement = add_key(whole.table, whole.index.name, key, whole.index)
    else:
        kind = "PRIMARY KEY" if key.primary else f"UNIQUE{_nulls(key)}"
        statement = (
            f"ALTER TABLE ONLY {whole.table} ADD CONSTRAINT {quote(whole.index.name)} {kind} {_over(key)}"
            f"{_deferring(key)}"
        )
    locks = ((whole.table, LockMode.ACCESS_EXCLUSIVE),)
    yield add_constraint(whole.table, whole.index.name, statement, phase, locks=locks)
    for part in whole.parts or ():
        yield from build_key(part, key, phase)
        yield _attach(part, whole, phase, undo)


def key_index(index: Relation, table: Relation, key: Unique, phase: Phase) -> Step:
    """The index of a key, by itself."""
    statement = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(index.name)} ON {table} {_over(key)}{_nulls(key)}"
    return create_index(index, table, statement, phase)


def add_key(table: Relation, name: str, key: Unique, index: Relation) -> str:
    """The statement that makes a constraint of the key's index."""
    kind = "PRIMARY KEY" if key.primary else "UNIQUE"
    using = f"{kind} USING INDEX {quote(index.name)}{_deferring(key)}"
    return f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} {using}"


def _over(key: Unique) -> str:
    return f"({quote_all(key.columns)}){f' INCLUDE ({quote_all(key.included)})' if key.included else ''}"


def _nulls(key: Unique) -> str:
    return "" if key.nulls_distinct else " NULLS NOT DISTINCT"


def _deferring(key: Unique) -> str:
    return f"{' DEFERRABLE' if key.deferrable else ''}{' INITIALLY DEFERRED' if key.deferred else ''}"


def _attach(part: Part, whole: Part, phase: Phase, undo: str) -> Step:
    return at_once(
        slug(part.index.name, "attach"),
        f"make index {part.index.text} a part of {whole.index.text}",
        phase,
        (f"ALTER INDEX {whole.index} ATTACH PARTITION {part.index}",),
        probe=is_part(part.index, whole.index),
        locks=(),
        # What is attached cannot be dropped by itself, and goes with the whole.
        undo=(undo,),
    )
