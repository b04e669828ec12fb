"""A small release by hand, and a program that applies it: for tests that kill the program."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import fingerprint
from schemaguard.plan.plan import Plan
from schemaguard.postgres import course, journal, pace, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.recipe import Backfill, LockClass, Scope, Step
from schemaguard.schema import SchemaState

CUSTOMER = Relation("public", "customer")
ROWS = 20_000

GIVEN = f"""
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);
INSERT INTO customer SELECT n, 'c' || n || '@example.org' FROM generate_series(1, {ROWS}) AS n;
"""

HAS_EMAIL = """
SELECT EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = to_regclass('public.customer') AND attname = 'email' AND NOT attisdropped)
"""
INDEX_IS_VALID = """
SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('public.customer_email') AND indisvalid)
"""

STEPS = (
    Step(
        id="expand-01",
        phase=Phase.EXPAND,
        title="add customer.email",
        sql=("ALTER TABLE customer ADD COLUMN email text",),
        locks=((CUSTOMER, LockMode.ACCESS_EXCLUSIVE),),
        probe=HAS_EMAIL,
        undo=("ALTER TABLE customer DROP COLUMN email",),
    ),
    Step(
        id="expand-02",
        phase=Phase.EXPAND,
        title="index customer.email",
        sql=("CREATE INDEX CONCURRENTLY customer_email ON customer (email)",),
        scope=Scope.ALONE,
        lock_class=LockClass.PATIENT,
        probe=INDEX_IS_VALID,
        tidy=("DROP INDEX CONCURRENTLY IF EXISTS customer_email",),
    ),
    Step(
        id="backfill-01",
        phase=Phase.BACKFILL,
        title="fill customer.email",
        scope=Scope.BATCHES,
        lock_class=LockClass.PATIENT,
        backfill=Backfill(table=CUSTOMER, values={"email": "mail"}, where="email IS DISTINCT FROM mail"),
        probe="SELECT NOT EXISTS (SELECT FROM customer WHERE email IS DISTINCT FROM mail)",
    ),
    Step(
        id="contract-01",
        phase=Phase.CONTRACT,
        title="drop customer.mail",
        sql=("ALTER TABLE customer DROP COLUMN mail",),
        locks=((CUSTOMER, LockMode.ACCESS_EXCLUSIVE),),
        probe="""
        SELECT NOT EXISTS (SELECT FROM pg_attribute
            WHERE attrelid = to_regclass('public.customer') AND attname = 'mail' AND NOT attisdropped)
        """,
        undo=None,
    ),
)


def hand_made(steps: tuple[Step, ...] = STEPS, tables: tuple[Relation, ...] = ()) -> Plan:
    """A plan as the runner wants it."""
    nowhere = fingerprint(SchemaState(), tables)
    return Plan(release="email", steps=steps, starts_from=nowhere, ends_at=nowhere, tables=tables)


def say_retired(url: str) -> None:
    """Write down that the old code is gone."""
    with connect(url) as conn:
        journal.create(conn)
        journal.deploy(conn, "1", "shop-1")
        journal.deploy(conn, "2", "shop-2", ("email",))
        journal.retire(conn, "1")


def apply_phase(
    url: str, phase: Phase, *, plan: Plan | None = None, lock_deadline: float = 20
) -> list[Event]:
    """Apply a phase over a connection of its own; what was said."""
    events: list[Event] = []
    with connect(url) as conn:
        options = runner.Options(lock_deadline=lock_deadline)
        runner.apply(conn, plan or hand_made(), phase, watch=events.append, options=options)
    return events


WORKERS = """
SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'schemaguard' AND datname = current_database() AND pid <> pg_backend_pid()
"""


def until_alone(conn: psycopg.Connection) -> None:
    """The server takes a moment to see that a session has been closed, or its client killed."""
    deadline = time.monotonic() + 60
    while conn.execute(WORKERS).fetchall() != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def held(url: str, row: str) -> Iterator[None]:
    """Somebody holds this row until our sessions are gone: no backfill ends before it is killed."""
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as conn:
        assert holder.execute(f"SELECT FROM {row} FOR UPDATE".encode()).rowcount == 1
        yield
        until_alone(conn)


if __name__ == "__main__":
    course.LOOK, pace.LARGEST = 0.0, 500  # As the fixture each_batch.
    with connect(sys.argv[1]) as connection:
        runner.apply(
            connection,
            hand_made(),
            Phase(sys.argv[2]),
            watch=lambda event: print(event.kind, event.step, event.rows, flush=True),
        )
