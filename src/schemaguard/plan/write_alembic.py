"""A plan as Alembic revisions in place of the one it was made of. Text only: Alembic itself is not needed."""

import re
from collections.abc import Iterable, Iterator, Sequence

from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase
from schemaguard.plan.layouts import Places
from schemaguard.plan.original import Original, quoted
from schemaguard.plan.plan import Plan
from schemaguard.plan.write_sql import WHEN, Message, lasting, messages, undoing, written_phases

# What SQLAlchemy's text() takes for a parameter.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision: its place, and what its two functions do, as Python source that is not indented."""

    phase: Phase
    place: Original
    upgrade: tuple[str, ...]
    downgrade: tuple[str, ...]


def revisions(plan: Plan, places: Places) -> Iterator[Revision]:
    """The revisions in the order of their phases."""
    sent = {phase: tuple(messages(steps)) for phase, steps in written_phases(plan).items()}
    standing = {
        Phase.EXPAND: places.expand,
        Phase.BACKFILL: places.backfill,
        Phase.CONTRACT: places.contract,
    }
    for phase, place in standing.items():
        if place is not None:
            yield Revision(
                phase=phase,
                place=place,
                upgrade=tuple(_upgrade(sent[phase], phase)),
                downgrade=tuple(_downgrade(sent[phase])),
            )


def alembic_files(plan: Plan, places: Places, stem: str) -> dict[str, str]:
    """The files' names with their texts: before the deployment, the rows, after it."""
    return {
        f"{stem}_{revision.phase.value}.py": _file(plan, revision) for revision in revisions(plan, places)
    }


def of_release(plan: Plan, phase: Phase) -> tuple[str, ...]:
    """What is said of a revision to who reads it."""
    return (
        f"Run it {WHEN[phase]}. Made from release {plan.release}.",
        "`schemaguard apply` does the same with shorter locks, retries and checks, and goes on where it was",
        "stopped.",
    )


def _file(plan: Plan, revision: Revision) -> str:
    phase, place = revision.phase, revision.place
    title = place.title.replace("\\", "\\\\").replace('"""', "'")
    lines = [
        f'"""{title}: {phase.value}.',
        "",
        *of_release(plan, phase),
        '"""',
        "",
        "from alembic import op",
        "",
        f"revision = {quoted(place.revision)}",
        f"down_revision = {place.down_revision}",
        f"branch_labels = {place.branch_labels}",
        f"depends_on = {place.depends_on}",
        f"schemaguard_phase = {quoted(phase.value)}",
        "",
        "",
        "def upgrade() -> None:",
        *_indented(revision.upgrade),
        "",
        "",
        "def downgrade() -> None:",
        *_indented(revision.downgrade),
    ]
    return "\n".join(lines) + "\n"


def _upgrade(sent: Sequence[Message], phase: Phase) -> Iterator[str]:
    if not sent:
        why = "The next migration follows this one, and so comes after the expand."
        yield f"pass  # Nothing has to be done in this phase.{f' {why}' if phase is Phase.CONTRACT else ''}"
        return
    yield "# Each step is a transaction of its own, so that its locks are short."
    yield from _sent(sent)


def _downgrade(sent: Sequence[Message]) -> Iterator[str]:
    if why := lasting(sent):
        yield f"raise RuntimeError({quoted(why)})"
        return
    back = list(undoing(sent))
    if not back:
        yield "pass  # Nothing has to be taken back."
        return
    yield from _sent(back)


def _sent(sent: Iterable[Message]) -> Iterator[str]:
    yield "with op.get_context().autocommit_block():"
    for message in sent:
        yield from _indented(f"# {comment}" for comment in message.comments)
        yield from _indented(map(_execute, message.statements))


def without_parameters(statement: str) -> str:
    """The statement in which SQLAlchemy's text() finds no parameters."""
    return _PARAMETER.sub(r"\:", statement)


def _execute(statement: str) -> str:
    text = _PARAMETER.sub(r"\\:", statement.strip())
    if "\n" in text and '"""' not in text:
        escaped = text.replace("\\", "\\\\")
        return f'op.execute("""\n{escaped}\n""")'
    return f"op.execute({quoted(text)})"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    """Lines of code, four spaces further in; the inside of long strings stays where it is."""
    for line in lines:
        if '"""' in line:
            head, body, tail = line.split('"""')
            yield _shifted(head) + '"""' + body + '"""' + _shifted(tail)
        else:
            yield _shifted(line)


def _shifted(text: str) -> str:
    return "\n".join(f"    {line}" if line.strip() else line for line in text.split("\n"))
