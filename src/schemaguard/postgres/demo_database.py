"""Do two releases see the same rows, at one moment while both write?"""

from collections.abc import Callable, Mapping, Sequence

from schemaguard.postgres.connect import connect

Seen = Mapping[str, Sequence[str]]


def differing_rows(url: str, seen: Callable[[str, str], Seen], releases: tuple[str, str]) -> int:
    """How many rows differ. ``seen`` tells what a release sees in an exported snapshot."""
    with connect(url) as conn, conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        row = conn.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        one, other = (seen(release, row[0]) for release in releases)
    return sum(one.get(key) != other.get(key) for key in one.keys() | other.keys())
