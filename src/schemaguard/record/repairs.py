"""Texts of ``pg_stat_statements`` become statements again.

The server has put ``$n`` where constants were, also where no parameter may stand, and has left some
constants where they were.
"""

from schemaguard.record.constants import Exchange, Unsure
from schemaguard.sql.lexer import Kind

_BETWEEN_ITEMS = frozenset((",", "ASC", "DESC", "NULLS"))


def repaired(sql: str) -> str:
    """A text that can be prepared, with the same meaning."""
    return _Repair(sql).text()


class _Repair(Exchange):
    def text(self) -> str:
        """The whole."""
        edits: list[tuple[int, int, str]] = []
        for place, token in enumerate(self.tokens):
            if token.kind is Kind.PARAM and token.text[0] == "$":
                edits += self._of_parameter(place)
            elif self.is_constant(place) and not self.stays(place) and token.kind is not Kind.WORD:
                edits.append((token.start, token.end, self._twin(place)))
        return self.edited(edits)

    def _of_parameter(self, place: int) -> list[tuple[int, int, str]]:
        token = self.tokens[place]
        if (
            self.word(place - 1) == "("
            and self.word(place - 2) == "EXTRACT"
            and self.word(place + 1) == "FROM"
        ):
            function, start = self.tokens[place - 2], self.tokens[place + 1]
            # The function that the syntax stands for; its name is a keyword.
            return [(function.start, function.end, '"extract"'), (token.end, start.end, ",")]
        if self.is_typed(place):
            return [self.edit(place, token.text)]
        if self.is_any(place):
            return [(token.start, token.end, f"{token.text}::text")]
        return []

    def _twin(self, place: int) -> str:
        """The parameter that has taken the place of this constant where the same expression is a result."""
        start, end = self._item(place)
        item = range(start, end)
        for first in range(len(self.tokens) - len(item) + 1):
            pairs = zip(item, range(first, first + len(item)), strict=True)
            if all(self._alike(here, there) for here, there in pairs):
                return self.tokens[first + place - start].text
        raise Unsure("the server has left a constant in it")

    def _alike(self, here: int, there: int) -> bool:
        if self.is_constant(here):
            return self.tokens[there].kind is Kind.PARAM
        return self.words[here] == self.words[there]

    def _item(self, place: int) -> tuple[int, int]:
        """The expression of GROUP BY or ORDER BY that the place is in."""
        if place not in self.listed:
            raise Unsure("the server has left a constant in it")
        level = self.listed[place]
        ends = [
            other
            for other in self.listed
            if other == level or (self.opened[other] == level and self.words[other] in _BETWEEN_ITEMS)
        ]
        first = place
        while first - 1 in self.listed and first - 1 not in ends:
            first -= 1
        last = place
        while last + 1 in self.listed and last + 1 not in ends:
            last += 1
        return first, last + 1
