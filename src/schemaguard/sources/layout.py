"""What a layout answers: which files are its migrations, in which order, and how its tool runs one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.sources.decode import unreadable
from schemaguard.sources.script import Script
from schemaguard.text import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One migration tool's files."""

    #: What the files look like, for people.
    files: str
    #: Whether this directory holds such migrations.
    holds: Callable[[Path], bool]
    #: The migrations of such a directory, in their order.
    migrations: Callable[[Path], list[Path]]
    #: Whether this file, with this text, is one.
    is_one: Callable[[Path, str], bool]
    #: The directory whose migrations a file belongs to.
    home: Callable[[Path], Path]
    #: The migration, each transaction of it with the next number.
    read: Callable[[Script, Iterator[int]], Source]
    #: What this file, or one beside it, says instead, so that the tool opens no transaction for it;
    #: None: the tool opens none, or cannot be told.
    outside: Callable[[Script], Mapping[Path, str]] | None = None


def listed(directory: Path) -> list[Path]:
    """What is in a directory, by name. InputError when it cannot be read."""
    try:
        return sorted(directory.iterdir())
    except OSError as error:
        raise unreadable(error, str(directory)) from None


def sql_files(directory: Path) -> list[Path]:
    """The SQL files directly in a directory, by name."""
    return [path for path in listed(directory) if path.suffix.lower() == ".sql" and path.is_file()]


def beneath(directory: Path, name: str) -> list[Path]:
    """The files called ``name`` in the directories right below, which are not hidden."""
    return [
        path / name
        for path in listed(directory)
        if not path.name.startswith(".") and path.is_dir() and (path / name).is_file()
    ]


def says(directory: Path, marker: re.Pattern[bytes]) -> bool:
    """Whether the beginning of any SQL file in the directory holds the marker."""
    return any(marker.search(_beginning(path)) for path in sql_files(directory))


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(65_536)
    except OSError as error:
        raise unreadable(error, str(path)) from None


def natural(path: Path) -> tuple[tuple[int, int, str], ...]:
    """To sort by: numbers in names by their value, so that 10 comes after 9."""
    return tuple(
        (0, int(part), part) if part.isdecimal() else (1, 0, part.lower())
        for part in re.split(r"(\d+)", str(path))
        if part
    )


def in_order(files: Iterable[Path], version: Callable[[Path], Any]) -> list[Path]:
    """Sorted by version. InputError when two files have the same one, which every tool refuses."""
    known: dict[Any, Path] = {}
    for path in files:
        other = known.setdefault(version(path), path)
        if other is not path:
            raise InputError(
                f"has the same version as {other.name}",
                path=str(path),
                advice="Give one of them a later version.",
            )
    return [known[each] for each in sorted(known)]
