"""How long a scan, a rewrite or an index build takes, as an order of magnitude, from the table's size.

Bytes of the table a second. bench/rates.py measures 1100 to 1600 MB/s for a scan and 300 MB/s for a rewrite
and for an index build, with the table in memory and nobody else at work. Production has slower disks, more
indexes and other work to do, so that a fourth to a sixth of it is taken.
"""

from collections.abc import Iterable

from schemaguard.costs import BuildIndex, Rewrite, Scan
from schemaguard.dataclass import dataclass
from schemaguard.server import Server

_MEGABYTE = 1_000_000
SCANNED = 300 * _MEGABYTE
REWRITTEN = 50 * _MEGABYTE
INDEXED = 50 * _MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a cost comes to. ``rows`` None: the server has no statistics."""

    bytes: int
    rows: int | None
    seconds: float

    @property
    def text(self) -> str:
        """In words: ``about 40 s for 12 GB``."""
        return f"{_time(self.seconds)} for {size_text(self.bytes)}"


def estimate(because: object, server: Server) -> Estimate | None:
    """What the cost comes to; None where it does not grow with the table, or the table's size is unknown."""
    match because:
        case Scan(table):
            rate = SCANNED
        case Rewrite(table):
            rate = REWRITTEN
        case BuildIndex(table):
            rate = INDEXED
        case _:
            return None
    size = server.bytes.get(table)
    if size is None:
        return None
    return Estimate(bytes=size, rows=server.rows.get(table), seconds=_rounded(size / rate))


def total(costs: Iterable[object], server: Server) -> Estimate | None:
    """What several costs come to, one after the other; None where one of them is unknown."""
    found = [estimate(cost, server) for cost in costs]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(found):
        return None
    rows = [one.rows for one in known]
    return Estimate(
        bytes=sum(one.bytes for one in known),
        rows=None if None in rows else sum(number for number in rows if number is not None),
        seconds=_rounded(sum(one.seconds for one in known)),
    )


def is_small(because: object, server: Server) -> bool:
    """Whether the table is known to have so few rows that nobody notices the wait."""
    if not isinstance(because, Scan | Rewrite | BuildIndex):
        return False
    rows = server.rows.get(because.table)
    return rows is not None and rows <= server.limits.small_table_rows


def counted(rows: int) -> str:
    """The number of rows as people say it: ``about 1,200 rows``."""
    return f"about {round(_rounded(rows)):,} rows"


def _rounded(number: float) -> float:
    """Two digits: more would pretend to know."""
    return float(f"{number:.2g}")


def _time(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"about {_rounded(seconds / length):.0f} {unit}"
    return f"about {seconds:.0f} s"


def size_text(size: int) -> str:
    """So many bytes as people say it: ``12 GB``."""
    for unit, length in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= length:
            return f"{_rounded(size / length):g} {unit}"
    return f"{max(size // 1000, 1) if size else 0} kB"
