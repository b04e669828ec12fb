"""What a statement returns and stores, written down so that another run can be held against it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from schemaguard.compat.differences import Runs
from schemaguard.compat.observation import Image, Row, Run

#: A row by its columns.
Values = Mapping[str, str | None]


def outcome(runs: Runs, run: Run, side: int) -> str:
    """Of one of the runs, at home (``side`` 0) or here (1), as JSON.

    Without what differs between two runs at home.
    """
    quiet = [
        pair
        for pair in runs.columns
        if sorted(repr(row[pair[0]]) for row in runs.then.rows)
        == sorted(repr(row[pair[0]]) for row in runs.again.rows)
    ]
    stored = {}
    for table in sorted(runs.then.stored.keys() & runs.now.stored.keys() & runs.again.stored.keys()):
        then, again, now = (one.stored[table] for one in (runs.then, runs.again, runs.now))
        columns = [column for column in then.after.columns if column in now.after.columns]
        once, twice = (changes(one.before, one.after, columns) for one in (then, again))
        same = [column for column in columns if _values(once[0], column) == _values(twice[0], column)]
        stored[table] = shown(run.stored[table].before, run.stored[table].after, same)
    rows = [[row[pair[side]] for pair in quiet] for row in run.rows]
    told = {
        "count": run.count,
        "places": [pair[side] for pair in quiet],
        "rows": ordered(rows),
        "stored": stored,
    }
    return json.dumps(told, ensure_ascii=False)


def shown(before: Image, after: Image, columns: Sequence[str]) -> dict[str, object]:
    """What has changed in a table, by these columns."""
    new, gone = changes(before, after, columns)
    return {
        "columns": list(columns),
        "new": ordered([list(row.values()) for row in new]),
        "gone": ordered([list(row.values()) for row in gone]),
    }


def changes(before: Image, after: Image, columns: Sequence[str]) -> tuple[list[Values], list[Values]]:
    """The rows that are there only after, and those that were there only before."""
    was, is_ = Counter(before.rows.values()), Counter(after.rows.values())
    return (
        [_named(row, after.columns, columns) for row in (is_ - was).elements()],
        [_named(row, before.columns, columns) for row in (was - is_).elements()],
    )


def ordered(rows: Sequence[Sequence[str | None]]) -> list[Sequence[str | None]]:
    """In an order that does not depend on where they lie."""
    return sorted(rows, key=repr)


def _named(row: Row, names: Sequence[str], columns: Sequence[str]) -> Values:
    return {column: row[names.index(column)] for column in columns if column in names}


def _values(rows: Sequence[Values], column: str) -> list[str]:
    return sorted(repr(row.get(column)) for row in rows)
