"""What the hooks tell of values: their types and names, never themselves."""

from __future__ import annotations

from typing import Any

#: Python types to what a driver that writes values into the text makes of them.
_LITERALS = {
    "bool": "bool",
    "float": "numeric",
    "Decimal": "numeric",
    "date": "date",
    "time": "time",
    "timedelta": "interval",
    "bytes": "bytea",
    "memoryview": "bytea",
    "UUID": "uuid",
}


def literal_types(cursor: Any, params: Any) -> dict[str, tuple[str, bool]]:
    """What the server takes the constants for that a driver writes into the text."""
    del cursor
    return {key: (_literal_type(value), value is None) for key, value in keyed(params).items()}


def _literal_type(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, int) and not isinstance(value, bool):
        return "int4" if -(2**31) <= value < 2**31 else "int8" if -(2**63) <= value < 2**63 else "numeric"
    if name == "datetime":
        return "timestamp" if value.tzinfo is None else "timestamptz"
    return _LITERALS.get(name, "")


def keyed(params: Any) -> dict[str, Any]:
    if params is None:
        return {}
    if hasattr(params, "keys"):
        return {key: params[key] for key in params}
    return {str(place): value for place, value in enumerate(params, 1)}


def nothing_declared(cursor: Any, params: Any) -> dict[str, tuple[str, bool]]:
    """The driver leaves the types to the server."""
    del cursor
    return {key: ("", value is None) for key, value in keyed(params).items()}


def kept(params: Any, many: bool) -> Any:
    """Rows that can be read only once are read now, so that we may look at them, too."""
    return list(params) if many and params is not None and not hasattr(params, "__len__") else params


def named_as(method: Any, recorded: Any) -> Any:
    recorded.__name__, recorded.__doc__ = method.__name__, method.__doc__
    recorded.__qualname__ = method.__qualname__
    return recorded


def refused(error: BaseException | None) -> bool:
    """Refused for what it says: nobody relies on it. Refused for its values: somebody does."""
    if error is None:
        return False
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "42"
    return bool(state[:2] == "42")
