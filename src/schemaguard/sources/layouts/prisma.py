"""
Prisma Migrate: ``20240131_name/migration.sql``, each sent to the server as one message.

So its statements share a transaction, unless there is but one.
"""

from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.layout import Layout, beneath
from schemaguard.sources.script import Script, one_message, source
from schemaguard.text import Source

_FILE = "migration.sql"


def _migrations(directory: Path) -> list[Path]:
    return beneath(directory, _FILE)


def _read(script: Script, blocks: Iterator[int]) -> Source:
    parts = script.cut().refusing_data("Prisma")
    return source(script, parts, one_message(script, parts.cuts, blocks))


LAYOUT = Layout(
    files="*/migration.sql (Prisma)",
    holds=lambda directory: bool(_migrations(directory)),
    migrations=_migrations,
    is_one=lambda path, text: path.name == _FILE,  # noqa: ARG005 - the name is enough
    home=lambda path: path.parent.parent,
    read=_read,
)
