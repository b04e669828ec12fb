"""A statement at home and the same statement here: does it still work, and do the same?"""

import json
from collections.abc import Iterator, Mapping

from schemaguard.compat.differences import Runs, common_columns, difference, fills_more
from schemaguard.compat.observation import (
    Described,
    Evidence,
    Failure,
    History,
    Home,
    Prepared,
    Prepares,
    Row,
    Run,
    Vector,
)
from schemaguard.compat.outcomes import outcome
from schemaguard.compat.verdict import Kind, Red, Tested, Unknown, Verdict, Witness
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import tokens

#: Out of memory or disk, cancelled for taking too long, broken itself.
_NOT_ITS_FAULT = ("53", "57", "58", "XX")
#: Refusals that code may count on: it inserts or deletes, and takes the refusal for an answer.
ANSWERS = ("23505", "23P01", "23503")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What else is known of the state."""

    #: Columns (``schema.table.column``) of the statement's own schema whose rows a step has rewritten on
    #: purpose: other values there are no difference.
    moved: frozenset[str] = frozenset()
    #: Tables (``schema.table``) that lack generated rows which are there at home: a step refused them.
    thinned: frozenset[str] = frozenset()
    #: Constraints and unique indexes that the code knows from home, ``schema.table.name``.
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A statement at one state, among the rows of one history."""

    described: Described
    runs: Mapping[Vector, Run]
    history: History = History.LEGACY
    #: Whether all was written that makes the history; else only a refusal is evidence.
    whole: bool = True


def judge(query: Query, home: Home, here: Seen, given: Circumstances = Circumstances()) -> Verdict:
    """The verdict on one statement at one state, in a new session."""
    works = {t: p for t, p in home.described.prepared.items() if isinstance(p, Prepared)}
    if not works:
        failure = next(f for f in home.described.prepared.values() if isinstance(f, Failure))
        return Unknown(f"cannot be prepared on its own schema: {failure.sqlstate} {failure.message}")
    for problem in (
        *_resolve(query, works, here.described),
        *_shape(query, works, here.described),
        *_plan(query, home, here.described),
    ):
        return Red(problem)
    if query.kind == "copy":
        return _copied(query, home, here)
    if not home.working:
        return Unknown(_never_ran(home))
    if isinstance(home.described.plan, Failure):
        return Unknown(f"cannot be planned at home: {home.described.plan.message}")
    evidence = home.evidence.get(here.history)
    if evidence is None or not here.whole:
        return _survives(query, home, here, given)
    return _compared(query, home, evidence, here, given)


def warm(query: Query, prepared_then: Prepares, failures: Mapping[Vector, Failure | None]) -> Red | None:
    """What becomes of a session that has prepared the statement earlier. ``failures``: as it was used now."""
    for vector, failure in failures.items():
        if failure is not None and isinstance(prepared_then.get(vector.types), Prepared):
            return Red(_witness(query, Kind.WARM, failure, vector.types, vector.values))
    return None


def _witness(
    query: Query,
    kind: Kind,
    failure: Failure,
    types: tuple[str, ...] = (),
    values: Row = (),
    *,
    foreseen: bool = False,
    seen: tuple[str, str] = ("", ""),
) -> Witness:
    return Witness(
        kind=kind,
        query=query.name,
        sql=query.sql,
        types=types,
        values=values,
        sqlstate=failure.sqlstate,
        message=failure.message,
        foreseen=foreseen,
        home=seen[0],
        here=seen[1],
    )


def _resolve(query: Query, works: Mapping[tuple[str, ...], Prepared], here: Described) -> Iterator[Witness]:
    for types in works:
        found = here.prepared[types]
        if isinstance(found, Failure):
            yield _witness(query, Kind.RESOLVE, found, types)


def _shape(query: Query, works: Mapping[tuple[str, ...], Prepared], here: Described) -> Iterator[Witness]:
    """Columns that are missing or of another type. New ones, and other modifiers, only sessions mind."""
    for types, then in works.items():
        now = here.prepared[types]
        if isinstance(now, Prepared) and not _loose(then) <= _loose(now):
            seen = (json.dumps(_columns(then)), json.dumps(_columns(now)))
            yield _witness(query, Kind.SHAPE, Failure("", _told(then, now)), types, seen=seen)


def _loose(prepared: Prepared) -> set[tuple[str, str]]:
    return {(column.name, column.base) for column in prepared.columns}


def _columns(prepared: Prepared) -> list[str]:
    return [f"{column.name} {column.type}" for column in prepared.columns]


