"""The migration as it is written, on a shadow database: what it needs, and where it leads."""

from collections.abc import Iterator, Sequence

import psycopg

from schemaguard.compat.cells import State
from schemaguard.errors import Refused
from schemaguard.names import literal
from schemaguard.plan.plan import Plan
from schemaguard.postgres.connect import connect
from schemaguard.postgres.fitted_rows import Fitting
from schemaguard.postgres.make_rows import Rows
from schemaguard.postgres.moment import Moment
from schemaguard.postgres.shadow_databases import Servers, make_role, shadow_database
from schemaguard.postgres.shadow_steps import Journey


def with_alembic(dsn: str, plan: Plan) -> Iterator[State]:
    """Write down where Alembic would be; the state in which it has come to the plan's revision."""
    if plan.revision_after is None:
        return
    with connect(dsn) as conn:
        conn.execute("CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY)")
        conn.execute("INSERT INTO public.alembic_version VALUES (%s)", (plan.revision_before or "",))
    stamp = f"UPDATE public.alembic_version SET version_num = {literal(plan.revision_after)}"
    yield State(name="alembic", title="written down by Alembic", sql=(stamp,))


def spare(
    server: Servers, start: str, naive: Sequence[State], rows: Rows, over: psycopg.Connection
) -> list[str]:
    """Change rows that the migration itself refuses, or take them away; what is to be said of it."""
    fitting = Fitting(rows.samples)
    while True:
        with shadow_database(server, start, over) as trial, connect(server.dsn(trial)) as conn:
            journey = Journey(conn, rows.samples)
            for state in naive:
                journey.go(state)
            if journey.ended and make_role(conn, server, journey.error):
                continue
            with connect(server.dsn(start)) as made:
                if not any(fitting.fit(made, conn, error) for error in journey.refused):
                    break
    if journey.ended:
        raise Refused(
            f"the migration itself fails on a shadow database: {journey.ended}",
            advice="Mend it first; run it on an empty database to see what it needs.",
        )
    with connect(server.dsn(start)) as conn:
        for statement, parameters in journey.removed:
            conn.execute(statement, parameters)
    return [*fitting.notes, *journey.notes]


def end_of(server: Servers, start: str, naive: Sequence[State], over: psycopg.Connection) -> Moment:
    """What is there after it."""
    with shadow_database(server, start, over) as name, connect(server.dsn(name)) as conn:
        for state in naive:
            for statement in state.sql:
                conn.execute(statement.encode())
        conn.execute("RESET ALL")
        return Moment.of(conn)
