"""Migrations in SQL files: found, put in order, read. Which tool runs them is seen from the files."""

import os
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path

from schemaguard.errors import InputError
from schemaguard.sources import layouts
from schemaguard.sources.decode import read_text, unreadable
from schemaguard.sources.layout import Layout, listed
from schemaguard.sources.script import Script
from schemaguard.text import Source

_PLAIN = "plain"
# Directories in which nobody keeps migrations of their own.
_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})


@cache
def all_layouts() -> dict[str, Layout]:
    """The layouts by name; ``plain``, which takes everything, is the last."""
    names = sorted(
        (module.name for module in pkgutil.iter_modules(layouts.__path__)), key=lambda n: (n == _PLAIN, n)
    )
    return {name: import_module(f"{layouts.__name__}.{name}").LAYOUT for name in names}


def find_sql(path: Path) -> list[Path]:
    """The migrations in a directory and below, in their order. InputError when there are none."""
    with _explaining(path):
        return [file for _, file in _found(path)]


def detect_layout(path: Path) -> str:
    """The name of the layout that a file has, or a directory's first migration."""
    with _explaining(path):
        return _found(path)[0][0]


def neighbours(path: Path) -> tuple[str, list[Path]]:
    """The name of the layout that a migration has, and the other migrations of its tool."""
    with _explaining(path):
        name = _of_file(path, read_text(path, shown(path)))
        layout = all_layouts()[name]
        return name, [
            file for file in layout.migrations(layout.home(path.absolute())) if not file.samefile(path)
        ]


def read_directory(path: Path) -> list[Source]:
    """The migrations in a directory and below, in their order, each transaction with its own number."""
    blocks = count()
    with _explaining(path):
        return [_read(file, layout, blocks) for layout, file in _found(path)]


def read_with_history(path: Path, text: str | None = None) -> list[Source]:
    """All migrations of the history that a file is part of; the file alone when it is part of none.

    Plain files are a history when their names begin with digits. ``text``: what an editor holds of the file.
    """
    blocks = count()
    with _explaining(path):
        said = read_text(path, shown(path)) if text is None else text
        layout = _of_file(path, said)
        history = all_layouts()[layout].migrations(all_layouts()[layout].home(path.absolute()))
        if layout == _PLAIN:
            history = [file for file in history if file.name[:1].isdigit()]
        own = _same_as(path, history)
        if not own:
            return [_read(path, layout, blocks, said)]
        return [_read(file, layout, blocks, said if file in own else None) for file in history]


def read_sql_file(
    path: Path,
    text: str | None = None,
    *,
    blocks: Iterator[int] | None = None,
    besides: Mapping[Path, str] | None = None,
) -> Source:
    """One migration by itself. ``text``: what an editor holds of it, unsaved; ``besides``: of other files."""
    with _explaining(path):
        said = read_text(path, shown(path)) if text is None else text
        script = Script(path, shown(path), said, besides or {})
        return all_layouts()[_of_file(path, said)].read(script, count() if blocks is None else blocks)


def outside_transaction(path: Path, text: str) -> Mapping[Path, str]:
    """What this file or one beside it says instead, so that its tool opens no transaction for it.

    Nothing where it opens none, or cannot be told.
    """
    with _explaining(path):
        outside = all_layouts()[_of_file(path, text)].outside
        return outside(Script(path, shown(path), text)) if outside is not None else {}


def shown(path: Path) -> str:
    """The path as it is shown: from here, if it is below."""
    # Not by ``relative_to``, which takes ten times as long: each of a thousand files is shown.
    here, absolute = os.getcwd(), str(path.absolute())  # noqa: PTH109
    return "." if absolute == here else absolute.removeprefix(os.path.join(here, ""))  # noqa: PTH118


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """What the system refuses on the way, in the file or beside it, becomes an InputError."""
    try:
        yield
    except OSError as error:
        raise unreadable(error, str(error.filename or shown(path))) from None


def _read(file: Path, layout: str, blocks: Iterator[int], text: str | None = None) -> Source:
    said = read_text(file, shown(file)) if text is None else text
    return all_layouts()[layout].read(Script(file, shown(file), said), blocks)


def _same_as(path: Path, files: Sequence[Path]) -> set[Path]:
    """Those that are the same file; none: an editor may hold one that is not there yet."""
    if not path.exists():
        return set()
    asked = path.stat()
    return {file for file in files if os.path.samestat(file.stat(), asked)}


def _of_file(path: Path, text: str) -> str:
    return next(name for name, layout in all_layouts().items() if layout.is_one(path.absolute(), text))


def _of_directory(directory: Path) -> str | None:
    """The layout of what is directly in a directory; None: nothing is."""
    holding = [name for name, layout in all_layouts().items() if layout.holds(directory.absolute())]
    tools = [name for name in holding if name != _PLAIN]
    if len(tools) > 1:
        raise InputError(
            f"holds migrations of several tools: {', '.join(tools)}",
            path=shown(directory),
            advice="Keep each tool's files in a directory of their own, or name the files one by one.",
        )
    return holding[0] if holding else None


def _found(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        text = read_text(path, shown(path))
        return [(_of_file(path, text), path)]
    found = list(_walk(path, set()))
    if not found:
        looked_for = "; ".join(layout.files for layout in all_layouts().values())
        raise InputError(
            "there are no migrations here", path=shown(path), advice=f"Looked for: {looked_for}."
        )
    return found


def _walk(directory: Path, seen: set[Path]) -> Iterator[tuple[str, Path]]:
    """A tool's directory as its tool sees it; around and beside these, plain files."""
    real = directory.resolve()
    if real in seen:
        return
    seen.add(real)
    layout = _of_directory(directory)
    if layout is not None:
        yield from ((layout, file) for file in all_layouts()[layout].migrations(directory))
    if layout not in (None, _PLAIN):
        return
    for path in listed(directory):
        if path.is_dir() and not _is_foreign(path):
            yield from _walk(path, seen)


def _is_foreign(directory: Path) -> bool:
    hidden = directory.name.startswith(".") or directory.name in _FOREIGN
    return hidden or (directory / "pyvenv.cfg").is_file()
