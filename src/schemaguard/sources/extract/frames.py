"""Where in the revision's file a statement comes from: the spans of the calls that led to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

#: Line, column, end line, end column. Lines count from 1, columns from 0 in bytes of UTF-8;
#: -1 where the interpreter does not tell (Python before 3.11 only knows the line).
Span = tuple[int, int, int, int]


class Frames:
    """Finds the revision's own frames on the stack."""

    def __init__(self) -> None:
        self.path = ""
        #: The spans of a batch operation's call, while the batch sends what it has collected.
        self.pinned: list[Span] | None = None

    def here(self) -> list[Span]:
        """The calls that led here, innermost first."""
        if self.pinned:
            return self.pinned
        found: list[Span] = []
        frame: Any = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                found.append(_span(frame))
            frame = frame.f_back
        # A module's body is not a call that leads anywhere, unless nothing else does.
        return found


def _span(frame: Any) -> Span:
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is not None:
        for place, (line, end_line, column, end_column) in enumerate(positions()):
            if place == frame.f_lasti // 2:
                if None in (line, end_line, column, end_column):
                    break
                return (line, column, end_line, end_column)
    return (frame.f_lineno, -1, -1, -1)


class Batch(list[Any]):
    """A batch's collected operations; each remembers the call that added it."""

    def __init__(self, frames: Frames) -> None:
        super().__init__()
        self._frames = frames
        self._spans: list[list[Span]] = []

    def append(self, entry: Any) -> None:
        """Add an operation, and note who asked for it."""
        super().append(entry)
        self._spans.append(self._frames.here())

    def __iter__(self) -> Iterator[Any]:
        try:
            for place in range(len(self)):
                self._frames.pinned = self._spans[place] or None
                yield self[place]
        finally:
            self._frames.pinned = None
