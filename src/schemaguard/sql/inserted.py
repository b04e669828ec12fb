"""INSERT: into which columns it puts the rows of which query."""

from schemaguard.dataclass import dataclass
from schemaguard.schema import Volatility
from schemaguard.sql import functions
from schemaguard.sql.assignments import into_columns
from schemaguard.sql.cursor import over
from schemaguard.sql.lexer import tokens
from schemaguard.sql.reject import Reject


@dataclass(frozen=True, slots=True)
class Inserted:
    """The rows of ``query``, each of them."""

    #: None: the first ones of the table.
    columns: tuple[str, ...] | None
    query: str
    #: Whether the query has the same rows when it is asked again, as long as what it reads is the same.
    volatility: Volatility


def inserted(text: str) -> Inserted:
    """What the INSERT says. Reject where rows may be left out, or it is of another form."""
    cursor = over(text, tokens(text))
    columns = into_columns(cursor)
    words = cursor.words[cursor.at : cursor.stop]
    if cursor.word not in ("VALUES", "SELECT", "WITH", "TABLE", "(") or {"CONFLICT", "RETURNING"} & set(
        words
    ):
        raise Reject("rows may be left out, or have values of another kind", cursor.offset)
    return Inserted(columns, cursor.source, functions.of_tokens(cursor).volatility)
