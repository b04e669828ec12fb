"""DO blocks: PL/pgSQL is read statement by statement, each as the SQL that it runs.

Conditions and loops are no question here: what may run counts as run, for that is what a migration
is written for. What is built while the block runs is unread.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from schemaguard.changes.base import Change, SessionChange, Unread
from schemaguard.changes.end_in_block import EndInBlock
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.set_setting import SetSetting
from schemaguard.sql.conditions import caught_by
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import Kind, LexError, tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content

Changes = tuple[Change | Unread, ...]
ReadText = Callable[[str], Changes]

_BUILT = (
    "EXECUTE runs a text that is put together while the block runs, so nobody can tell before what it does;"
    " write the statements as plain SQL where their names are known"
)


@dataclass(frozen=True, slots=True)
class _Ran:
    """One statement of the block."""

    mark: NextInBlock
    changes: Changes


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
        ran = _Block(content(body), read).whole()
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


class _Block:
    """Reads a body."""

    __slots__ = ("cursor", "read")

    def __init__(self, body: str, read: ReadText) -> None:
        self.cursor = over(body, tokens(body))
        self.read = read

    def whole(self) -> list[_Ran]:
        """The block and nothing else."""
        self._label()
        ran = self._block()
        self.cursor.accept(";")
        self.cursor.finish()
        return ran

    # Blocks and what nests

    def _block(self) -> list[_Ran]:
        cursor = self.cursor
        ran: list[_Ran] = []
        if cursor.accept("DECLARE"):
            while cursor.word != "BEGIN":
                ran += self._declaration()
        cursor.expect("BEGIN")
        inside = self._statements("EXCEPTION", "END")
        if cursor.accept("EXCEPTION"):
            caught: set[str] = set()
            handlers: list[_Ran] = []
            while cursor.accept("WHEN"):
                caught |= caught_by(cursor)
                handlers += _guarded(self._statements("WHEN", "END"))
            inside = [_caught(one, frozenset(caught)) for one in inside] + handlers
        cursor.expect("END")
        self._end_label()
        return ran + inside

    def _declaration(self) -> list[_Ran]:
        cursor = self.cursor
        if cursor.accept("DECLARE"):
            return []
        part = self._up_to_semicolon()
        part.name("a variable")
        if part.done:
            raise part.expected("a type")
        query = part.find("FOR", "IS")
        if "CURSOR" in part.words[part.at : query]:
            return []  # Its query runs when it is opened, which is unread.
        place = part.find(":=", "=", "DEFAULT")
        if place == part.stop:
            return []
        part.at = place + 1
        return self._expression(part)

    def _statements(self, *ends: str) -> list[_Ran]:
        ran: list[_Ran] = []
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

    def _statement(self) -> list[_Ran]:
        cursor = self.cursor
        if self._is_assignment():
            part = self._up_to_semicolon()
            target = part.up_to(part.find(":=", "="))
            part.expect_one(":=", "=")
            return self._expression(target, optional=True) + self._expression(part)
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
                return self._simple(self._up_to_semicolon())

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

    def _ended(self, ran: list[_Ran]) -> list[_Ran]:
        self.cursor.expect(";")
        return ran

    def _if(self) -> list[_Ran]:
        cursor = self.cursor
        cursor.expect("IF")
        ran = self._expression(self._until("THEN"))
        inside = self._statements("ELSIF", "ELSEIF", "ELSE", "END")
        while cursor.accept_one("ELSIF", "ELSEIF"):
            inside += self._expression(self._until("THEN"))
            inside += self._statements("ELSIF", "ELSEIF", "ELSE", "END")
        if cursor.accept("ELSE"):
            inside += self._statements("END")
        cursor.expect("END", "IF")
        return self._ended(ran + _guarded(inside))

    def _case(self) -> list[_Ran]:
        cursor = self.cursor
        cursor.expect("CASE")
        ran = [] if cursor.word == "WHEN" else self._expression(cursor.up_to(cursor.find("WHEN")))
        inside: list[_Ran] = []
        if cursor.word != "WHEN":
            raise cursor.expected("WHEN")
        while cursor.accept("WHEN"):
            inside += self._expression(self._until("THEN"))
            inside += self._statements("WHEN", "ELSE", "END")
        if cursor.accept("ELSE"):
            inside += self._statements("END")
        cursor.expect("END", "CASE")
        return self._ended(ran + _guarded(inside))

    def _loop(self) -> list[_Ran]:
        cursor = self.cursor
        ran: list[_Ran] = []
        match cursor.expect_one("LOOP", "WHILE", "FOR", "FOREACH"):
            case "WHILE":
                ran = self._expression(self._until("LOOP"))
            case "FOR":
                cursor.listed(self._target)
                cursor.expect("IN")
                ran = self._rows_of(self._until("LOOP"))
            case "FOREACH":
                cursor.listed(self._target)
                if cursor.accept("SLICE"):
                    cursor.at += 1
                cursor.expect("IN", "ARRAY")
                ran = self._expression(self._until("LOOP"))
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

    def _rows_of(self, part: Cursor) -> list[_Ran]:
        """What FOR ... IN goes through: a range of numbers, a query, a text that is run."""
        if part.accept("EXECUTE"):
            return self._execute(part)
        if part.word in ("SELECT", "WITH", "VALUES", "TABLE", "(", "INSERT", "UPDATE", "DELETE", "MERGE"):
            middle = part.find("..")
            if middle == part.stop:
                return self._sql(part)
        if part.find("..") == part.stop:
            raise Reject("schemaguard does not follow a FOR over a cursor", part.offset)
        part.accept("REVERSE")
        ran = self._expression(part.up_to(part.find("..")))
        part.expect("..")
        ran += self._expression(part.up_to(part.find("BY")))
        return ran + (self._expression(part) if part.accept("BY") else [])

    # Statements with a semicolon

    def _simple(self, part: Cursor) -> list[_Ran]:
        if part.done:
            return []
        match part.word:
            case "NULL":
                part.expect("NULL")
                part.finish()
                return []
            case "EXIT" | "CONTINUE":
                part.at += 1
                if part.word not in ("", "WHEN"):
                    part.label("a label")
                return self._expression(part) if part.accept("WHEN") else []
            case "RETURN":
                part.expect("RETURN")
                part.finish()
                return []
            case "PERFORM":
                part.expect("PERFORM")
                return self._expression(part)
            case "ASSERT":
                part.expect("ASSERT")
                return [ran for one in part.parts() for ran in self._expression(one)]
            case "RAISE":
                return self._raise(part)
            case "GET":
                return []  # Diagnostics: numbers and texts of what has run.
            case "EXECUTE":
                part.expect("EXECUTE")
                return self._execute(part)
            case "COMMIT" | "ROLLBACK":
                return self._end_of_transaction(part)
            case "OPEN" | "FETCH" | "MOVE" | "CLOSE":
                raise Reject(f"schemaguard does not follow cursors ({part.word}) in a block", part.offset)
            case _:
                return self._sql(part)

    def _raise(self, part: Cursor) -> list[_Ran]:
        part.expect("RAISE")
        using = part.find("USING")
        first, *values = part.up_to(using).parts()
        del first  # The level, and the format or the condition.
        if part.accept("USING"):
            for one in part.parts():
                one.label("an option of RAISE")
                one.expect_one("=", ":=")
                values.append(one)
        return [ran for value in values for ran in self._expression(value)]

    def _end_of_transaction(self, part: Cursor) -> list[_Ran]:
        for change in self.read(part.source):
            match change:
                case EndTransaction(commit=True):
                    return [_Ran(NextInBlock(), (EndInBlock(),))]
                case Unread(reason=reason):
                    raise Reject(reason, part.offset)
                case _:
                    pass  # Of AND CHAIN, or of ROLLBACK.
        raise Reject("schemaguard does not follow ROLLBACK in a block", part.offset)

    def _execute(self, part: Cursor) -> list[_Ran]:
        end = part.find("INTO", "USING")
        text = _constant(part.up_to(end))
        if text is None:
            return [_Ran(NextInBlock(), (Unread(part.text, _BUILT),))]
        changes = self.read(text)
        if any(isinstance(change, NextInBlock) for change in changes):
            raise Reject("a block in a block", part.offset)
        part.at = part.find("USING")
        given = part.rest().parts() if part.accept("USING") else []
        values = [ran for value in given for ran in self._expression(value.up_to(value.find("INTO")))]
        return [_Ran(NextInBlock(), changes), *values]

    def _sql(self, part: Cursor) -> list[_Ran]:
        """A statement of SQL, which may put what it returns INTO variables."""
        into = _into(part)
        text = part.source
        if into is not None:
            begin, end = (place - part.tokens[part.at].start for place in into)
            text = text[:begin] + " " + text[end:]
        return _of(self.read(text))

    def _expression(self, part: Cursor, *, optional: bool = False) -> list[_Ran]:
        """An expression is run as a query of it."""
        if optional and "[" not in part.words[part.at : part.stop]:
            return []
        if part.done:
            raise part.expected("an expression")
        text = part.source
        part.at = part.stop
        return _of(self.read(f"SELECT {text}"))

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


def _of(changes: Changes) -> list[_Ran]:
    """What reads no relation is not worth a word."""
    if all(isinstance(change, SelectRows) and not change.reads for change in changes):
        return []
    if any(
        isinstance(change, NextInBlock | SessionChange) and not isinstance(change, SetSetting)
        for change in changes
    ):
        raise Reject("a statement that no block may have", 0)
    return [_Ran(NextInBlock(), changes)]


def _guarded(ran: list[_Ran]) -> list[_Ran]:
    return [replace(one, mark=replace(one.mark, guarded=True)) for one in ran]


def _caught(one: _Ran, caught: frozenset[str]) -> _Ran:
    return replace(one, mark=replace(one.mark, caught=one.mark.caught | caught))


def _constant(part: Cursor) -> str | None:
    """The text that is run, where it is written there: one string, or several joined by ||."""
    found = []
    while True:
        if part.done or part.token.kind not in (Kind.STRING, Kind.DOLLAR):
            return None
        found.append(content(part.token))
        part.at += 1
        if part.done:
            return "".join(found)
        if not part.accept("||"):
            return None


def _into(part: Cursor) -> tuple[int, int] | None:
    """Where INTO and its variables begin and end in the text; None: there is none."""
    ahead = Cursor(part.text, part.tokens, part.words, part.at, part.stop)
    while True:
        place = ahead.find("INTO")
        if place >= ahead.stop:
            return None
        before = ahead.words[place - 1] if place > part.at else ""
        ahead.at = place + 1
        if before not in ("INSERT", "MERGE", ".", "AS"):
            break
    ahead.accept("STRICT")
    ahead.listed(lambda: _variable(ahead))
    return part.tokens[place].start, part.tokens[ahead.at - 1].end


def _variable(cursor: Cursor) -> None:
    cursor.label("a variable")
    while cursor.accept("."):
        cursor.label("a field")
    if cursor.word == "[":
        cursor.at = cursor.closing() + 1
