"""What somebody has accepted although it is not green: read from TOML."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeVar

from schemaguard.compat.cells import Acceptance, Matrix
from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError, nearest

T = TypeVar("T")

_TEXTS = ("statement", "by", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ``[[accept]]`` of the file, with names as people write them."""

    #: A statement's name or id.
    statement: str
    #: A state's code, such as E1, or its step; "": all.
    state: str = ""
    by: str
    reason: str
    until: date


def read_acceptances(text: str, path: str) -> tuple[Entry, ...]:
    """All entries. InputError for what is no entry."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", path=path) from error
    entries = found.pop("accept", [])
    if found or not isinstance(entries, list):
        raise InputError(
            f"has {', '.join(found) or 'one accept'}, and should have [[accept]] alone",
            path=path,
            advice="Write [[accept]], and statement, by, reason and until below it.",
        )
    return tuple(_entry(entry, number, path) for number, entry in enumerate(entries, 1))


def accepted(matrix: Matrix, entries: tuple[Entry, ...], path: str, today: date) -> tuple[Matrix, list[str]]:
    """The matrix with them, and a sentence on each that says nothing of it. InputError for unknown names."""
    ids: dict[str, set[str]] = {}
    for cell in matrix.cells:
        if cell.query:
            ids.setdefault(cell.name or cell.query, set()).add(cell.query)
            ids.setdefault(cell.query, set()).add(cell.query)
    states = {code: state.name for state, code in matrix.codes.items()}
    known = {**states, **{name: name for name in states.values()}, "": ""}
    made: list[tuple[Entry, list[Acceptance]]] = []
    for entry in entries:
        queries = _known(entry.statement, ids, "statement", path)
        state = _known(entry.state, known, "state", path)
        given = [
            Acceptance(query=query, state=state, by=entry.by, reason=entry.reason, until=entry.until)
            for query in sorted(queries)
        ]
        made.append((entry, given))
    whole = matrix.accepting((one for _, given in made for one in given), today)
    return whole, list(_idle(matrix, made, today))


def _idle(matrix: Matrix, made: list[tuple[Entry, list[Acceptance]]], today: date) -> Iterator[str]:
    for entry, given in made:
        what = f"what {entry.by} accepted of {entry.statement}"
        if today > entry.until:
            yield f"{what} has run out on {entry.until.isoformat()}"
        elif matrix.accepting(given, today) == matrix:
            yield f"{what} is not needed: nothing of it is red or unknown"


def _entry(entry: object, number: int, path: str) -> Entry:
    if not isinstance(entry, dict):
        raise InputError(f"[[accept]] {number} is no table", path=path)
    rest = dict(entry)
    texts = {key: rest.pop(key, None) for key in (*_TEXTS, "state")}
    until = rest.pop("until", None)
    for key in rest:
        raise InputError(f"[[accept]] {number} has an unknown key: {key}", path=path)
    for key in _TEXTS:
        if not isinstance(texts[key], str) or not texts[key]:
            raise InputError(f"[[accept]] {number} lacks {key}: a text", path=path)
    if not isinstance(until, date) or hasattr(until, "hour"):
        raise InputError(f"[[accept]] {number} lacks until: a day, such as 2027-01-31", path=path)
    if not isinstance(texts["state"], str | None):
        raise InputError(f"[[accept]] {number}: state is no text", path=path)
    return Entry(**{key: value for key, value in texts.items() if value is not None}, until=until)


def _known(name: str, known: Mapping[str, T], what: str, path: str) -> T:
    if name in known:
        return known[name]
    near = nearest(name, known)
    raise InputError(
        f"accepts the {what} {name}, which there is not",
        path=path,
        advice=f"Did you mean {near}?" if near else "Take the entry away, or correct it.",
    )
