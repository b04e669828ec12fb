"""What others feel of a statement: locks, scans, rewrites, index builds and waits."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemaguard.locks import LockMode
from schemaguard.names import Relation


@dataclass(frozen=True, slots=True)
class Lock:
    """``mode`` is taken on ``table`` and held to the end of the transaction."""

    table: Relation
    mode: LockMode


@dataclass(frozen=True, slots=True)
class Scan:
    """Every row of ``table`` is read while ``under`` is held."""

    table: Relation
    under: LockMode


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Every row of ``table`` is written anew, and all its indexes, while ``under`` is held."""

    table: Relation
    under: LockMode


@dataclass(frozen=True, slots=True)
class BuildIndex:
    """An index on ``table`` is built from every row while ``under`` is held."""

    table: Relation
    under: LockMode


@dataclass(frozen=True, slots=True)
class Wait:
    """The statement waits for every transaction that uses ``table`` or has an older snapshot."""

    table: Relation


Cost = Lock | Scan | Rewrite | BuildIndex | Wait


def grows_with_table(cost: Cost) -> bool:
    """Whether its duration grows with the number of rows."""
    return isinstance(cost, Scan | Rewrite | BuildIndex)


def blocks(cost: Cost) -> bool:
    """Whether reads or writes of others wait for a time that grows with the table."""
    match cost:
        case Scan(_, under) | Rewrite(_, under) | BuildIndex(_, under):
            return under.stops_writes
        case Lock() | Wait():
            return False


def essential(costs: Iterable[Cost]) -> frozenset[Cost]:
    """The costs without those that a greater one contains.

    Of the locks on a table the strongest remains; a rewrite reads the rows and
    builds the indexes, and an index build reads the rows.
    """
    kept: set[Cost] = set()
    strongest: dict[Relation, LockMode] = {}
    everything = set(costs)
    rewritten = {cost.table for cost in everything if isinstance(cost, Rewrite)}
    built = {cost.table for cost in everything if isinstance(cost, BuildIndex)}
    for cost in everything:
        match cost:
            case Lock(table, mode):
                if table not in strongest or strongest[table].strength < mode.strength:
                    strongest[table] = mode
            case Scan(table):
                if table not in rewritten and table not in built:
                    kept.add(cost)
            case BuildIndex(table):
                if table not in rewritten:
                    kept.add(cost)
            case Rewrite() | Wait():
                kept.add(cost)
    return frozenset(kept | {Lock(table, mode) for table, mode in strongest.items()})
