"""Scripts that nobody would write: random bytes, statements cut short, mixed and mutated.

Whatever comes in, the linter ends soon and by its own will, and each part of the text is a
statement, a comment, or told as what cannot be cut.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemaguard.interpret import interpret
from schemaguard.lint import lint
from schemaguard.rule import NamedRule
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.sql import read
from schemaguard.sql.split import Bad, Cut, split
from schemaguard.text import Lines, Piece
from tests.sql.snippets import SNIPPETS

STATEMENTS = [
    line
    for line in (Path(__file__).parents[1] / "sql" / "statements.sql").read_text().splitlines()
    if line and not line.startswith("--")
]
_SEEDS = (*STATEMENTS, *SNIPPETS)
_CHARACTERS = " \t\n\r\f\v\0;'\"$()[]{}\\/*-+.,:=<>|&@#%^~!?_0123456789abzABZéß🐘\ufeff\u2028\ud800"
_WORDS = [word for text in _SEEDS for word in text.split()]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a script."""

    what: str
    script: str


def scripts(seed: int) -> Iterator[str]:
    """Endlessly many, always the same for a seed."""
    draw = random.Random(seed)
    while True:
        kind = draw.randrange(8)
        match kind:
            case 0:
                yield draw.randbytes(draw.randrange(1, 200)).decode("utf-8", "replace")
            case 1:
                yield draw.randbytes(draw.randrange(1, 200)).decode("latin-1")
            case 2:
                yield "".join(draw.choices(_CHARACTERS, k=draw.randrange(1, 80)))
            case 3:
                text = draw.choice(_SEEDS)
                yield text[: draw.randrange(len(text) + 1)]
            case 4:
                yield " ".join(draw.choices(_WORDS, k=draw.randrange(1, 25)))
            case _:
                yield _mutated(draw)


def _mutated(draw: random.Random) -> str:
    script = ";\n".join(draw.choices(_SEEDS, k=draw.randrange(1, 4)))
    for _ in range(draw.randrange(1, 5)):
        at = draw.randrange(len(script) + 1)
        match draw.randrange(5):
            case 0:
                script = script[:at] + draw.choice(_CHARACTERS) + script[at:]
            case 1:
                script = script[:at] + script[at + draw.randrange(1, 9) :]
            case 2:
                to = draw.randrange(len(script) + 1)
                script = script[:to] + script[at : at + draw.randrange(1, 20)] + script[to:]
            case 3:
                script = f"{script[:at]} {draw.choice(_WORDS)} {script[at:]}"
            case _:
                script = script[:at] + draw.choice(_CHARACTERS) * draw.randrange(1, 60) + script[at:]
    return script


def trouble_with(script: str) -> Trouble | None:
    """None, if all went well."""
    try:
        what = _lost(script) or _linted(script, all_rules())
    except Exception as error:  # noqa: BLE001 - a crash is what we look for
        return Trouble(f"crash: {error!r}", script)
    return Trouble(what, script) if what else None


def _lost(script: str) -> str:
    """What of the text is in no part, and is more than space and semicolons."""
    for in_psql in (False, True):
        end = 0
        for part in split(script, in_psql=in_psql):
            if part.start < end:
                return f"parts overlap at {part.start}"
            between = script[end : part.start]
            # What stands before a part that cannot be cut is of the same statement.
            if not isinstance(part, Bad) and _tells(between, in_psql=in_psql):
                return f"lost: {between!r}"
            end = part.end
        if _tells(script[end:], in_psql=in_psql):
            return f"lost: {script[end:]!r}"
    return ""


def _tells(between: str, *, in_psql: bool) -> bool:
    """Whether it is more than space, semicolons, comments, and commands of psql that do no harm."""
    plain = re.sub(r"--[^\n]*|/\*.*\*/", " ", between, flags=re.DOTALL)
    return bool((re.sub(r"\\[^\n]*", " ", plain) if in_psql else plain).strip(" \t\n\r\f\v;\ufeff"))


def _linted(script: str, rules: tuple[NamedRule, ...]) -> str:
    lines = Lines(script)
    pieces = [
        Piece(
            text=script[part.start : part.end],
            place=lines.place("script.sql", part.start, part.end),
            comments=part.comments,
        )
        for part in split(script, in_psql=False)
        if isinstance(part, Cut)
    ]
    read_ = [read(piece) for piece in pieces]
    for statement in read_:
        if not statement.changes:
            return f"neither changes nor unread: {statement.text!r}"
    frames = list(interpret(read_, SchemaState()))
    if len(frames) != len(pieces):
        return f"{len(pieces)} statements, {len(frames)} frames"
    for finding in lint(frames, rules):
        if not finding.message:
            return f"a finding of {finding.rule} without a message"
    return ""
