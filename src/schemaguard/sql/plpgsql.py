"""DO blocks and bodies: PL/pgSQL is read statement by statement, each as the SQL that it runs.

Conditions and loops are no question here: what may run counts as run, for that is what a migration
is written for. What is built while the block runs is unread.
"""

from dataclasses import replace

from schemaguard.changes.base import Unread
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.sql.conditions import caught_by
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind, LexError
from schemaguard.sql.plpgsql_statements import Changes, Ran, ReadText, Statements
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content


def do_block(cursor: Cursor, read: ReadText) -> Changes:
    """DO, after this word."""
    language, body = "plpgsql", None
    while not cursor.done:
        if cursor.accept("LANGUAGE"):
            token = cursor.token
            if token.kind is Kind.STRING:
                language = content(token)
                cursor.at += 1
            else:
                language = cursor.function_name("a language")
        elif body is None and cursor.token.kind in (Kind.STRING, Kind.DOLLAR):
            body = cursor.token
            cursor.at += 1
        else:
            raise cursor.expected("a body or LANGUAGE")
    if body is None:
        raise cursor.expected("a body")
    if language != "plpgsql":
        raise Reject(f"schemaguard does not read blocks in the language {language}", body.start)
    try:
        ran = Block(content(body), read).whole()
    except LexError as error:
        raise Reject(f"in the block: {error.what}", body.start) from error
    except Reject as reject:
        raise Reject(f"in the block: {reject.reason}", body.start) from reject
    if not ran:
        return (NextInBlock(),)
    return tuple(change for one in ran for change in (one.mark, *_at(one.changes, body.start)))


def _at(changes: Changes, offset: int) -> Changes:
    """Unread parts of the block are where the block is."""
    return tuple(replace(c, offset=offset) if isinstance(c, Unread) else c for c in changes)


