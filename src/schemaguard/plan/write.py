"""Writes a plan into a directory, as revisions or as SQL files, like the migration that it was made of."""

from collections.abc import Sequence
from pathlib import Path

from schemaguard.errors import InputError
from schemaguard.phase import Phase
from schemaguard.plan.layouts import Neighbour, in_line, on_branches
from schemaguard.plan.original import read_original
from schemaguard.plan.plan import Plan
from schemaguard.plan.write_alembic import alembic_files
from schemaguard.plan.write_sql import sql_files, written_phases
from schemaguard.text import Source


def write_plan(
    plan: Plan,
    source: Source,
    directory: Path,
    *,
    beside: Sequence[Neighbour] | None = None,
    contracted: str | None = None,
) -> tuple[Path, ...]:
    """The files that were written. InputError where one cannot be, or is there already with another text.

    ``beside``: the other revisions of the project, for a place on its two branches; None: in line.
    ``contracted``: the contract which an expand on them depends on.
    """
    path = Path(source.path)
    try:
        if source.revision is not None:
            original = read_original(path.read_text(encoding="utf-8"), source.path)
            rows = bool(written_phases(plan)[Phase.BACKFILL])
            places = (
                in_line(original, rows=rows)
                if beside is None
                else on_branches(original, beside, rows=rows, contracted=contracted)
            )
            files = alembic_files(plan, places, path.stem)
        else:
            files = sql_files(plan, path.stem)
        directory.mkdir(parents=True, exist_ok=True)
        written = {directory / name: text for name, text in files.items()}
        for file, text in written.items():
            if file.exists() and file.read_text(encoding="utf-8") != text:
                raise InputError(
                    "is there already, with another text",
                    path=str(file),
                    advice="Take it away first, or choose another directory.",
                )
        for file, text in written.items():
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=str(error.filename or directory)
        ) from error
    return tuple(written)
