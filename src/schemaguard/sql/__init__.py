"""Statements become changes. What we cannot read of them is ``Unread``, and nothing passes in silence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.sql.statement import Statement
    from schemaguard.text import Piece, Source

__all__ = ["read", "read_source"]


def read(piece: "Piece") -> "Statement":
    """The statement with the changes that it makes, and with what could not be read of it."""
    # Not above: who imports ``sql.statement`` alone pays for no grammar.
    from schemaguard.sql.grammar import read_text
    from schemaguard.sql.statement import Statement

    return Statement(piece, read_text(piece.text))


def read_source(source: "Source") -> "tuple[Statement, ...]":
    """All statements of a migration, in order."""
    return tuple(read(piece) for piece in source.pieces)
