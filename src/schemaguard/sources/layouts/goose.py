"""
goose: ``1_name.sql`` with ``-- +goose Up`` and ``-- +goose Down`` in it.

goose cuts the file by itself, at the end of each line that ends in a semicolon,
or between StatementBegin and StatementEnd. It sends piece by piece, all in one
transaction or, with ``-- +goose NO TRANSACTION``, each by itself; then several
statements in one piece share a transaction.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.goose_file import GooseFile, read_goose
from schemaguard.sources.layout import Layout, in_order, listed, says
from schemaguard.sources.script import (
    Parts,
    Script,
    Sent,
    does_something,
    ends_transaction,
    one_message,
    source,
)
from schemaguard.sql.split import Bad
from schemaguard.text import Source

_MARK = re.compile(r"^--[^\S\n]*\+goose[^\S\n]+up\b", re.MULTILINE | re.IGNORECASE)
_MARK_BYTES = re.compile(rb"^--[^\S\n]*\+goose[^\S\n]+up\b", re.MULTILINE | re.IGNORECASE)
_NAME = re.compile(r"([0-9]+)_.*\.(sql|go)")


def _migrations(directory: Path) -> list[Path]:
    named = {
        path: found
        for path in listed(directory)
        if (found := _NAME.fullmatch(path.name)) and not path.name.endswith("_test.go")
    }
    return in_order(named, lambda path: int(named[path][1]))


def _read(script: Script, blocks: Iterator[int]) -> Source:
    if script.file.suffix == ".go":
        return script.unread("a migration written in Go: what it runs is not known")
    file = read_goose(script.text)
    sections = [script.cut(start, end).refusing_data("goose") for start, end in file.pieces]
    every = (part for section in sections for part in _explained(section, file).all)
    parts = Parts(tuple(every)).without_comments("+goose")
    sent: list[Sent] = []
    block = next(blocks) if file.transaction else None
    for section in sections:
        together = [Sent(block)] * len(section.cuts)
        sent += together if block is not None else one_message(script, section.cuts, blocks)
        if any(ends_transaction(script, cut) for cut in section.cuts):
            block = None
    return source(
        script,
        parts,
        sent,
        header=script.cut(0, file.begins).without_comments("+goose"),
        problems=[script.problem(message, start, end) for message, start, end in file.problems],
        approximate=("goose fills in environment variables",) if file.environment else (),
        taken_back=file.down is not None and does_something(script.text[file.down :]),
    )


def _explained(section: Parts, file: GooseFile) -> Parts:
    advice = (
        "; goose cuts where a line ends in a semicolon, unless it is between StatementBegin and StatementEnd"
    )
    if file.quoted:
        return section
    return Parts(
        tuple(
            Bad(part.start, part.end, part.message + advice)
            if isinstance(part, Bad) and part.message.endswith("is missing")
            else part
            for part in section.all
        )
    )


def _outside(script: Script) -> dict[Path, str]:
    mark = _MARK.search(script.text)
    if mark is None or not read_goose(script.text).transaction:
        return {}
    at = mark.start()
    end = "\r\n" if "\r\n" in script.text else "\n"
    return {script.file: f"{script.text[:at]}-- +goose NO TRANSACTION{end}{script.text[at:]}"}


LAYOUT = Layout(
    files="1_name.sql with `-- +goose Up` in it (goose)",
    holds=lambda directory: says(directory, _MARK_BYTES),
    migrations=_migrations,
    is_one=lambda path, text: _MARK.search(text) is not None,  # noqa: ARG005 - the text decides
    home=lambda path: path.parent,
    read=_read,
    outside=_outside,
)
