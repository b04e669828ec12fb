"""Rows in which old columns, made new and old again, are not what they were: on a shadow, and live."""

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import errors

from schemaguard.names import quote_all
from schemaguard.plan.plan import Plan
from schemaguard.plan.proof import Lossy, Lost
from schemaguard.postgres.shadow_steps import about_rows, in_a_line
from schemaguard.recipe import Step
from schemaguard.round_trip import RoundTrip
from schemaguard.steps import listed

#: How many rows are shown.
EXAMPLES = 3
#: How long a live table may be read for that at the most.
PATIENCE = "5s"

Texts = Sequence[str | None]


def lossy_rows(conn: psycopg.Connection, trips: Sequence[RoundTrip]) -> Iterator[Lossy]:
    """What is lost in the rows that are there. Changes nothing; psycopg.Error where it cannot be asked."""
    for trip in trips:
        with conn.transaction(force_rollback=True):
            found = _asked(conn, trip)
            row = conn.execute(f"SELECT count(*) FROM {trip.table}".encode()).fetchone()
        if found:
            yield Lossy(
                table=trip.table.text,
                old=trip.old,
                new=trip.new,
                rows=len(found),
                of=row[0] if row else 0,
                examples=tuple(found[:EXAMPLES]),
            )


def _asked(conn: psycopg.Connection, trip: RoundTrip) -> list[Lost]:
    try:
        with conn.transaction():
            return [_lost(trip, row) for row in conn.execute(trip.lossy().encode()).fetchall()]
    except psycopg.Error as error:
        if not about_rows(error):
            raise
    return list(_one_by_one(conn, trip))


def _one_by_one(conn: psycopg.Connection, trip: RoundTrip) -> Iterator[Lost]:
    """Where one row is refused, the others may not be."""
    shown = f"SELECT tableoid::text, ctid::text, {quote_all(trip.old)} FROM {trip.table}"
    for of, place, *old in conn.execute(shown.encode()).fetchall():
        row = trip.lossy(f"tableoid = {of} AND ctid = '{place}'")
        try:
            with conn.transaction():
                yield from (_lost(trip, found) for found in conn.execute(row.encode()).fetchall())
        except psycopg.Error as error:
            if not about_rows(error):
                raise
            texts = (None if value is None else str(value) for value in old)
            yield Lost(old=dict(zip(trip.old, texts, strict=True)), error=in_a_line(error))


def _lost(trip: RoundTrip, row: Texts) -> Lost:
    first, last = len(trip.old), len(trip.old) + len(trip.new)
    return Lost(
        old=dict(zip(trip.old, row[:first], strict=True)),
        new=dict(zip(trip.new, row[first:last], strict=True)),
        again=dict(zip(trip.old, row[last:], strict=True)),
    )


def noted(conn: psycopg.Connection, plan: Plan, step: Step) -> Iterator[str]:
    """What is to be said of a live table's rows before the first batch of its backfill."""
    backfill = step.backfill
    if backfill is None:
        return
    begun = "SELECT FROM schemaguard.backfill WHERE release = %s AND step = %s"
    for trip in plan.round_trips:
        if trip.table == backfill.table and set(trip.new) <= set(backfill.values):
            if conn.execute(begun, (plan.release, step.id)).fetchall():
                return
            yield from _noted(conn, trip)


def _noted(conn: psycopg.Connection, trip: RoundTrip) -> Iterator[str]:
    back = f"do not come back from {listed(trip.new)} with the same {listed(trip.old)}"
    try:
        with conn.transaction():
            conn.execute("SET TRANSACTION READ ONLY")
            conn.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            conn.execute("SET LOCAL lock_timeout = '1s'")
            row = conn.execute(trip.count.encode()).fetchone()
    except (errors.QueryCanceled, errors.LockNotAvailable):
        yield f"which rows {back} could not be found out in {PATIENCE}; this query tells: {trip.lossy()}"
    except (errors.DataError, errors.IntegrityError, errors.ProgrammingError, errors.RaiseException) as error:
        yield f"of some rows it cannot be told whether they {back}: {in_a_line(error)}"
    else:
        if row and row[0]:
            yield (
                f"{row[0]} rows {back}, which old code reads as soon as new code writes them;"
                f" this query shows them: {trip.lossy()}"
            )
