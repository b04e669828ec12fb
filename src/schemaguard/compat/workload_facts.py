"""Workloads and their statements as plain values, which all written forms share."""

from collections.abc import Iterable

from schemaguard.compat.workload_types import Cover, Parameter, Query, Workload, identity, query
from schemaguard.errors import InputError

FORMAT = "schemaguard.workload/1"


def header_of(workload: Workload) -> dict[str, object]:
    """All but the statements."""
    header: dict[str, object] = {
        "format": FORMAT,
        "app": workload.app,
        "version": workload.version,
        "driver": workload.driver,
        "role": workload.role,
        "statements": len(workload.statements),
        "unrecorded": list(workload.unrecorded),
    }
    if workload.cover is not None:
        seen, unseen = list(workload.cover.seen), list(workload.cover.unseen)
        header["cover"] = {"call_sites_seen": seen, "call_sites_unseen": unseen}
    return header


def workload_of(header: dict[str, object], statements: Iterable[Query], path: str) -> Workload:
    """The workload with this header; a part of it may not be lost."""
    if header.get("format") != FORMAT:
        raise InputError(
            f"a workload of another format: {header.get('format')!r}, not {FORMAT!r}",
            path=path,
            advice="record it again with this version of schemaguard",
        )
    found = tuple(statements)
    if len(found) != header.get("statements"):
        raise InputError(
            f"{header.get('statements')} statements are announced, {len(found)} are there",
            path=path,
            advice="record it again: a part of it was lost",
        )
    cover = header.get("cover")
    return Workload(
        version=str(header.get("version", "")),
        app=str(header.get("app", "")),
        driver=str(header.get("driver", "")),
        role=str(header.get("role", "")),
        statements=found,
        unrecorded=_texts(header.get("unrecorded")),
        cover=Cover(_texts(cover.get("call_sites_seen")), _texts(cover.get("call_sites_unseen")))
        if isinstance(cover, dict)
        else None,
    )


def facts_of(statement: Query) -> dict[str, object]:
    """All but the text of a statement."""
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


def statement_of(facts: dict[str, object], sql: str, path: str) -> Query:
    """The statement with this text, if it is the one that the facts are of."""
    if facts.get("id") != identity(sql):
        raise InputError(
            "the statement is not the one that its id was made of",
            path=path,
            advice="record the workload again instead of editing it",
        )
    parameters = [
        Parameter(
            types=_texts(entry.get("t", [""])),
            null=bool(entry.get("null")),
            objects=_texts(entry.get("objects")),
        )
        for entry in _list(facts.get("params"))
        if isinstance(entry, dict)
    ]
    return query(
        sql,
        str(facts.get("name", "")),
        parameters,
        many=bool(facts.get("many")),
        origin=_texts(facts.get("origin")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(value))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
