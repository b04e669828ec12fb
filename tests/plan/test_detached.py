"""A partition is detached while its table is in use, whoever holds it up or interrupts it."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from tests.plan.walking import Case, apply, plan_of, rows

MakeDatabase = Callable[[str], str]

VISITS = Case(
    given="""
    CREATE TABLE visit (day int, page text) PARTITION BY RANGE (day);
    CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (0) TO (10);
    CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM (10) TO (20);
    """,
    sql="ALTER TABLE visit DETACH PARTITION visit_old;",
)
#: Those that are attached, and whether they are on their way out.
ATTACHED = "SELECT inhrelid::regclass::text, inhdetachpending FROM pg_inherits ORDER BY 1"

#: The detach has begun, and waits for those who have used the table.
BEGUN = "SELECT FROM pg_inherits WHERE inhdetachpending"


def _code(url: str) -> psycopg.Connection:
    """A session of the new version."""
    return psycopg.connect(url, application_name="shop-2")


@pytest.mark.majors
def test_who_reads_the_whole_holds_up_the_detach_and_nobody_else(database_with: MakeDatabase) -> None:
    url = database_with(VISITS.given)
    detaching = threading.Thread(target=apply, args=(url, plan_of(VISITS)))
    rounds = 0
    with _code(url) as reader, _code(url) as other:
        other.autocommit = True
        other.execute("SET lock_timeout = '20s'")
        reader.execute("SELECT FROM visit")
        detaching.start()
        while rounds < 100 and detaching.is_alive():
            other.execute("INSERT INTO visit VALUES (11, 'x')")
            other.execute("SELECT FROM visit_old")
            other.execute("SELECT FROM visit")
            rounds += len(other.execute(BEGUN).fetchall())
        held_up = detaching.is_alive()
    detaching.join()

    # Whoever waited for the detach would wait for the reader, who ends after all of them.
    assert held_up
    assert rows(url, ATTACHED) == [("visit_new", False)]


@pytest.mark.majors
def test_a_detach_that_was_interrupted_is_ended_by_the_same_command(database_with: MakeDatabase) -> None:
    url = database_with(VISITS.given)
    apply(url, plan_of(VISITS), Phase.EXPAND)
    with _code(url) as reader, connect(url) as conn:
        reader.execute("SELECT FROM visit")
        conn.execute("SET statement_timeout = '100ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            conn.execute("ALTER TABLE visit DETACH PARTITION visit_old CONCURRENTLY")
    interrupted = rows(url, ATTACHED)
    events: list[Event] = []

    apply(url, plan_of(VISITS), Phase.CONTRACT, watch=events.append)

    assert interrupted == [("visit_new", False), ("visit_old", True)]
    assert rows(url, ATTACHED) == [("visit_new", False)]
    assert [event.kind for event in events] == ["found", "begin", "done"]
    assert (
        rows(url, "SELECT FROM pg_constraint WHERE conrelid = 'visit_old'::regclass AND contype = 'c'") == []
    )
