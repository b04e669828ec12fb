"""Writes a plan as revisions or SQL files, in place of the migration that it was made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from schemaguard.errors import InputError
from schemaguard.phase import Phase
from schemaguard.plan.layouts import Neighbour, Places, in_line, on_branches
from schemaguard.plan.original import one_original, original_of
from schemaguard.plan.plan import Plan
from schemaguard.plan.write_alembic import alembic_files
from schemaguard.plan.write_sql import messages, written_phases
from schemaguard.text import Source


def revision_files(
    plan: Plan,
    sources: Sequence[Source],
    *,
    beside: Sequence[Neighbour] | None = None,
    contracted: str | None = None,
) -> dict[str, str]:
    """The revisions that take the place of the sources, their files' names with their texts.

    ``beside``: the other revisions of the project, for a place on its two branches; None: in line.
    ``contracted``: the contract which an expand on them depends on.
    InputError where a source cannot be read, Refused where they have no place.
    """
    return alembic_files(plan, places_of(plan, sources, beside, contracted), Path(sources[-1].path).stem)


def places_of(
    plan: Plan, sources: Sequence[Source], beside: Sequence[Neighbour] | None, contracted: str | None
) -> Places:
    """Where the revisions stand; what goes in, and the errors, as of `revision_files`."""
    original = one_original([original_of(source) for source in sources])
    phases = [phase for phase, steps in written_phases(plan).items() if any(messages(steps))]
    if beside is None:
        return in_line(original, phases or [Phase.EXPAND])
    return on_branches(original, beside, phases, contracted=contracted)


def write_files(files: Mapping[str, str], directory: Path) -> tuple[Path, ...]:
    """Write the files, names with texts, beneath the directory; all of them, or none.

    InputError where one cannot be written, or is there already with another text.
    """
    written = {directory / name: text for name, text in files.items()}
    try:
        for file, text in written.items():
            if file.exists() and file.read_text(encoding="utf-8") != text:
                raise InputError(
                    "is there already, with another text",
                    path=str(file),
                    advice="Take it away first, or choose another directory.",
                )
        for file, text in written.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", path=str(error.filename or directory)
        ) from error
    return tuple(written)
