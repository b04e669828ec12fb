"""Colours for a terminal, and none where NO_COLOR is set or nobody looks."""

import os
from typing import TextIO

from schemaguard.dataclass import dataclass

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours a text, or leaves it as it is."""

    on: bool

    def __call__(self, text: str, colour: str = "", *, bold: bool = False) -> str:
        codes = ([_CODES[colour]] if colour else []) + (["1"] if bold else [])
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.on and codes else text


def paint_for(stream: TextIO, choice: str = "auto") -> Paint:
    """``choice`` is auto, always or never; auto obeys NO_COLOR, FORCE_COLOR and TERM=dumb."""
    if choice != "auto":
        return Paint(choice == "always")
    if os.environ.get("NO_COLOR"):
        return Paint(on=False)
    if os.environ.get("FORCE_COLOR"):
        return Paint(on=True)
    return Paint(stream.isatty() and os.environ.get("TERM") != "dumb")
