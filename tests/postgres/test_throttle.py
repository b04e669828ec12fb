"""A backfill waits for those who cannot keep up with it: standbys, slots, sessions, and the user's query."""

import argparse
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from schemaguard.commands.limiting import add_limits
from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.postgres import embedded, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.throttle import Limits, Throttle
from tests import servers as houses
from tests.postgres.applying import GIVEN as CUSTOMERS
from tests.postgres.applying import apply_phase, hand_made
from tests.standby import NAME, PRIMARY, standby

ITEM = Relation("public", "item")
GIVEN = "CREATE TABLE item (id int PRIMARY KEY, name text);"
WRITE = "INSERT INTO item SELECT n, repeat('x', 100) FROM generate_series(%s::int, %s::int) AS n"
Make = Callable[[str], str]


class Waits:
    """What a throttle says, and how long it waits where something happens a little later."""

    def __init__(self, conn: psycopg.Connection, limits: Limits) -> None:
        self.said: list[str] = []
        self.throttle = Throttle(conn, ITEM, limits, self.said.append, float)

    def until(self, happens: Callable[[], object]) -> float:
        begun = time.monotonic()
        later = threading.Timer(0.7, happens)
        later.start()
        self.throttle.wait()
        later.join()
        return time.monotonic() - begun


def test_where_nothing_is_behind_it_does_not_wait(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        waits = Waits(conn, Limits(query="SELECT true"))
        waits.throttle.wait()

    assert not waits.said


def test_it_lets_those_pass_who_wait_for_the_table(database_with: Make) -> None:
    url = database_with(GIVEN)
    with connect(url) as conn, psycopg.connect(url) as holder, psycopg.connect(url) as waiter:
        holder.execute("SELECT FROM item")
        alter = threading.Thread(target=waiter.execute, args=("ALTER TABLE item ADD COLUMN more int",))
        alter.start()
        while not conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            time.sleep(0.01)
        waits = Waits(conn, Limits())

        def go() -> None:
            holder.rollback()
            alter.join()
            waiter.rollback()

        assert waits.until(go) > 0.6

    assert "a session waits for public.item" in waits.said[0]
    assert "ACCESS EXCLUSIVE".replace(" ", "").lower() in waits.said[0].lower()


def test_it_waits_while_the_users_query_does_not_say_true(database_with: Make) -> None:
    url = database_with(f"{GIVEN} CREATE TABLE go_on (yes bool); INSERT INTO go_on VALUES (false);")
    with connect(url) as conn, connect(url) as other:
        waits = Waits(conn, Limits(query="SELECT yes FROM go_on"))

        assert waits.until(lambda: other.execute("UPDATE go_on SET yes = true")) > 0.6

    assert waits.said == ["the query does not say true: SELECT yes FROM go_on"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT yes FROM nowhere", "nowhere"),
        ("SELECT 'f'", "says"),
        ("SELECT true, true", "says"),
        ("CREATE TABLE mine (id int)", "read-only transaction"),
    ],
)
def test_a_query_that_cannot_be_asked_is_told_of_before_the_first_batch(
    query: str, why: str, database_with: Make
) -> None:
    with connect(database_with(GIVEN)) as conn, pytest.raises(DatabaseError, match=why):
        Waits(conn, Limits(query=query))


def test_a_backfill_waits_between_its_batches_and_goes_on(database_with: Make) -> None:
    url = database_with(f"{CUSTOMERS} CREATE TABLE go_on (yes bool); INSERT INTO go_on VALUES (false);")
    apply_phase(url, Phase.EXPAND)
    events: list[Event] = []
    with connect(url) as conn, connect(url) as other:

        def watch(event: Event) -> None:
            events.append(event)
            if event.kind == "wait":
                other.execute("UPDATE go_on SET yes = true")

        options = runner.Options(limits=Limits(query="SELECT yes FROM go_on"))
        runner.apply(conn, hand_made(), Phase.BACKFILL, watch=watch, options=options)

    kinds = [event.kind for event in events]
    assert kinds.count("wait") == 1
    assert kinds.index("progress") < kinds.index("wait") < kinds.index("done")


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("2 kB", 2048), ("1.5GB", 1_610_612_736), ("3TB", 3 << 40)]
)
def test_sizes_are_written_as_in_postgres_settings(text: str, size: int) -> None:
    parser = argparse.ArgumentParser()
    add_limits(parser)

    assert parser.parse_args(["--max-slot-size", text]).max_slot_size == size


@pytest.fixture(scope="module")
def primary() -> Iterator[embedded.Server]:
    with embedded.start(max(houses.majors()), settings=PRIMARY) as server:
        yield server


def test_it_waits_for_a_slot_that_keeps_wal_since_it_began(primary: embedded.Server) -> None:
    url = primary.create_database("slots")
    with connect(url) as conn, connect(url) as other:
        # Else WAL of before is written later.
        conn.execute("SET synchronous_commit = on")
        conn.execute(GIVEN)
        conn.execute("SELECT pg_create_physical_replication_slot('behind', true)")
        conn.execute(WRITE, (1, 5000))
        waits = Waits(conn, Limits(slot_bytes=200_000))
        waits.throttle.wait()
        assert not waits.said
        conn.execute(WRITE, (5001, 10_000))
        waits.throttle.looked = float("-inf")

        assert waits.until(lambda: other.execute("SELECT pg_drop_replication_slot('behind')")) > 0.6

    assert waits.said[0].startswith("replication slot behind keeps WAL: ")


def test_it_waits_for_a_standby_that_is_behind(primary: embedded.Server) -> None:
    url = primary.create_database("lag")
    with standby(primary) as copy, connect(url) as conn, connect(copy) as there:
        conn.execute(GIVEN)
        there.execute("SELECT pg_wal_replay_pause()")
        conn.execute(WRITE, (1, 5000))
        waits = Waits(conn, Limits(lag_bytes=100_000))

        assert waits.until(lambda: there.execute("SELECT pg_wal_replay_resume()")) > 0.6

    assert waits.said[0].startswith(f"standby {NAME} is behind: ")
