"""A statement at home and the same statement here: does it still work, and do the same?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemaguard.compat.observation import (
    Failure,
    Home,
    Image,
    Observation,
    Prepared,
    Row,
    Run,
    Stored,
    Vector,
)
from schemaguard.compat.verdict import Kind, Red, Tested, Unknown, Verdict, Witness
from schemaguard.compat.workload import Query
from schemaguard.sql.lexer import tokens

#: Out of memory or disk, cancelled for taking too long, broken itself.
_NOT_ITS_FAULT = ("53", "57", "58", "XX")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else is known of the state."""

    #: Whether the code's sessions keep prepared statements.
    prepares: bool = True
    #: Columns (``schema.table.column``) of the statement's own schema whose rows a step has rewritten on
    #: purpose: other values there are no difference.
    moved: frozenset[str] = frozenset()
    #: Tables (``schema.table``) that lack generated rows which are there at home: a step refused them.
    thinned: frozenset[str] = frozenset()


def judge(query: Query, home: Home, here: Observation, given: Circumstances = Circumstances()) -> Verdict:
    """The verdict on one statement at one state."""
    works = {t: p for t, p in home.observed.prepared.items() if isinstance(p, Prepared)}
    if not works:
        failure = next(f for f in home.observed.prepared.values() if isinstance(f, Failure))
        return Unknown(f"cannot be prepared on its own schema: {failure.sqlstate} {failure.message}")
    for problem in (
        *_resolve(query, works, here),
        *_shape(query, works, here, given),
        *_plan(query, home, here),
    ):
        return Red(problem)
    if query.kind == "copy":
        return _copied(query, home, here)
    if not home.vectors:
        return Unknown(_never_ran(home))
    if isinstance(home.observed.plan, Failure):
        return Unknown(f"cannot be planned at home: {home.observed.plan.message}")
    return _runs(query, home, here, given)


def _witness(
    query: Query, kind: Kind, failure: Failure, types: tuple[str, ...] = (), values: Row = ()
) -> Witness:
    return Witness(
        kind=kind,
        query=query.name,
        sql=query.sql,
        types=types,
        values=values,
        sqlstate=failure.sqlstate,
        message=failure.message,
    )


def _resolve(query: Query, works: Mapping[tuple[str, ...], Prepared], here: Observation) -> Iterator[Witness]:
    for types in works:
        found = here.prepared[types]
        if isinstance(found, Failure):
            yield _witness(query, Kind.RESOLVE, found, types)


def _shape(
    query: Query, works: Mapping[tuple[str, ...], Prepared], here: Observation, given: Circumstances
) -> Iterator[Witness]:
    for types, then in works.items():
        now = here.prepared[types]
        if not isinstance(now, Prepared) or now.columns == then.columns:
            continue
        was = ", ".join(f"{column.name} {column.type}" for column in then.columns)
        is_ = ", ".join(f"{column.name} {column.type}" for column in now.columns)
        told = f"the result was ({was}) and is ({is_})"
        loose_then = tuple((column.name, column.base) for column in then.columns)
        loose_now = tuple((column.name, column.base) for column in now.columns)
        if set(loose_then) <= set(loose_now):
            # The same columns, perhaps in wider types or with new ones: only old sessions stumble.
            if given.prepares:
                message = f"cached plan must not change result type: {told}"
                yield _witness(query, Kind.WARM, Failure("0A000", message), types)
        else:
            yield _witness(query, Kind.SHAPE, Failure("", told), types)


def _plan(query: Query, home: Home, here: Observation) -> Iterator[Witness]:
    if isinstance(home.observed.plan, Failure) or home.observed.plan is None:
        return
    if isinstance(here.plan, Failure):
        yield _witness(query, Kind.PLAN, here.plan)
    elif here.plan is not None:
        for column in sorted(here.plan.left_null - home.observed.plan.left_null):
            message = f"null value in column {column.rpartition('.')[2]!r}: it is NOT NULL, and left out"
            yield _witness(query, Kind.RUN, Failure("23502", message))


