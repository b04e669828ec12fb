"""Any ``*.sql``, run by psql in the order of their names, each statement committed by itself."""

from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.layout import Layout, natural, sql_files
from schemaguard.sources.script import Script, by_psql, source
from schemaguard.text import Source


def _takes_back(path: Path) -> bool:
    return path.name.lower() == "down.sql" or path.name.lower().endswith(".down.sql")


def _migrations(directory: Path) -> list[Path]:
    return sorted((path for path in sql_files(directory) if not _takes_back(path)), key=natural)


def _read(script: Script, blocks: Iterator[int]) -> Source:
    parts = script.cut(in_psql=True)
    return source(script, parts, by_psql(script, parts.cuts, blocks))


LAYOUT = Layout(
    files="*.sql",
    holds=lambda directory: bool(_migrations(directory)),
    migrations=_migrations,
    is_one=lambda path, text: True,  # noqa: ARG005 - whatever nobody else wants
    home=lambda path: path.parent,
    read=_read,
)
