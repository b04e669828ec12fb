"""What op.backfill sends, and what our operations mean to a plan: in batches or at once, rows are filled."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, field, replace

from schemaguard.dataclass import dataclass
from schemaguard.names import quote
from schemaguard.plan.synced import synced
from schemaguard.plan.write_sql import repeated, some_rows
from schemaguard.text import Piece, Source

#: Begins the comment by which the statement is known again.
_MARK = "schemaguard-operation "


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A column gets a value in each row where it has none."""

    table: str
    column: str
    value: str
    #: Only rows for which this is true; None: all.
    where: str | None = None
    #: Columns that go in the same release, to how they follow from the new ones.
    down: Mapping[str, str] = field(default_factory=dict)
    schema: str | None = None

    @property
    def statement(self) -> str:
        """What fills all rows, each batch in a transaction of its own."""
        left = f"{quote(self.column)} IS NULL AND ({self.value}) IS NOT NULL"
        if self.where is not None:
            left += f" AND ({self.where})"
        return repeated(some_rows(self._table, f"{quote(self.column)} = {self.value}", left))

    @property
    def sent(self) -> str:
        """The statement, with what lets us know it again."""
        return (
            f"-- {_MARK}{json.dumps(asdict(self))}\n"
            "-- schemaguard: allow update-of-all-rows (each batch is a transaction)\n"
            f"{self.statement}"
        )

    @property
    def update(self) -> str:
        """What does the same at once."""
        name = quote(self.column)
        value = self.value if self.where is None else f"CASE WHEN {self.where} THEN {self.value} END"
        return f"UPDATE {self._table} SET {name} = {value} WHERE {name} IS NULL"

    @property
    def directives(self) -> tuple[str, ...]:
        """What is said of the columns that go."""
        return tuple(
            f"schemaguard: down {self._table}.{quote(column)} = {value}"
            for column, value in self.down.items()
        )

    @property
    def _table(self) -> str:
        return quote(self.table) if self.schema is None else f"{quote(self.schema)}.{quote(self.table)}"


def as_meant(source: Source) -> Source:
    """The migration with each of our operations as a plan reads it."""
    kept = [found for found in map(synced, source.pieces) if found is not None]
    # A plan knows the columns, and need not ask for them.
    asked = {found.question for found in kept}
    tables = {(found.schema, found.table) for found in kept}
    pieces = (_meant(piece, tables) for piece in source.pieces if piece.text not in asked)
    return replace(source, pieces=tuple(pieces))


def _meant(piece: Piece, kept: Collection[tuple[str, str]]) -> Piece:
    for filled in _operations(piece):
        # The comment alone, above another statement, means nothing.
        if filled.statement == piece.text:
            # In a table that is kept in step by the author's own trigger, it knows the way back.
            told = () if (filled.schema or "public", filled.table) in kept else filled.directives
            return replace(piece, text=filled.update, comments=(*piece.comments, *told))
    return piece


def _operations(piece: Piece) -> Iterator[Filled]:
    for comment in piece.comments:
        _, mark, rest = comment.partition(_MARK)
        if mark:
            try:
                yield Filled(**json.loads(rest))
            except (ValueError, TypeError):
                continue
