"""A runner that is killed, cut off, interrupted, cancelled, or whose server crashes, at its n-th exchange.

As a program it waits for orders, a line each, and runs each in a process of its own, which starts at once.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from schemaguard.errors import SchemaguardError
from schemaguard.phase import Phase
from schemaguard.plan import from_json
from schemaguard.postgres.connect import APPLICATION_NAME
from schemaguard.postgres.events import Event
from schemaguard.postgres.runner import apply


class Way(Enum):
    """What happens."""

    KILLED_BEFORE = "kill -9 before a statement is sent"
    KILLED_AFTER = "kill -9 after its answer"
    CUT = "the answer never arrives"
    INTERRUPTED = "Ctrl-C"
    CANCELLED = "the statement is cancelled"
    CRASHED = "the server crashes"


class Disturbed(psycopg.Connection[Any]):
    """A connection to which something happens."""

    way: Way
    #: At which of its exchanges with the server.
    at: int = 0
    exchanges: int = 0

    def wait(self, *args: Any, **named: Any) -> Any:
        """Exchange something with the server."""
        self.exchanges += 1
        if self.exchanges != self.at:
            return super().wait(*args, **named)
        match self.way:
            case Way.KILLED_BEFORE:
                os.kill(os.getpid(), signal.SIGKILL)
            case Way.INTERRUPTED:
                os.kill(os.getpid(), signal.SIGINT)
            case Way.CANCELLED:
                threading.Thread(target=self._cancel_for_a_while, daemon=True).start()
            case Way.CRASHED:
                os.kill(self.info.backend_pid, signal.SIGKILL)
            case Way.KILLED_AFTER | Way.CUT:
                pass
        answer = super().wait(*args, **named)
        if self.way is Way.KILLED_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.way is Way.CUT:
            self.pgconn.finish()
            raise psycopg.OperationalError("the connection is lost")
        return answer

    def _cancel_for_a_while(self) -> None:
        for _ in range(30):
            self.cancel()
            time.sleep(0.001)


def run_phase(url: str, plan: str, phase: str, way: Way, at: int) -> int:
    """The exit code, as of the command."""
    try:
        with closing(_connected(url)) as conn:
            conn.way, conn.at = way, at
            apply(conn, from_json(plan), Phase(phase), watch=_nothing)
    except SchemaguardError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _connected(url: str) -> Disturbed:
    """Once the server is up again, should it have crashed."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return Disturbed.connect(
                url, autocommit=True, application_name=APPLICATION_NAME, prepare_threshold=None
            )
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _nothing(event: Event) -> None:
    del event


def main(url: str, plan: str) -> None:
    """Orders are JSON lines of a phase, a way and a number; the answer to each is how its process ended."""
    for line in sys.stdin:
        phase, way, at = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_ended(partial(run_phase, url, plan, phase, Way(way), at)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _ended(run: Callable[[], int]) -> int:
    try:
        return run()
    except Exception as error:  # noqa: BLE001 - what is not foreseen is told as such
        where = " < ".join(
            f"{at.name}:{at.lineno}" for at in reversed(traceback.extract_tb(error.__traceback__))
        )
        sys.stderr.write(f"unforeseen: {type(error).__name__}: {error}: {where}\n")
        return 5
    finally:
        sys.stderr.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).read_text())
