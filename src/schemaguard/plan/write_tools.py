"""A plan as SQL files of a migration tool: its names, its marks, and what it can send at once."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.names import dollar_quoted, literal
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.plan.write_sql import WHEN, Message, lasting, messages, undoing, written_phases


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one migration holds: a phase, or a piece of it where a tool sends a file as one message."""

    phase: Phase
    #: From 1, over all phases.
    number: int
    header: tuple[str, ...]
    messages: tuple[Message, ...]
    #: Whether its tool sends all of it at once.
    at_once: bool = False

    @property
    def body(self) -> str:
        """The text that does it."""
        return _text(self.messages)

    @property
    def back(self) -> tuple[Message, ...]:
        """What takes it back; where that cannot be, what says so."""
        why = lasting(self.messages)
        if not why:
            return tuple(undoing(self.messages, at_once=self.at_once))
        block = f" BEGIN RAISE EXCEPTION USING MESSAGE = {literal(why)}; END "
        return (Message(comments=(), statements=(f"DO {dollar_quoted(block, 'final')}",)),)

    @property
    def down(self) -> str:
        """The text that takes it back."""
        return _text(self.back) or "-- There is nothing to take back.\n"

    @property
    def top(self) -> str:
        """What is said of it."""
        return "".join(f"-- {line}\n" for line in self.header)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """How a tool wants its files."""

    #: The files of a part, names with texts, in place of the original.
    files: Callable[[Path, Part], dict[str, str]]
    #: Whether it sends a whole file at once, so that what must be apart needs a file of its own.
    at_once: bool = False
    #: The part of a name that is counted on for each further migration; None: the names do not collide.
    number: re.Pattern[str] | None = None


def tool_files(plan: Plan, path: Path, tool: Tool, others: Iterable[Path] = ()) -> dict[str, str]:
    """The names of the files, relative to the directory of migrations, with their texts.

    ``path``: the original. ``others``: the other migrations. A phase without statements has no file.
    InputError where there is no room for them before the next migration.
    """
    parts = list(_parts(plan, at_once=tool.at_once))
    if tool.number is not None:
        _refuse_taken(path, tool.number, len(parts), others)
    return {name: text for part in parts for name, text in tool.files(path, part).items()}


def _parts(plan: Plan, *, at_once: bool) -> Iterable[Part]:
    number = 0
    for phase, steps in written_phases(plan).items():
        if not any(step.statements for step in steps):
            continue
        sent = tuple(messages(steps))
        pieces = list(_apart(sent)) if at_once else [sent]
        for place, piece in enumerate(pieces, start=1):
            number += 1
            of = f" ({place} of {len(pieces)})" if len(pieces) > 1 else ""
            yield Part(
                phase=phase,
                number=number,
                header=(
                    f"schemaguard: phase={phase.value}",
                    f"{plan.release}, {phase.value}{of}: {WHEN[phase]}",
                    "`schemaguard apply` does the same with shorter locks, retries and checks, and goes on",
                    "where it was stopped.",
                ),
                messages=piece,
                at_once=at_once,
            )


def _apart(sent: Sequence[Message]) -> Iterable[tuple[Message, ...]]:
    """The messages that a file can hold, where it is sent at once."""
    together: list[Message] = []
    for message in sent:
        if not message.apart:
            together.append(message)
            continue
        if together:
            yield tuple(together)
            together = []
        yield (message,)
    if together:
        yield tuple(together)


def _text(sent: Iterable[Message]) -> str:
    return "\n".join(f"{message.text}\n" for message in sent)


# Names


def _stem(path: Path, part: Part) -> str:
    return f"{path.stem}_{list(Phase).index(part.phase) + 1}_{part.phase.value}"


def _refuse_taken(path: Path, number: re.Pattern[str], parts: int, others: Iterable[Path]) -> None:
    ours = [_counted(path, number, place) for place in range(parts)]
    for other in others:
        found = number.search(_named(other))
        if found and _digits(ours[0]) < _digits(found[0]) <= _digits(ours[-1]):
            raise InputError(
                f"becomes {parts} migrations, {ours[0]} to {ours[-1]}, and {_named(other)} is one of these",
                path=str(path),
                advice="Split each migration before the next is written, or give that one a later number.",
            )


