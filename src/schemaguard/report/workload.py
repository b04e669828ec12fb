"""A workload, and what differs between two, for people and as JSON."""

import json
from collections import Counter
from collections.abc import Iterator

from schemaguard.compat.parameters import squeezed
from schemaguard.compat.workload import Parameter, Query, Workload
from schemaguard.compat.workload_diff import Difference
from schemaguard.compat.workload_facts import facts_of, header_of
from schemaguard.report.colour import Paint

_WIDTH = 100


def render_workload(workload: Workload, paint: Paint) -> Iterator[str]:
    """Lines: the header, each statement, and what is known to be missing."""
    yield f"{paint(workload.app or 'an application', bold=True)} {workload.version}\n"
    yield f"  driver      {workload.driver or 'unknown'}\n"
    yield f"  role        {workload.role or 'unknown'}\n"
    kinds = Counter(statement.kind for statement in workload.statements)
    shares = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    yield f"  statements  {len(workload.statements)}{f' ({shares})' if shares else ''}\n"
    if workload.cover is not None:
        seen, unseen = len(workload.cover.seen), len(workload.cover.unseen)
        yield f"  call sites  {seen} of {seen + unseen} reached\n"
    for statement in workload.statements:
        yield "\n"
        yield from _statement(statement, paint)
    yield from _list("not recorded", workload.unrecorded, paint)
    yield from _list("not reached", workload.cover.unseen if workload.cover else (), paint)


def workload_json(workload: Workload) -> str:
    """The same, version 1."""
    statements = [_fact(statement) for statement in workload.statements]
    return json.dumps({"version": 1, "workload": {**header_of(workload), "statements": statements}}, indent=2)


def render_difference(found: Difference, paint: Paint) -> Iterator[str]:
    """Lines: + what is new, - what is gone, ~ what changed."""
    for sign, colour, statements in (("+", "green", found.added), ("-", "red", found.removed)):
        for statement in statements:
            yield paint(f"{sign} {_title(statement)}\n    {_short(statement)}", colour) + "\n"
    for before, after in found.changed:
        yield paint(f"~ {_title(after)}", "yellow") + "\n"
        if before.id != after.id:
            yield paint(f"  - {_short(before)}", "red") + "\n"
            yield paint(f"  + {_short(after)}", "green") + "\n"
        if _parameters(before) != _parameters(after):
            yield f"    parameters: {_parameters(before) or 'none'} -> {_parameters(after) or 'none'}\n"
        if before.many != after.many:
            yield f"    {'now' if after.many else 'no longer'} sent with many rows at once\n"
    counts = (len(found.added), len(found.removed), len(found.changed))
    yield "{} added, {} removed, {} changed\n".format(*counts)


def difference_json(found: Difference) -> str:
    """The same, version 1."""
    return json.dumps(
        {
            "version": 1,
            "added": [_fact(statement) for statement in found.added],
            "removed": [_fact(statement) for statement in found.removed],
            "changed": [{"before": _fact(old), "after": _fact(new)} for old, new in found.changed],
        },
        indent=2,
    )


def _fact(statement: Query) -> dict[str, object]:
    return {**facts_of(statement), "sql": statement.sql}


def _statement(statement: Query, paint: Paint) -> Iterator[str]:
    yield f"{paint(statement.name or '(no name)', 'cyan')} {statement.kind} {paint(statement.id, 'dim')}\n"
    yield f"    {_short(statement)}\n"
    if known := _parameters(statement):
        yield f"    {known}{'; many rows' if statement.many else ''}\n"
    if statement.origin:
        yield paint(f"    {', '.join(statement.origin)}", "dim") + "\n"


def _title(statement: Query) -> str:
    return f"{statement.name or '(no name)'} {statement.kind} {statement.id}"


def _short(statement: Query) -> str:
    text = squeezed(statement.sql)
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _parameters(statement: Query) -> str:
    return ", ".join(f"${place} {_known(one)}" for place, one in enumerate(statement.parameters, 1))


def _known(parameter: Parameter) -> str:
    types = "|".join(type_ or "?" for type_ in parameter.types)
    named = f" ({', '.join(parameter.objects)})" if parameter.objects else ""
    return f"{types}{' or null' if parameter.null else ''}{named}"


def _list(title: str, texts: tuple[str, ...], paint: Paint) -> Iterator[str]:
    if texts:
        yield f"\n{paint(title, 'yellow')}\n"
        yield from (f"  {text}\n" for text in texts)
