"""What a check leaves for one of a release that goes on from where it ended."""

from collections.abc import Mapping

from schemaguard.compat.candidates import Samples
from schemaguard.compat.hints import read_hints
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Course:
    """Of a check in which nothing stood in the way: what its statements were tried with, by table.

    These are the rows before the release and at its end, and those that could be added.
    """

    rows: Mapping[tuple[str, str], str]
    samples: Mapping[tuple[str, str], str]


def told_of(samples: Samples) -> dict[tuple[str, str], str]:
    """Each sample as a text."""
    return {name: repr((one.columns, one.rows, one.spare)) for name, one in samples.items()}


def tables_of(query: Query) -> set[str]:
    """The names of the tables whose samples it is tried with, without their schemas."""
    return {table for _, table in read_hints(query.sql).tables.values()}


def other_values(
    queries: Mapping[int, Query], then: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], str]
) -> frozenset[int]:
    """Of these statements those that name tables with other samples: they may be tried with other values."""
    known = {name for name in then.keys() & now.keys() if then[name] == now[name]}
    others = {table for _, table in (then.keys() | now.keys()) - known}
    tables = [table for _, table in now]
    # Which of two tables is meant, their order decides.
    others |= {table for table in tables if tables.count(table) > 1}
    return frozenset(number for number, query in queries.items() if tables_of(query) & others)
