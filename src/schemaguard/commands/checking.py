"""What is checked: a release on the command line, and the schema before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.planning import Planned, Written, planned, schema_before, written
from schemaguard.dataclass import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from schemaguard.compat.acceptances import Entry
    from schemaguard.compat.cells import Matrix, Participant
    from schemaguard.plan import Plan
    from schemaguard.postgres.check_states import Servers
    from schemaguard.postgres.shadow import Script


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What leads from the schema before to the one after: a plan, or what was written."""

    before: str | Script
    #: The same as a script, so that every witness is whole.
    script: str
    plan: Plan | None
    #: What the canary was written for; None: where the plan leads.
    migration: list[str] | None
    notes: tuple[str, ...] = ()

    def check(self, participants: Sequence[Participant], server: Servers, *, anew: bool = True) -> Matrix:
        """The matrix of all its states; ``anew``: whatever is known of it."""
        from schemaguard.verify import check, check_naive

        if self.plan is None:
            matrix = check_naive(self.migration or (), self.before, participants, server, anew=anew)
        else:
            steps, meant = self.plan.steps, self.migration
            matrix = check(steps, self.before, participants, server, migration=meant, anew=anew)
        return replace(matrix, notes=(*self.notes, *matrix.notes))


def release_of(arguments: argparse.Namespace) -> Release:
    """The release that is named. UsageError and InputError where it is not whole or cannot be read."""
    from schemaguard.errors import Refused, UsageError

    rows = "" if arguments.rows is None else text_of(arguments.rows)
    if arguments.plan is not None:
        if arguments.migrations or arguments.schema is None:
            raise UsageError(
                "--plan needs --schema, and no migration",
                advice="Give the schema before the plan: `pg_dump --schema-only` of production.",
            )
        schema = text_of(arguments.schema)
        plan = _plan(arguments.plan)
        return Release(before=_with(schema, rows), script=_script(schema, rows), plan=plan, migration=None)
    if arguments.since is not None:
        arguments.migrations = _after(arguments)
    if not arguments.migrations:
        raise UsageError("no migration is named", advice="Name those of the release, or --plan FILE.")
    notes: tuple[str, ...] = ()
    made: Written
    if arguments.naive:
        made = written(arguments)
    else:
        try:
            made = planned(arguments)
        except Refused as error:
            made = written(arguments)
            notes = (f"checked as it stands, for no plan can be made of it: {error}",)
    before = schema_before(made, arguments.schema)
    script = before if isinstance(before, str) else _history(made)
    split = isinstance(made, Planned)
    return Release(
        before=_with(before, rows),
        script=_script(script, rows),
        plan=made.plan if isinstance(made, Planned) else None,
        # The canary's code was written for where the migration itself leads to.
        migration=made.meant if split else made.statements,
        notes=notes,
    )


def _after(arguments: argparse.Namespace) -> list[Path]:
    """The migrations of the directory that come after the one that --from names."""
    from schemaguard.commands.narrowing import place_of
    from schemaguard.config import read_config
    from schemaguard.errors import UsageError
    from schemaguard.sources import read_paths

    if len(arguments.migrations) != 1 or not arguments.migrations[0].is_dir():
        raise UsageError("--from needs one directory", advice="Name the directory of the migrations.")
    directory: Path = arguments.migrations[0]
    settings = read_config(directory)
    python = arguments.python or settings.python
    asked = next(iter(read_paths([directory], python=python, time_limit=settings.time_limit)))
    since = arguments.since
    place = place_of(asked.sources, since)
    if place is not None:
        following = asked.sources[place + 1 :]
        if following:
            return [Path(one.path) for one in following]
        raise UsageError(f"nothing follows {since}", advice="Name an earlier one with --from.")
    raise UsageError(
        f"there is no migration {since} in {directory}",
        advice="Give its revision, or the name of its file.",
    )


def _plan(path: Path) -> Plan:
    from schemaguard.errors import InputError
    from schemaguard.plan import from_json

    try:
        return from_json(text_of(path))
    except InputError as error:
        raise InputError(error.what, path=str(path), advice=error.advice) from error


def _with(before: str | Script, rows: str) -> str | Script:
    """And then the rows."""
    from schemaguard.postgres.shadow import built_with

    return built_with(before, rows) if rows else before


def _script(schema: str, rows: str) -> str:
    return f"{schema}\n{rows}" if rows else schema


def _history(made: Written) -> str:
    pieces = (piece.text.rstrip().rstrip(";") for source in made.history for piece in source.pieces)
    return "".join(f"{piece};\n" for piece in pieces)


def accepted_in(path: Path) -> tuple[Entry, ...]:
    """What the file accepts. InputError where it cannot be read, or something in it is no entry."""
    from schemaguard.compat.acceptances import read_acceptances

    return read_acceptances(text_of(path), str(path))


def text_of(path: Path) -> str:
    """What the file holds. InputError where it cannot be read."""
    from schemaguard.errors import InputError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(path)) from error
