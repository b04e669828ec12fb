"""Holds a plan to all that it promises: where it starts, how it goes on when killed, and where it ends."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import psycopg

from schemaguard.compat.cells import State
from schemaguard.names import quote
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import fingerprint
from schemaguard.plan.plan import Plan
from schemaguard.plan.proof import Claim, Lossy, Proof
from schemaguard.postgres.as_written import end_of, spare, with_alembic
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.contents import Contents, misnumbered, numbered_anew, together, unlike, varying
from schemaguard.postgres.moment import Moment
from schemaguard.postgres.round_trips import lossy_rows
from schemaguard.postgres.shadow_databases import Builder, Servers, build, shadow_database
from schemaguard.postgres.shadow_steps import in_a_line
from schemaguard.postgres.shape import differences
from schemaguard.postgres.walk import Walk, Watch


def prove(server: Servers, plan: Plan, before: str | Builder, naive: Sequence[State], watch: Watch) -> Proof:
    """Hold the plan to all that it promises, on databases that begin as ``before`` says, with rows.

    ``naive`` is the migration that the plan was made of, statement by statement. ``watch`` is told of each
    step. Refused where the migration fails by itself, or has no gentle way because of what the schema is;
    DatabaseError where the schema before it cannot be built.
    """
    with connect(server.dsn()) as over, shadow_database(server, None, over) as start:
        rows = build(server, start, before)
        naive = [*naive, *_apart(plan), *with_alembic(server.dsn(start), plan)]
        notes = [f"no row could be made for {'.'.join(table)}: {why}" for table, why in rows.empty.items()]
        notes += spare(server, start, naive, rows, over)
        notes += [f"it ends apart from the migration: {' '.join(sql.split())}" for sql in plan.ends_apart]
        with connect(server.dsn(start)) as conn:
            first = Moment.of(conn)
            major = conn.info.server_version // 10_000
            claims = [_claim("", "it starts from the schema that is there", _starts(conn, plan))]
        with shadow_database(server, start, over) as walked:
            walk = Walk(server, over, walked, plan, first, watch)
            walk.go()
            claims += walk.claims
            notes += walk.notes
            if not walk.stopped:
                claims += _ends(server, over, start, walked, plan, naive, first)
        lossy = _lossy(server.dsn(start), plan, notes)
    return Proof(
        major=major,
        rows=len(first.contents),
        claims=tuple(claims),
        without_rows=tuple(t.text for t in plan.tables if first.contents.rows.get(t.text) == ()),
        lossy=lossy,
        notes=tuple(notes),
    )


def _lossy(dsn: str, plan: Plan, notes: list[str]) -> tuple[Lossy, ...]:
    """What is lost where old columns become new ones and old ones again."""
    try:
        with connect(dsn) as conn:
            return tuple(lossy_rows(conn, plan.round_trips))
    except psycopg.Error as error:
        notes.append(f"not tried: whether old columns come back from the new ones; {in_a_line(error)}")
    return ()


def _claim(step: str, what: str, wrong: Iterable[str]) -> Claim:
    return Claim(step, what, tuple(wrong))


def _apart(plan: Plan) -> Iterator[State]:
    """The way from where the migration itself ends to where the plan says that it ends."""
    for number, sql in enumerate(plan.ends_apart, start=1):
        yield State(name=f"apart-{number}", title=sql, phase=Phase.EXPAND, sql=(sql,), alone=True)


def _touched(plan: Plan, end: Contents) -> Iterator[State]:
    """The rows are written that a backfill fills, and stay as they are."""
    for backfill in (step.backfill for step in plan.steps if step.backfill is not None):
        table = backfill.into or backfill.table
        known = {name for row in end.rows.get(f"{table.schema}.{table.name}", ()) for name in row}
        same = ", ".join(f"{quote(name)} = {quote(name)}" for name in backfill.values if name in known)
        if same:
            yield State(
                name="touched", title="touched", phase=Phase.EXPAND, sql=(f"UPDATE {table} SET {same}",)
            )


def _starts(conn: psycopg.Connection, plan: Plan) -> list[str]:
    found = fingerprint(read_schema(conn), plan.tables)
    return [] if found == plan.starts_from else [f"the schema is {found}, not {plan.starts_from}"]


def _ends(
    server: Servers,
    over: psycopg.Connection,
    start: str,
    walked: str,
    plan: Plan,
    naive: Sequence[State],
    first: Moment,
) -> Iterator[Claim]:
    """Whether it ends where the migration itself ends."""
    with connect(server.dsn(walked)) as conn:
        seen = Moment.of(conn)
        found = fingerprint(read_schema(conn), plan.tables)
    said = end_of(server, start, naive, over)
    yield _claim(
        "",
        "it ends at the schema that it names",
        [f"{found}, not {plan.ends_at}"] if found != plan.ends_at else [],
    )
    yield _claim(
        "", "the catalog ends as the migration itself leaves it", differences(said.shape, seen.shape)
    )
    numbers = numbered_anew(first.contents, said.contents)
    wrong = list(unlike(said.contents, seen.contents, numbers))
    if wrong:
        # What is not even the same when the migration is run twice tells nothing; nor does what the author's
        # triggers make of a row when it is written: who lets a backfill call them wants that.
        again = end_of(server, start, naive, over)
        with suppress(psycopg.Error):
            again = end_of(server, start, [*naive, *_touched(plan, said.contents)], over)
        apart = together(numbers, varying(said.contents, again.contents))
        wrong = list(unlike(said.contents, seen.contents, apart))
    wrong += misnumbered(said.contents, seen.contents, numbers)
    yield _claim("", "the rows end as the migration itself leaves them", wrong)
