"""
golang-migrate: ``1_name.up.sql``, each sent to the server as one message.

So its statements share a transaction, unless there is but one. With
``x-multi-statement=true`` in the connection's address they would not; that is
in no file, and the case with a transaction is the one that holds more locks.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.decode import read_text
from schemaguard.sources.layout import Layout, in_order, sql_files
from schemaguard.sources.script import Script, does_something, one_message, source
from schemaguard.text import Source

_NAME = re.compile(r"([0-9]+)_.*\.up\.sql", re.IGNORECASE)


def _migrations(directory: Path) -> list[Path]:
    named = {path: found for path in sql_files(directory) if (found := _NAME.fullmatch(path.name))}
    return in_order(named, lambda path: int(named[path][1]))


def _read(script: Script, blocks: Iterator[int]) -> Source:
    parts = script.cut().refusing_data("golang-migrate")
    down = script.file.with_name(re.sub(r"up(?=\.sql\Z)", "down", script.file.name, flags=re.IGNORECASE))
    taken_back = down.is_file() and does_something(read_text(down, str(down)))
    return source(script, parts, one_message(script, parts.cuts, blocks), taken_back=taken_back)


LAYOUT = Layout(
    files="1_name.up.sql (golang-migrate)",
    holds=lambda directory: any(_NAME.fullmatch(path.name) for path in sql_files(directory)),
    migrations=_migrations,
    is_one=lambda path, text: _NAME.fullmatch(path.name) is not None,  # noqa: ARG005 - the name is enough
    home=lambda path: path.parent,
    read=_read,
)
