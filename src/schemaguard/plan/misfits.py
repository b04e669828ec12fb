"""Expressions that make values which a column does not take, found by a query that computes none."""

import re
from collections.abc import Iterable, Mapping

from schemaguard.names import literal, quote
from schemaguard.sql.words import named

_LITERAL = re.compile(r"'(?:[^']|'')*'")
#: What any column takes.
_ALWAYS = frozenset({"null", "default"})


def misfits(said: Iterable[tuple[str, str]], types: Mapping[str, str]) -> str:
    """A query for those of these columns and their expressions that do not fit, a text for each.

    It fails where an expression makes no sense at all. ``types``: of all columns that they name. "": there is
    no question, for each column gets what another of the same type holds.
    """
    asked = ((column, text) for column, text in said if _asks(column, text, types))
    return " UNION ALL ".join(_misfit(column, text, types) for column, text in asked)


def _asks(column: str, text: str, types: Mapping[str, str]) -> bool:
    alike = (quote(name) for name, type_ in types.items() if type_ == types.get(column))
    cast = (f"{quote(name)}::{types.get(column)}" for name in types)
    return column in types and text.lower() not in _ALWAYS and text not in (*alike, *cast)


def _misfit(column: str, text: str, types: Mapping[str, str]) -> str:
    type_ = types[column]
    if _LITERAL.fullmatch(text):
        return f"SELECT {literal(f'{column} = {text}')} WHERE ({text})::{type_} IS NULL"
    row = ", ".join(f"NULL::{types[name]} AS {quote(name)}" for name in sorted(named(text, types))) or "NULL"
    # Of no row, so that nothing is computed: what type it would have is known all the same.
    typed = f"pg_typeof((SELECT ({text}) FROM (SELECT {row} OFFSET 0) AS written LIMIT 0))"
    of, to = (f"coalesce(nullif({alias}.typbasetype, 0), {alias}.oid)" for alias in ("s", "t"))
    cast = (
        "EXISTS (SELECT FROM pg_catalog.pg_cast"
        " WHERE castsource = {} AND casttarget = {} AND castcontext <> 'e')"
    )
    return (
        f"SELECT {literal(f'{column} = {text}, which is ')} || format_type(s.oid, NULL)"
        f" || {literal(f' and not {type_}')} FROM pg_catalog.pg_type AS s, pg_catalog.pg_type AS t"
        f" WHERE s.oid = {typed} AND t.oid = {literal(type_)}::regtype"
        f" AND {of} <> {to} AND t.typcategory <> 'S' AND NOT {cast.format(of, to)}"
        f" AND NOT (s.typcategory = 'A' AND t.typcategory = 'A'"
        f" AND (s.typelem = t.typelem OR {cast.format('s.typelem', 't.typelem')}))"
    )
