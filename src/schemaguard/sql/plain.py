"""Expressions without queries inside: which columns they name, and which of them they prove present.

A reader by recursive descent. It knows how AND, OR, NOT and IS nest, for on that hangs
what an expression proves; all other operators are one to it, for on their order hangs
nothing that anyone asks here. What it does not know it rejects.
"""

from dataclasses import dataclass

from schemaguard.column_types import Type
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import SPECIAL_VALUES
from schemaguard.sql.keywords import COLUMNS_ONLY, NOT_A_NAME, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import interval_fields, type_name

_NONE: frozenset[str] = frozenset()
_CALLS = frozenset({"COALESCE", "NULLIF", "GREATEST", "LEAST"})
#: Calls with words between their arguments, and these words.
_WORDY = {
    "SUBSTRING": ("FROM", "FOR", "SIMILAR", "ESCAPE"),
    "POSITION": ("IN",),
    "OVERLAY": ("PLACING", "FROM", "FOR"),
    "TRIM": ("FROM",),
}
_PUNCTUATION = frozenset({"(", ")", "[", "]", ",", ";", ".", ":", "..", ":=", "=>", "::"})
_OPERATOR_CHARACTERS = frozenset("+-*/<>=~!@#%^&|`?")
_TYPE_WORDS = COLUMNS_ONLY | {"DOUBLE"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression says of columns."""

    #: Cannot be null where it is true or null.
    holds: frozenset[str] = _NONE
    #: Cannot be null where it is false or null.
    fails: frozenset[str] = _NONE
    #: The columns, if it is nothing but a column, or a row of columns.
    named: frozenset[str] = _NONE
    is_row: bool = False
    #: What PostgreSQL calls it in the name of an index (FigureColname); "": nothing.
    label: str = ""
    #: Whether a cast leaves the label alone.
    firm: bool = True

    @property
    def absent(self) -> frozenset[str]:
        """The columns whose presence follows if it is not null: of a row one would be enough, but which?"""
        return _NONE if self.is_row else self.named

    @property
    def negated(self) -> "Meaning":
        """What its negation says."""
        return Meaning(self.fails, self.holds)


_SILENT = Meaning()
#: What the catalog calls types whose names in SQL are other ones.
_CATALOG_NAMES = {
    "integer": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "bit varying": "varbit",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}


def _cast(meaning: Meaning, kind: Type) -> Meaning:
    if meaning.label and meaning.firm:
        return Meaning(label=meaning.label)
    name = "interval" if kind.name.startswith("interval ") else _CATALOG_NAMES.get(kind.name, kind.name)
    return Meaning(label=name.rpartition(".")[2].strip('"'), firm=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What has been read: the columns it names, and what it means."""

    columns: frozenset[str]
    meaning: Meaning


def read(cursor: Cursor, called: str | None = None) -> Reading:
    """All that is left of the cursor, as one expression.

    ``meaning.holds`` is what SET NOT NULL believes of a valid CHECK: it looks for ``c IS
    NOT NULL`` itself through AND, through OR where all branches have it, and through NOT;
    what is only implied, by ``c > 0`` or by ``(c IS NOT NULL) IS TRUE``, it does not
    believe. (By its own word, "existing constraints are sufficient", 14 to 18.)
    ``called`` is what the row's table is called, where there are others; without it there
    are none.
    """
    reader = _Reader(cursor, called)
    meaning = reader.expression()
    cursor.finish()
    return Reading(frozenset(reader.columns), meaning)


class _Reader:
    """Reads from a cursor, and remembers the columns."""

    __slots__ = ("called", "columns", "cursor")

    def __init__(self, cursor: Cursor, called: str | None) -> None:
        self.cursor = cursor
        self.called = called
        self.columns: set[str] = set()

    def expression(self) -> Meaning:
        meaning = self.conjunction()
        while self.cursor.accept("OR"):
            other = self.conjunction()
            meaning = Meaning(meaning.holds & other.holds, meaning.fails | other.fails)
        return meaning

    def conjunction(self) -> Meaning:
        meaning = self.negation()
        while self.cursor.accept("AND"):
            other = self.negation()
            meaning = Meaning(meaning.holds | other.holds, meaning.fails & other.fails)
        return meaning

    def negation(self) -> Meaning:
        if self.cursor.accept("NOT"):
            return self.negation().negated
        return self.chain()

    def chain(self) -> Meaning:
        """Operands between operators, all of which bind tighter than NOT."""
        first = meaning = self.operand()
        kinds: list[str] = []
        while True:
            kind = self.cursor.word
            link = self.link(meaning)
            if link is None:
                break
            # Of a = b IS NOT NULL and the like nothing is believed.
            meaning = _SILENT if kinds else link
            kinds.append(kind)
        if not kinds:
            return first
        # These two bind tighter than all others.
        if any(kind not in ("AT", "COLLATE") for kind in kinds):
            return meaning
        return Meaning(label="timezone") if "AT" in kinds else Meaning(label=first.label, firm=first.firm)

    def link(self, left: Meaning) -> Meaning | None:
        """One operator and what comes after it; None: there is none."""
        cursor = self.cursor
        if self.operator():
            if cursor.accept_one("ANY", "SOME", "ALL") and cursor.word != "(":
                raise cursor.expected('"("')
            self.operand()
            return _SILENT
        match cursor.word:
            case "IS":
                cursor.expect("IS")
                return self.test(left)
            case "ISNULL":
                cursor.expect("ISNULL")
                return Meaning(fails=left.absent)
            case "NOTNULL":
                cursor.expect("NOTNULL")
                return Meaning(holds=left.named)
            case "NOT" | "LIKE" | "ILIKE" | "SIMILAR" | "BETWEEN" | "IN":
                cursor.accept("NOT")
                self.pattern_or_range()
                return _SILENT
            case "OVERLAPS":
                cursor.expect("OVERLAPS")
                self.operand()
                return Meaning(label="overlaps")
            case "AT":
                cursor.expect("AT")
                if not cursor.accept("LOCAL"):
                    cursor.expect("TIME", "ZONE")
                    self.operand()
                return _SILENT
            case "COLLATE":
                cursor.expect("COLLATE")
                self.qualified()
                return _SILENT
            case _:
                return None

    def pattern_or_range(self) -> None:
        cursor = self.cursor
        match cursor.accept_one("LIKE", "ILIKE", "SIMILAR", "BETWEEN", "IN"):
            case "IN":
                if cursor.is_at("(", ")"):
                    raise cursor.expected("a list")
                self.row()
            case "BETWEEN":
                cursor.accept_one("SYMMETRIC", "ASYMMETRIC")
                self.operands()
                cursor.expect("AND")
                self.operands()
            case "":
                raise cursor.expected("an operator")
            case word:
                if word == "SIMILAR":
                    cursor.expect("TO")
                cursor.accept_one("ANY", "SOME", "ALL")
                self.operand()
                while self.operator():
                    self.operand()
                if cursor.accept("ESCAPE"):
                    self.operand()

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
        return bool(word) and word not in _PUNCTUATION and _OPERATOR_CHARACTERS.issuperset(word)

    def symbol(self) -> bool:
        if not self.is_symbol():
            raise self.cursor.expected("an operator")
        self.cursor.at += 1
        return True

    def test(self, left: Meaning) -> Meaning:
        """What comes after IS."""
        cursor = self.cursor
        says_not = cursor.accept("NOT")
        if cursor.accept("NULL"):
            return Meaning(holds=left.named) if says_not else Meaning(fails=left.absent)
        if cursor.accept("DISTINCT", "FROM"):
            if cursor.word == "NULL" and cursor.look() in (
                "",
                ")",
                ",",
                "AND",
                "OR",
                "THEN",
                "WHEN",
                "END",
                "ELSE",
            ):
                # The server's own parser makes IS NOT NULL of this.
                cursor.expect("NULL")
                return Meaning(fails=left.absent) if says_not else Meaning(holds=left.named)
            self.operand()
            while self.operator():
                self.operand()
            return _SILENT
        if cursor.accept_one("TRUE", "FALSE", "UNKNOWN", "DOCUMENT", "NORMALIZED"):
            return _SILENT
        if cursor.accept_one("NFC", "NFD", "NFKC", "NFKD"):
            cursor.expect("NORMALIZED")
            return _SILENT
        cursor.expect("JSON")
        cursor.accept_one("VALUE", "OBJECT", "ARRAY", "SCALAR")
        if cursor.accept_one("WITH", "WITHOUT"):
            cursor.expect("UNIQUE")
            cursor.accept("KEYS")
        return _SILENT

    def operand(self) -> Meaning:
        """A primary with its casts, subscripts and fields, and the operators before it."""
        if self.is_symbol():
            self.symbol()
            self.operand()
            return _SILENT
        meaning = self.primary()
        cursor = self.cursor
        while cursor.word in ("::", "[", "."):
            match cursor.word:
                case "::":
                    cursor.expect("::")
                    meaning = _cast(meaning, type_name(cursor))
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
        token, word = cursor.token, cursor.word
        match token.kind:
            case Kind.STRING | Kind.DOLLAR | Kind.NUMBER:
                cursor.at += 1
                return _SILENT
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
            return _SILENT
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
            meaning = _cast(meaning, type_name(cursor))
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
            return self.column_or_call() if kind is None else _cast(_SILENT, kind)
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
        # (a, b) IS NOT NULL proves both, and (a, 1) IS NOT NULL proves a; but a row inside is one value.
        named = _NONE if first.is_row else first.named
        while self.cursor.accept(","):
            part = self.expression()
            named |= _NONE if part.is_row else part.named
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
        last = self.expression() if cursor.accept("ELSE") else _SILENT
        cursor.expect("END")
        return Meaning(label=last.label) if last.label and last.firm else Meaning(label="case", firm=False)

    def wordy(self, words: tuple[str, ...]) -> Meaning:
        cursor = self.cursor
        label = cursor.word.lower()
        within = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at + 1, cursor.stop).inside()
        cursor.at = within.stop + 1
        inner = _Reader(within, self.called)
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
