"""Which migrations are judged: those that a branch adds, and those after the past. The rest is history."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from schemaguard.errors import ConfigError, UsageError, nearest
from schemaguard.sources import Asked
from schemaguard.text import Source

#: What a migration is written in.
_SUFFIXES = (".sql", ".py")


def changed_since(rev: str, start: Path) -> frozenset[Path]:
    """The files that differ from where this branch has left ``rev``, also those that git does not know yet.

    UsageError where git cannot tell.
    """
    root = Path(_git(start, "rev-parse", "--show-toplevel").rstrip("\n"))
    commit = _git(root, "rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}").strip()
    base = _git(root, "merge-base", commit, "HEAD", otherwise=f"{rev} and HEAD have no common commit").strip()
    changed = _git(root, "diff", "--name-only", "--no-renames", "--diff-filter=d", "-z", base, "--")
    fresh = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    names = (name for name in (changed + fresh).split("\0") if name.endswith(_SUFFIXES))
    return frozenset((root / name).resolve() for name in names)


def _git(directory: Path, *words: str, otherwise: str = "") -> str:
    import subprocess  # Only --since asks git.

    command = ["git", "-C", str(directory), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror}", advice="--since asks git.") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            f"git: {said[-1].removeprefix('fatal: ') if said else otherwise or 'refuses'}",
            advice="--since names a commit or branch. In CI fetch it, with its history (fetch-depth: 0).",
        )
    return done.stdout.decode("utf-8", "surrogateescape")


def added(asked: Asked, changed: frozenset[Path]) -> Asked:
    """Those that have changed; what has changed in a row is one release."""
    places = (n for n, source in enumerate(asked.sources) if Path(source.path).resolve() in changed)
    wanted = frozenset(places) if asked.wanted is None else asked.wanted.intersection(places)
    return replace(asked, wanted=wanted, in_rows=True)


class Past:
    """What comes up to the migrations that ``start-after`` names."""

    def __init__(self, names: Sequence[str], config: Path | None) -> None:
        self._missing = dict.fromkeys(names)
        self._names = tuple(names)
        self._known: list[str] = []
        self._config = config

    def of(self, asked: Asked) -> Asked:
        """The migrations, with what of them is history."""
        past: set[str] = set()
        for name in self._names:
            place = place_of(asked.sources, name)
            if place is not None:
                self._missing.pop(name, None)
                past.update(_up_to(asked.sources, place))
        if asked.wanted is None or len(asked.sources) > 1:
            self._known += [source.revision or Path(source.path).name for source in asked.sources]
        return replace(asked, past=asked.past | past) if past else asked

    def must_be_there(self) -> None:
        """ConfigError for a name that none of the histories has; a file by itself has no history."""
        for name in self._missing if self._known else ():
            near = nearest(name, self._known)
            raise ConfigError(
                f"start-after: there is no migration {name!r}",
                path=str(self._config),
                advice=f"Did you mean {near!r}?" if near else "Give a revision, or the name of a file.",
            )


def place_of(sources: Sequence[Source], name: str) -> int | None:
    """The place of the migration with that revision, path or file's name; None: there is none."""
    for place, source in enumerate(sources):
        path = Path(source.path)
        if name in (source.revision, source.path, path.name, path.stem):
            return place
    return None


def _up_to(sources: Sequence[Source], place: int) -> Iterable[str]:
    """The paths of a migration and of all that it rests on."""
    if sources[place].revision is None:
        return [source.path for source in sources[: place + 1]]
    by_id = {source.revision: source for source in sources}
    found: dict[str, None] = {}
    open_ = [sources[place]]
    while open_:
        source = open_.pop()
        if source.path not in found:
            found[source.path] = None
            open_ += [by_id[parent] for parent in source.follows if parent in by_id]
    return found
