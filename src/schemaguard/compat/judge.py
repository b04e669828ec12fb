"""A statement at home and the same statement here: does it still work, and do the same?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schemaguard.compat.differences import Runs, common_columns, difference
from schemaguard.compat.observation import Failure, Home, Observation, Prepared, Row
from schemaguard.compat.verdict import Kind, Red, Tested, Unknown, Verdict, Witness
from schemaguard.compat.workload import Query
from schemaguard.sql.lexer import tokens

#: By the types that the driver declares.
Prepares = Mapping[tuple[str, ...], Prepared | Failure]

#: Out of memory or disk, cancelled for taking too long, broken itself.
_NOT_ITS_FAULT = ("53", "57", "58", "XX")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else is known of the state."""

    #: The statement as open sessions have prepared it, at an earlier state; empty: none has.
    in_sessions: Prepares = field(default_factory=dict)
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
        *_shape(query, works, here),
        *_warm(query, given.in_sessions, here),
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


def _shape(query: Query, works: Mapping[tuple[str, ...], Prepared], here: Observation) -> Iterator[Witness]:
    """Columns that are missing or of another type. New ones, and other modifiers, only sessions mind."""
    for types, then in works.items():
        now = here.prepared[types]
        if isinstance(now, Prepared) and not _loose(then) <= _loose(now):
            yield _witness(query, Kind.SHAPE, Failure("", _told(then, now)), types)


def _warm(query: Query, then: Prepares, here: Observation) -> Iterator[Witness]:
    """Where names, types or modifiers differ, the server refuses to go on with the prepared statement.

    (Measured on 15, 16 and 18: in every case, and in no other.)
    """
    for types, earlier in then.items():
        now = here.prepared.get(types)
        if isinstance(earlier, Prepared) and isinstance(now, Prepared) and earlier.columns != now.columns:
            told = f"cached plan must not change result type: {_told(earlier, now)}"
            yield _witness(query, Kind.WARM, Failure("0A000", told), types)


def _loose(prepared: Prepared) -> set[tuple[str, str]]:
    return {(column.name, column.base) for column in prepared.columns}


def _told(then: Prepared, now: Prepared) -> str:
    was, is_ = (", ".join(f"{c.name} {c.type}" for c in prepared.columns) for prepared in (then, now))
    return f"the result was ({was}) and is ({is_})"


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
        columns = common_columns(home.observed.prepared[vector.types], here.prepared[vector.types])
        if told := difference(query, Runs(then, again, now, columns), given.moved):
            failure = Failure("", told)
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
