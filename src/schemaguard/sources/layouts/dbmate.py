"""
dbmate: ``20240131_name.sql`` with ``-- migrate:up`` and ``-- migrate:down`` in it.

What is above runs in a transaction. With ``-- migrate:up transaction:false`` it
does not, but is still one message, whose statements share one if there are
several (so two CREATE INDEX CONCURRENTLY fail: amacneil/dbmate #126).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from schemaguard.sources.layout import Layout, says, sql_files
from schemaguard.sources.script import Parts, Script, Sent, one_message, one_transaction, source
from schemaguard.text import Problem, Source

_MARK = re.compile(r"^--[^\S\n]*migrate:(up|down)(?:[^\S\n]*$|[^\S\n]+(\S.*?)[^\S\n]*$)", re.MULTILINE)
_MARK_BYTES = re.compile(rb"^--[^\S\n]*migrate:(up|down)\b", re.MULTILINE)
_NAME = re.compile(r"[0-9]+.*\.sql")


def _migrations(directory: Path) -> list[Path]:
    return [path for path in sql_files(directory) if _NAME.fullmatch(path.name)]


def _read(script: Script, blocks: Iterator[int]) -> Source:
    marks = list(_MARK.finditer(script.text))
    header = script.cut(0, marks[0].start() if marks else None)
    problems: list[Problem] = []
    if not marks:
        problems.append(script.problem("dbmate refuses a file without `-- migrate:up`"))
    elif header.cuts:
        first = header.cuts[0]
        problems.append(
            script.problem("dbmate refuses statements above `-- migrate:up`", first.start, first.end)
        )
    if marks and marks[0][1] == "down":
        problems.append(
            script.problem("dbmate wants `-- migrate:up` above `-- migrate:down`", *marks[0].span())
        )
    parts, sent = Parts(), list[Sent]()
    ends = [*(mark.start() for mark in marks[1:]), len(script.text)]
    taken_back = False
    for mark, end in zip(marks, ends, strict=False):
        if mark[1] == "up":
            section = script.cut(mark.end(), end).refusing_data("dbmate")
            send = one_message if "transaction:false" in (mark[2] or "").split() else one_transaction
            sent += send(script, section.cuts, blocks)
            parts += section
        else:
            taken_back = bool(script.cut(mark.end(), end).cuts) or taken_back
    return source(script, parts, sent, header=header, problems=problems, taken_back=taken_back)


def _outside(script: Script) -> dict[Path, str]:
    mark = next((mark for mark in _MARK.finditer(script.text) if mark[1] == "up"), None)
    if mark is None or "transaction:" in (mark[2] or ""):
        return {}
    end = mark.end(2) if mark[2] else mark.end(1)
    return {script.file: f"{script.text[:end]} transaction:false{script.text[end:]}"}


LAYOUT = Layout(
    files="1_name.sql with `-- migrate:up` in it (dbmate)",
    holds=lambda directory: says(directory, _MARK_BYTES),
    migrations=_migrations,
    is_one=lambda path, text: _MARK.search(text) is not None,  # noqa: ARG005 - the text decides
    home=lambda path: path.parent,
    read=_read,
    outside=_outside,
)