def _told(then: Prepared, now: Prepared) -> str:
    was, is_ = (", ".join(_columns(prepared)) for prepared in (then, now))
    return f"the result was ({was}) and is ({is_})"


def _plan(query: Query, home: Home, here: Described) -> Iterator[Witness]:
    then = home.described.plan
    if isinstance(then, Failure) or then is None:
        return
    given = next(iter(home.working), Vector((), ()))
    if isinstance(here.plan, Failure):
        yield _witness(query, Kind.PLAN, here.plan, given.types, given.values)
    elif here.plan is not None:
        for column in sorted(here.plan.left_null - then.left_null):
            message = f"null value in column {column.rpartition('.')[2]!r}: it is NOT NULL, and left out"
            failure = Failure("23502", message)
            yield _witness(query, Kind.RUN, failure, given.types, given.values, foreseen=True)


def _never_ran(home: Home) -> str:
    failures = [run.failure for run in home.evidence[History.LEGACY].runs.values() if run.failure]
    if not failures:
        return "no values were found to run it with"
    last = failures[-1]
    return f"works with none of the generated values on its own schema: {last.sqlstate} {last.message}"


def _copied(query: Query, home: Home, here: Seen) -> Verdict:
    for vector in home.working:
        failure = here.runs[vector].failure
        if failure is not None:
            return Red(_witness(query, Kind.RUN, failure))
    return Tested(len(home.working)) if home.working else Unknown(_never_ran(home))


def _refused(query: Query, vector: Vector, failure: Failure, *, thinned: bool) -> Verdict:
    """It worked at home and is refused here."""
    if failure.sqlstate[:2] in _NOT_ITS_FAULT:
        return Unknown(f"the server could not finish: {failure.sqlstate} {failure.message}")
    if thinned and failure.sqlstate == "23503":
        return Unknown(f"no rows to run it on: {failure.sqlstate} {failure.message}")
    return Red(_witness(query, Kind.RUN, failure, vector.types, vector.values))


def _survives(query: Query, home: Home, here: Seen, given: Circumstances) -> Verdict:
    """Among rows that this code never met at home: it must not fail for what is new here."""
    thinned = bool((home.described.tables | here.described.tables) & given.thinned)
    runs = 0
    for vector in home.working:
        failure = here.runs[vector].failure
        if failure is not None and failure.sqlstate[:2] == "23" and failure.constraint in given.known:
            continue  # Such rows would have been refused at home as well.
        if failure is not None:
            return _refused(query, vector, failure, thinned=thinned)
        runs += 1
    return Tested(runs) if runs else Unknown("no values were found to run it with among the other's rows")


def _compared(query: Query, home: Home, evidence: Evidence, here: Seen, given: Circumstances) -> Verdict:
    touched = home.described.tables | here.described.tables
    thinned = bool(touched & given.thinned)
    by_purpose = _mentions(query, given.moved, touched)
    runs, doubt = 0, ""
    for vector, then in evidence.runs.items():
        again, now = evidence.again[vector], here.runs[vector]
        if then.failure is not None:
            if told := _no_longer_refused(then.failure, again, now):
                return Unknown(told)
            runs += again.failure is not None and now.failure is not None
            continue
        if again.failure is not None or again.count != then.count:
            continue
        runs += 1
        if now.failure is not None:
            return _refused(query, vector, now.failure, thinned=thinned)
        if thinned or by_purpose:
            continue
        columns = common_columns(home.described.prepared[vector.types], here.described.prepared[vector.types])
        seen = Runs(then, again, now, columns)
        if told := difference(query, seen, given.moved):
            failure, outcomes = Failure("", told), (outcome(seen, then, 0), outcome(seen, now, 1))
            return Red(_witness(query, Kind.MEANING, failure, vector.types, vector.values, seen=outcomes))
        doubt = doubt or fills_more(query, seen)
    if doubt:
        return Unknown(doubt)
    return Tested(runs) if runs else Unknown("does something else each time it runs")


def _no_longer_refused(then: Failure, again: Run, now: Run) -> str:
    if then.sqlstate not in ANSWERS or again.failure is None or now.failure is not None:
        return ""
    return f"accepted here, and refused at home ({then.sqlstate} {then.message}): does the code count on it?"


def _mentions(query: Query, moved: frozenset[str], touched: frozenset[str]) -> bool:
    """Whether the statement names a column whose old rows a step has changed on purpose."""
    columns = {column.rpartition(".")[2] for column in moved if column.rpartition(".")[0] in touched}
    if not columns:
        return False
    named = {token.text.strip('"').lower() for token in tokens(query.sql)}
    return bool(columns & named) or "*" in named
