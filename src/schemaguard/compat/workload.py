"""A workload: what one version of the code asks of the database. Read from and written to a directory.

The directory holds ``workload.toml`` and a file for each statement, so that two people's changes
meet only where they changed the same statement:

    workload.toml
    stmt/7c1e9a0b44d2f310.sql

A statement's file is SQL; TOML behind ``-- @sg`` at its top tells the rest. A single file
of statements, each after ``-- name: so_and_so``, is a workload, too, and so is a sealed one.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from schemaguard.compat.parameters import numbered, style_of
from schemaguard.compat.workload_facts import FORMAT, facts_of, header_of, statement_of, workload_of
from schemaguard.compat.workload_sealed import is_sealed, unsealed
from schemaguard.compat.workload_types import Cover, Parameter, Query, Workload, identity, kind_of, query
from schemaguard.errors import InputError
from schemaguard.sql.lexer import tokens

__all__ = [
    "FORMAT",
    "HEADER",
    "STATEMENTS",
    "Cover",
    "Parameter",
    "Query",
    "Workload",
    "identity",
    "kind_of",
    "query",
    "read_workload",
    "write_workload",
]

HEADER = "workload.toml"
STATEMENTS = "stmt"

_FRONT = "-- @sg "
#: aiosql ends names with what they return: get_user^, add_user<!
_MARK = re.compile(r"^--[ \t]*name[ \t]*:[ \t]*(\S+?)[\^$!<*#]*(?:[ \t].*)?$", re.MULTILINE)


def read_workload(path: Path) -> Workload:
    """The workload in a directory, in a file of named statements, or in a sealed one."""
    if path.is_dir():
        return _read_directory(path)
    if path.is_file():
        text = _read_text(path)
        return unsealed(text, str(path)) if is_sealed(text) else _read_named(text, path)
    raise InputError(
        "there is no workload",
        path=str(path),
        advice="make one with `schemaguard record --out DIR -- COMMAND`, such as your test suite",
    )


def write_workload(path: Path, workload: Workload) -> None:
    """Write the directory. Two equal workloads make equal directories."""
    (path / STATEMENTS).mkdir(parents=True)
    (path / HEADER).write_text(_header(header_of(workload)), encoding="utf-8")
    for statement in workload.statements:
        front = "".join(f"{_FRONT}{key} = {_toml(value)}\n" for key, value in facts_of(statement).items())
        file = path / STATEMENTS / f"{statement.id}.sql"
        file.write_text(front + statement.sql.strip() + "\n", encoding="utf-8")


def _header(header: dict[str, object]) -> str:
    lines = []
    for key, value in header.items():
        match value:
            case dict():
                lines.append(f"\n[{key}]\n{_header(value)}")
            case [_, _, *_]:
                # A line each, so that changes can be read.
                inner = "".join(f"    {_toml(one)},\n" for one in value)
                lines.append(f"{key} = [\n{inner}]\n")
            case _:
                lines.append(f"{key} = {_toml(value)}\n")
    return "".join(lines)


def _toml(value: object) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
        case list():
            return "[" + ", ".join(_toml(one) for one in value) + "]"
        case _:
            # JSON's strings, numbers and booleans are TOML's; only DEL has to be escaped in TOML.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read_directory(path: Path) -> Workload:
    header = _load(_read_text(path / HEADER), path / HEADER)
    files = sorted((path / STATEMENTS).glob("*.sql"))
    return workload_of(header, map(_read_statement, files), str(path / HEADER))


def _read_statement(file: Path) -> Query:
    lines = _read_text(file).split("\n")
    length = next((n for n, line in enumerate(lines) if not line.startswith(_FRONT)), len(lines))
    front = _load("\n".join(line.removeprefix(_FRONT) for line in lines[:length]), file)
    return statement_of(front, "\n".join(lines[length:]).strip(), str(file))


def _read_named(text: str, path: Path) -> Workload:
    found: dict[str, Query] = {}
    marks = list(_MARK.finditer(text))
    if tokens(text[: marks[0].start()] if marks else text):
        raise InputError(
            "has SQL before the first name" if marks else "no statement with a name",
            path=str(path),
            advice="write a line `-- name: find_customer` before each statement",
        )
    for name, line, statement in _named_statements(text, marks, path):
        for_server = numbered(statement, style_of(statement)).sql
        made = query(for_server, name, origin=(f"{path}:{line}",))
        found.setdefault(made.id, made)
    return Workload(version=path.stem, statements=tuple(found.values()))


def _named_statements(
    text: str, marks: Sequence[re.Match[str]], path: Path
) -> Iterator[tuple[str, int, str]]:
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        line = text.count("\n", 0, mark.start()) + 1
        sql = text[mark.end() : end].strip().rstrip(";").strip()
        if not tokens(sql):
            raise InputError(
                f"{mark[1]} has no SQL",
                path=str(path),
                line=line,
                column=1,
                advice="write the statement below its name, or take the name away",
            )
        yield mark[1], line, sql


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("is missing: this is no workload", path=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(path)) from error


def _load(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", path=str(path)) from error
