"""Paths in, findings out: what the commands lint and split share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.added_columns import as_felt
from schemaguard.commands.before import Before, ahead_of, from_database, from_file
from schemaguard.commands.choosing import Chosen, choose
from schemaguard.commands.judging import judged
from schemaguard.commands.narrowing import Past, added, changed_since
from schemaguard.config import Config, read_config
from schemaguard.dataclass import dataclass
from schemaguard.errors import UsageError
from schemaguard.frame import Frame
from schemaguard.lint import Reported, against_conventions, lint, problems
from schemaguard.restored import without_restored
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.server import MAJORS, Server
from schemaguard.settings import Timeouts
from schemaguard.sources import Asked, read_paths, read_unsaved
from schemaguard.text import Place, Source

if TYPE_CHECKING:
    from schemaguard.commands.live_code import LiveCode
    from schemaguard.commands.mending import Mender

#: What else there is to report of a frame and its place.
Besides = Callable[[int, Frame], Iterable[Reported]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which rules are asked, and of what."""

    #: Rules and families that speak, or do not: these win over the settings.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: The commit after which a branch has changed what is judged.
    since: str | None = None
    #: What an editor holds of the file; None: what it says.
    unsaved: str | None = None
    #: The settings module of the Django project that is read.
    django: str | None = None
    #: Makes gentle migrations of those that are read, which are judged in their place.
    mender: "Mender | None" = None
    #: Run through the whole history, whatever is known of what it comes to.
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What linting gave."""

    linted: tuple[tuple[Source, tuple[Frame, ...]], ...]
    reported: tuple[Reported, ...]
    major: int | None
    fail_on: str
    #: The file of findings that are accepted, if the settings name one.
    accepted: Path | None = None
    #: What to say of the state before the migrations.
    notes: tuple[str, ...] = ()


def lint_paths(
    paths: Sequence[Path],
    *,
    config: Path | None = None,
    major: int | None = None,
    asking: Asking = Asking(),
    python: str | None = None,
    schema: Path | None = None,
    database_url: str | None = None,
    live: "LiveCode | None" = None,
) -> Linted:
    """Read, interpret and lint. InputError: no migrations there; UsageError: a wrong name.

    ``schema`` is a dump of the schema before the migrations, ``database_url`` where to read it;
    ``live`` is the code that runs meanwhile, None: code that uses everything.
    """
    settings = read_config(_directory(paths[0]), config)
    server = server_of(settings, major)
    chosen = choose(settings, asking.select, asking.ignore)
    linted: list[tuple[Source, tuple[Frame, ...]]] = []
    reported: list[Reported] = []
    before = _before(settings, server, schema, database_url)
    notes = list(before.notes) if before else []
    server, timeouts = (
        (before.server, before.timeouts) if before else (server, Timeouts(lock=settings.lock_timeout))
    )
    if (mender := asking.mender) is not None:
        mender.report = lambda source, frames: list(
            chosen.of(_reported(source, frames, chosen, _nothing, folded=False))
        )
    python = python or settings.python
    for found in _narrowed(paths, asking, settings, python, server):
        asked, note = ahead_of(found, before) if before else (found, "")
        notes += [note] if note else []
        placed = placed_in(asked, settings)
        of_each = [
            (source, without_restored(frames))
            for source, frames in judged(
                placed, server, timeouts, before, mender, felt=as_felt, anew=asking.anew
            )
        ]
        besides: Besides = _nothing
        if live is not None:
            of_each, besides = _met_by(live, placed, of_each, schema)
        for source, frames in of_each:
            linted.append((source, frames))
            reported.extend(chosen.of(_reported(source, frames, chosen, besides)))
    return Linted(
        linted=tuple(linted),
        reported=tuple(reported),
        major=server.major,
        fail_on=settings.fail_on,
        accepted=settings.accepted_file,
        notes=tuple(notes),
    )


def _nothing(*_: object) -> tuple[Reported, ...]:
    return ()


def _narrowed(
    paths: Sequence[Path], asking: Asking, settings: Config, python: str | None, server: Server
) -> Iterator[Asked]:
    """The histories, with what of them is asked about."""
    if asking.unsaved is not None:
        yield read_unsaved(paths[0], asking.unsaved)
        return
    changed = None if asking.since is None else changed_since(asking.since, _directory(paths[0]))
    if changed is not None and not changed:
        return
    past = Past(settings.start_after, settings.path)
    for found in _histories(paths, asking, settings, python, server):
        asked = past.of(found if changed is None else added(found, changed))
        if asked.wanted is None or asked.wanted:
            yield asked
    past.must_be_there()


def _histories(
    paths: Sequence[Path], asking: Asking, settings: Config, python: str | None, server: Server
) -> Iterable[Asked]:
    if asking.django is None:
        return read_paths(paths, python=python, time_limit=settings.time_limit)
    from schemaguard.sources.django_project import read_django

    return [read_django(asking.django, paths, python=python, major=server.major or MAJORS[-1])]


def _directory(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _met_by(
    live: "LiveCode", asked: Asked, of_each: Sequence[tuple[Source, tuple[Frame, ...]]], schema: Path | None
) -> tuple[list[tuple[Source, tuple[Frame, ...]]], Besides]:
    """The release with the breaks that the code meets, and what else breaks in it."""
    from schemaguard.commands.planning import built_from

    if asked.wanted is None and len(asked.sources) > 1:
        raise UsageError(
            "--baseline is about one release, and each migration of a directory is one",
            advice="Name the migrations of the release that comes.",
        )
    first = 0 if asked.wanted is None else min(asked.wanted)
    settled = live.settle(
        [frame for _, frames in of_each for frame in frames], built_from(asked.sources[:first], schema)
    )
    remaining = iter(settled.frames)
    made = [(source, tuple(islice(remaining, len(frames)))) for source, frames in of_each]
    return made, settled.broken


def _before(settings: Config, server: Server, schema: Path | None, url: str | None) -> Before | None:
    if schema is not None:
        return from_file(schema, server, settings)
    return from_database(url, server, settings) if url is not None else None


def server_of(settings: Config, major: int | None) -> Server:
    """What is known of the target. UsageError for a major that is not supported."""
    if major is not None and major not in MAJORS:
        raise UsageError(
            f"PostgreSQL {major} is not supported", advice=f"Supported: {', '.join(map(str, MAJORS))}."
        )
    return Server(
        major=major or settings.pg,
        time_zone=settings.time_zone,
        limits=settings.limits,
        conventions=settings.conventions,
    )


def placed_in(asked: Asked, settings: Config) -> Asked:
    """The migrations with the phases that they declare by where they are."""
    if settings.phases is None:
        return asked
    sources = (
        source if source.phase else replace(source, phase=settings.phase_of(source.path))
        for source in asked.sources
    )
    return replace(asked, sources=tuple(sources))


def _reported(
    source: Source, frames: Sequence[Frame], chosen: Chosen, besides: Besides, *, folded: bool = True
) -> Iterator[Reported]:
    yield from problems(source)
    yield from against_conventions(source, chosen.others)
    if source.approximate:
        yield Reported(
            rule="approximate",
            family="reading",
            severity=Severity.WARNING,
            message="its SQL may differ from what will run: " + "; ".join(source.approximate),
            place=frames[0].statement.place if frames else _top(source.path),
            advice="Render it in the project's own interpreter with --python, or look at it by hand.",
            revision=source.revision,
        )
    known = frozenset(rule.name for rule in all_rules()) if "idle-allow" in chosen.others else None
    for finding in lint(frames, chosen.rules, known=known, besides=besides, folded=folded):
        yield replace(finding, revision=source.revision)


def _top(path: str) -> Place:
    return Place(path=path, line=1, column=1, end_line=1, end_column=1)
