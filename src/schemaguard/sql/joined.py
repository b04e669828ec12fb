"""UPDATE ... FROM of the plain form: what of another table goes where, and how both are joined."""

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql.copied import in_the_way, one_table
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import tokens

#: A column as it is written: the table's name or its other name, "" for none; and its own.
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Joined:
    """Each row gets ``values`` of the row of ``source`` with which all columns of ``same`` are equal."""

    #: What the two tables are called.
    target_called: str
    source: Relation
    source_called: str
    values: tuple[tuple[str, Named], ...]
    same: tuple[tuple[Named, Named], ...]


def joined(text: str) -> Joined:
    """What the UPDATE copies. Reject where it is of another form, with what is in the way."""
    cursor = over(text, tokens(text))
    cursor.expect("UPDATE")
    _, target_called = one_table(cursor, "SET")
    cursor.expect("SET")
    values = []
    for part in cursor.up_to(cursor.find("FROM", "WHERE", "RETURNING")).parts():
        column = part.name("a column")
        part.expect("=")
        values.append((column, _named(part)))
    cursor.expect("FROM")
    source, source_called = one_table(cursor, "WHERE")
    cursor.expect("WHERE")
    same = []
    condition = cursor.up_to(cursor.find("RETURNING"))
    while True:
        part = condition.up_to(condition.find("AND"))
        one = _named(part.up_to(part.find("=")))
        part.expect("=")
        same.append((one, _named(part)))
        if not condition.accept("AND"):
            break
    cursor.finish()
    return Joined(target_called, source, source_called, tuple(values), tuple(same))


def _named(part: Cursor) -> Named:
    """The column that all that is left is."""
    if part.word == "(":
        raise in_the_way(part, "an expression")
    first = part.name("a column")
    if part.done:
        return "", first
    if not part.accept("."):
        raise in_the_way(part, "an expression")
    second = part.label("a column")
    if part.accept("."):
        first, second = second, part.label("a column")
    if not part.done:
        raise in_the_way(part, "an expression")
    return first, second