def _named(path: Path) -> str:
    """What a migration is called: its file, or its directory."""
    return path.parent.name if path.name in ("up.sql", "migration.sql") else path.name


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _counted(path: Path, number: re.Pattern[str], place: int) -> str:
    """The number of the original, counted on: as a time where it is one, and as wide as it is."""
    found = number.search(_named(path))
    assert found is not None, path
    digits = re.sub(r"\D", "", found[0])
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007 - it names no zone
        later = (moment + timedelta(seconds=place)).strftime("%Y%m%d%H%M%S")
    except ValueError:
        later = f"{int(digits) + place:0{len(digits)}}"
    each = iter(later)
    # The separators stay where they are.
    shown = "".join(next(each) if character.isdigit() else character for character in found[0])
    return shown + "".join(each)


def _next(path: Path, number: re.Pattern[str], part: Part) -> str:
    """The original's name with the number of this part, and its phase."""
    name = _named(path)
    for suffix in (".up.sql", ".sql"):
        name = name.removesuffix(suffix)
    rest = number.sub("", name, count=1)
    return f"{_counted(path, number, part.number - 1)}{rest}_{part.phase.value}"


# Tools


def _plain(path: Path, part: Part) -> dict[str, str]:
    top = f"{part.top}-- For psql, outside a transaction.\n"
    return {f"{_stem(path, part)}.sql": f"{top}\n{part.body}"}


def _sqitch(path: Path, part: Part) -> dict[str, str]:
    name = _stem(path, part)
    add = f'-- After: sqitch add {name} -n "{part.header[1]}"\n'
    return {
        f"deploy/{name}.sql": f"{part.top}{add}\n{part.body}",
        f"revert/{name}.sql": f"-- Revert {name}\n\n{part.down}",
    }


#: Flyway's own settings for one file: each step has its transaction, and a dollar-quoted body no ``${...}``.
_FLYWAY = ("executeInTransaction=false", "placeholderReplacement=false")


def _flyway(path: Path, part: Part) -> dict[str, str]:
    version, _, rest = path.stem.partition("__")
    if not version.startswith("V"):
        raise InputError(
            "is no versioned migration of Flyway, and cannot become several",
            path=str(path),
            advice="Only V...__name.sql can be split.",
        )
    dot = "_" if "_" in version else "."
    name = f"{version}{dot}{part.number}__{rest}_{part.phase.value}.sql"
    return {name: f"{part.top}\n{part.body}", f"{name}.conf": "".join(f"{line}\n" for line in _FLYWAY)}


_LEADING = re.compile(r"\A[0-9]+")
_WITH_DASHES = re.compile(r"\A[0-9-]*[0-9]")


def _golang_migrate(path: Path, part: Part) -> dict[str, str]:
    name = _next(path, _LEADING, part)
    return {f"{name}.up.sql": f"{part.top}\n{part.body}", f"{name}.down.sql": part.down}


def _goose(path: Path, part: Part) -> dict[str, str]:
    def pieces(sent: Iterable[Message]) -> str:
        return "\n".join(
            f"-- +goose StatementBegin\n{message.text}\n-- +goose StatementEnd\n" for message in sent
        )

    up, down = pieces(part.messages), pieces(part.back)
    text = f"{part.top}-- +goose NO TRANSACTION\n\n-- +goose Up\n\n{up}\n-- +goose Down\n\n{down}"
    return {f"{_next(path, _LEADING, part)}.sql": text}


def _dbmate(path: Path, part: Part) -> dict[str, str]:
    mark = "transaction:false"
    text = f"{part.top}\n-- migrate:up {mark}\n\n{part.body}\n-- migrate:down {mark}\n\n{part.down}"
    return {f"{_next(path, _LEADING, part)}.sql": text}


def _diesel(path: Path, part: Part) -> dict[str, str]:
    name = _next(path, _WITH_DASHES, part)
    return {
        f"{name}/up.sql": f"{part.top}\n{part.body}",
        f"{name}/down.sql": part.down,
        f"{name}/metadata.toml": "run_in_transaction = false\n",
    }


def _prisma(path: Path, part: Part) -> dict[str, str]:
    return {f"{_next(path, _LEADING, part)}/migration.sql": f"{part.top}\n{part.body}"}


#: By the name of the layout.
TOOLS = {
    "dbmate": Tool(files=_dbmate, at_once=True, number=_LEADING),
    "diesel": Tool(files=_diesel, at_once=True, number=_WITH_DASHES),
    "flyway": Tool(files=_flyway),
    "golang_migrate": Tool(files=_golang_migrate, at_once=True, number=_LEADING),
    "goose": Tool(files=_goose, number=_LEADING),
    "plain": Tool(files=_plain),
    "prisma": Tool(files=_prisma, at_once=True, number=_LEADING),
    "sqitch": Tool(files=_sqitch),
}
