"""A workload: what one version of the code asks of the database. Read from and written to a directory.

The directory holds ``workload.toml`` and a file for each statement, so that two people's changes
meet only where they changed the same statement:

    workload.toml
    stmt/7c1e9a0b44d2f310.sql

A statement's file is SQL; TOML behind ``-- @sg`` at its top tells the rest. A single file
of statements, each after ``-- name: so_and_so``, is a workload, too.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from schemaguard.compat.parameters import numbered, squeezed, style_of
from schemaguard.errors import InputError
from schemaguard.sql.lexer import Kind, tokens

FORMAT = "schemaguard.workload/1"
HEADER = "workload.toml"
STATEMENTS = "stmt"

_FRONT = "-- @sg "
_KINDS = frozenset(("select", "insert", "update", "delete", "merge", "copy", "values", "table"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is known of the values of one ``$n``."""

    #: The PostgreSQL types that the driver was seen to declare; "": it left the type to the server.
    types: tuple[str, ...] = ("",)
    #: Whether NULL was sent.
    null: bool = False
    #: The sequences or tables that its values name, as for ``nextval``.
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement of a workload, with ``$n`` for its parameters."""

    id: str
    #: The function that sends it, such as ``customers.find_customer``.
    name: str
    sql: str
    kind: str
    parameters: tuple[Parameter, ...] = ()
    #: Whether it was sent with many rows at once (executemany).
    many: bool = False
    #: Where it is sent, ``path:line``.
    origin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one version of the code asks of the database."""

    version: str
    app: str = ""
    #: With its version, such as ``psycopg 3.2.9``; "": unknown.
    driver: str = ""
    #: The role that the code works as, without which rights are not looked at; "": unknown.
    role: str = ""
    statements: tuple[Query, ...] = ()
    #: What was sent but could not be recorded: no verdict can be green because of it.
    unrecorded: tuple[str, ...] = ()

    @property
    def prepares(self) -> bool:
        """Whether sessions keep prepared statements, which a change of their result breaks."""
        return not self.driver.startswith(("psycopg2", "pg8000"))


def query(sql: str, name: str, parameters: Iterable[Parameter] | None = None, **more: object) -> Query:
    """A statement with ``$n``, given its id, its kind and one entry for each parameter."""
    count = len(numbered(sql, style_of("$1")).keys)
    known = tuple(parameters or ())
    known += (Parameter(),) * (count - len(known))
    made = Query(id=identity(sql), name=name, sql=sql, kind=kind_of(sql), parameters=known)
    return replace(made, **more)  # type: ignore[arg-type]


def identity(sql: str) -> str:
    """The same for the same tokens, whatever the white space and comments between them."""
    return hashlib.sha256(f"1\n{squeezed(sql)}".encode()).hexdigest()[:16]


def kind_of(sql: str) -> str:
    """``select``, ``insert``...: what a statement does; of a WITH what follows its queries."""
    found = tokens(sql)
    # A parenthesis may open the whole statement.
    start = next((place for place, token in enumerate(found) if token.text != "("), 0)
    depth = 0
    for token in found[start:]:
        if token.kind is Kind.OP:
            depth += (token.text == "(") - (token.text == ")")
        elif token.kind is Kind.WORD and not depth and token.identifier in _KINDS:
            return token.identifier
    return "other"


def read_workload(path: Path) -> Workload:
    """The workload in a directory, or in a file of named statements."""
    if path.is_dir():
        return _read_directory(path)
    if path.is_file():
        return _read_file(path)
    raise InputError(
        "there is no workload",
        path=str(path),
        advice="make one with `schemaguard record --out DIR -- COMMAND`, such as your test suite",
    )


