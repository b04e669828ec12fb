"""The operands of expressions: literals, columns, calls, rows, arrays, CASE, with their casts and fields."""

from abc import ABC, abstractmethod

from schemaguard.column_types import Type
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import PUNCTUATION, SPECIAL_VALUES
from schemaguard.sql.keywords import COLUMNS_ONLY, NOT_A_NAME, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.meaning import SILENT, Meaning, cast
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import interval_fields, type_name

_CALLS = frozenset({"COALESCE", "NULLIF", "GREATEST", "LEAST"})
#: Calls with words between their arguments, and these words.
_WORDY = {
    "SUBSTRING": ("FROM", "FOR", "SIMILAR", "ESCAPE"),
    "POSITION": ("IN",),
    "OVERLAY": ("PLACING", "FROM", "FOR"),
    "TRIM": ("FROM",),
}
_OPERATOR_CHARACTERS = frozenset("+-*/<>=~!@#%^&|`?")
_TYPE_WORDS = COLUMNS_ONLY | {"DOUBLE"}


class Operands(ABC):
    """Reads operands from a cursor, and remembers the columns."""

    __slots__ = ("called", "columns", "cursor")

    def __init__(self, cursor: Cursor, called: str | None) -> None:
        self.cursor = cursor
        #: What the row's table is called, where columns of others may come up.
        self.called = called
        self.columns: set[str] = set()

    @abstractmethod
    def expression(self) -> Meaning:
        """Reads a whole expression."""

    def operands(self) -> None:
        """Operands between symbols, as BETWEEN has them: no words, for AND must stay."""
        self.operand()
        while self.operator():
            self.operand()

    def operator(self) -> bool:
        """Reads a symbol, or OPERATOR(...)."""
        cursor = self.cursor
        if cursor.is_at("OPERATOR", "("):
            cursor.expect("OPERATOR", "(")
            while not cursor.done and cursor.tokens[cursor.at].kind in (Kind.WORD, Kind.QUOTED):
                cursor.label()
                cursor.expect(".")
            self.symbol()
            cursor.expect(")")
            return True
        return self.is_symbol() and self.symbol()

    def is_symbol(self) -> bool:
        word = self.cursor.word
        return bool(word) and word not in PUNCTUATION and _OPERATOR_CHARACTERS.issuperset(word)

    def symbol(self) -> bool:
        if not self.is_symbol():
            raise self.cursor.expected("an operator")
        self.cursor.at += 1
        return True

    def operand(self) -> Meaning:
        """A primary with its casts, subscripts and fields, and the operators before it."""
        if self.is_symbol():
            self.symbol()
            self.operand()
            return SILENT
        meaning = self.primary()
        cursor = self.cursor
        while cursor.word in ("::", "[", "."):
            match cursor.word:
                case "::":
                    cursor.expect("::")
                    meaning = cast(meaning, type_name(cursor))
                case "[":
                    self.subscript()
                    meaning = Meaning(label=meaning.label, firm=meaning.firm)
                case _:
                    cursor.expect(".")
                    meaning = Meaning(label=cursor.label("a field"))
        return meaning

    def subscript(self) -> None:
        cursor = self.cursor
        cursor.expect("[")
        if cursor.word not in (":", "]"):
            self.expression()
        if cursor.accept(":") and cursor.word != "]":
            self.expression()
        cursor.expect("]")

    def primary(self) -> Meaning:
        cursor = self.cursor
        if cursor.done:
            raise cursor.expected("an expression")
        token, word = cursor.token, cursor.word
        match token.kind:
            case Kind.STRING | Kind.DOLLAR | Kind.NUMBER:
                cursor.at += 1
                return SILENT
            case Kind.PARAM:
                raise Reject(f"a parameter or variable, {token.text}", token.start)
            case Kind.OP:
                if word != "(":
                    raise cursor.expected("an expression")
                return self.parenthesised()
            case Kind.WORD | Kind.QUOTED:
                return self.word(word)

    def word(self, word: str) -> Meaning:
        cursor = self.cursor
        called = cursor.look() == "("
        if word in ("NULL", "TRUE", "FALSE"):
            cursor.at += 1
            return SILENT
        if word in SPECIAL_VALUES:
            cursor.at += 1
            if called:
                self.row()
        elif word == "CASE":
            return self.case()
        elif word == "ARRAY":
            cursor.at += 1
            self.array()
        elif word == "ROW" and called:
            cursor.at += 1
            return self.row()
        elif word == "CAST":
            cursor.expect("CAST", "(")
            meaning = self.expression()
            cursor.expect("AS")
            meaning = cast(meaning, type_name(cursor))
            cursor.expect(")")
            return meaning
        elif word == "EXTRACT" and called:
            cursor.at += 3
            cursor.expect("FROM")
            self.expression()
            cursor.expect(")")
        elif word in _WORDY and called:
            return self.wordy(_WORDY[word])
        elif word in _CALLS and called:
            cursor.at += 1
            self.row()
        else:
            kind = self.typed_literal()
            return self.column_or_call() if kind is None else cast(SILENT, kind)
        return Meaning(label=word.lower())

    def parenthesised(self) -> Meaning:
        """An expression in parentheses, or a row without ROW."""
        self.cursor.expect("(")
        meaning = self.expression()
        if self.cursor.accept(")"):
            return meaning
        return self.rest_of_row(meaning)

    def row(self) -> Meaning:
        """A list in parentheses."""
        self.cursor.expect("(")
        if self.cursor.accept(")"):
            return Meaning(label="row")
        return self.rest_of_row(self.expression())

    def rest_of_row(self, first: Meaning) -> Meaning:
        # (a, b) IS NOT NULL proves both, and (a, 1) IS NOT NULL proves a.
        named = first.single
        while self.cursor.accept(","):
            named |= self.expression().single
        self.cursor.expect(")")
        return Meaning(named=named, is_row=True, label="row")

    def array(self) -> None:
        cursor = self.cursor
        cursor.expect("[")
        while cursor.word != "]":
            if cursor.word == "[":
                self.array()
            else:
                self.expression()
            if cursor.word != "]":
                cursor.expect(",")
        cursor.expect("]")

    def case(self) -> Meaning:
        cursor = self.cursor
        cursor.expect("CASE")
        if cursor.word != "WHEN":
            self.expression()
        if cursor.word != "WHEN":
            raise cursor.expected("WHEN")
        while cursor.accept("WHEN"):
            self.expression()
            cursor.expect("THEN")
            self.expression()
        last = self.expression() if cursor.accept("ELSE") else SILENT
        cursor.expect("END")
        return Meaning(label=last.label) if last.label and last.firm else Meaning(label="case", firm=False)

    def wordy(self, words: tuple[str, ...]) -> Meaning:
        cursor = self.cursor
        label = cursor.word.lower()
        within = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at + 1, cursor.stop).inside()
        cursor.at = within.stop + 1
        inner = type(self)(within, self.called)
        if words == ("FROM",):
            sides = {"LEADING": "ltrim", "TRAILING": "rtrim"}
            label = sides.get(within.accept_one("LEADING", "TRAILING", "BOTH"), "btrim")
            within.accept("FROM")
        while True:
            # Before IN there may be no word, for it would be taken for an operator.
            if "IN" in words:
                inner.operands()
            else:
                inner.expression()
            if not within.accept(",") and not within.accept_one(*words):
                break
        within.finish()
        self.columns |= inner.columns
        return Meaning(label=label)

    def typed_literal(self) -> Type | None:
        """Reads ``date '2000-01-01'`` and the like, if that comes next; the type of it."""
        cursor = self.cursor
        following = cursor.at + 1
        is_string = following < cursor.stop and cursor.tokens[following].kind in (Kind.STRING, Kind.DOLLAR)
        if not (is_string or cursor.word in _TYPE_WORDS or cursor.look() == "."):
            return None
        start = cursor.at
        interval = cursor.word == "INTERVAL"
        try:
            kind = type_name(cursor)
        except Reject:
            cursor.at = start
            return None
        if cursor.done or cursor.tokens[cursor.at].kind not in (Kind.STRING, Kind.DOLLAR):
            cursor.at = start
            return None
        cursor.at += 1
        if interval:
            interval_fields(cursor)
        return kind

    def column_or_call(self) -> Meaning:
        cursor = self.cursor
        start, word = cursor.at, cursor.word
        path = self.qualified()
        if cursor.word == "(":
            if len(path) == 1 and word in COLUMNS_ONLY:
                raise Reject(f"a call of {word}, whose arguments have a syntax of their own", cursor.offset)
            self.call()
            return Meaning(label=path[-1])
        if (len(path) == 1 and word in NOT_A_NAME) or len(path) > 3:
            cursor.at = start
            raise cursor.expected("an expression")
        if len(path) == 1 or self.called in (None, path[-2]):
            self.columns.add(path[-1])
        return Meaning(named=frozenset({path[-1]}), label=path[-1])

    def qualified(self) -> list[str]:
        cursor = self.cursor
        if cursor.word in RESERVED:
            raise cursor.expected("an expression")
        path = [cursor.function_name()]
        while cursor.accept("."):
            path.append(cursor.label())
        return path

    def call(self) -> None:
        cursor = self.cursor
        cursor.expect("(")
        if cursor.accept(")"):
            return
        while True:
            cursor.accept("VARIADIC")
            if cursor.look() in (":=", "=>"):
                cursor.function_name("an argument")
                cursor.expect_one(":=", "=>")
            self.expression()
            if cursor.accept(")"):
                return
            cursor.expect(",")
