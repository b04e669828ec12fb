"""The migration on the command line becomes a plan: what split, check and apply share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from schemaguard.config import Config
    from schemaguard.plan import Plan
    from schemaguard.postgres.shadow_databases import Builder
    from schemaguard.sources import Asked
    from schemaguard.sources.alembic_project import Project
    from schemaguard.text import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, the migration it was made of, the migrations before that, and the project's settings."""

    plan: Plan
    settings: Config
    source: Source
    history: tuple[Source, ...]
    #: The Alembic project that the migration is in; None: it is an SQL file.
    project: Project | None = None


def add_migration(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Declare the migration and what a plan needs besides."""
    parser.add_argument(
        "migration",
        nargs="?" if optional else None,
        type=Path,
        metavar="MIGRATION",
        help="an Alembic revision, or an SQL file"
        + ("; without it --release is gone on with" if optional else ""),
    )
    parser.add_argument("--release", metavar="NAME", help="the release's name; default: the migration's")
    parser.add_argument(
        "--pg", type=int, metavar="MAJOR", help="the PostgreSQL major of production, 14 to 18"
    )
    parser.add_argument("--python", metavar="EXE", help="the interpreter in which revisions are rendered")


def add_shadow(parser: argparse.ArgumentParser) -> None:
    """Declare where the shadow database comes from, and what is in it."""
    parser.add_argument(
        "--schema", type=Path, metavar="FILE", help="the schema before, as SQL; default: the history"
    )
    parser.add_argument(
        "--shadow-url", metavar="URL", help="a server for shadow databases; default: embedded"
    )


def planned(arguments: argparse.Namespace) -> Planned:
    """The plan of the migration. InputError where it cannot be read; Refused where it has no gentle way."""
    from schemaguard.config import read_config
    from schemaguard.errors import UsageError
    from schemaguard.sources import read_paths
    from schemaguard.sources.alembic_project import find_project

    path: Path = arguments.migration
    settings = read_config(path.parent)
    if path.is_dir():
        raise UsageError(f"{path} is a directory", advice="Name the one migration that is to be released.")
    [asked] = read_paths([path], python=arguments.python or settings.python, time_limit=settings.time_limit)
    return plan_of(asked, find_project(path), settings, arguments)


def plan_of(
    asked: Asked, project: Project | None, settings: Config, arguments: argparse.Namespace
) -> Planned:
    """The plan of the one migration that is asked about. Errors as of `planned`."""
    from schemaguard.commands.linting import judged, server_of
    from schemaguard.errors import InputError
    from schemaguard.plan import make_plan
    from schemaguard.settings import Timeouts

    path: Path = arguments.migration
    server = server_of(settings, arguments.pg)
    [(source, frames)] = judged(asked, server, Timeouts())
    for problem in source.problems:
        raise InputError(
            f"cannot be read: {problem.message}",
            path=problem.place.path,
            line=problem.place.line,
            column=problem.place.column,
            advice="Mend it, then make the plan again.",
        )
    release = arguments.release or (source.revision or path.stem)
    plan = make_plan(
        frames,
        release=release,
        source=source,
        server=server,
        revision_before=_follows(source),
        tombstones=settings.tombstones,
    )
    return Planned(
        plan=plan,
        settings=settings,
        source=source,
        history=_before(asked, source),
        project=project if source.revision is not None else None,
    )


def schema_before(made: Planned, schema: Path | None) -> str | Builder:
    """What brings a shadow database to the state before the migration: the file, or the history."""
    from schemaguard.errors import InputError
    from schemaguard.postgres.shadow import built_by

    if schema is None:
        return built_by(piece.text for source in made.history for piece in source.pieces)
    try:
        return schema.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(schema)) from error


def _follows(source: Source) -> str | None:
    from schemaguard.plan.original import read_original

    if source.revision is None:
        return None
    return read_original(Path(source.path).read_text(encoding="utf-8"), source.path).follows


def _before(asked: Asked, source: Source) -> tuple[Source, ...]:
    return asked.sources[: asked.sources.index(source)]
