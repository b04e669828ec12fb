"""Nobody waits behind a step that waits, and a step that waits for others ends well."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from tests.acceptance.cases import FEW, ITEM, RENAME, Make
from tests.plan.test_traffic import traffic
from tests.plan.walking import Case, apply, plan_of, rows, shape
from tests.terminal import Terminal

pytestmark = pytest.mark.majors

#: Seconds: a lock is queued for no longer than 0.03, and a step that has it holds it no longer.
MOMENT = 0.25
LONGEST = """
SELECT coalesce(extract(epoch FROM max(clock_timestamp() - waitstart)), 0)::float8
FROM pg_locks
WHERE NOT granted AND relation = 'item'::regclass
  -- An autovacuum is waited for by a lock for which nobody stands still.
  AND mode <> 'ShareUpdateExclusiveLock'
"""


@dataclass(slots=True)
class Queue:
    """Whoever waits for a lock on the table, as the server has it."""

    looks: int = 0
    #: Seconds.
    longest: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)

    def look(self, url: str) -> None:
        with connect(url) as eye:
            while not self.stop.is_set():
                self.longest = max(self.longest, eye.execute(LONGEST.encode()).fetchall()[0][0])
                self.looks += 1
                time.sleep(0.005)


@contextmanager
def queue(url: str) -> Iterator[Queue]:
    found = Queue()
    thread = threading.Thread(target=found.look, args=(url,))
    thread.start()
    try:
        yield found
    finally:
        found.stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("held", "code"),
    [
        pytest.param("SELECT count(*) FROM item", ("SELECT count(*) FROM item",), id="a reader"),
        pytest.param("UPDATE item SET note = 'y' WHERE id = 1", ("SELECT name FROM item",), id="a writer"),
    ],
)
def test_a_step_that_is_held_up_for_six_seconds_holds_up_nobody(
    held: str, code: tuple[str, ...], database_with: Make
) -> None:
    """A3."""
    url = database_with(ITEM + FEW)
    step = threading.Thread(target=apply, args=(url, plan_of(Case(given=ITEM, sql=RENAME)), Phase.EXPAND))
    with psycopg.connect(url) as blocker:
        blocker.execute(held.encode())
        with queue(url) as waited, traffic(url, (*code, "UPDATE item SET note = 'z' WHERE id = 2")) as sent:
            step.start()
            step.join(6)
            while waited.looks <= 100:
                step.join(0.1)
            held_up = step.is_alive()
            blocker.commit()
            step.join()

    assert held_up
    assert rows(url, "SELECT label FROM item LIMIT 0") == []
    assert waited.longest < MOMENT
    assert sent.errors == []


def test_a_step_gives_up_at_its_limit_and_waits_in_no_queue_longer_than_a_moment(
    database_with: Make, tmp_path: Path
) -> None:
    """A3."""
    url = database_with(ITEM + FEW)
    terminal, before = Terminal(url, tmp_path, ITEM, RENAME), shape(url)
    with psycopg.connect(url, application_name="nightly") as blocker:
        pid = blocker.info.backend_pid
        blocker.execute("SELECT count(*) FROM item")
        with queue(url) as waited, traffic(url, ("SELECT count(*) FROM item",)) as sent:
            said = terminal("apply", "0002.sql", "--phase", "expand", "--lock-deadline", "2", code=4)

    within = re.search(r"within (\S+) s and \d+ tries; in the way: pid (\d+), nightly", said)
    assert within is not None
    # The nightly session goes on for longer than any limit.
    assert float(within[1]) >= 2
    assert int(within[2]) == pid
    assert waited.longest < MOMENT
    assert sent.errors == []
    assert shape(url) == before


WAITS_FOR = "SELECT FROM pg_stat_activity WHERE {pid} = ANY (pg_blocking_pids(pid))"
ELSEWHERE = "BEGIN ISOLATION LEVEL REPEATABLE READ; INSERT INTO visit VALUES (1); SELECT * FROM visit"


@pytest.mark.parametrize("unique", ["", "UNIQUE"])
def test_an_index_that_is_built_beside_an_unrelated_transaction_is_valid(
    unique: str, database_with: Make
) -> None:
    """A9."""
    url = database_with(ITEM + FEW + "CREATE TABLE visit (id int);")
    plan = plan_of(Case(given=ITEM, sql=f"CREATE {unique} INDEX item_name ON item (name);"))
    with psycopg.connect(url, autocommit=True, application_name="shop-2") as unrelated:
        unrelated.execute(ELSEWHERE.encode())
        built = threading.Thread(target=apply, args=(url, plan))
        with traffic(url, ("UPDATE item SET note = 'z' WHERE id = 2", "SELECT * FROM item")) as sent:
            built.start()
            while built.is_alive() and not rows(url, WAITS_FOR.format(pid=unrelated.info.backend_pid)):
                built.join(0.02)
            waited = built.is_alive()
            unrelated.execute("COMMIT")
            built.join()

    assert waited
    assert sent.errors == []
    valid = "SELECT indisvalid, indisready FROM pg_index WHERE indexrelid = 'item_name'::regclass"
    assert rows(url, valid) == [(True, True)]
    assert rows(url, "SELECT count(*) FROM pg_index WHERE indrelid = 'item'::regclass") == [(2,)]