def _never_ran(home: Home) -> str:
    failures = [run.failure for run in home.observed.runs.values() if run.failure is not None]
    if not failures:
        return "no values were found to run it with"
    last = failures[-1]
    return f"works with none of the generated values on its own schema: {last.sqlstate} {last.message}"


def _copied(query: Query, home: Home, here: Observation) -> Verdict:
    then, now = home.observed.runs, here.runs
    for vector, run in then.items():
        failure = now[vector].failure
        if run.failure is None and failure is not None:
            return Red(_witness(query, Kind.RUN, failure))
    return Tested(len(home.vectors)) if home.vectors else Unknown(_never_ran(home))


def _runs(query: Query, home: Home, here: Observation, given: Circumstances) -> Verdict:
    touched = _tables(home) | _tables(home, here)
    runs = 0
    for vector in home.vectors:
        then, again, now = home.observed.runs[vector], home.again[vector], here.runs[vector]
        if again.failure is not None or again.count != then.count:
            continue
        runs += 1
        if now.failure is not None and now.failure.sqlstate[:2] in _NOT_ITS_FAULT:
            return Unknown(f"the server could not finish: {now.failure.sqlstate} {now.failure.message}")
        if now.failure is not None:
            if touched & given.thinned and now.failure.sqlstate == "23503":
                return Unknown(f"no rows to run it on: {now.failure.sqlstate} {now.failure.message}")
            return Red(_witness(query, Kind.RUN, now.failure, vector.types, vector.values))
        if touched & given.thinned or _mentions(query, given.moved, touched):
            continue
        if difference := _difference(then, again, now, given):
            failure = Failure("", difference)
            return Red(_witness(query, Kind.MEANING, failure, vector.types, vector.values))
    return Tested(runs) if runs else Unknown("does something else each time it runs")


def _tables(home: Home, here: Observation | None = None) -> frozenset[str]:
    plan = home.observed.plan if here is None else here.plan
    return frozenset() if plan is None or isinstance(plan, Failure) else plan.reads | plan.writes


def _mentions(query: Query, moved: frozenset[str], touched: frozenset[str]) -> bool:
    """Whether the statement names a column whose old rows a step has changed on purpose."""
    columns = {column.rpartition(".")[2] for column in moved if column.rpartition(".")[0] in touched}
    if not columns:
        return False
    named = {token.text.strip('"').lower() for token in tokens(query.sql)}
    return bool(columns & named) or "*" in named


def _difference(then: Run, again: Run, now: Run, given: Circumstances) -> str:
    if then.count != now.count:
        return f"{then.count} rows at home, {now.count} here"
    if _without_noise(then.rows, then.rows, again.rows) != _without_noise(now.rows, then.rows, again.rows):
        return f"returns other values: {_first(then.rows)} at home, {_first(now.rows)} here"
    for table, stored in then.stored.items():
        other = now.stored.get(table)
        if other is not None and (told := _stored(table, stored, again.stored[table], other, given)):
            return told
    return ""


def _first(rows: tuple[Row, ...]) -> str:
    return str(rows[0]) if rows else "none"


def _without_noise(rows: tuple[Row, ...], one: tuple[Row, ...], two: tuple[Row, ...]) -> list[str]:
    """The rows without what differs between two equal runs, in an order of its own."""
    width = max((len(row) for row in (*one, *two)), default=0)
    noisy = {place for place in range(width) if [r[place] for r in one] != [r[place] for r in two]}
    return sorted(repr([v for place, v in enumerate(row[:width]) if place not in noisy]) for row in rows)


def _stored(table: str, then: Stored, again: Stored, now: Stored, given: Circumstances) -> str:
    columns = [c for c in then.after.columns if c in now.after.columns and f"{table}.{c}" not in given.moved]
    for key in then.before.rows.keys() & now.before.rows.keys():
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


__all__ = ["Circumstances", "Vector", "judge"]
