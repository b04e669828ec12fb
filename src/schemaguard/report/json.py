"""Findings and statements for machines: JSON output, version 1 (docs/json.md)."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from schemaguard import __version__
from schemaguard.breaks import Break
from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait
from schemaguard.estimates import Estimate
from schemaguard.evidence import Loss, Refusal, Wording
from schemaguard.frame import Frame
from schemaguard.lint import Reported
from schemaguard.report.excerpt import action_place
from schemaguard.rule import Evidence, Severity
from schemaguard.text import Place, Source


def render(
    linted: Sequence[tuple[Source, Sequence[Frame]]],
    reported: Iterable[Reported],
    *,
    major: int | None,
    notes: Sequence[str] = (),
) -> str:
    """The whole document."""
    reported = list(reported)
    counts = Counter(finding.severity for finding in reported)
    statements = [
        _statement(source, number, frame)
        for source, frames in linted
        for number, frame in enumerate(frames, start=1)
    ]
    document = {
        "version": 1,
        "schemaguard": __version__,
        "postgres": major,
        "summary": {
            "migrations": len(linted),
            "statements": len(statements),
            "errors": counts[Severity.ERROR],
            "warnings": counts[Severity.WARNING],
            "depends": counts[Severity.DEPENDS],
            "unread": sum(finding.rule == "unread" for finding in reported),
        },
        "notes": list(notes),
        "findings": [_finding(finding) for finding in reported],
        "statements": statements,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _range(place: Place | None) -> dict[str, int] | None:
    if place is None:
        return None
    return {
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }


def _finding(finding: Reported) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "family": finding.family,
        "severity": finding.severity.value,
        "message": finding.message,
        "more": finding.more,
        **_place(finding.place),
        "revision": finding.revision,
        "statement": finding.statement or None,
        "action": _range(action_place(finding)),
        "through": [_range(place) for place in finding.through],
        "because": because(finding.because),
        "also": [because(cost) for cost in finding.also],
        "estimate": _estimate(finding.estimate),
        "advice": finding.advice or None,
        "instead": [{"phase": advice.phase.value, "sql": advice.sql} for advice in finding.instead],
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {"bytes": estimate.bytes, "rows": estimate.rows, "seconds": estimate.seconds}


def _statement(source: Source, number: int, frame: Frame) -> dict[str, Any]:
    phase = frame.derived_phase
    return {
        **_place(frame.statement.place),
        "revision": source.revision,
        "index": number,
        "sql": frame.statement.text,
        "phase": phase.value if phase else "unread",
        "changes": [type(effect.change).__name__ for effect in frame.effects],
        "costs": [because(cost) for cost in sorted(frame.costs, key=_order)],
    }


def _order(cost: Cost) -> tuple[str, int, str]:
    kinds = (Lock, Scan, Rewrite, BuildIndex, Wait)
    return cost.table.text, kinds.index(type(cost)), repr(cost)


def because(reason: Evidence | None) -> dict[str, Any] | None:
    """A cost or a break as JSON."""
    match reason:
        case None:
            return None
        case Lock(table, mode, stands_for):
            return {
                "kind": "Lock",
                "relation": table.text,
                "mode": mode.value,
                **_if("stands_for", stands_for),
            }
        case Wait(table, stands_for):
            return {"kind": "Wait", "relation": table.text, **_if("stands_for", stands_for)}
        case Scan(table, under, unknown) | Rewrite(table, under, unknown) | BuildIndex(table, under, unknown):
            kind = type(reason).__name__
            return {"kind": kind, "relation": table.text, "under": under.value, **_if("hangs_on", unknown)}
        case Break(needs=needs, by=by, certain=certain):
            return {"kind": "Break", "needs": needs, "by": by, "certain": certain}
        case Refusal(sqlstate, why, certain):
            return {"kind": "Refusal", "sqlstate": sqlstate, "why": why, "certain": certain}
        case Loss(what) | Wording(what):
            return {"kind": type(reason).__name__, "what": what}


def _if(name: str, text: str) -> dict[str, str]:
    """The field, where there is something to say."""
    return {name: text} if text else {}
