"""What the planner makes of constants in an expression, and which parts of it go with that.

``ADD COLUMN ... DEFAULT`` asks for volatile functions only after the planner has been there: in
``coalesce(1, f())`` nobody calls f. (eval_const_expressions() of clauses.c; measured on 14 to 18.)
What cannot be told from the text is left open.
"""

from collections.abc import Callable

from schemaguard.schema import Volatility
from schemaguard.sql import functions
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.spans import (
    JOINING,
    Found,
    Span,
    after_case,
    arguments,
    find,
    is_number,
    is_operator,
    span,
    split,
    typed_literal,
)
from schemaguard.sql.type_names import type_name
from schemaguard.sql.values import ANY, FALSE, LATER, NOT_TRUE, NULL, SOME, TRUE, TRUTHS, Value, Values, truth

_OPPOSITE = {Value.TRUE: Value.FALSE, Value.FALSE: Value.TRUE}
_TESTS = ("NULL", "TRUE", "FALSE", "UNKNOWN")


class Folder:
    """Reads an expression, and notes what becomes of its parts."""

    __slots__ = ("found", "users", "whole")

    def __init__(self, whole: Cursor, users: Values) -> None:
        self.whole = whole
        #: What the functions of users can be when they are planned.
        self.users = users
        self.found = Found()

    def expression(self, part: Cursor) -> Values:
        alternatives = split(part, "OR")
        if len(alternatives) > 1:
            return self.joined(alternatives, self.conjunction, TRUE)
        return self.conjunction(part)

    def conjunction(self, part: Cursor) -> Values:
        terms = split(part, "AND")
        if len(terms) > 1:
            return self.joined(terms, self.negation, FALSE)
        return self.negation(part)

    def joined(self, parts: list[Cursor], read: Callable[[Cursor], Values], decides: Values) -> Values:
        """AND or OR: one constant decides, and then the others are gone."""
        spans = list(map(span, parts))
        values = [truth(read(one)) for one in parts]
        if decides in values:
            self.found.dropped += spans
            return decides
        for place, one in enumerate(spans):
            if any(decides <= value for other, value in enumerate(values) if other != place):
                self.found.loose.append(one)
        if LATER in values and not any(decides <= value for value in values):
            return LATER
        return frozenset[Value]().union(*values)

    def negation(self, part: Cursor) -> Values:
        if part.accept("NOT"):
            return frozenset(_OPPOSITE.get(value, value) for value in truth(self.negation(part)))
        return self.chain(part)

    def chain(self, part: Cursor) -> Values:
        """Operands and what stands between them, or a test with IS at the end."""
        start = part.at
        values: list[Values] = []
        alone = True
        while not part.done:
            tested = self.test(part, Span(start, part.at), values, alone=alone)
            if tested is not None:
                values, alone = [tested], True
                continue
            if part.word in ("+", "-") and alone and not values and is_number(part, part.at + 1):
                part.at += 1
            elif part.accept("IN"):
                values += [self.expression(one) for one in part.inside().parts()]
                alone = False
            elif part.accept("OPERATOR"):
                part.inside()
                alone = False
            elif part.word in JOINING or is_operator(part):
                part.at += 1
                alone = False
            else:
                values.append(self.operand(part))
        if alone and len(values) == 1:
            return values[0]
        # BETWEEN is two comparisons with AND: one of them may be false.
        compares = "BETWEEN" in part.words[start : part.stop] and values[:1] != [LATER]
        if compares or any(Value.NULL in value for value in values):
            self.found.loose.append(Span(start, part.stop))
            return ANY
        return LATER if LATER in values else ANY

    def test(self, part: Cursor, before: Span, values: list[Values], *, alone: bool) -> Values | None:
        """IS [NOT] NULL and the like; None: something else."""
        ahead = part.copy()
        says_not = ahead.word == "NOTNULL"
        word = "NULL" if ahead.accept_one("ISNULL", "NOTNULL") else ""
        if ahead.accept("IS"):
            says_not = ahead.accept("NOT")
            word = ahead.accept_one(*_TESTS)
        if not word:
            return None
        part.at = ahead.at
        if len(values) != 1 or not alone:
            if any(Value.NULL in value for value in values):
                self.found.loose.append(before)
            return ANY - NULL
        (value,) = values
        wanted = {"NULL": NULL, "TRUE": TRUE, "FALSE": FALSE, "UNKNOWN": NULL}[word]
        if word != "NULL":
            value = truth(value)
        return frozenset(
            one if one is Value.LATER else Value.TRUE if (one in wanted) is not says_not else Value.FALSE
            for one in value
        )

    def operand(self, part: Cursor) -> Values:
        start = part.at
        value = self.primary(part)
        while part.word in ("::", "[", "."):
            if part.word == "[":
                value = self.subscript(part, value)
            elif part.accept("."):
                # Of ROW(...) the field is what is left.
                part.at += 1
                self.found.loose.append(Span(start, part.at))
                value = ANY
            else:
                part.expect("::")
                value = self.cast(part, value)
        return value

    def subscript(self, part: Cursor, value: Values) -> Values:
        close = part.closing()
        part.at += 1
        for one in split(part.up_to(close), ":"):
            self.expression(one)
        part.at = close + 1
        return LATER if value == LATER else ANY

    def cast(self, part: Cursor, value: Values) -> Values:
        """The value as that of a type, whose name comes next."""
        before = part.tokens[part.at - 2].kind
        kind = type_name(part)
        if not functions.built_in(kind):
            return value | LATER if value == NULL else ANY
        if value in (LATER, NULL) or (kind.name == "boolean" and value <= TRUTHS):
            return value
        # A literal is read before anything is planned.
        if value == SOME and before in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER) and kind.name != "money":
            return truth(SOME) - SOME if kind.name == "boolean" else SOME
        return ANY if Value.NULL in value else ANY - NULL

    def primary(self, part: Cursor) -> Values:
        word, token = part.word, part.token
        if token.kind in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER, Kind.PARAM):
            part.at += 1
            return ANY if token.kind is Kind.PARAM else SOME
        if word in ("TRUE", "FALSE", "NULL"):
            part.at += 1
            return {"TRUE": TRUE, "FALSE": FALSE, "NULL": NULL}[word]
        if word == "(":
            return self.row(part)
        if word == "CASE":
            return self.case(part)
        if word == "ARRAY" and part.look() == "[":
            part.at += 1
            return self.array(part)
        if word == "ROW" and part.look() == "(":
            part.at += 1
            return self.row(part, named=True)
        if word == "CAST":
            part.at += 1
            within = part.inside()
            value = self.expression(within.up_to(find(within, "AS")))
            within.expect("AS")
            return self.cast(within, value)
        if word in functions.SPECIAL_VALUES and (part.at == 0 or part.words[part.at - 1] != "."):
            part.at += 1
            if part.word == "(":
                part.inside()
            return LATER
        return self.named(part)

    def row(self, part: Cursor, *, named: bool = False) -> Values:
        within = part.inside()
        members = within.copy().parts()
        if len(members) == 1 and not named:
            return self.expression(within)
        for one in members:
            self.expression(one)
        # The planner looks into it: (1, f()) IS NULL is false.
        self.found.loose.append(span(within))
        return ANY

    def array(self, part: Cursor) -> Values:
        close = part.closing()
        part.at += 1
        values = [self.expression(one) for one in part.up_to(close).parts() if not one.done]
        part.at = close + 1
        return LATER if LATER in values else SOME | LATER

    def case(self, part: Cursor) -> Values:
        whole = part.copy()
        whole.stop = after_case(part, part.at) - 1
        part.at = whole.stop + 1
        whole.expect("CASE")
        if whole.word != "WHEN":
            self.found.loose.append(span(whole))
            return ANY
        outcome: Values = frozenset()
        #: Where what comes next belongs; None: it is kept.
        fate: list[Span] | None = None
        while whole.accept("WHEN"):
            branch = Span(whole.at, find(whole, "WHEN", "ELSE"))
            value = truth(self.expression(whole.up_to(find(whole, "THEN"))))
            whole.expect("THEN")
            then = self.expression(whole.up_to(branch.stop))
            if fate is self.found.dropped or value <= NOT_TRUE:
                self.found.dropped.append(branch)
                continue
            if fate is not None or value not in (TRUE, LATER):
                self.found.loose.append(branch)
            outcome |= then if value == TRUE else then | LATER
            if value == TRUE and fate is None:
                fate = self.found.dropped
            elif value >= TRUE:
                fate = self.found.loose
        last = Span(whole.at, whole.stop)
        value = self.expression(whole) if whole.accept("ELSE") else NULL
        if fate is not None:
            fate.append(last)
        return outcome if fate is self.found.dropped else outcome | value

    def coalesce(self, arguments: list[Cursor]) -> Values:
        """The first that is not null; what is constant and null is left out."""
        outcome: Values = frozenset()
        fate: list[Span] | None = None
        for one in arguments:
            place = span(one)
            value = self.expression(one)
            if fate is not None:
                fate.append(place)
            if fate is self.found.dropped:
                continue
            outcome |= value - NULL
            if not value & (NULL | LATER) and fate is None:
                fate = self.found.dropped
            elif value - NULL - LATER:
                fate = self.found.loose
        return outcome if fate is self.found.dropped else outcome | NULL

    def named(self, part: Cursor) -> Values:
        """A literal of a type that is named, a call, or a column."""
        if (kind := typed_literal(part)) is not None:
            plain = functions.built_in(kind) and kind.name != "boolean"
            return SOME if plain else ANY - NULL
        start = part.at
        part.at += 1
        while part.word == "." and part.look():
            part.at += 2
        if part.word != "(":
            return ANY
        name, within = part.at - 1, part.inside()
        word = part.words[name]
        given = arguments(word, within)
        if word == "COALESCE":
            return self.coalesce(given)
        return self.call(name, Span(start, part.at), given)

    def call(self, name: int, whole: Span, arguments: list[Cursor]) -> Values:
        user = functions.user_function(self.whole, name)
        if user is not None:
            self.found.within += [(span(one), user) for one in arguments]
        values = list(map(self.expression, arguments))
        null = any(Value.NULL in value for value in values)
        if user is not None:
            self.found.given_null += [(whole, user)] * null
            return self.users
        if null:
            # PostgreSQL's own are STRICT but for a few.
            self.found.loose.append(whole)
            return ANY
        fixed = functions.called(self.whole, name) is Volatility.CONSTANT and LATER not in values
        return ANY if fixed else LATER
