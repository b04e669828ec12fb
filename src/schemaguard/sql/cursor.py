"""A cursor over a statement's tokens: it accepts, expects and rejects, and cuts text out of the source."""

from collections.abc import Callable
from typing import TypeVar

from schemaguard.names import Relation, shorten
from schemaguard.sql.keywords import NOT_A_NAME, RESERVED
from schemaguard.sql.lexer import Kind, Token
from schemaguard.sql.reject import Reject

T = TypeVar("T")

_OPEN = frozenset("([")
_CLOSE = frozenset(")]")


class Cursor:
    """A place among ``tokens[at:stop]``; whatever reads from it moves it on."""

    __slots__ = ("at", "schema", "stop", "text", "tokens", "words")

    def __init__(
        self, text: str, tokens: list[Token], words: list[str], at: int = 0, stop: int | None = None
    ) -> None:
        self.text = text
        self.tokens = tokens
        #: Each token in capitals if it is a bare word, else verbatim; two "" more at the end.
        self.words = words
        self.at = at
        self.stop = len(tokens) if stop is None else stop
        #: Where names without a schema are: inside of CREATE SCHEMA, in that one.
        self.schema = "public"

    # Where we are

    @property
    def word(self) -> str:
        """The next token: a bare word in capitals, everything else verbatim; "" at the end."""
        return self.words[self.at] if self.at < self.stop else ""

    @property
    def token(self) -> Token:
        """The next token, which has to be there."""
        if self.at >= self.stop:
            raise self.expected("more")
        return self.tokens[self.at]

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= self.stop

    @property
    def offset(self) -> int:
        """Where in the text the next token begins; at the end, where the last one ends."""
        if self.at < self.stop:
            return self.tokens[self.at].start
        return self.tokens[self.stop - 1].end if self.stop else 0

    def look(self, ahead: int = 1) -> str:
        """The word that many tokens after the next one."""
        place = self.at + ahead
        return self.words[place] if place < self.stop else ""

    def is_at(self, *words: str) -> bool:
        """Whether these words come next, in this order."""
        end = self.at + len(words)
        return end <= self.stop and self.words[self.at : end] == list(words)

    # Words

    def accept(self, *words: str) -> bool:
        """Reads these words if all of them come next, in this order."""
        if not self.is_at(*words):
            return False
        self.at += len(words)
        return True

    def accept_one(self, *words: str) -> str:
        """Reads one of these words, if one comes next; "" if none does."""
        word = self.word
        if word and word in words:
            self.at += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        """Reads these words, in this order."""
        for word in words:
            if self.word != word:
                raise self.expected(word)
            self.at += 1

    def expect_one(self, *words: str) -> str:
        """Reads one of these words."""
        word = self.accept_one(*words)
        if not word:
            raise self.expected(" or ".join(words))
        return word

    def finish(self) -> None:
        """Nothing may be left."""
        if self.at < self.stop:
            raise self.expected("nothing more")

    def expected(self, what: str) -> Reject:
        """The complaint that something else should have come next."""
        if self.at >= len(self.tokens):
            return Reject(f"syntax error at the end: expected {what}", self.offset)
        token = self.tokens[self.at]  # Of a part that is at its end, what comes after it.
        return Reject(f'syntax error at "{token.text[:60]}": expected {what}', token.start)

    # Names

    def name(self, what: str = "a name") -> str:
        """A name as PostgreSQL keeps it: folded, or as quoted, and cut to 63 bytes."""
        return self._identifier(NOT_A_NAME, what)

    def label(self, what: str = "a name") -> str:
        """A name in a place where every word is one: after a dot."""
        return self._identifier(frozenset(), what)

    def function_name(self, what: str = "a name") -> str:
        """A name where words such as LEFT are allowed too: of a function, type, collation or role."""
        return self._identifier(RESERVED, what)

    def _identifier(self, forbidden: frozenset[str], what: str) -> str:
        if self.at >= self.stop:
            raise self.expected(what)
        token = self.tokens[self.at]
        if token.kind not in (Kind.WORD, Kind.QUOTED) or self.words[self.at] in forbidden:
            raise self.expected(what)
        name = token.identifier
        if not name:
            raise Reject("an empty quoted identifier", token.start)
        self.at += 1
        return shorten(name)

    def relation(self, what: str = "a table") -> Relation:
        """A relation's name, with its schema or in public."""
        first = self.name(what)
        if not self.accept("."):
            return Relation(self.schema, first, qualified=self.schema != "public")
        second = self.label(what)
        if self.word == ".":
            raise Reject("a name with a database in it", self.offset)
        return Relation(first, second)

    def names(self, what: str = "a column") -> tuple[str, ...]:
        """Names in parentheses, separated by commas."""
        self.expect("(")
        found = self.listed(lambda: self.name(what))
        self.expect(")")
        return tuple(found)

    def listed(self, read: Callable[[], T]) -> list[T]:
        """One or more, separated by commas."""
        found = [read()]
        while self.accept(","):
            found.append(read())
        return found

    # Ranges

    def closing(self) -> int:
        """The place of the bracket that closes the one that comes next."""
        depth = 0
        words = self.words
        for place in range(self.at, self.stop):
            word = words[place]
            if word in _OPEN:
                depth += 1
            elif word in _CLOSE:
                depth -= 1
                if depth == 0:
                    return place
        raise Reject('syntax error at the end: expected ")"', self.offset)

    def inside(self) -> "Cursor":
        """A cursor over what the parentheses that come next hold; this one goes on after them."""
        if self.word != "(":
            raise self.expected('"("')
        close = self.closing()
        within = Cursor(self.text, self.tokens, self.words, self.at + 1, close)
        within.schema = self.schema
        self.at = close + 1
        return within

    def up_to(self, place: int) -> "Cursor":
        """A cursor over the tokens before ``place``; this one goes on there."""
        part = Cursor(self.text, self.tokens, self.words, self.at, place)
        part.schema = self.schema
        self.at = place
        return part

    def copy(self) -> "Cursor":
        """A cursor over all that is left, which is left to this one as well."""
        part = Cursor(self.text, self.tokens, self.words, self.at, self.stop)
        part.schema = self.schema
        return part

    def rest(self) -> "Cursor":
        """A cursor over all that is left; nothing is left to this one."""
        return self.up_to(self.stop)

    def parts(self) -> "list[Cursor]":
        """Cursors over what the commas outside of brackets separate; nothing is left to this one."""
        found = []
        while True:
            found.append(self.up_to(self.find(",")))
            if not self.accept(","):
                return found

    def find(self, *words: str) -> int:
        """The place of the first of these words outside of brackets, or the end."""
        depth = 0
        for place in range(self.at, self.stop):
            word = self.words[place]
            if depth == 0 and word in words:
                return place
            if word in _OPEN:
                depth += 1
            elif word in _CLOSE:
                depth -= 1
        return self.stop

    @property
    def source(self) -> str:
        """The text of all that is left, verbatim."""
        if self.at >= self.stop:
            return ""
        return self.text[self.tokens[self.at].start : self.tokens[self.stop - 1].end]


def over(text: str, tokens: list[Token]) -> Cursor:
    """A cursor at the beginning of a statement."""
    # Two more, so that whoever looks ahead need not ask for the end.
    return Cursor(text, tokens, [*(token.upper for token in tokens), "", ""])
