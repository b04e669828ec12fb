"""Assignments, as UPDATE, ON CONFLICT and MERGE have them in common: what is given which value."""

from collections.abc import Iterable
from typing import NamedTuple

from schemaguard.schema import Expression, Volatility
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_of_part


def assignment(part: Cursor, called: str) -> list[tuple[str, Expression]]:
    """One column and its value, or several: the same query, or one of a row each."""
    if part.word != "(":
        name = assigned(part.up_to(part.find("=")))
        part.expect("=")
        return [(name, _value(part, called))]
    names = [assigned(one) for one in part.inside().parts()]
    part.expect("=")
    row = part.accept("ROW")
    if part.word != "(":
        raise part.expected("a row or a query")
    # Of ((SELECT 1), 2) the query is only one value.
    if not row and is_query(part) and (part.look() != "(" or not _has_comma(part)):
        value = facts_of_part(part, called)
        return [(name, value) for name in names]
    values = part.inside().parts()
    part.finish()
    if len(values) == 1 and not row:
        raise part.expected("a row or a query")
    if len(values) != len(names):
        raise part.expected(f"{len(names)} values")
    return [(name, _value(one, called)) for name, one in zip(names, values, strict=True)]


def assigned(part: Cursor) -> str:
    """The column of which a value, a field or an element is assigned."""
    name = part.name("a column")
    while not part.done:
        if part.accept("."):
            part.label("a field")
        elif part.word == "[":
            part.at = part.closing() + 1
        else:
            raise part.expected('"="')
    return name


class Targets(NamedTuple):
    """The columns to which something is assigned."""

    all: frozenset[str] = frozenset()
    #: Those that come more than once. Elements and fields may; not beside their whole column.
    twice: tuple[str, ...] = ()


def targets(assigned: Iterable[Cursor]) -> Targets:
    """What stands left of the equals signs."""
    whole: dict[str, list[bool]] = {}
    for part in assigned:
        for target in part.inside().parts() if part.word == "(" else [part.up_to(part.find("="))]:
            name = target.name("a column")
            whole.setdefault(name, []).append(target.done)
    twice = (name for name, each in whole.items() if len(each) > 1 and any(each))
    return Targets(frozenset(whole), tuple(twice))


def _value(part: Cursor, called: str) -> Expression:
    if part.is_at("DEFAULT") and part.at + 1 == part.stop:
        part.expect("DEFAULT")
        return Expression(text="DEFAULT", volatility=Volatility.UNKNOWN)
    return facts_of_part(part, called)


def is_query(cursor: Cursor, ahead: int = 0) -> bool:
    """Whether a query begins there; VALUES may be a column, too."""
    while cursor.look(ahead) == "(":
        ahead += 1
    word = cursor.look(ahead)
    return word in ("SELECT", "TABLE", "WITH") or (word == "VALUES" and cursor.look(ahead + 1) == "(")


def _has_comma(cursor: Cursor) -> bool:
    within = cursor.copy().inside()
    return within.find(",") < within.stop


def into_columns(cursor: Cursor) -> tuple[str, ...] | None:
    """The columns that an INSERT names, up to its query; None: the first ones of the table."""
    cursor.expect("INSERT", "INTO")
    cursor.relation()
    if cursor.accept("AS"):
        cursor.name("another name")
    if cursor.word == "(" and cursor.look() not in ("SELECT", "WITH", "VALUES", "("):
        return tuple(assigned(part) for part in cursor.inside().parts())
    return None