def write_workload(path: Path, workload: Workload) -> None:
    """Write the directory. Two equal workloads make equal directories."""
    (path / STATEMENTS).mkdir(parents=True)
    header: dict[str, object] = {
        "format": FORMAT,
        "app": workload.app,
        "version": workload.version,
        "driver": workload.driver,
        "role": workload.role,
        "statements": len(workload.statements),
        "unrecorded": list(workload.unrecorded),
    }
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in header.items())
    (path / HEADER).write_text(text, encoding="utf-8")
    for statement in workload.statements:
        front = "".join(f"{_FRONT}{key} = {_toml(value)}\n" for key, value in _front(statement).items())
        file = path / STATEMENTS / f"{statement.id}.sql"
        file.write_text(front + statement.sql.strip() + "\n", encoding="utf-8")


def _front(statement: Query) -> dict[str, object]:
    return {
        "id": statement.id,
        "name": statement.name,
        "kind": statement.kind,
        "params": [_parameter(parameter) for parameter in statement.parameters],
        "many": statement.many,
        "origin": list(statement.origin),
    }


def _parameter(parameter: Parameter) -> dict[str, object]:
    known: dict[str, object] = {"t": list(parameter.types), "null": parameter.null}
    return {**known, "objects": list(parameter.objects)} if parameter.objects else known


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
    if header.get("format") != FORMAT:
        raise InputError(
            f"a workload of another format: {header.get('format')!r}, not {FORMAT!r}",
            path=str(path / HEADER),
            advice="record it again with this version of schemaguard",
        )
    files = sorted((path / STATEMENTS).glob("*.sql"))
    if len(files) != header.get("statements"):
        raise InputError(
            f"{header.get('statements')} statements are announced, {len(files)} are there",
            path=str(path),
            advice="record it again: a part of it was lost",
        )
    return Workload(
        version=str(header.get("version", "")),
        app=str(header.get("app", "")),
        driver=str(header.get("driver", "")),
        role=str(header.get("role", "")),
        statements=tuple(_read_statement(file) for file in files),
        unrecorded=_texts(header.get("unrecorded", [])),
    )


def _read_statement(file: Path) -> Query:
    lines = _read_text(file).split("\n")
    length = next((n for n, line in enumerate(lines) if not line.startswith(_FRONT)), len(lines))
    front = _load("\n".join(line.removeprefix(_FRONT) for line in lines[:length]), file)
    sql = "\n".join(lines[length:]).strip()
    parameters = [
        Parameter(
            types=_texts(entry.get("t", [""])),
            null=bool(entry.get("null")),
            objects=_texts(entry.get("objects", [])),
        )
        for entry in _list(front.get("params", []))
        if isinstance(entry, dict)
    ]
    if front.get("id") != identity(sql):
        raise InputError(
            "the statement is not the one that its id was made of",
            path=str(file),
            advice="record the workload again instead of editing it",
        )
    return query(
        sql,
        str(front.get("name", "")),
        parameters,
        many=bool(front.get("many")),
        origin=_texts(front.get("origin", [])),
    )


def _read_file(path: Path) -> Workload:
    found: dict[str, Query] = {}
    for name, line, text in _named_statements(_read_text(path)):
        for_server = numbered(text, style_of(text)).sql
        made = query(for_server, name, origin=(f"{path}:{line}",))
        found.setdefault(made.id, made)
    if not found:
        raise InputError(
            "no statement with a name",
            path=str(path),
            advice="write a line `-- name: find_customer` before each statement",
        )
    return Workload(version=path.stem, statements=tuple(found.values()))


def _named_statements(text: str) -> Iterator[tuple[str, int, str]]:
    # aiosql ends names with what they return: get_user^, add_user<!
    marks = list(re.finditer(r"^--[ \t]*name[ \t]*:[ \t]*(\S+?)[\^$!<*#]*(?:[ \t].*)?$", text, re.MULTILINE))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        sql = text[mark.end() : end].strip()
        if sql := sql.rstrip(";").strip():
            yield mark[1], text.count("\n", 0, mark.start()) + 1, sql


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


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(value))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
