"""Statements become changes. What we cannot read of them is ``Unread``, and nothing passes in silence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.sql.statement import Statement
    from schemaguard.text import Piece, Source

__all__ = ["read", "read_source"]


def read(piece: "Piece") -> "Statement":
    """The statement with the changes that it makes, and with what could not be read of it."""
    # Not above: who imports ``sql.statement`` alone pays for no grammar.
    from schemaguard.changes.base import Unread
    from schemaguard.sql.grammar import read_text
    from schemaguard.sql.newer import newer
    from schemaguard.sql.statement import Statement

    changes = read_text(piece.text)
    known = not any(isinstance(change, Unread) for change in changes)
    return Statement(piece, changes, newer(piece.text) if known else ())


def read_source(source: "Source") -> "tuple[Statement, ...]":
    """All statements of a migration, in order."""
    return tuple(read(piece) for piece in source.pieces)
