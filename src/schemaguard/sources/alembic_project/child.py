"""The child process that runs the revisions: started, listened to, stopped, and never left behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from multiprocessing.connection import wait as ready
from pathlib import Path
from typing import IO, Any

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError, UsageError

EXTRACTOR = Path(__file__).parent.parent / "extract"
#: The child stops a revision by itself when its time is up. If it cannot, it is killed this much later.
GRACE = 5.0
#: Importing SQLAlchemy, Alembic and their compiled parts on a cold, slow machine.
START = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What one direction of a revision did."""

    #: SQL, the transaction's number within the revision (None: autocommit), and the calls that led here.
    statements: tuple[tuple[str, int | None, tuple[tuple[int, int, int, int], ...]], ...] = ()
    problem: str = ""
    line: int = 0
    approximate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a revision."""

    upgrade: Sent
    downgrade: Sent | None = None


@dataclass(slots=True)
class Child:
    """A request to the extractor, and the answers so far. It runs until ``close``, or its last answer."""

    request: dict[str, Any]
    python: str
    limit: float
    answers: dict[str, Answer] = field(default_factory=dict)
    _coming: Generator[None] = field(init=False)

    def __post_init__(self) -> None:
        self._coming = self._run()

    def of(self, revision: str) -> Answer | None:
        """What came of the revision, waited for; None: it was not asked about."""
        for _ in self._coming if revision not in self.answers else ():
            if revision in self.answers:
                break
        return self.answers.get(revision)

    def close(self) -> None:
        """End the child, if it still runs."""
        self._coming.close()

    def _run(self) -> Generator[None]:
        """Stops after each answer; a revision that takes the child with it is passed over by the next one."""
        while lost := (yield from self._run_once()):
            revision, message = lost
            self.answers[revision] = Answer(Sent(problem=message))
            for item in self.request["revisions"]:
                item["skip"] = item["skip"] or item["id"] == revision

    def _run_once(self) -> Generator[None, None, tuple[str, str] | None]:
        """Run a child to its end; the revision in which it was lost, and how, if it was."""
        with tempfile.TemporaryFile() as printed, _started(self.python, printed) as (process, descriptor):
            _ask(process, self.request)
            inbox = _Inbox(descriptor)
            current = ""
            try:
                while (message := inbox.next(self.limit + GRACE if current else START)).get("end") is None:
                    if "fatal" in message:
                        raise UsageError(
                            f"{message['python']} cannot run Alembic revisions: {message['fatal']}",
                            advice="name the interpreter of your project, which has alembic and SQLAlchemy",
                        )
                    if "begin" in message:
                        current = message["begin"]
                    else:
                        # A revision that is run again after a restart was answered before.
                        self.answers.setdefault(current, _answer(message))
                        yield
            except TimeoutError:
                if current:
                    return current, f"did not end within {self.limit:g} seconds, and had to be killed"
                what = f"did not begin to read the revisions within {START:g} seconds"
                raise UsageError(f"{self.python} {what}", advice=_last_words(printed)) from None
            except EOFError:
                what = f"({_ending(process)})"
                if current and current not in self.answers:
                    return current, f"ended the interpreter {what}. {_last_words(printed)}".strip()
                what = f"ended before it had read the revisions {what}"
                raise UsageError(f"{self.python} {what}", advice=_last_words(printed)) from None
        return None


class _Inbox:
    """The child's messages."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffered = b""

    def next(self, wait: float) -> dict[str, Any]:
        """The next message. TimeoutError if there is none for ``wait`` seconds, EOFError if none can come."""
        deadline = time.monotonic() + wait
        while b"\n" not in self._buffered:
            if not ready([self._descriptor], max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(self._descriptor, 1 << 16)
            if not part:
                raise EOFError
            self._buffered += part
        line, _, self._buffered = self._buffered.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def _started(python: str, printed: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A running extractor and the descriptor of its answers; its whole process group is killed at the end."""
    reading, writing = os.pipe()
    try:
        process = _start(python, printed, writing)
        try:
            yield process, reading
        finally:
            _end(process)
    finally:
        os.close(reading)


def _start(python: str, printed: IO[bytes], writing: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [python, str(EXTRACTOR), str(writing)],
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            pass_fds=[writing],
            start_new_session=True,
            # Sets are iterated in the same order each time: so is the SQL that is made of them.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
    except OSError as error:
        raise UsageError(f"{python} cannot be started: {error.strerror}") from error
    finally:
        os.close(writing)


def _ending(process: subprocess.Popen[bytes]) -> str:
    """How a process that is about to end does so. It is not reaped: its number must stay its own."""
    if not hasattr(os, "waitid"):
        return "without a word"
    end = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert end is not None
    return f"exit code {end.si_status}" if end.si_code == os.CLD_EXITED else f"signal {end.si_status}"


def _end(process: subprocess.Popen[bytes]) -> None:
    # If there is no such group, it is gone, and so are all that it started in it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    process.wait()


def _ask(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return  # It ended at once; why is said when its answers are read.


def _answer(message: dict[str, Any]) -> Answer:
    return Answer(
        _sent(message["upgrade"]),
        _sent(message["downgrade"]) if "downgrade" in message else None,
    )


def _sent(part: dict[str, Any]) -> Sent:
    problem = part["problem"] or {}
    return Sent(
        statements=tuple(
            (item["sql"], item["block"], tuple((a, b, c, d) for a, b, c, d in item["spans"]))
            for item in part["statements"]
        ),
        problem=problem.get("message", ""),
        line=problem.get("line", 0),
        approximate=tuple(part["approximate"]),
    )


def _last_words(printed: IO[bytes]) -> str:
    """The end of what the child printed."""
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - 2000))
    lines = printed.read().decode("utf-8", "replace").split("\n")
    words = [line.strip() for line in lines if line.strip()]
    return f"It said: {words[-1][:300]}" if words else ""


def interpreter(python: str | None) -> str:
    """The interpreter to use: the one that is named, or our own."""
    if python is None:
        return sys.executable
    if os.sep in python and not Path(python).exists():
        raise InputError("is not there, but was named as the project's interpreter", path=python)
    return python


def request(*, revisions: Sequence[tuple[str, str]], **options: Any) -> dict[str, Any]:
    """The extractor's request: see ``extract/main.py``."""
    return {
        "revisions": [{"id": id_, "path": path, "skip": False} for id_, path in revisions],
        **options,
    }
