"""Paths on the command line become migrations in their order, and which of them are asked about."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.text import Source


@dataclass(frozen=True, slots=True)
class Asked:
    """One history, and the places in it that are asked about; None: each, as its own release."""

    sources: tuple[Source, ...]
    wanted: frozenset[int] | None = None
    #: Whether only those that follow each other are deployed together; else all that are wanted are.
    in_rows: bool = False
    #: The paths of those that are history whatever is wanted.
    past: frozenset[str] = frozenset()

    def releases(self) -> Iterator[tuple[tuple[Source, ...], tuple[bool, ...]]]:
        """The migrations release by release, each with whether it is asked about.

        Migrations that are named together are deployed together. Those after
        the last named one do not matter.
        """
        done = 0
        for first, last in self._together():
            yield from (((source,), (False,)) for source in self.sources[done:first])
            done = last + 1
            yield self.sources[first:done], tuple(self._is_asked(place) for place in range(first, done))

    def _is_asked(self, place: int) -> bool:
        wanted = self.wanted is None or place in self.wanted
        return wanted and self.sources[place].path not in self.past

    def _together(self) -> Iterator[tuple[int, int]]:
        """The first and the last place of each release."""
        if self.wanted is None:
            yield from ((place, place) for place in range(len(self.sources)))
        elif self.wanted and not self.in_rows:
            yield min(self.wanted), max(self.wanted)
        else:
            for place in sorted(self.wanted):
                if place - 1 not in self.wanted:
                    last = next(n for n in count(place) if n + 1 not in self.wanted)
                    yield place, last


def read_paths(
    paths: Sequence[Path], *, python: str | None = None, time_limit: float = 60.0
) -> Iterator[Asked]:
    """The histories that the paths are in, each once. InputError for a path without migrations.

    Alembic revisions are rendered by running them in a child process, of the
    interpreter ``python`` if one is named, at most ``time_limit`` seconds each.
    """
    if all(path.suffix == ".sql" and path.is_file() for path in paths):
        yield from _sql_files(paths)
        return
    # Not above: who lints SQL files alone does not pay for it.
    from schemaguard.sources.alembic_project import find_projects, read_project

    of_project: dict[Path, list[Path]] = {}
    files: list[Path] = []
    for path in paths:
        _be_there(path)
        if path.is_dir() or path.name in ("alembic.ini", "pyproject.toml"):
            projects = find_projects(path)
            for project in projects:
                yield Asked(tuple(read_project(project, python=python, time_limit=time_limit)))
            if not projects:
                yield Asked(tuple(_sql_directory(path)))
        elif path.suffix == ".py":
            project_of = next(iter(find_projects(path)), None)
            if project_of is None:
                raise InputError(
                    "is no Alembic revision",
                    path=str(path),
                    advice="A revision sets `revision` and `down_revision`.",
                )
            of_project.setdefault(project_of.root, []).append(path)
        else:
            files.append(path)
    for named in of_project.values():
        project = find_projects(named[0])[0]
        yield _named(read_project(project, python=python, time_limit=time_limit), named)
    if files:
        yield from _sql_files(files)


def read_unsaved(path: Path, text: str) -> Asked:
    """An SQL file as an editor holds it, over the history that it is part of."""
    from schemaguard.sources.files import read_with_history

    return _named(read_with_history(path, text), [path])


def _be_there(path: Path) -> None:
    if not path.exists():
        raise InputError("there is no such file or directory", path=str(path))


def _sql_directory(path: Path) -> Sequence[Source]:
    from schemaguard.sources.files import read_directory

    return read_directory(path)


def _sql_files(files: Sequence[Path]) -> Iterator[Asked]:
    from schemaguard.sources.files import read_with_history

    of_history: dict[tuple[str, ...], tuple[list[Source], list[Path]]] = {}
    for file in files:
        sources = read_with_history(file)
        key = tuple(source.path for source in sources)
        of_history.setdefault(key, (sources, []))[1].append(file)
    for sources, named in of_history.values():
        yield _named(sources, named)


def _named(sources: Sequence[Source], named: Sequence[Path]) -> Asked:
    places = {source.path: place for place, source in enumerate(sources)}

    @cache
    def resolved() -> dict[Path, int]:
        return {Path(path).resolve(): place for path, place in places.items()}

    wanted = set()
    for path in named:
        place = places.get(str(path))
        place = resolved().get(path.resolve()) if place is None else place
        if place is None:
            raise InputError("is not part of the history in its directory", path=str(path))
        wanted.add(place)
    return Asked(tuple(sources), frozenset(wanted))
