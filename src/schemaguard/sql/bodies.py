"""Bodies of functions and procedures: what a call of them does."""

from functools import cache

from schemaguard.changes.base import Unread
from schemaguard.schema import Code
from schemaguard.sql.cursor import over
from schemaguard.sql.grammar import read_text
from schemaguard.sql.inlined import statements_of, with_values
from schemaguard.sql.lexer import LexError, tokens
from schemaguard.sql.plpgsql import Block
from schemaguard.sql.plpgsql_statements import Changes, Ran, ran_of
from schemaguard.sql.reject import Reject


@cache
def done_by(code: Code) -> Changes:
    """The changes of the body, each statement after a mark; of a pure one there are none."""
    try:
        ran = _ran(code)
    except LexError as error:
        return (Unread(code.text, error.what),)
    except Reject as reject:
        return (Unread(code.text, reject.reason),)
    return tuple(change for one in ran for change in (one.mark, *one.changes))


def _ran(code: Code) -> list[Ran]:
    match code.language:
        case "plpgsql":
            return Block(with_values(code.text), read_text).whole()
        case "sql":
            return [ran for text in statements_of(code.text) for ran in ran_of(text, read_text(text))]
        case _:
            raise Reject(f"schemaguard does not read the language {code.language}", 0)


def is_one_statement(code: Code) -> bool:
    """Whether it is a text with one statement of SQL."""
    if code.language != "sql":
        return False
    try:
        settled = over(code.text, tokens(code.text)).word in ("BEGIN", "RETURN")
        return not settled and len(statements_of(code.text)) == 1
    except (LexError, Reject):
        return False
