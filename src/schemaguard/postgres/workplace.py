"""Directories that die with their owner: a lock tells that one is in use, the next start removes the rest."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import NoServer

if sys.platform == "win32":
    raise NoServer(
        "the embedded server does not run on Windows",
        advice="give the URL of a running server, or use the Windows Subsystem for Linux",
    )

import fcntl

#: In memory when there is room: a server starts and copies databases ten times faster there.
MEMORY = Path("/dev/shm")  # noqa: S108 - directories are made inside with mkdtemp
MEMORY_WANTED = 400 * 1024 * 1024

#: A socket's path must fit into 104 bytes on macOS, 108 on Linux; what follows the base takes up to 49.
LONGEST_BASE = 55
SHORT_BASE = Path("/tmp")  # noqa: S108 - as above

#: The directories of this process, each with its number, which a child of it does not have.
_OURS: dict[Path, int] = {}


@dataclass(frozen=True, slots=True)
class Workplace:
    """A directory of ours, and the open lock that keeps it."""

    path: Path
    lock: int


@contextmanager
def workplace(*, in_memory: bool) -> Iterator[Workplace]:
    """A new directory, which is gone afterwards; if we are killed, the next call of anybody's removes it."""
    remove_stale()
    place = _claim(_base(in_memory=in_memory))
    try:
        yield place
    finally:
        remove(place.path)
        _OURS.pop(place.path, None)
        os.close(place.lock)


@atexit.register
def _remove_rest() -> None:
    """Remove what no ``finally`` has: Ctrl-C may come between two steps, before one is reached."""
    for directory, owner in list(_OURS.items()):
        if owner == os.getpid():
            _end_server(directory)
            remove(directory)


def remove_stale() -> None:
    """Remove what owners left behind that were killed."""
    for base in {MEMORY, SHORT_BASE, Path(tempfile.gettempdir())}:
        for directory in base.glob(f"{_prefix()}*"):
            with suppress(FileNotFoundError, NotADirectoryError):
                _remove_if_stale(directory)


def _remove_if_stale(directory: Path) -> None:
    if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
        return
    lock = _try_lock(directory)
    if lock is None:
        return
    try:
        _end_server(directory)
        remove(directory)
    finally:
        os.close(lock)


def remove(directory: Path) -> None:
    """Remove a directory, into which a dying server may still write for a moment."""
    deadline = time.monotonic() + 5
    while directory.exists():
        shutil.rmtree(directory, ignore_errors=True)
        if time.monotonic() > deadline:
            return  # The lock goes with us, so the next start tries again.
        if directory.exists():
            time.sleep(0.02)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Only one process at a time is inside, on one file."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _prefix() -> str:
    return f"schemaguard-{os.geteuid()}-"


def _base(*, in_memory: bool) -> Path:
    if in_memory and os.access(MEMORY, os.W_OK | os.X_OK):
        room = os.statvfs(MEMORY)
        if room.f_bavail * room.f_frsize >= MEMORY_WANTED:
            return MEMORY
    named = Path(tempfile.gettempdir())
    return named if len(os.fsencode(named)) <= LONGEST_BASE else SHORT_BASE


def _claim(base: Path) -> Workplace:
    while True:
        path = base / f"{_prefix()}{os.urandom(4).hex()}"
        _OURS[path] = os.getpid()
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            lock = None
        except OSError as error:
            del _OURS[path]
            raise NoServer(
                f"no directory can be made in {base}: {error.strerror}",
                advice="make room there, or name another directory in TMPDIR",
            ) from error
        else:
            lock = _lock_of_new(path)
        if lock is not None:
            return Workplace(path, lock)
        del _OURS[path]


def _lock_of_new(path: Path) -> int | None:
    """None: another's collection saw it before it was locked, and took it for a dead one's."""
    with suppress(FileNotFoundError):
        lock = _try_lock(path)
        if lock is not None:
            # A server that runs as another user has to pass through.
            path.chmod(0o711)
            return lock
    return None


def _try_lock(directory: Path) -> int | None:
    """Take the lock of a directory; None if someone has it or the directory went away meanwhile."""
    file = directory / "lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if file.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass  # Somebody has it, or has just removed it: either way it is not ours.
    os.close(descriptor)
    return None


def _end_server(directory: Path) -> None:
    """End the server of a dead owner where the system did not (no parent-death signal outside Linux)."""
    try:
        pid = int((directory / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + 5
    while str(directory) in _command_line(pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.05)


def _command_line(pid: int) -> str:
    """What runs under a process id; a number may have been given away anew."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        if Path("/proc/self").exists():
            return ""
    told = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout
