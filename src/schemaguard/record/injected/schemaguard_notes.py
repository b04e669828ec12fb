"""Writes down what the drivers send: one JSON object a line, in a file for each process.

No value is ever written: only the types, and whether any was NULL.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
import uuid
from typing import Any

#: Of the rows of one executemany, so many are looked at.
ROWS = 100

#: Statements that use the schema. All else (DDL, SET, transactions) is no need of the code.
_USES = re.compile(
    r"(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE|COPY)\b",
    re.IGNORECASE | re.DOTALL,
)
#: Drivers and ORMs ask the server's own catalogs, which no migration changes.
_ABOUT_ITSELF = re.compile(
    r"\bpg_catalog\.|\bpg_(?:type|class|attribute|namespace|enum|range)\b|\binformation_schema\."
    r"|^\s*select\s+(?:current_schema\(\)|1|current_database\(\))\s*$",
    re.IGNORECASE,
)
_BY_NAME = re.compile(
    r"\b(?:nextval|currval|setval|pg_get_serial_sequence|to_regclass)\s*\(\s*"
    r"(?:CAST\s*\(\s*)?(?:%\((\w+)\)s|:(\w+)|%s|\$(?=\d))",
    re.IGNORECASE,
)
_POSITIONAL = re.compile(r"%s|\$(?=\d)")
#: Between the application and the wire; never what we are looking for.
_PLUMBING = frozenset(
    "sqlalchemy psycopg psycopg_pool psycopg2 asyncpg pg8000 greenlet sqlmodel "
    "schemaguard_hook schemaguard_notes schemaguard_psycopg2 schemaguard_asyncpg importlib".split()
)
_RUNNERS = frozenset("_pytest pytest pluggy xdist execnet unittest nose anyio pytest_asyncio".split())

_STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"] + os.sep

_seen: set[str] = set()
_file: tuple[int, int] = (0, -1)


def note(
    text: str,
    style: str,
    driver: str,
    types: dict[str, tuple[str, bool]],
    values: dict[str, Any],
    *,
    many: bool,
) -> None:
    """Write down a statement, unless the same has been written already."""
    if not uses(text):
        return
    callers = _callers()
    if callers is None:
        return
    _write(
        {
            "sql": text,
            "style": style,
            "driver": driver,
            "types": {key: list(type_) for key, type_ in types.items()},
            "objects": _objects(text, values),
            "many": many,
            **callers,
        }
    )


def _objects(text: str, values: dict[str, Any]) -> dict[str, str]:
    """Parameters that name a sequence or a table: a need, and nobody's secret."""
    found: dict[str, str] = {}
    for match in _BY_NAME.finditer(text):
        key = match[1] or match[2] or str(len(_POSITIONAL.findall(text, 0, match.end())))
        if isinstance(values.get(key), str):
            found[key] = values[key]
    return found


def uses(text: str) -> bool:
    """Whether a statement uses the schema, and is none about the server's own catalogs."""
    return bool(_USES.match(text)) and not _ABOUT_ITSELF.search(text)


def give_up(what: str, driver: str) -> None:
    """Write down that something was sent which cannot be recorded."""
    callers = _callers()
    if callers is not None:
        _write({"unrecorded": what, "driver": driver, **callers})


def _callers() -> dict[str, str] | None:
    """The nearest place in the application; None: a migration or the ORM itself is asking."""
    root = os.environ.get("SCHEMAGUARD_RECORD_ROOT", os.getcwd())
    inside: tuple[str, str] | None = None
    outside: tuple[str, str] | None = None
    frame: Any = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        module = str(frame.f_globals.get("__name__", ""))
        top = module.partition(".")[0]
        if top == "alembic" or (top == "sqlalchemy" and frame.f_code.co_name == "initialize"):
            return None
        if top not in _PLUMBING and not path.startswith("<"):
            if inside is None and path.startswith(root + os.sep) and "site-packages" not in path:
                place = os.path.relpath(path, root).replace(os.sep, "/")
                inside = (f"{place}:{frame.f_lineno}", _function(frame, module))
            elif outside is None and top not in _RUNNERS and not _of_the_language(path):
                place = module.replace(".", "/")
                outside = (f"{place}:{frame.f_lineno}", _function(frame, module))
        frame = frame.f_back
    place, name = inside or outside or ("", "")
    return {"place": place, "name": name}


def _of_the_language(path: str) -> bool:
    return path.startswith(_STANDARD_LIBRARY) and "site-packages" not in path


def _function(frame: Any, module: str) -> str:
    name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name).replace(".<locals>", "")
    last = module.rpartition(".")[2]
    return f"{last}.{name}" if last not in ("", "__main__") else name


def _write(line: dict[str, Any]) -> None:
    written = json.dumps(line, sort_keys=True)
    # Of a plugin's recording, the end comes before that of the process.
    if written in _seen or "SCHEMAGUARD_RECORD_TO" not in os.environ:
        return
    _seen.add(written)
    # At once, not at exit: workers of a test run are often ended by force.
    os.write(_descriptor(), (written + "\n").encode())


def _descriptor() -> int:
    """A file of this process: a forked child gets its own."""
    global _file  # noqa: PLW0603
    process, descriptor = _file
    if process != os.getpid():
        directory = os.environ["SCHEMAGUARD_RECORD_TO"]
        path = os.path.join(directory, f"{os.getpid()}-{uuid.uuid4().hex}.jsonl")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        _file = (os.getpid(), descriptor)
    return descriptor
