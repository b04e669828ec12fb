"""Words put into a text, or taken out of it, by their places; all else stays as it is."""

from collections.abc import Iterable

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after all edits, of which none overlaps another."""
    parts, at = [], 0
    for edit in sorted(edits):
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join((*parts, text[at:]))
