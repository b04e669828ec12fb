"""A statement as read: its text and place, and the changes it makes."""

from dataclasses import dataclass

from schemaguard.changes.base import Change, Unread
from schemaguard.text import Piece, Place


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. Its text is the user's, verbatim."""

    piece: Piece
    changes: tuple[Change | Unread, ...]

    @property
    def text(self) -> str:
        """The statement as written, without its semicolon."""
        return self.piece.text

    @property
    def place(self) -> Place:
        """Where it is written."""
        return self.piece.place
