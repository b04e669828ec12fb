"""Expressions without queries inside: which columns they name, and which of them they prove present.

A reader by recursive descent. It knows how AND, OR, NOT and IS nest, for on that hangs
what an expression proves; all other operators are one to it, for on their order hangs
nothing that anyone asks here. What it does not know it rejects.
"""

from schemaguard.dataclass import dataclass
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.meaning import SILENT, Meaning
from schemaguard.sql.operands import Operands

#: What can come after IS DISTINCT FROM NULL, if NULL is all that it compares with.
_ENDS = frozenset({"", ")", ",", "AND", "OR", "THEN", "WHEN", "END", "ELSE"})


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


class _Reader(Operands):
    """Reads operators and what they join."""

    __slots__ = ()

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
            meaning = SILENT if kinds else link
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
            return SILENT
        match cursor.word:
            case "IS":
                cursor.expect("IS")
                return self.test(left)
            case "ISNULL":
                cursor.expect("ISNULL")
                return Meaning(fails=left.single)
            case "NOTNULL":
                cursor.expect("NOTNULL")
                return Meaning(holds=left.named)
            case "NOT" | "LIKE" | "ILIKE" | "SIMILAR" | "BETWEEN" | "IN":
                cursor.accept("NOT")
                self.pattern_or_range()
                return SILENT
            case "OVERLAPS":
                cursor.expect("OVERLAPS")
                self.operand()
                return Meaning(label="overlaps")
            case "AT":
                cursor.expect("AT")
                if not cursor.accept("LOCAL"):
                    cursor.expect("TIME", "ZONE")
                    self.operand()
                return SILENT
            case "COLLATE":
                cursor.expect("COLLATE")
                self.qualified()
                return SILENT
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

    def test(self, left: Meaning) -> Meaning:
        """What comes after IS."""
        cursor = self.cursor
        says_not = cursor.accept("NOT")
        if cursor.accept("NULL"):
            return Meaning(holds=left.named) if says_not else Meaning(fails=left.single)
        if cursor.accept("DISTINCT", "FROM"):
            if cursor.word == "NULL" and cursor.look() in _ENDS:
                # The server's own parser makes IS NOT NULL of this.
                cursor.expect("NULL")
                return Meaning(fails=left.single) if says_not else Meaning(holds=left.named)
            self.operand()
            while self.operator():
                self.operand()
            return SILENT
        if cursor.accept_one("TRUE", "FALSE", "UNKNOWN", "DOCUMENT", "NORMALIZED"):
            return SILENT
        if cursor.accept_one("NFC", "NFD", "NFKC", "NFKD"):
            cursor.expect("NORMALIZED")
            return SILENT
        cursor.expect("JSON")
        cursor.accept_one("VALUE", "OBJECT", "ARRAY", "SCALAR")
        if cursor.accept_one("WITH", "WITHOUT"):
            cursor.expect("UNIQUE")
            cursor.accept("KEYS")
        return SILENT
