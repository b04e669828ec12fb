"""Statements of PL/pgSQL that end with a semicolon, each as the SQL that it runs."""

from collections.abc import Callable

from schemaguard.changes.base import Change, SessionChange, Unread
from schemaguard.changes.end_in_block import EndInBlock
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.set_setting import SetSetting
from schemaguard.column_types import is_built_in
from schemaguard.dataclass import dataclass
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import Kind, tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content
from schemaguard.sql.type_names import cast_of

Changes = tuple[Change | Unread, ...]
ReadText = Callable[[str], Changes]

_BUILT = (
    "EXECUTE runs a text that is put together while the block runs, so nobody can tell before what it does;"
    " write the statements as plain SQL where their names are known"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement of the block."""

    mark: NextInBlock
    changes: Changes


class Statements:
    """Reads what has no statements inside."""

    __slots__ = ("cursor", "cursors", "read")

    def __init__(self, body: str, read: ReadText) -> None:
        self.cursor = over(body, tokens(body))
        self.read = read
        #: What runs when a cursor is opened.
        self.cursors: dict[str, list[Ran]] = {}

    def simple(self, part: Cursor) -> list[Ran]:
        """What the statement runs, by its first word."""
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
                return self.expression(part) if part.accept("WHEN") else []
            case "RETURN":
                part.expect("RETURN")
                return self._return(part)
            case "PERFORM":
                part.expect("PERFORM")
                return self.expression(part)
            case "ASSERT":
                part.expect("ASSERT")
                return [ran for one in part.parts() for ran in self.expression(one)]
            case "RAISE":
                return self._raise(part)
            case "GET":
                return []  # Diagnostics: numbers and texts of what has run.
            case "EXECUTE":
                part.expect("EXECUTE")
                return self.execute(part)
            case "COMMIT" | "ROLLBACK":
                return self._end_of_transaction(part)
            case "OPEN":
                part.expect("OPEN")
                return self.opened(part)
            case "FETCH" | "MOVE" | "CLOSE":
                return []  # Its query has been run, as far as others can tell.
            case _:
                return self.sql(part)

    def _return(self, part: Cursor) -> list[Ran]:
        """RETURN [NEXT | QUERY], after the first word."""
        if part.accept("QUERY"):
            if part.accept("EXECUTE"):
                return self.execute(part)
            return self.sql(part)
        part.accept("NEXT")
        return [] if part.done else self.expression(part)

    def opened(self, part: Cursor) -> list[Ran]:
        """A cursor by its name, with values or a query after it."""
        at = part.offset
        name = part.label("a cursor")
        values: list[Ran] = []
        if part.word == "(":
            given = part.inside()
            values = [] if given.done else [ran for one in given.parts() for ran in self._given(one)]
        elif part.accept("NO", "SCROLL", "FOR") or part.accept("SCROLL", "FOR") or part.accept("FOR"):
            return self.execute(part) if part.accept("EXECUTE") else self.sql(part)
        part.finish()
        if name not in self.cursors:
            raise Reject(f"schemaguard does not know the query of the cursor {name}", at)
        return values + self.cursors[name]

    def _given(self, part: Cursor) -> list[Ran]:
        """A value for a cursor, which may be named."""
        place = part.find(":=", "=>")
        if place < part.stop:
            part.at = place + 1
        return self.expression(part)

    def _raise(self, part: Cursor) -> list[Ran]:
        part.expect("RAISE")
        using = part.find("USING")
        first, *values = part.up_to(using).parts()
        del first  # The level, and the format or the condition.
        if part.accept("USING"):
            for one in part.parts():
                one.label("an option of RAISE")
                one.expect_one("=", ":=")
                values.append(one)
        return [ran for value in values for ran in self.expression(value)]

    def _end_of_transaction(self, part: Cursor) -> list[Ran]:
        for change in self.read(part.source):
            match change:
                case EndTransaction(commit):
                    return [Ran(NextInBlock(), (EndInBlock(commit),))]
                case Unread(reason=reason):
                    raise Reject(reason, part.offset)
                case _:
                    pass  # Of AND CHAIN.
        raise Reject("a block cannot return to a savepoint", part.offset)

    def execute(self, part: Cursor) -> list[Ran]:
        """EXECUTE of a text, after this word."""
        end = part.find("INTO", "USING")
        text = _constant(part.up_to(end))
        if text is None:
            return [Ran(NextInBlock(), (Unread(part.text, _BUILT),))]
        changes = self.read(text)
        if any(isinstance(change, NextInBlock) for change in changes):
            raise Reject("a block in a block", part.offset)
        part.at = part.find("USING")
        given = part.rest().parts() if part.accept("USING") else []
        values = [ran for value in given for ran in self.expression(value.up_to(value.find("INTO")))]
        return [Ran(NextInBlock(text=text), changes), *values]

    def sql(self, part: Cursor) -> list[Ran]:
        """A statement of SQL, which may put what it returns INTO variables."""
        into = _into(part)
        text = part.source
        if into is not None:
            begin, end = (place - part.tokens[part.at].start for place in into)
            text = text[:begin] + " " + text[end:]
        return ran_of(text, self.read(text))

    def expression(self, part: Cursor, *, optional: bool = False) -> list[Ran]:
        """An expression is run as a query of it."""
        if optional and "[" not in part.words[part.at : part.stop]:
            return []
        if part.done:
            raise part.expected("an expression")
        text = part.source
        part.at = part.stop
        return ran_of(f"SELECT {text}", self.read(f"SELECT {text}"))


def ran_of(text: str, changes: Changes) -> list[Ran]:
    """What reads no relation is not worth a word, unless it makes a value of a user's type."""
    pure = all(isinstance(change, SelectRows) and not change.reads for change in changes)
    if pure and not _makes_value(text):
        return []
    if any(
        isinstance(change, NextInBlock | SessionChange) and not isinstance(change, SetSetting)
        for change in changes
    ):
        raise Reject("a statement that no block may have", 0)
    return [Ran(NextInBlock(text=text), changes)]


def _makes_value(text: str) -> bool:
    """Whether it is a string, perhaps for a variable of an enum, or casts one to a type of a user."""
    whole = over(text, tokens(text))
    strings = [place for place, token in enumerate(whole.tokens) if token.kind in (Kind.STRING, Kind.DOLLAR)]
    if strings and len(whole.tokens) == len(("SELECT", "a string")):
        return True
    kinds = (cast_of(whole, place) for place in strings)
    return any(kind is not None and not is_built_in(kind) for kind in kinds)


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
