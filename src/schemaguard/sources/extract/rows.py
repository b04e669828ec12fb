"""The rows of a result, where they can be known without a database: mostly there are none."""

from __future__ import annotations

import re
from typing import Any

from .sqltext import Token, split_top, tokens
from .world import World

AGGREGATES = {"count", "sum", "min", "max", "avg", "bool_or", "bool_and", "array_agg", "string_agg", "every"}
CANNED = {
    "select pg_catalog.version()": "PostgreSQL 16.4 on x86_64-pc-linux-gnu",
    "select version()": "PostgreSQL 16.4 on x86_64-pc-linux-gnu",
    "select current_schema()": "public",
    "show transaction isolation level": "read committed",
    "show standard_conforming_strings": "on",
}


class Guess:
    """A result: its columns (None: it has none), its rows, and whether these are certain."""

    def __init__(self, columns: list[str] | None, rows: list[tuple[Any, ...]], *, sure: bool) -> None:
        self.columns = columns
        self.rows = rows
        self.sure = sure


def guess(sql: str, columns: list[str] | None, world: World | None) -> Guess:
    """What ``sql`` returns. ``columns``: the names that SQLAlchemy expects, if it knows."""
    canned = CANNED.get(" ".join(sql.lower().split()))
    if canned is not None:
        return Guess(columns or ["value"], [(canned,)], sure=world is None)
    found = tokens(sql)
    first = found[0].value if found else ""
    words = {token.value for token in found if token.kind == "word"}
    if first in ("insert", "update", "delete", "merge") and "returning" in words:
        names = columns or ["id"]
        # A new row gets some key; nobody can know which.
        return Guess(names, [tuple(1 for _ in names)] if first == "insert" else [], sure=False)
    if first not in ("select", "with", "values", "show", "table", "explain"):
        return Guess(None, [], sure=True)
    if first != "select":
        return Guess(columns or ["value"], [], sure=False)
    return _select(found, words, columns, world)


def _select(found: list[Token], words: set[str], columns: list[str] | None, world: World | None) -> Guess:
    items = _items(found)
    names = columns or [_name(item) for item in items] or ["value"]
    sure = world is not None and _from_empty(found, world)
    one_row = not _top_level(found, "from") or (
        not _top_level(found, "group") and all(_is_aggregate(item) for item in items)
    )
    if not one_row:
        return Guess(names, [], sure=sure)
    row = [_value(item) for item in items]
    row += [None] * (len(names) - len(row))
    return Guess(names, [tuple(row[: len(names)])], sure=sure or _constant(items))


def _items(found: list[Token]) -> list[list[Token]]:
    """The select list."""
    end = len(found)
    depth = 0
    for place, token in enumerate(found):
        if token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
        elif (
            depth == 0
            and token.kind == "word"
            and token.value in ("from", "where", "union", "order", "limit")
        ):
            end = place
            break
    start = 2 if len(found) > 1 and found[1].value in ("distinct", "all") else 1
    return split_top(found[start:end])


def _top_level(found: list[Token], word: str) -> bool:
    depth = 0
    for token in found:
        if token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
        elif depth == 0 and token.kind == "word" and token.value == word:
            return True
    return False


def _name(item: list[Token]) -> str:
    if item[-1].kind in ("word", "quoted"):
        return item[-1].value
    return item[0].value if item[0].kind == "word" else "?column?"


def _is_aggregate(item: list[Token]) -> bool:
    return item[0].value in AGGREGATES and len(item) > 1 and item[1].text == "("


def _constant(items: list[list[Token]]) -> bool:
    return bool(items) and all(item[0].kind in ("number", "string") for item in items)


def _value(item: list[Token]) -> Any:
    first = item[0]
    if first.value == "count":
        return 0
    if first.value in ("exists", "false"):
        return False
    if first.value == "true":
        return True
    if first.kind == "number" and re.fullmatch(r"\d+", first.text):
        return int(first.text)
    if first.kind == "string" and first.text.startswith("'"):
        return first.text[1:-1].replace("''", "'")
    return None


def _from_empty(found: list[Token], world: World) -> bool:
    """Whether all that is read was created by this very revision and never filled: then there are no rows."""
    empty = world.catalog.fresh - world.catalog.filled - world.catalog.doubtful_tables
    sources = 0
    for place, token in enumerate(found[:-1]):
        if token.kind == "word" and token.value in ("from", "join"):
            after = found[place + 1 : place + 4]
            dotted = len(after) == 3 and after[1].text == "."
            key = world.catalog.key(after[0].value, after[2].value) if dotted else ("", after[0].value)
            follower = (
                found[place + (4 if dotted else 2)].text if len(found) > place + (4 if dotted else 2) else ""
            )
            if key not in empty or follower in (",", "("):
                return False
            sources += 1
    return sources > 0
