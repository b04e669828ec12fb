"""The statements that we know, by their first words. There is no default: what is not here is unread."""

from functools import partial

from schemaguard.changes.base import Change, Unread
from schemaguard.schema import Persistence
from schemaguard.sql import (
    aggregates,
    alter_routine,
    casts,
    copying,
    cursors,
    databases,
    domains,
    explaining,
    extensions,
    foreign,
    languages,
    maintenance,
    operators,
    policies,
    prepared,
    privileges,
    remarks,
    replication,
    rewrite_rules,
    roles,
    schemas,
    sequence_statements,
    tablespaces,
    things,
    user_types,
    views,
)
from schemaguard.sql.alter_table import alter_foreign_table, alter_table
from schemaguard.sql.create_table import create_foreign_table, create_table, drop_table
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.index import alter_index, create_index, drop_index
from schemaguard.sql.lexer import Kind, LexError, Token, tokens
from schemaguard.sql.plpgsql import do_block
from schemaguard.sql.productions import Productions, Read
from schemaguard.sql.reject import Reject
from schemaguard.sql.rows import rows
from schemaguard.sql.session import PRODUCTIONS as SESSION
from schemaguard.sql.session import select
from schemaguard.sql.tables_of_queries import query
from schemaguard.sql.transactions import PRODUCTIONS as TRANSACTIONS
from schemaguard.sql.transactions import WHOLE as TRANSACTION
from schemaguard.sql.triggers import create_trigger, drop_trigger
from schemaguard.sql.verbs import verb

_PRODUCTIONS: Productions = {
    ("CREATE", "TABLE"): create_table,
    ("CREATE", "UNLOGGED", "TABLE"): lambda cursor: create_table(cursor, Persistence.UNLOGGED),
    ("CREATE", "FOREIGN", "TABLE"): create_foreign_table,
    **{
        ("CREATE", *words.split(), "TABLE"): lambda cursor: create_table(cursor, Persistence.TEMPORARY)
        for words in ("TEMP", "TEMPORARY", "LOCAL TEMP", "LOCAL TEMPORARY", "GLOBAL TEMP", "GLOBAL TEMPORARY")
    },
    ("DROP", "TABLE"): drop_table,
    ("DROP", "FOREIGN", "TABLE"): partial(drop_table, foreign=True),
    ("ALTER", "TABLE"): alter_table,
    ("ALTER", "FOREIGN", "TABLE"): alter_foreign_table,
    ("CREATE", "INDEX"): lambda cursor: create_index(cursor, unique=False),
    ("CREATE", "UNIQUE", "INDEX"): lambda cursor: create_index(cursor, unique=True),
    ("DROP", "INDEX"): drop_index,
    ("ALTER", "INDEX"): alter_index,
    ("CREATE", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=False),
    ("CREATE", "CONSTRAINT", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=False),
    ("CREATE", "OR", "REPLACE", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=True),
    ("CREATE", "OR", "REPLACE", "CONSTRAINT", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=True),
    ("DROP", "TRIGGER"): drop_trigger,
    ("DO",): lambda cursor: do_block(cursor, read_text),
    **SESSION,
    **TRANSACTIONS,
    **copying.PRODUCTIONS,
    **explaining.PRODUCTIONS,
    **prepared.PRODUCTIONS,
    **cursors.PRODUCTIONS,
    **things.PRODUCTIONS,
    **maintenance.PRODUCTIONS,
    **privileges.PRODUCTIONS,
    **roles.PRODUCTIONS,
    **databases.PRODUCTIONS,
    **remarks.PRODUCTIONS,
    **user_types.PRODUCTIONS,
    **domains.PRODUCTIONS,
    **operators.PRODUCTIONS,
    **casts.PRODUCTIONS,
    **aggregates.PRODUCTIONS,
    **languages.PRODUCTIONS,
    **schemas.PRODUCTIONS,
    **views.PRODUCTIONS,
    **sequence_statements.PRODUCTIONS,
    **replication.PRODUCTIONS,
    **foreign.PRODUCTIONS,
    **extensions.PRODUCTIONS,
    **policies.PRODUCTIONS,
    **rewrite_rules.PRODUCTIONS,
    **alter_routine.PRODUCTIONS,
    **tablespaces.PRODUCTIONS,
}
#: Those that need to see their first word again.
_WHOLE: dict[str, Read] = {
    "INSERT": rows,
    "UPDATE": rows,
    "DELETE": rows,
    "WITH": query,
    "MERGE": rows,
    "SELECT": select,
    "VALUES": rows,
    "TABLE": rows,
    "(": query,
    **TRANSACTION,
}
_LONGEST = max(map(len, _PRODUCTIONS))
#: What a template leaves behind, or an editor; no PostgreSQL text has it outside of quotes.
_NOT_SQL = frozenset("{}$\\")


def read_text(text: str) -> tuple[Change | Unread, ...]:
    """The changes that one statement makes."""
    try:
        text.encode()
        found = tokens(text)
        if not found:
            return (Unread(text, "there is nothing in it"),)
        _refuse_placeholders(found)
        return _statement(over(text, found))
    except Reject as reject:
        return (Unread(text, reject.reason, reject.offset),)
    except UnicodeEncodeError as error:
        return (Unread(text, "half of a surrogate pair, which no server takes", error.start),)
    except LexError as error:
        return (Unread(text, error.what, error.offset),)
    except RecursionError:
        return (Unread(text, "it is nested too deeply to be read"),)


def _statement(cursor: Cursor) -> "tuple[Change | Unread, ...]":
    whole = _WHOLE.get(cursor.word)
    if whole is not None:
        return whole(cursor)
    first = tuple(cursor.words[:_LONGEST])
    for length in range(len(first), 0, -1):
        production = _PRODUCTIONS.get(first[:length])
        if production is not None:
            cursor.at = length
            return production(cursor)
    raise Reject(f"schemaguard does not know what {verb(cursor)} does", 0)


def _refuse_placeholders(found: list[Token]) -> None:
    """A statement with blanks in it is none yet."""
    for token in found:
        if token.kind is Kind.PARAM and token.text != "?" and not token.text[1:].isdigit():
            raise Reject(f"{token.text} stands for something that is not known here", token.start)
        if token.kind is Kind.OP and token.text in _NOT_SQL:
            raise Reject(f'syntax error at "{token.text}": this is no SQL; is it a template?', token.start)
