"""The entries of a server's log, written as JSON lines (15 and later) or as CSV."""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry tells; "" for what it does not."""

    session: str
    user: str
    database: str
    application: str
    severity: str
    state: str
    message: str
    detail: str
    #: The statement that failed.
    statement: str


_JSON = {
    "session": "session_id",
    "user": "user",
    "database": "dbname",
    "application": "application_name",
    "severity": "error_severity",
    "state": "state_code",
    "message": "message",
    "detail": "detail",
    "statement": "statement",
}
#: The columns of CSV, the same in all supported majors.
_CSV = {
    "user": 1,
    "database": 2,
    "session": 5,
    "severity": 11,
    "state": 12,
    "message": 13,
    "detail": 14,
    "statement": 19,
    "application": 22,
}
_COLUMNS = 23


def entries(path: Path) -> Iterator[Entry | None]:
    """Those of a file in order; None: one that is not whole."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            start = file.read(1)
            file.seek(0)
            yield from _json(file, path) if start == "{" else _csv(file, path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(path)) from error


def _json(file: TextIO, path: Path) -> Iterator[Entry | None]:
    for number, line in enumerate(file):
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "error_severity" not in found:
            if not number:
                raise _no_log(path)
            yield None
            continue
        yield Entry(**{ours: str(found.get(theirs, "")) for ours, theirs in _JSON.items()})


def _csv(file: TextIO, path: Path) -> Iterator[Entry | None]:
    csv.field_size_limit(sys.maxsize)
    try:
        for number, row in enumerate(csv.reader(file)):
            if len(row) >= _COLUMNS:
                yield Entry(**{ours: row[column] for ours, column in _CSV.items()})
            elif not number:
                raise _no_log(path)
            else:
                yield None
    except csv.Error:
        yield None


def _no_log(path: Path) -> InputError:
    return InputError(
        "is no log in JSON or CSV",
        path=str(path),
        advice="the server writes one with logging_collector = on and log_destination = 'jsonlog' "
        "(15 and later) or 'csvlog'",
    )
