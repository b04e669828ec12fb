"""From another terminal a run is paused, gone on with, and stopped: in batches, and while it waits."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from schemaguard.errors import Refused, SchemaguardError
from schemaguard.phase import Phase
from schemaguard.postgres import requests
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.history import history
from schemaguard.postgres.runner import apply
from tests.postgres.applying import GIVEN, ROWS, apply_phase, hand_made


class Running:
    """A phase, applied in another thread. ``first``: what is asked of it after its first batch."""

    def __init__(self, url: str, phase: Phase, first: str) -> None:
        self.url, self.phase, self.first = url, phase, first
        self.events: list[Event] = []
        self.error: SchemaguardError | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            with connect(self.url) as conn:
                apply(conn, hand_made(), self.phase, watch=self._watch)
        except SchemaguardError as error:
            self.error = error

    def _watch(self, event: Event) -> None:
        if event.kind == "progress" and event.rows and self.first:
            with connect(self.url) as other:
                requests.make(other, self.first)
            self.first = ""
        self.events.append(event)

    def until(self, kind: str) -> None:
        deadline = time.monotonic() + 20
        while not any(event.kind == kind for event in self.events):
            assert time.monotonic() < deadline, self.events
            time.sleep(0.01)


@pytest.fixture
def shop(database_with: Callable[[str], str]) -> str:
    return database_with(GIVEN)


@contextmanager
def running(url: str, phase: Phase, first: str = "") -> Iterator[Running]:
    run = Running(url, phase, first)
    run.thread.start()
    yield run
    run.thread.join(timeout=30)
    assert not run.thread.is_alive()


@pytest.mark.usefixtures("each_batch")
def test_a_backfill_pauses_between_batches_and_goes_on(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    with running(shop, Phase.BACKFILL, "pause") as run, connect(shop) as other:
        run.until("paused")
        first = filled(other)
        time.sleep(0.7)
        assert filled(other) == first < ROWS
        assert requests.withdraw(other) is not None

    assert run.error is None
    assert [event.kind for event in run.events if event.kind in ("paused", "resumed")] == [
        "paused",
        "resumed",
    ]
    with connect(shop) as conn:
        assert filled(conn) == ROWS
        assert [one.kind for one in history(conn, "email")][-3:] == ["paused", "resumed", "done"]


def test_a_paused_database_lets_no_later_run_begin(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    with connect(shop) as other:
        requests.make(other, "pause")
        with running(shop, Phase.BACKFILL) as run:
            run.until("paused")
            assert filled(other) == 0
            requests.withdraw(other)

    assert run.error is None


@pytest.mark.usefixtures("each_batch")
@pytest.mark.parametrize("first", ["abort", "pause"])
def test_a_run_that_is_stopped_leaves_nothing_half_done_and_can_be_gone_on_with(
    shop: str, first: str
) -> None:
    apply_phase(shop, Phase.EXPAND)
    with running(shop, Phase.BACKFILL, first) as run, connect(shop) as other:
        if first == "pause":
            run.until("paused")
            requests.make(other, "abort")

    assert isinstance(run.error, Refused)
    assert "was stopped by" in run.error.what
    apply_phase(shop, Phase.BACKFILL)
    with connect(shop) as conn:
        assert filled(conn) == ROWS
        assert "aborted" in [one.kind for one in history(conn, "email")]


def test_a_run_that_waits_for_a_lock_hears_it_too(shop: str) -> None:
    with psycopg.connect(shop) as reader:
        reader.execute("SELECT FROM customer")
        with running(shop, Phase.EXPAND) as run, connect(shop) as other:
            run.until("wait")
            requests.make(other, "abort")

    assert isinstance(run.error, Refused)


def test_what_was_asked_of_a_run_that_was_killed_does_not_stop_the_next(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    with connect(shop) as other:
        requests.make(other, "abort")

    apply_phase(shop, Phase.BACKFILL)

    with connect(shop) as conn:
        assert filled(conn) == ROWS
        assert requests.pending(conn) is None


def filled(conn: psycopg.Connection) -> int:
    row = conn.execute("SELECT count(*) FROM customer WHERE email IS NOT NULL").fetchone()
    assert row is not None
    return int(row[0])
