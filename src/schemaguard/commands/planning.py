"""The migration on the command line becomes a plan: what split, check and apply share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.dataclass import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from schemaguard.config import Config
    from schemaguard.frame import Frame
    from schemaguard.plan import Plan
    from schemaguard.postgres.shadow import Script
    from schemaguard.server import Server
    from schemaguard.sources import Asked
    from schemaguard.sources.alembic_project import Project
    from schemaguard.text import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The migrations of a release, those before, and the project's settings."""

    settings: Config
    #: What it means, statement by statement: what was written, and what its directives say of rows.
    meant: list[str]
    #: In the order in which they were written.
    sources: tuple[Source, ...]
    history: tuple[Source, ...]
    #: The Alembic project that they are in; None: they are SQL files.
    project: Project | None = None

    @property
    def statements(self) -> list[str]:
        """What was written, statement by statement."""
        return [piece.text for source in self.sources for piece in source.pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Written):
    """And the plan that was made of them."""

    plan: Plan


def add_migration(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Declare the migrations of a release, and what a plan needs besides."""
    parser.add_argument(
        "migrations",
        nargs="*" if optional else "+",
        type=Path,
        metavar="MIGRATION",
        help="an Alembic revision, or an SQL file; several that follow each other are one release"
        + ("; without any, --release is gone on with" if optional else ""),
    )
    parser.add_argument("--release", metavar="NAME", help="the release's name; default: the last migration's")
    parser.add_argument(
        "--pg", type=int, metavar="MAJOR", help="the PostgreSQL major of production, 14 to 18"
    )
    parser.add_argument("--python", metavar="EXE", help="the interpreter in which revisions are rendered")
    parser.add_argument(
        "--schema",
        type=Path,
        metavar="FILE",
        help="the schema before the release, of `pg_dump --schema-only`; default: what the history says",
    )


def add_shadow(parser: argparse.ArgumentParser) -> None:
    """Declare where the shadow database comes from."""
    parser.add_argument(
        "--shadow-url", metavar="URL", help="a server for shadow databases; default: embedded"
    )


def planned(arguments: argparse.Namespace) -> Planned:
    """The plan of a release. InputError where it cannot be read; Refused where it has no gentle way."""
    return plan_of(*_asked(arguments), arguments)


def written(arguments: argparse.Namespace) -> Written:
    """A release as it stands, without a plan. Errors as of `planned`, but never Refused."""
    return _read(*_asked(arguments), arguments).written


def _asked(arguments: argparse.Namespace) -> tuple[Asked, Project | None, Config]:
    from schemaguard.config import read_config
    from schemaguard.errors import UsageError
    from schemaguard.sources import read_paths
    from schemaguard.sources.alembic_project import find_project

    paths: list[Path] = arguments.migrations
    settings = read_config(paths[-1].parent)
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path} is a directory", advice="Name the migrations that are to be released.")
    python, time_limit = arguments.python or settings.python, settings.time_limit
    histories = list(read_paths(paths, python=python, time_limit=time_limit))
    if len(histories) > 1:
        raise UsageError(
            "the migrations are not of one history", advice="Name those of one project or directory."
        )
    return histories[0], find_project(paths[-1]), settings


def plan_of(
    asked: Asked, project: Project | None, settings: Config, arguments: argparse.Namespace
) -> Planned:
    """The plan of the migrations that are asked about. Errors as of `planned`."""
    from schemaguard.plan import make_plan
    from schemaguard.sources.stamps import stamps_of

    read = _read(asked, project, settings, arguments)
    whole, made = joined(read.written.sources), read.written
    plan = make_plan(
        read.frames,
        release=arguments.release or whole.revision or Path(whole.path).stem,
        source=whole,
        server=read.server,
        revision_before=read.revision_before,
        tombstones=settings.tombstones,
        stamps=stamps_of(made.sources, read.revision_before),
    )
    return Planned(
        plan=plan,
        meant=made.meant,
        settings=settings,
        sources=made.sources,
        history=made.history,
        project=made.project,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    written: Written
    frames: list[Frame]
    server: Server
    revision_before: str | None


def _read(asked: Asked, project: Project | None, settings: Config, arguments: argparse.Namespace) -> _Read:
    from schemaguard.commands.before import from_file
    from schemaguard.commands.judging import judged
    from schemaguard.commands.linting import server_of
    from schemaguard.errors import InputError
    from schemaguard.plan.meant import meant
    from schemaguard.plan.operations import as_meant
    from schemaguard.settings import Timeouts

    server = server_of(settings, arguments.pg)
    wanted = asked.wanted or ()
    read = (as_meant(one) if place in wanted else one for place, one in enumerate(asked.sources))
    asked = replace(asked, sources=tuple(read))
    before = from_file(arguments.schema, server, settings) if arguments.schema else None
    found = list(judged(asked, server, Timeouts(), before))
    sources = tuple(source for source, _ in found)
    revision_before = _follows(sources)
    history = _before(asked, sources)
    whole = joined(sources)
    for problem in whole.problems:
        raise InputError(
            f"cannot be read: {problem.message}",
            path=problem.place.path,
            line=problem.place.line,
            column=problem.place.column,
            advice="Mend it, then make the plan again.",
        )
    frames = [frame for _, frames in found for frame in frames]
    made = Written(
        meant=meant(frames),
        settings=settings,
        sources=sources,
        history=history,
        project=project if whole.revision is not None else None,
    )
    return _Read(written=made, frames=frames, server=server, revision_before=revision_before)


def joined(sources: Sequence[Source]) -> Source:
    """The migrations as one, which has the last one's name."""
    return replace(
        sources[-1],
        pieces=tuple(piece for source in sources for piece in source.pieces),
        phase=next((source.phase for source in sources if source.phase is not None), None),
        problems=tuple(problem for source in sources for problem in source.problems),
        approximate=tuple(why for source in sources for why in source.approximate),
    )


def schema_before(made: Written, schema: Path | None) -> str | Script:
    """What brings a shadow database to the state before the migration: the file, or the history."""
    return built_from(made.history, schema)


def built_from(history: Sequence[Source], schema: Path | None) -> str | Script:
    """The same of migrations that are not planned."""
    from schemaguard.errors import InputError
    from schemaguard.postgres.shadow import built_by

    if schema is None:
        return built_by(piece.text for source in history for piece in source.pieces)
    try:
        return schema.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(schema)) from error


def _follows(sources: Sequence[Source]) -> str | None:
    """The revision before them. UsageError where they do not follow each other."""
    from schemaguard.errors import UsageError
    from schemaguard.plan.original import original_of

    if sources[0].revision is None:
        return None
    follow = [original_of(source).follows for source in sources]
    for before, source, name in zip(sources, sources[1:], follow[1:], strict=False):
        if name != before.revision:
            raise UsageError(
                f"{source.revision} follows {name}, and not {before.revision}",
                advice="Name all revisions of the release: each follows the one before.",
            )
    return follow[0]


def _before(asked: Asked, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The history. UsageError where another migration is between those of the release."""
    from schemaguard.errors import UsageError

    first, last = asked.sources.index(sources[0]), asked.sources.index(sources[-1])
    for source in asked.sources[first : last + 1]:
        if source not in sources:
            raise UsageError(
                f"{source.path} comes between the migrations that are named",
                advice="Name it as well, or make a release of those before it.",
            )
    return asked.sources[:first]