class Block(Statements):
    """Reads a body."""

    __slots__ = ()

    def whole(self) -> list[Ran]:
        """The block and nothing else, after settings of the compiler."""
        while self.cursor.accept("#"):
            self.cursor.at += 2
        self._label()
        ran = self._block()
        self.cursor.accept(";")
        self.cursor.finish()
        return ran

    # Blocks and what nests

    def _block(self) -> list[Ran]:
        cursor = self.cursor
        ran: list[Ran] = []
        if cursor.accept("DECLARE"):
            while cursor.word != "BEGIN":
                ran += self._declaration()
        cursor.expect("BEGIN")
        inside = self._statements("EXCEPTION", "END")
        if cursor.accept("EXCEPTION"):
            caught: set[str] = set()
            handlers: list[Ran] = []
            while cursor.accept("WHEN"):
                caught |= caught_by(cursor)
                handlers += _guarded(self._statements("WHEN", "END"))
            inside = [_caught(one, frozenset(caught)) for one in inside] + handlers
        cursor.expect("END")
        self._end_label()
        return ran + inside

    def _declaration(self) -> list[Ran]:
        cursor = self.cursor
        if cursor.accept("DECLARE"):
            return []
        part = self._up_to_semicolon()
        name = part.name("a variable")
        if part.done:
            raise part.expected("a type")
        query = part.find("FOR", "IS")
        if "CURSOR" in part.words[part.at : query]:
            part.at = query
            part.expect_one("FOR", "IS")
            self.cursors[name] = self.sql(part)
            return []  # It is run when it is opened.
        place = part.find(":=", "=", "DEFAULT")
        if place == part.stop:
            return []
        part.at = place + 1
        return self.expression(part)

    def _statements(self, *ends: str) -> list[Ran]:
        ran: list[Ran] = []
        while self.cursor.word not in ends or self.cursor.look() in (":=", "="):
            if self.cursor.done:
                raise self.cursor.expected(" or ".join(ends))
            self._label()
            ran += self._statement()
        return ran

    def _label(self) -> None:
        if self.cursor.accept("<<"):
            self.cursor.label("a label")
            self.cursor.expect(">>")

    def _end_label(self) -> None:
        if self.cursor.word not in (";", ""):
            self.cursor.label("a label")

    def _statement(self) -> list[Ran]:
        cursor = self.cursor
        if self._is_assignment():
            part = self._up_to_semicolon()
            target = part.up_to(part.find(":=", "="))
            part.expect_one(":=", "=")
            return self.expression(target, optional=True) + self.expression(part)
        match cursor.word:
            case "BEGIN" | "DECLARE":
                return self._ended(self._block())
            case "IF":
                return self._if()
            case "CASE":
                return self._case()
            case "LOOP" | "WHILE" | "FOR" | "FOREACH":
                return self._loop()
            case _:
                return self.simple(self._up_to_semicolon())

    def _is_assignment(self) -> bool:
        cursor = self.cursor
        place = cursor.at + 1
        while cursor.words[place : place + 1] == ["."] or cursor.words[place : place + 1] == ["["]:
            if cursor.words[place] == ".":
                place += 2
            else:
                ahead = Cursor(cursor.text, cursor.tokens, cursor.words, place, cursor.stop)
                place = ahead.closing() + 1
        return cursor.words[place : place + 1] in ([":="], ["="])

    def _ended(self, ran: list[Ran]) -> list[Ran]:
        self.cursor.expect(";")
        return ran

    def _if(self) -> list[Ran]:
        cursor = self.cursor
        cursor.expect("IF")
        ran = self.expression(self._until("THEN"))
        inside = self._statements("ELSIF", "ELSEIF", "ELSE", "END")
        while cursor.accept_one("ELSIF", "ELSEIF"):
            inside += self.expression(self._until("THEN"))
            inside += self._statements("ELSIF", "ELSEIF", "ELSE", "END")
        if cursor.accept("ELSE"):
            inside += self._statements("END")
        cursor.expect("END", "IF")
        return self._ended(ran + _guarded(inside))

    def _case(self) -> list[Ran]:
        cursor = self.cursor
        cursor.expect("CASE")
        ran = [] if cursor.word == "WHEN" else self.expression(cursor.up_to(cursor.find("WHEN")))
        inside: list[Ran] = []
        if cursor.word != "WHEN":
            raise cursor.expected("WHEN")
        while cursor.accept("WHEN"):
            inside += self.expression(self._until("THEN"))
            inside += self._statements("WHEN", "ELSE", "END")
        if cursor.accept("ELSE"):
            inside += self._statements("END")
        cursor.expect("END", "CASE")
        return self._ended(ran + _guarded(inside))

    def _loop(self) -> list[Ran]:
        cursor = self.cursor
        ran: list[Ran] = []
        match cursor.expect_one("LOOP", "WHILE", "FOR", "FOREACH"):
            case "WHILE":
                ran = self.expression(self._until("LOOP"))
            case "FOR":
                cursor.listed(self._target)
                cursor.expect("IN")
                ran = self._rows_of(self._until("LOOP"))
            case "FOREACH":
                cursor.listed(self._target)
                if cursor.accept("SLICE"):
                    cursor.at += 1
                cursor.expect("IN", "ARRAY")
                ran = self.expression(self._until("LOOP"))
            case _:
                pass  # LOOP has nothing before its statements.
        inside = self._statements("END")
        cursor.expect("END", "LOOP")
        self._end_label()
        return self._ended(ran + _guarded(inside))

    def _target(self) -> None:
        self.cursor.label("a variable")
        while self.cursor.accept("."):
            self.cursor.label("a field")

    def _rows_of(self, part: Cursor) -> list[Ran]:
        """What FOR ... IN goes through: a range of numbers, a query, a text that is run."""
        if part.accept("EXECUTE"):
            return self.execute(part)
        if part.word in ("SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE", "MERGE"):
            middle = part.find("..")
            if middle == part.stop:
                return self.sql(part)
        if part.find("..") == part.stop:
            return self.opened(part)
        part.accept("REVERSE")
        ran = self.expression(part.up_to(part.find("..")))
        part.expect("..")
        ran += self.expression(part.up_to(part.find("BY")))
        return ran + (self.expression(part) if part.accept("BY") else [])

    # Places

    def _up_to_semicolon(self) -> Cursor:
        part = self.cursor.up_to(self.cursor.find(";"))
        self.cursor.expect(";")
        return part

    def _until(self, word: str) -> Cursor:
        # The first one outside of parentheses, even where CASE has one of its own.
        part = self.cursor.up_to(self.cursor.find(word))
        self.cursor.expect(word)
        return part


def _guarded(ran: list[Ran]) -> list[Ran]:
    return [replace(one, mark=replace(one.mark, guarded=True)) for one in ran]


def _caught(one: Ran, caught: frozenset[str]) -> Ran:
    return replace(one, mark=replace(one.mark, caught=one.mark.caught | caught))
