"""What comments say of how columns follow from each other: ``schemaguard: down a = b || c``."""

import re
from collections.abc import Iterator

from schemaguard.dataclass import dataclass
from schemaguard.directive_keys import KEYS, NAME, PLANNED_BY, did_you_mean, said_to_us
from schemaguard.errors import InputError
from schemaguard.sql.cursor import over
from schemaguard.sql.expressions import facts
from schemaguard.sql.lexer import IDENTIFIER, QUOTED, LexError, tokens
from schemaguard.sql.reject import Reject
from schemaguard.text import Piece, Place

_NAME = rf"(?:{IDENTIFIER}|{QUOTED})"
#: What no expression has behind a comma: ``KEY [[table.]column] =``.
_BEGINS = re.compile(rf"[A-Za-z]+(?:\s+{_NAME}(?:\s*\.\s*{_NAME})*)?\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """``key [[table.]column] = expression``; of ``fire`` names in place of an expression."""

    key: str
    #: None: that of the statement below.
    table: str | None
    column: str | None
    expression: str
    place: Place


def directives(piece: Piece) -> Iterator[Directive]:
    """The directives in the statement's comments. InputError for one that cannot be understood."""
    for comment in piece.comments:
        for said in said_to_us(comment):
            if said.problem:
                raise _wrong(said.problem, piece.place, f"Write it as {NAME}: {said.text}")
            (key, rest), *others = _apart(said.text)
            if key in PLANNED_BY or key not in KEYS:
                yield _directive(key, rest, piece.place)
                yield from (_directive(*other, piece.place) for other in others)


def _apart(line: str) -> Iterator[tuple[str, str]]:
    """The directives of one line, each as its key and the rest. Commas separate them, and parts of each."""
    try:
        _, *parts = over(line, tokens(line)).parts()
    except LexError:  # Told where it is read.
        parts = []
    others = [part for part in parts if _BEGINS.match(line, part.offset)]
    ends = [part.tokens[part.at - 1].start for part in others]
    for begin, end in zip([0, *(part.offset for part in others)], [*ends, len(line)], strict=True):
        key = re.split(r"[\s=]", line[begin:end], maxsplit=1)[0]
        yield key, line[begin:end].removeprefix(key).rstrip()


def _directive(key: str, rest: str, place: Place) -> Directive:
    if key not in KEYS:
        hint = did_you_mean(key, KEYS)
        raise _wrong(f"there is no directive {key!r}", place, f"{hint[0].upper()}{hint[1:]}")
    if key not in PLANNED_BY:
        raise _wrong(f"schemaguard: {key} stands behind another directive", place, "Give it its own line.")
    target, equals, expression = rest.partition("=")
    if not equals:
        raise _wrong(f"= is missing in: schemaguard: {key}{rest}", place, _example(key))
    expression = expression.strip()
    try:
        if key in ("fire", "unused"):
            names_in(expression)
        else:
            facts(expression)
        names = _names(target)
    except (Reject, LexError) as error:
        raise _wrong(f"schemaguard: {key}: {error}", place, _example(key)) from error
    return Directive(
        key=key,
        table=names[-2] if len(names) > 1 else None,
        column=names[-1] if names else None,
        expression=expression,
        place=place,
    )


def names_in(text: str) -> frozenset[str]:
    """The triggers or functions that are named. Reject or LexError where they are no names."""
    found = set()
    for part in over(text, tokens(text)).parts():
        found.add(part.name("a name"))
        part.finish()
    return frozenset(found)


def _names(text: str) -> tuple[str, ...]:
    found = tokens(text)
    if not found:
        return ()
    cursor = over(text, found)
    names = [cursor.name("a column")]
    while cursor.accept("."):
        names.append(cursor.name("a column"))
    cursor.finish()
    return tuple(names)


def _example(key: str) -> str:
    examples = {
        "up": "schemaguard: up first_name = split_part(name, ' ', 1)",
        "down": "schemaguard: down name = first_name || ' ' || last_name",
        "null": "schemaguard: null currency = 'EUR'",
        "conflict": "schemaguard: conflict = error",
        "fire": "schemaguard: fire = touch_updated_at, audit",
        "stored": "schemaguard: stored = rewrite",
        "tombstone": "schemaguard: tombstone = yes",
        "unused": "schemaguard: unused = monthly_report, refresh_totals",
    }
    return f"For example: {examples[key]}"


def _wrong(what: str, place: Place, advice: str) -> InputError:
    return InputError(what, path=place.path, line=place.line, column=place.column, advice=advice)
