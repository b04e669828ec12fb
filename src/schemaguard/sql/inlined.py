"""Bodies of functions in SQL: what the server puts in the place of a call, and what they read and write."""

from itertools import pairwise

from schemaguard.mentions import Mentions
from schemaguard.names import Relation
from schemaguard.schema import Expression
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.functions import of_tokens
from schemaguard.sql.kept import condition, kept_statement, touched
from schemaguard.sql.lexer import Kind, LexError, tokens
from schemaguard.sql.planned import parts
from schemaguard.sql.reject import Reject
from schemaguard.sql.split import Bad, Cut, split

#: With one of these a query is more than one expression.
_CLAUSES = (
    "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "UNION",
    "INTERSECT", "EXCEPT", "INTO", "DISTINCT",
)  # fmt: skip
#: A query with one of these calls is not put anywhere, either: aggregates, and what returns sets.
_NOT_ONE_VALUE = frozenset(
    """COUNT SUM AVG MIN MAX ARRAY_AGG STRING_AGG JSON_AGG JSONB_AGG BOOL_AND BOOL_OR EVERY GENERATE_SERIES
    UNNEST REGEXP_MATCHES REGEXP_SPLIT_TO_TABLE JSON_ARRAY_ELEMENTS JSONB_ARRAY_ELEMENTS""".split()
)
#: Operators whose value is NULL if one side is.
_STRICT = frozenset({"+", "-", "*", "/", "%", "||", "=", "<>", "<", ">", "<=", ">=", "(", ")", "::"})


def inlined(text: str, names: tuple[str, ...], *, strict: bool) -> tuple[Expression | None, bool]:
    """What a call comes to if its body is put in its place, and whether it is whatever the arguments are.

    ``names`` are those of the arguments, "" where one has none. (inline_function() of clauses.c.)
    """
    cursor = _one_expression(text)
    if cursor is None:
        return None, False
    try:
        told = of_tokens(cursor)
        kept = parts(cursor)
    except Reject:
        return None, False
    expression = Expression(text=text, volatility=told.volatility, calls=told.calls, parts=kept)
    uses = [_uses(cursor, place, name) for place, name in enumerate(names, 1)]
    # An argument that is used twice must not cost much; one of a STRICT function has to be used.
    plain = all(use <= 1 for use in uses) and (not strict or (all(uses) and _is_strict(cursor)))
    return expression, plain


def _one_expression(text: str) -> Cursor | None:
    """The expression that is all of a body; None: it is more, or something else."""
    try:
        cursor = over(text, tokens(text))
    except LexError:
        return None
    if cursor.accept("BEGIN", "ATOMIC"):
        if cursor.stop - cursor.at < 2 or cursor.words[cursor.stop - 1] != "END":
            return None
        cursor.stop -= 1
    while cursor.stop > cursor.at and cursor.words[cursor.stop - 1] == ";":
        cursor.stop -= 1
    if not cursor.accept("SELECT") and not cursor.accept("RETURN"):
        return None
    within = cursor.words[cursor.at : cursor.stop]
    several = cursor.find(*_CLAUSES, ",", ";") < cursor.stop
    asks = {"SELECT", "VALUES", "OVER", ";"} & set(within)
    gathers = any(w in _NOT_ONE_VALUE and f == "(" for w, f in pairwise(within))
    return None if several or asks or gathers or not within else cursor


def _uses(cursor: Cursor, place: int, name: str) -> int:
    """How often the argument of that place and name is used."""
    found = 0
    for token in cursor.tokens[cursor.at : cursor.stop]:
        if token.kind is Kind.PARAM:
            found += token.text == f"${place}"
        elif token.kind in (Kind.WORD, Kind.QUOTED):
            found += bool(name) and token.identifier == name
    return found


def _is_strict(cursor: Cursor) -> bool:
    """Whether it is certainly NULL where an argument is: nothing but operators and casts."""
    for place in range(cursor.at, cursor.stop):
        token, word = cursor.tokens[place], cursor.words[place]
        if token.kind is Kind.OP and word not in _STRICT:
            return False
        if token.kind is Kind.WORD and (word in ("CASE", "AND", "OR", "NOT", "IS", "IN", "ROW", "ARRAY")):
            return False
        if cursor.words[place + 1 : place + 2] == ["("] and token.kind in (Kind.WORD, Kind.QUOTED):
            return False
    return True


def body_touches(text: str) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    """What the server locks when it checks a body in SQL: what that reads, and what it writes."""
    reads: set[Relation] = set()
    writes: set[Relation] = set()
    for part in _kept_statements(text):
        try:
            cursor = over(part, tokens(part))
            read, written = touched(cursor)
        except (Reject, LexError):
            continue  # DDL, which is not looked into before it is run, and what nobody can read.
        reads |= read
        writes |= written
    return tuple(sorted(reads)), tuple(sorted(writes))


def body_mentions(text: str) -> Mentions:
    """What a body that is SQL itself names."""
    said = Mentions()
    for part in _kept_statements(text):
        try:
            said |= kept_statement(over(part, tokens(part)))[0]
        except (Reject, LexError):
            continue  # What nobody can read: nothing is known of it.
    try:
        cursor = over(text, tokens(text))
        return condition(cursor) if cursor.accept("RETURN") else said
    except (Reject, LexError):
        return said


def _kept_statements(text: str) -> list[str]:
    """The statements of a body whose names count; of an expression there are none."""
    try:
        return [] if over(text, tokens(text)).is_at("RETURN") else statements_of(text)
    except (Reject, LexError):
        return []


def with_values(text: str) -> str:
    """The body with a number in the place of each argument that is called by its number."""
    made = list(text)
    for token in tokens(text):
        if token.kind is Kind.PARAM:
            made[token.start] = " "
    return "".join(made)


def statements_of(text: str) -> list[str]:
    """The statements of a body in SQL; RETURN becomes a query. LexError and Reject: unreadable."""
    whole = with_values(text)
    cursor = over(whole, tokens(whole))
    if cursor.accept("BEGIN", "ATOMIC"):
        start, end = cursor.offset, cursor.tokens[cursor.stop - 1].start
        whole = whole[start:end]
    elif cursor.accept("RETURN"):
        return [f"SELECT {cursor.source}"]
    parts = list(split(whole, in_psql=False))
    for part in parts:
        if isinstance(part, Bad):
            raise Reject(part.message, 0)
    return [whole[part.start : part.end] for part in parts if isinstance(part, Cut)]
