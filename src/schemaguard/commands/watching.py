"""Ask again whenever a file has changed."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from schemaguard.ends import Ended
from schemaguard.errors import SchemaguardError

#: Seconds between two looks.
PAUSE = 0.3
_SUFFIXES = frozenset((".sql", ".py", ".toml", ".ini", ".cfg"))
_FOREIGN = frozenset(("node_modules", "site-packages", "__pycache__"))
_CLEAR = "\x1b[2J\x1b[H"


def watch(paths: Sequence[Path], ask: Callable[[], int]) -> int:
    """Ask, and ask again after each change of the paths or what is beside them, until Ctrl-C; 0 then.

    What is wrong with the files is told, and waited for: somebody is at work on them.
    """
    try:
        while True:
            seen = dict(_states(paths))
            try:
                ask()
            except SchemaguardError as error:
                sys.stderr.write(f"schemaguard: {error}\n")
            sys.stdout.write("watching: Ctrl-C ends\n")
            sys.stdout.flush()
            while dict(_states(paths)) == seen:
                time.sleep(PAUSE)
            if sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
    except Ended:
        raise
    except KeyboardInterrupt:
        return 0


def _states(paths: Sequence[Path]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The files that matter, each with what tells that it has changed."""
    files = {file for path in paths for file in _files(path)}
    for file in files:
        try:
            about = file.stat()
        except OSError:
            continue  # It has just gone.
        yield str(file), (about.st_mtime_ns, about.st_size)


def _files(path: Path) -> Iterator[Path]:
    """What is in a directory and below; of a file, what is beside it; and the settings further up."""
    top = path.absolute() if path.is_dir() else path.absolute().parent
    for above in top.parents:
        yield from (above / "schemaguard.toml", above / "pyproject.toml")
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _FOREIGN]
        yield from (Path(folder, name) for name in names if Path(name).suffix in _SUFFIXES)
