"""What others feel of a statement: locks, scans, rewrites, index builds and waits.

``hangs_on`` of a cost that may not come says when it does not: it ends the sentence "...,
unless", as in ``public.account.a is character varying``. "" where the cost is certain.
"""

from collections.abc import Iterable
from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation


@dataclass(frozen=True, slots=True)
class Lock:
    """``mode`` is taken on ``table`` and held to the end of the transaction."""

    table: Relation
    mode: LockMode
    #: What ``table`` stands for where its name is not known: ``the table of index public.i``; "": itself.
    stands_for: str = field(default="", compare=False)

    @property
    def on(self) -> str:
        """What to call the table."""
        return self.stands_for or self.table.text


@dataclass(frozen=True, slots=True)
class Scan:
    """Every row of ``table`` is read while ``under`` is held."""

    table: Relation
    under: LockMode
    hangs_on: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Every row of ``table`` is written anew, and all its indexes, while ``under`` is held."""

    table: Relation
    under: LockMode
    hangs_on: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class BuildIndex:
    """An index on ``table`` is built from every row while ``under`` is held."""

    table: Relation
    under: LockMode
    hangs_on: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """The statement waits for every transaction that uses ``table`` or has an older snapshot."""

    table: Relation
    #: As a Lock's.
    stands_for: str = field(default="", compare=False)


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


def hangs_on(because: object) -> str:
    """What a cost hangs on that we do not know; "" where it is certain, or no such cost."""
    return because.hangs_on if isinstance(because, Scan | Rewrite | BuildIndex) else ""


def certain_first(costs: Iterable[Cost]) -> frozenset[Cost]:
    """The costs as a set; where the same is said twice, certain and not, it is certain."""
    return frozenset(sorted(costs, key=lambda cost: hangs_on(cost) != ""))


def essential(costs: Iterable[Cost]) -> frozenset[Cost]:
    """The costs without those that a greater one contains.

    Of the locks on a table the strongest remains; a rewrite reads the rows and
    builds the indexes, and an index build reads the rows.
    """
    kept: set[Cost] = set()
    strongest: dict[Relation, Lock] = {}
    everything = certain_first(costs)
    rewrites = {cost.table: cost for cost in everything if isinstance(cost, Rewrite)}
    builds = {cost.table: cost for cost in everything if isinstance(cost, BuildIndex)}
    for cost in everything:
        match cost:
            case Lock(table, mode):
                if table not in strongest or strongest[table].mode.strength < mode.strength:
                    strongest[table] = cost
            case Scan(table):
                if not _within(cost, rewrites.get(table)) and not _within(cost, builds.get(table)):
                    kept.add(cost)
            case BuildIndex(table):
                if not _within(cost, rewrites.get(table)):
                    kept.add(cost)
            case Rewrite() | Wait():
                kept.add(cost)
    return frozenset(kept | set(strongest.values()))


def _within(cost: Scan | BuildIndex, greater: Rewrite | BuildIndex | None) -> bool:
    """Whether the greater cost contains it. What only may come contains nothing that certainly does."""
    return greater is not None and (not greater.hangs_on or bool(cost.hangs_on))


def strengthen(held: dict[Relation, LockMode], costs: Iterable[Cost]) -> None:
    """Of the locks on each table the strongest is held."""
    for cost in costs:
        if isinstance(cost, Lock) and (
            cost.table not in held or held[cost.table].strength < cost.mode.strength
        ):
            held[cost.table] = cost.mode
