"""What a statement has made, whatever its words: the schema after it, less the schema before it.

What only has another name is not made; nor is what a partition or heir has from its parent.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.schema import Check, ForeignKey, IndexState, TableState, Unique

Name = TypeVar("Name")
State = TypeVar("State")
Kind = TypeVar("Kind", Check, ForeignKey, Unique)


def tables(frame: Frame) -> Iterator[tuple[Relation, TableState]]:
    """The tables of whole shape that outlast the session."""
    for name, state in _new(frame.before.tables, frame.after.tables):
        if state.complete and name.schema != "pg_temp":
            yield name, state


def indexes(frame: Frame) -> Iterator[tuple[Relation, IndexState]]:
    """The indexes, those of constraints included."""
    for name, state in _new(frame.before.indexes, frame.after.indexes):
        if state.part_of is None and not frame.after.known(state.table).parents:
            yield name, state


def constraints(frame: Frame, kind: type[Kind]) -> Iterator[tuple[Relation, Kind]]:
    """The constraints of that kind, each with its table."""
    if frame.before.tables is frame.after.tables:
        return
    gone = [state for table, state in frame.before.tables.items() if table not in frame.after.tables]
    for table, state in frame.after.tables.items():
        was = frame.before.tables.get(table)
        if was is state or state in gone:
            continue
        before = {constraint.name: constraint for constraint in was.constraints} if was is not None else {}
        after = {constraint.name: constraint for constraint in state.constraints}
        for _, constraint in _new(before, after):
            if isinstance(constraint, kind) and not constraint.inherited:
                yield table, constraint


def staying(frames: Sequence[Frame], kind: type[Kind]) -> Iterator[tuple[Frame, Relation, Kind]]:
    """The constraints that the script makes and keeps to its end, each as it is then."""
    for frame in frames:
        for table, constraint in constraints(frame, kind):
            last = frames[-1].after.known(table).constraint(constraint.name)
            if isinstance(last, kind):
                yield frame, table, last


def _new(before: Mapping[Name, State], after: Mapping[Name, State]) -> Iterator[tuple[Name, State]]:
    if before is after:
        return
    # Sets keep the hashes that the mappings have: to compute that of each name again takes most of the time.
    there, then = set(after), set(before)
    gone = [before[name] for name in then - there]
    for name in sorted(there - then, key=str):
        if after[name] not in gone:
            yield name, after[name]
