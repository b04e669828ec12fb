"""A workload in one file that nobody can change unnoticed.

A JSON object a line: the head, the statements in order of their ids, and a seal with the
digest of all lines before it. Equal workloads make equal bytes.
"""

import hashlib
import json
from dataclasses import replace

from schemaguard.compat.workload_facts import facts_of, header_of, statement_of, workload_of
from schemaguard.compat.workload_types import Workload
from schemaguard.errors import InputError


def sealed(workload: Workload) -> str:
    """The file's text."""
    statements = sorted(workload.statements, key=lambda statement: statement.id)
    body = _line({"rec": "head", **header_of(replace(workload, unrecorded=_sorted(workload.unrecorded)))})
    for statement in statements:
        body += _line({"rec": "statement", **facts_of(statement), "sql": statement.sql.strip()})
    return body + _line({"rec": "seal", "sha256": _digest(body)})


def is_sealed(text: str) -> bool:
    """Whether a file is in this form, and no SQL."""
    return text.startswith("{")


def unsealed(text: str, path: str) -> Workload:
    """The workload in it."""
    start = text.rfind("\n", 0, -1) + 1
    if text != text[:start] + _line({"rec": "seal", "sha256": _digest(text[:start])}):
        raise InputError(
            "the seal does not fit: the file was changed, or a part of it is missing",
            path=path,
            advice="seal the workload again, or take the file from where it was made",
        )
    try:
        head, *statements = (dict(json.loads(line)) for line in text[:start].split("\n")[:-1])
    except ValueError as error:
        raise InputError(f"is no sealed workload: {error}", path=path) from error
    found = (statement_of(statement, str(statement.get("sql")), path) for statement in statements)
    return workload_of(head, found, path)


def _sorted(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(texts))


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
