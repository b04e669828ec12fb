"""Runs of one statement, at home and here: does it return and store the same?"""

from functools import cache

from schemaguard.compat.hints import read_hints
from schemaguard.compat.observation import Failure, Image, Prepared, Row, Run, Stored
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Runs:
    """A statement with the same values, run at home, there once more, and here."""

    then: Run
    again: Run
    now: Run
    #: The places of its result's columns, at home and here.
    columns: list[tuple[int, int]]


def common_columns(then: Prepared | Failure, now: Prepared | Failure) -> list[tuple[int, int]]:
    """The places of the result's columns, at home and here, by their names."""
    if not isinstance(then, Prepared) or not isinstance(now, Prepared):
        return []
    left = [(place, column.name) for place, column in enumerate(now.columns)]
    pairs = []
    for place, column in enumerate(then.columns):
        found = next((one for one in left if one[1] == column.name), None)
        if found is not None:
            left.remove(found)
            pairs.append((place, found[0]))
    return pairs


def difference(query: Query, runs: Runs, moved: frozenset[str]) -> str:
    """What the statement does here and not at home; "": the same. ``moved``: columns changed on purpose."""
    then, again, now = runs.then, runs.again, runs.now
    if then.count != now.count:
        return f"{then.count} rows at home, {now.count} here"
    # What differs between two runs at home is noise: numbers of sequences, the time, the order of rows.
    quiet = [pair for pair in runs.columns if _column(then.rows, pair[0]) == _column(again.rows, pair[0])]
    one = sorted(repr([row[place] for place, _ in quiet]) for row in then.rows)
    other = sorted(repr([row[place] for _, place in quiet]) for row in now.rows)
    if one != other:
        return f"returns other values: {_only(one, other)} at home, {_only(other, one)} here"
    for then_at, now_at in runs.columns:
        if _is_lost(then, again, now, then_at, now_at):
            return f"column {then_at + 1} of the result is NULL here, and never at home"
    by_place = _by_place(query.sql) if query.kind == "insert" else False
    for table, stored in then.stored.items():
        here = now.stored.get(table)
        if by_place and here is not None and (told := _shifted(table, stored, here)):
            return told
        if here is not None and (told := _stored(table, stored, again.stored[table], here, moved)):
            return told
    return ""


def fills_more(query: Query, runs: Runs) -> str:
    """An INSERT whose ``*`` has grown fills columns that it did not know, by their places."""
    if query.kind != "insert" or not _by_place(query.sql) or "*" not in query.sql:
        return ""
    for table, stored in runs.then.stored.items():
        here = runs.now.stored.get(table)
        new = [] if here is None else [c for c in here.after.columns if c not in stored.after.columns]
        filled = here is not None and any(row[c] is not None for row in _new_rows(here, new) for c in new)
        if filled:
            return f"fills {', '.join(new)} of {table} by place: are these the columns that it means?"
    return ""


def _is_lost(then: Run, again: Run, now: Run, then_at: int, now_at: int) -> bool:
    there = [row[then_at] for row in (*then.rows, *again.rows)]
    here = [row[now_at] for row in now.rows]
    return bool(there) and None not in there and None in here


def _column(rows: tuple[Row, ...], place: int) -> list[str]:
    return sorted(repr(row[place]) for row in rows)


def _only(rows: list[str], others: list[str]) -> str:
    """The first row that the others lack."""
    return next((row for row in rows if row not in others), "other numbers of equal rows")


@cache
def _by_place(sql: str) -> bool:
    return not read_hints(sql).names_columns


def _shifted(table: str, then: Stored, now: Stored) -> str:
    """An INSERT that names no columns fills them by their places."""
    was, is_ = then.after.columns, now.after.columns
    if is_[: len(was)] == was or then.after.rows.keys() == then.before.rows.keys():
        return ""
    return (
        f"fills the columns of {table} by their places: ({', '.join(was)}) at home, ({', '.join(is_)}) here"
    )


def _stored(table: str, then: Stored, again: Stored, now: Stored, moved: frozenset[str]) -> str:
    columns = [c for c in then.after.columns if c in now.after.columns and f"{table}.{c}" not in moved]
    for key in then.before.rows.keys() & now.before.rows.keys():
        if all(stored.before.rows[key] == stored.after.rows.get(key) for stored in (then, now)):
            continue
        told = _updated(table, key, columns, then, again, now)
        if told:
            return told
    new = [_new_rows(stored, columns) for stored in (then, again, now)]
    quiet = [c for c in columns if sorted(repr(r[c]) for r in new[0]) == sorted(repr(r[c]) for r in new[1])]
    one, other = (sorted(repr([row[c] for c in quiet]) for row in rows) for rows in (new[0], new[2]))
    if one != other:
        return f"stores other rows in {table} ({', '.join(quiet)}): {one} at home, {other} here"
    return ""


def _updated(table: str, key: Row, columns: list[str], then: Stored, again: Stored, now: Stored) -> str:
    """A row that was there before: what the statement changed of it must come out the same."""
    gone = [key not in stored.after.rows for stored in (then, now)]
    if any(gone):
        return "" if all(gone) else f"the row {key} of {table} is deleted in one of the two"
    for column in columns:
        ends = [_cell(stored.after, key, column) for stored in (then, again, now)]
        changes = any(_cell(s.before, key, column) != _cell(s.after, key, column) for s in (then, now))
        if changes and ends[0] == ends[1] and ends[0] != ends[2]:
            return f"{table}.{column} becomes {ends[0]!r} at home, {ends[2]!r} here"
    return ""


def _cell(image: Image, key: Row, column: str) -> str | None:
    return image.rows[key][image.columns.index(column)]


def _new_rows(stored: Stored, columns: list[str]) -> list[dict[str, str | None]]:
    places = {column: stored.after.columns.index(column) for column in columns}
    return [
        {column: row[place] for column, place in places.items()}
        for key, row in stored.after.rows.items()
        if key not in stored.before.rows
    ]
