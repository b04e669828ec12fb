"""A table gone through along its key, by the runner's own session or by several beside each other."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import field
from functools import partial
from queue import SimpleQueue
from threading import Event
from typing import Any

import psycopg
from psycopg import errors

from schemaguard.dataclass import dataclass
from schemaguard.postgres.batch import Manner, Rows
from schemaguard.postgres.connect import beside
from schemaguard.postgres.course import LOOK, Course, Pass
from schemaguard.postgres.pace import Pace
from schemaguard.postgres.preconditions import be_unhurried
from schemaguard.postgres.ranges import Range
from schemaguard.postgres.transactions import patiently

#: Rows that are looked ahead for at the least.
AHEAD = 1_000
#: Ranges under way or written behind one that is not, for each session.
WAITING = 16
#: A range that took too long is gone through in so many parts.
PARTS = 16


class _Here(Executor):
    """Does at once what it is given."""

    def submit(self, do: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(do(*args, **named))
        return future


@dataclass(frozen=True, slots=True)
class Written:
    """Rows changed, and seconds that it took without what was waited for."""

    changed: int
    took: float


@dataclass(slots=True, kw_only=True)
class Crew:
    """Sessions that each write one range at a time."""

    executor: Executor
    sessions: Sequence[psycopg.Connection]
    free: SimpleQueue[psycopg.Connection]
    #: It is over: nobody tries once more, or rests.
    over: Event = field(default_factory=Event)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of their backends."""
        return tuple(session.info.backend_pid for session in self.sessions)

    def write(self, course: Course, rows: Rows, within: Range, one: Pass) -> Future[Written]:
        """Begin with a range, for which there is a free session."""
        # Who writes in the runner's own session looks around by itself.
        meanwhile = course.glance if isinstance(self.executor, _Here) else self._go_on
        return self.executor.submit(self._write, rows, within, one, course.pace, meanwhile)

    def _write(
        self, rows: Rows, within: Range, one: Pass, pace: Pace, meanwhile: Callable[[], None]
    ) -> Written:
        conn = self.free.get()
        try:
            written = _written(conn, rows, within, one, pace, meanwhile)
            self.over.wait(pace.rest(written.took))
        finally:
            self.free.put(conn)
        return written

    def _go_on(self) -> None:
        if self.over.is_set():
            raise errors.QueryCanceled

    def end(self, under_way: Sequence[Future[Written]]) -> None:
        """Cancel what is not finished, until all sessions are at rest."""
        self.over.set()
        while any(not future.done() for future in under_way):
            for session in self.sessions:
                with suppress(psycopg.Error):
                    session.cancel()
            wait(under_way, timeout=0.1)


@contextmanager
def crew(conn: psycopg.Connection, workers: int) -> Iterator[Crew]:
    """The session itself, or so many more of them."""
    free: SimpleQueue[psycopg.Connection] = SimpleQueue()
    if workers == 1:
        free.put(conn)
        yield Crew(executor=_Here(), sessions=[conn], free=free)
        return
    with ExitStack() as stack:
        sessions = [stack.enter_context(beside(conn)) for _ in range(workers)]
        for session in sessions:
            be_unhurried(session)
            free.put(session)
        executor = stack.enter_context(ThreadPoolExecutor(workers, "backfill"))
        yield Crew(executor=executor, sessions=sessions, free=free)


def go_along(course: Course, rows: Rows, one: Pass, crew: Crew) -> None:
    """Go through the rows once. The mark is the key up to which all ranges are written."""
    under_way: deque[tuple[Range, Future[Written]]] = deque()
    try:
        for within in _ranges(course, rows, one, len(crew.sessions)):
            under_way.append((within, crew.write(course, rows, within, one)))
            _collect(course, one, under_way, len(crew.sessions))
        while under_way:
            _collect(course, one, under_way, 1)
    except BaseException:
        crew.end([future for _, future in under_way])
        raise


def _collect(
    course: Course, one: Pass, under_way: deque[tuple[Range, Future[Written]]], sessions: int
) -> None:
    """Wait until one of so many sessions is free; the mark follows the ranges in front that are written."""
    while True:
        while under_way and under_way[0][1].done():
            within, future = under_way.popleft()
            written = future.result()
            course.pace.learn(within.rows, written.took)
            course.moved(within.rows, written.changed, course.mark if one.needing else within.upto)
        pending = [future for _, future in under_way if not future.done()]
        if len(pending) < sessions and len(under_way) < sessions * WAITING:
            return
        wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
        course.glance()


def _ranges(course: Course, rows: Rows, one: Pass, sessions: int) -> Iterator[Range]:
    """In the order of the key, each as large as the pace is when it is looked up."""
    pace, after = course.pace, None if one.needing else course.mark
    # Of a table that grows, rows that come behind it are right by the trigger, and looked for afterwards.
    end = patiently(partial(rows.last, course.conn), course.glance)
    for _ in range(one.most):
        size = 1 if one.waiting else pace.size
        ranges = 1 if one.needing else max(sessions, AHEAD // size)
        look = partial(rows.ahead, course.conn, after, upto=end, needing=one.needing)
        found = patiently(partial(look, size=size, ranges=ranges), course.glance)
        for within in found:
            yield within
            after = within.upto
            if not size / 2 < pace.size < size * 2:
                break
        else:
            if len(found) < ranges or found[-1].rows < size:
                return


def _written(
    conn: psycopg.Connection,
    rows: Rows,
    within: Range,
    one: Pass,
    pace: Pace,
    meanwhile: Callable[[], None],
) -> Written:
    begun = time.monotonic()
    parts = [within]
    if not one.needing and rows.plain_is_possible and pace.may_be_plain:
        try:
            changed = rows.write(conn, within, Manner.PLAIN, patience=pace.hurry)
            return Written(changed, time.monotonic() - begun)
        except (errors.LockNotAvailable, errors.SerializationFailure, errors.DeadlockDetected):
            pass
        except errors.QueryCanceled:
            # Its own time-out, or somebody who means it.
            if time.monotonic() - begun < pace.hurry * 0.9:
                raise
            parts = patiently(partial(rows.parts, conn, within, PARTS), meanwhile)
    changed, took = 0, time.monotonic() - begun
    manner = Manner.WAITING if one.waiting else Manner.SKIPPING
    for part in parts:

        def attempt(part: Range = part) -> tuple[int, float]:
            tried = time.monotonic()
            return rows.write(conn, part, manner), time.monotonic() - tried

        more, its_own = patiently(attempt, meanwhile)
        changed, took = changed + more, took + its_own
    return Written(changed, took)
