"""What ``pg_dump --schema-only`` wrote, read as the schema before the migrations.

Read by our own grammar: what it cannot read makes the schema incomplete where it is about, never wrong.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from schemaguard.changes.base import Unread
from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.sources.decode import read_text
from schemaguard.sources.script import Script
from schemaguard.sql import read
from schemaguard.sql.split import Bad
from schemaguard.text import Piece, Place

#: What changes nothing that a migration could meet: rights, comments, settings, rows, owners.
_BESIDE = re.compile(
    r"(?:COMMENT|GRANT|REVOKE|SET|RESET|SECURITY\s+LABEL|COPY|INSERT|ALTER\s+DEFAULT\s+PRIVILEGES"
    r"|SELECT\s+(?:pg_catalog\.)?(?:set_config|setval))\b|ALTER\s.*\sOWNER\s+TO\s+\S+\Z",
    re.IGNORECASE | re.DOTALL,
)
#: So many unread statements are told one by one.
SHOWN = 5
_NAME = r'(?:[a-z_][\w$]*|"(?:[^"]|"")+")'
#: The table that a statement is about.
_TABLE = re.compile(
    r"(?:ALTER\s+(?:FOREIGN\s+)?TABLE|CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE"
    r"|CREATE\s+(?:UNIQUE\s+INDEX|INDEX|TRIGGER|CONSTRAINT\s+TRIGGER|POLICY)\s.*?\sON)"
    rf"\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?(?:(?P<schema>{_NAME})\.)?(?P<name>{_NAME})",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A statement of the dump that we cannot read."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """The schema that a dump makes, and what of it we cannot read."""

    schema: SchemaState
    statements: int
    skipped: tuple[Skipped, ...] = ()


def read_dump(path: Path) -> Dump:
    """The schema in the file. InputError where there is none."""
    if not path.exists():  # It may be a pipe: `--schema <(pg_dump --schema-only)`.
        raise InputError(
            "there is no such file", path=str(path), advice="Make it with `pg_dump --schema-only`."
        )
    text = read_text(path, str(path))
    if text.startswith("PGDMP"):
        advice = "Make a plain one: `pg_dump --schema-only --format=plain`."
        raise InputError("is a dump in PostgreSQL's own format", path=str(path), advice=advice)
    script = Script(path, str(path), text)
    parts = script.cut(in_psql=True)
    schema = SchemaState(complete=True)
    skipped = [
        Skipped(place=script.place(part.start, part.end), reason=part.message)
        for part in parts.all
        if isinstance(part, Bad)
    ]
    for cut in parts.cuts:
        piece = Piece(text=text[cut.start : cut.end], place=script.place(cut.start, cut.end))
        schema, reasons = _after(schema, piece)
        skipped += [Skipped(place=piece.place, reason=reason) for reason in reasons]
    if not parts.cuts:
        raise InputError("holds no SQL statement", path=str(path), advice="Is it the output of `pg_dump -s`?")
    if any(isinstance(part, Bad) for part in parts.all):
        schema = replace(schema, complete=False)
    skipped.sort(key=lambda one: (one.place.line, one.place.column))
    return Dump(schema=schema, statements=len(parts.cuts), skipped=tuple(skipped))


def _after(schema: SchemaState, piece: Piece) -> tuple[SchemaState, list[str]]:
    """The schema after a statement, and what could not be read of it."""
    changes = read(piece).changes
    unread = [change for change in changes if isinstance(change, Unread)]
    for change in sorted((c for c in changes if not isinstance(c, Unread)), key=lambda change: change.turn):
        schema = change.apply(schema)
    if not unread or _BESIDE.match(piece.text):
        return schema, []
    return _incomplete(schema, piece.text), [one.reason for one in unread]


def _incomplete(schema: SchemaState, text: str) -> SchemaState:
    """The schema without the pretence of knowing what the statement is about."""
    found = _TABLE.match(text)
    if found is None:
        return replace(schema, complete=False)
    table = Relation(_folded(found["schema"] or "public"), _folded(found["name"]))
    if table not in schema.tables and not text[:6].upper().startswith("CREATE"):
        return replace(schema, complete=False)
    return schema.with_table(table, replace(schema.known(table), complete=False))


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def summary(dump: Dump) -> Iterator[str]:
    """What to say of what could not be read: the number, then the first few."""
    if not dump.skipped:
        return
    number = len(dump.skipped)
    yield (
        f"{dump.skipped[0].place.path}: {number} of {dump.statements} statements"
        f" {'is' if number == 1 else 'are'} not read; what they are about counts as unknown"
    )
    for one in dump.skipped[:SHOWN]:
        yield f"{one.place}: {one.reason}"
    if number > SHOWN:
        yield f"and {number - SHOWN} more"
