"""A statement as read: its text and place, and the changes it makes."""

from itertools import islice, pairwise

from schemaguard.changes.base import Change, Unread
from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import tokens
from schemaguard.sql.newer import Newer
from schemaguard.text import Piece, Place


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement. Its text is the user's, verbatim."""

    piece: Piece
    changes: tuple[Change | Unread, ...]
    #: Its clauses that not all majors know.
    newer: tuple[Newer, ...] = ()

    @property
    def text(self) -> str:
        """The statement as written, without its semicolon."""
        return self.piece.text

    @property
    def only(self) -> bool:
        """Whether an ALTER TABLE leaves the table's partitions and heirs alone."""
        words = [token.upper for token in islice(tokens(self.text), 6)]
        return words[:1] == ["ALTER"] and "ONLY" in words

    @property
    def if_exists(self) -> bool:
        """Whether it is ALTER ... IF EXISTS."""
        words = [token.upper for token in islice(tokens(self.text), 5)]
        return ("IF", "EXISTS") in pairwise(words)

    @property
    def place(self) -> Place:
        """Where it is written."""
        return self.piece.place
