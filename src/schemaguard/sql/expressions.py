"""What is known of an SQL expression or query. The only module that knows sqlglot, and only when it must.

Expressions are read by ``plain``. Where a query is inside, sqlglot says which tables it
reads and which columns it names. It gets a copy without what it reads in a way of its
own: strings without content, types as ``text``. What it does not understand is rejected,
and nothing that it prints is ever used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

from schemaguard.names import shorten
from schemaguard.schema import Expression
from schemaguard.sql import functions, plain
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.keywords import NOT_A_NAME
from schemaguard.sql.lexer import Kind, LexError, tokens
from schemaguard.sql.planned import parts
from schemaguard.sql.reject import Reject
from schemaguard.sql.sequence_names import sequences_in
from schemaguard.sql.type_names import type_name

#: Operators of which sqlglot thinks as PostgreSQL does; all others are made one.
_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/", "%", "^", "||"})


@lru_cache(maxsize=4096)
def facts(text: str) -> Expression:
    """What is known of the expression; the same for the author's text and the server's version of it."""
    try:
        cursor = over(text, tokens(text))
    except LexError as error:
        raise Reject(error.what, error.offset) from error
    return facts_at(cursor)


def facts_at(cursor: Cursor) -> Expression:
    """The same for all that is left to the cursor."""
    if cursor.done:
        raise cursor.expected("an expression")
    text = cursor.source
    told, named, whole = functions.of_tokens(cursor), sequences_in(cursor), cursor.copy()
    reading = plain.read(cursor)
    return Expression(
        text=text,
        columns=reading.columns,
        proves_present=reading.meaning.holds,
        volatility=told.volatility,
        calls=told.calls,
        parts=parts(whole),
        sequences=named,
    )


def facts_of_part(cursor: Cursor, called: str) -> Expression:
    """What is known of an expression in a statement that may read other tables, too.

    ``called`` is what the row's table is called; columns of others do not count, if it
    says whose they are.
    """
    if cursor.done:
        raise cursor.expected("an expression")
    text, offset = cursor.source, cursor.offset
    told = functions.of_tokens(cursor)
    if {"SELECT", "VALUES", "TABLE"}.isdisjoint(cursor.words[cursor.at : cursor.stop]):
        columns = plain.read(cursor, called).columns
    else:
        columns = _columns(_parsed(cursor, offset, into="Condition"), called)
        cursor.at = cursor.stop
    return Expression(text=text, columns=columns, volatility=told.volatility, calls=told.calls)


@cache
def _sqlglot() -> tuple[Any, Any, Any]:
    import sqlglot.expressions as exp
    from sqlglot.dialects.postgres import Postgres

    # Without COMMANDS: words such as LOCK begin no command in the middle of a statement.
    return exp, Postgres(), type("Tokenizer", (Postgres.Tokenizer,), {"COMMANDS": set()})


@contextmanager
def _silence() -> Iterator[None]:
    """It warns of what it does not know; we reject that, and say so ourselves."""
    import logging

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _not_understood(offset: int) -> Reject:
    return Reject("a query that is not understood", offset)


def _parsed(cursor: Cursor, offset: int, *, into: str) -> Any:
    """The one tree that sqlglot makes of all that is left."""
    exp, dialect, tokenizer = _sqlglot()
    text = " ".join(_simplified(cursor))
    try:
        with _silence():
            read = tokenizer().tokenize(text)
            parser = dialect.parser()
            trees = parser.parse_into(getattr(exp, into), read, text) if into else parser.parse(read, text)
    except Exception as error:  # It raises TypeError and RecursionError, too.
        raise _not_understood(offset) from error
    forbidden = (exp.Command, exp.Placeholder, exp.Parameter, exp.Into, exp.Lambda, exp.Kwarg)
    if len(trees) != 1 or trees[0] is None or trees[0].find(*forbidden):
        raise _not_understood(offset)
    _check_names(exp, trees[0], cursor, offset)
    return trees[0]


def _check_names(exp: Any, tree: Any, cursor: Cursor, offset: int) -> None:
    """Where sqlglot is at a loss it takes keywords for names, and names for something else."""
    named = {
        cursor.tokens[place].identifier
        for place in range(cursor.at, cursor.stop)
        if cursor.tokens[place].kind in (Kind.WORD, Kind.QUOTED)
        and cursor.words[place + 1 : place + 2] != ["("]
    }
    for name in tree.find_all(exp.Identifier):
        if not name.quoted and name.name.upper() in NOT_A_NAME:
            raise _not_understood(offset)
    for column in tree.find_all(exp.Column):
        # A function by the name of a keyword becomes a column and who knows what.
        known = isinstance(column.this, exp.Identifier) and column.name in named
        if not (known or isinstance(column.this, exp.Star)):
            raise _not_understood(offset)
    if any(isinstance(dot.this, exp.Column) for dot in tree.find_all(exp.Dot)):
        raise Reject("a name with a database in it", offset)


def _simplified(cursor: Cursor) -> list[str]:
    """The tokens as all versions of sqlglot read them: no comments, no contents, no types."""
    made: list[str] = []
    place = cursor.at
    while place < cursor.stop:
        token, word = cursor.tokens[place], cursor.words[place]
        if word == "VALUES" and cursor.words[place + 1 : place + 2] != ["("]:
            raise Reject("something by the name of VALUES", token.start)
        if word == "OVERRIDING" and cursor.words[place + 2 : place + 3] == ["VALUE"]:
            place += 3  # Of INSERT: which sqlglot does not know, and which reads nothing.
            continue
        if word == "::" or (word == "AS" and functions.in_cast(cursor.words, cursor.at, place)):
            part = Cursor(cursor.text, cursor.tokens, cursor.words, place + 1, cursor.stop)
            type_name(part)
            made += [word, "text"]
            place = part.at
            continue
        if cursor.words[place + 1 : place + 2] in (["=>"], [":="]):
            place += 2  # The name of an argument.
            continue
        if word == "COLLATE" and made[-1:] != ["."]:
            place = _after_collation(cursor, place + 1)
            made += ["||", "'s'"]
            continue
        if token.kind in (Kind.STRING, Kind.DOLLAR):
            made.append("'s'")
        elif token.kind is Kind.NUMBER:
            made.append("1")
        elif token.kind is Kind.QUOTED:
            made.append('"' + token.identifier.replace('"', '""') + '"')
        elif token.kind is Kind.WORD:
            made.append(token.identifier)
        else:
            # To it -> begins a function without a name, and others may be anything.
            made.append(word if word in _OPERATORS or word in functions.PUNCTUATION else "||")
        place += 1
    return made


def _after_collation(cursor: Cursor, place: int) -> int:
    """Where the collation's name ends that begins there."""
    part = Cursor(cursor.text, cursor.tokens, cursor.words, place, cursor.stop)
    part.function_name("a collation")
    if part.accept("."):
        part.label("a collation")
    if part.word == ".":
        raise Reject("a name with a database in it", part.offset)
    return part.at


def _name(identifier: Any) -> str:
    return shorten(identifier.name) if identifier is not None else ""


def _columns(tree: Any, called: str) -> frozenset[str]:
    exp, _, _ = _sqlglot()
    return frozenset(
        _name(column.this)
        for column in tree.find_all(exp.Column)
        if isinstance(column.this, exp.Identifier) and _name(column.args.get("table")) in ("", called)
    )
