"""Steps for an index of a partitioned table, for which there is no CONCURRENTLY.

The whole's index is written down for the table alone, each partition's is built while it is in use,
and what is built is attached: with the last part the whole is valid. (Measured on 14 to 18.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from schemaguard.conditions import is_part, relation_exists
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.schema import SchemaState
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


def build_key(whole: Part, columns: tuple[str, ...], phase: Phase, *, primary: bool) -> Iterator[Step]:
    """A UNIQUE or PRIMARY KEY constraint with its index in steps, named alike."""
    undo = drop_constraint(whole.table, whole.index.name)
    kind = "PRIMARY KEY" if primary else "UNIQUE"
    names = quote_all(columns)
    key = quote(whole.index.name)
    if whole.parts is None:
        index = f"CREATE UNIQUE INDEX CONCURRENTLY {key} ON {whole.table} ({names})"
        yield create_index(whole.index, whole.table, index, phase)
        action = f"{kind} USING INDEX {key}"
        table = f"{whole.table}"
    else:
        action = f"{kind} ({names})"
        table = f"ONLY {whole.table}"
    statement = f"ALTER TABLE {table} ADD CONSTRAINT {key} {action}"
    locks = ((whole.table, LockMode.ACCESS_EXCLUSIVE),)
    yield add_constraint(whole.table, whole.index.name, statement, phase, locks=locks)
    for part in whole.parts or ():
        yield from build_key(part, columns, phase, primary=primary)
        yield _attach(part, whole, phase, undo)


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
