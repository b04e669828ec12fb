"""Parameters as PostgreSQL literals, the way psycopg2 puts them into a statement."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import re
import uuid
from typing import Any, Callable

PLACEHOLDER = re.compile(r"%\((?P<name>[^)]*)\)s|%%|%s")


def literal(value: Any) -> str | None:
    """``value`` as SQL; None when it has no literal that is certain."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum) and not isinstance(value, (str, int)):
        return None
    if isinstance(value, (int, decimal.Decimal)):
        return f" {value}" if value < 0 else str(value)
    if isinstance(value, float):
        return repr(value) if value - value == 0 else f"'{value}'::float"
    if isinstance(value, str):
        escape = "E" if "\\" in value else ""
        return escape + "'" + str.__str__(value).replace("\\", "\\\\").replace("'", "''") + "'"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"'\\x{bytes(value).hex()}'::bytea"
    return _other_literal(value)


def _other_literal(value: Any) -> str | None:
    if isinstance(value, dt.datetime):
        return f"'{value.isoformat()}'::{'timestamptz' if value.tzinfo else 'timestamp'}"
    if isinstance(value, dt.date):
        return f"'{value.isoformat()}'::date"
    if isinstance(value, dt.time):
        return f"'{value.isoformat()}'::time"
    if isinstance(value, dt.timedelta):
        return f"'{value.days} days {value.seconds}.{value.microseconds:06d} seconds'::interval"
    if isinstance(value, uuid.UUID):
        return f"'{value}'::uuid"
    if isinstance(value, (list, tuple)):
        items = [literal(item) for item in value]
        if None in items:
            return None
        inner = ", ".join(str(item) for item in items)
        if isinstance(value, tuple):
            return f"({inner})"
        return f"ARRAY[{inner}]" if items else "'{}'"
    return None


def filled_in(sql: str, params: Any, unknown: Callable[[str], None]) -> str:
    """``sql`` with its parameters as literals; ``unknown`` hears of each that cannot be one."""
    values = iter(params) if isinstance(params, (list, tuple)) else iter(())

    def replaced(match: re.Match[str]) -> str:
        if match.group() == "%%":
            return "%"
        name = match.group("name")
        try:
            value = next(values) if name is None else params[name]
        except (StopIteration, KeyError, TypeError):
            return match.group()
        written = literal(value)
        if written is None:
            unknown(f"a parameter of type {type(value).__name__} cannot be shown as SQL")
            return "NULL"
        return written

    return PLACEHOLDER.sub(replaced, sql)
