"""
Diesel: ``20240131_name/up.sql``, each in a transaction, unless its ``metadata.toml`` says otherwise.

Without the transaction the file is still sent as one message, whose statements
share one if there are several.
"""

from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.decode import read_text
from schemaguard.sources.layout import Layout, beneath, in_order
from schemaguard.sources.script import Script, does_something, one_message, one_transaction, source
from schemaguard.text import Problem, Source

_FILE = "up.sql"
_METADATA = "metadata.toml"


def _version(path: Path) -> str:
    return path.parent.name.partition("_")[0].replace("-", "")


def _migrations(directory: Path) -> list[Path]:
    return in_order(beneath(directory, _FILE), _version)


def _read(script: Script, blocks: Iterator[int]) -> Source:
    parts = script.cut().refusing_data("Diesel")
    alone, problems = _outside_transaction(script)
    numbers = one_message if alone else one_transaction
    down = script.file.with_name("down.sql")
    taken_back = down.is_file() and does_something(read_text(down, str(down)))
    sent = numbers(script, parts.cuts, blocks)
    return source(script, parts, sent, problems=problems, taken_back=taken_back)


def _outside_transaction(script: Script) -> tuple[bool, list[Problem]]:
    metadata = script.beside(_METADATA)
    if metadata is None:
        return False, []
    import tomllib  # Only here: few migrations have metadata.

    try:
        said = tomllib.loads(metadata).get("run_in_transaction", True)
    except tomllib.TOMLDecodeError as error:
        return False, [
            script.problem(f"metadata.toml beside it is not valid, and Diesel ignores it: {error}")
        ]
    if not isinstance(said, bool):
        return False, [
            script.problem(f"metadata.toml: run_in_transaction is {said!r}, neither true nor false")
        ]
    return not said, []


def _outside(script: Script) -> dict[Path, str]:
    said = script.beside(_METADATA) or ""
    if "run_in_transaction" in said:
        return {}
    # Above what is there: below, it might belong to a table.
    return {script.file.with_name(_METADATA): f"run_in_transaction = false\n{said}"}


LAYOUT = Layout(
    files="*/up.sql (Diesel)",
    holds=lambda directory: bool(beneath(directory, _FILE)),
    migrations=_migrations,
    is_one=lambda path, text: path.name == _FILE,  # noqa: ARG005 - the name is enough
    home=lambda path: path.parent.parent,
    read=_read,
    outside=_outside,
)
