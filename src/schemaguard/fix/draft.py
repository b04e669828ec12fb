"""The text of a file with some of its statements replaced; all else stays byte for byte."""

import re
from collections.abc import Mapping, Sequence

from schemaguard.dataclass import dataclass
from schemaguard.fix.edit import Edit, edited
from schemaguard.text import Lines, Piece

#: A statement's semicolon, and the comment that fills the rest of its line.
_SEMICOLON = re.compile(r"[^\S\r\n]*;")
_BESIDE = re.compile(r"[^\S\r\n]*(?:--[^\r\n]*|/\*(?:[^*]|\*(?!/))*\*/[^\S\r\n]*(?=\r?\n|\Z))")


@dataclass(frozen=True, slots=True)
class Instead:
    """What stands in a statement's place, and before and after it."""

    text: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    #: Of which statement each of those after it is, by its place; (): all are of this one.
    moved: tuple[int, ...] = ()

    def owners(self, place: int) -> tuple[int, ...]:
        """Of which statement each of these is, where this one stands at that place."""
        return (*(place for _ in self.before), place, *(self.moved or (place for _ in self.after)))


def spans_of(text: str, pieces: Sequence[Piece]) -> tuple[tuple[int, int], ...] | None:
    """Where the statements stand in the text; None: they do not, as they are."""
    starts = Lines(text).starts
    spans = []
    for piece in pieces:
        line, column = piece.place.line, piece.place.column
        start = (starts[line - 1] if line <= len(starts) else len(text)) + column - 1
        spans.append((start, start + len(piece.text)))
    same = all(text[start:end] == piece.text for (start, end), piece in zip(spans, pieces, strict=True))
    return tuple(spans) if same else None


def redrafted(text: str, spans: Sequence[tuple[int, int]], instead: Mapping[int, Instead]) -> str:
    """The text with other statements at these places, each on a line of its own."""
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    edits = []
    for place, new in instead.items():
        start, end = spans[place]
        gap = end_of_line + _indentation(text, start)
        edits.append(Edit(start, end, "".join(f"{sql};{gap}" for sql in new.before) + new.text))
        if new.after:
            behind = _behind(text, end)
            after = (";" + gap).join(new.after)
            # Without a semicolon of its own, the last one has none either.
            last = (
                Edit(behind, behind, f"{gap}{after};") if behind > end else Edit(end, end, f";{gap}{after}")
            )
            edits.append(last)
    return edited(text, edits)


def _indentation(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line if not line.strip() else ""


def _behind(text: str, end: int) -> int:
    """Where the statement's semicolon ends, with the comment beside it; where it has none, ``end``."""
    semicolon = _SEMICOLON.match(text, end)
    if semicolon is None:
        return end
    comment = _BESIDE.match(text, semicolon.end())
    return comment.end() if comment else semicolon.end()
