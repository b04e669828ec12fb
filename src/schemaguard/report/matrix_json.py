"""The matrix of code versions by schema states, for programs."""

import json

from schemaguard import __version__
from schemaguard.compat.acts import acts
from schemaguard.compat.cells import Cell, Matrix
from schemaguard.compat.levels import detector, level
from schemaguard.compat.verdict import Red, Verdict
from schemaguard.compat.witnesses import witness_script
from schemaguard.report.statements import told

#: Of the format: it grows only by new keys.
VERSION = 1


def matrix_json(matrix: Matrix, schema_before: str = "") -> str:
    """All cells, and every witness as a script; ``schema_before`` makes the scripts whole."""
    codes = matrix.codes
    states = [
        {
            "id": code,
            "phase": state.phase.value if state.phase else None,
            "sql": ";\n".join(one.rstrip().rstrip(";") for one in state.sql) or None,
            "step": state.name,
            "title": state.title,
            "failed": state.failed,
        }
        for state, code in codes.items()
    ]
    versions = [
        {
            "workload": participant.side.value,
            "app": participant.workload.app,
            "version": participant.workload.version,
            "driver": participant.workload.driver,
            "role": participant.workload.role,
            "statements": len(participant.workload.statements),
        }
        for participant in matrix.participants
    ]
    whole = {
        "version": VERSION,
        "schemaguard": __version__,
        "verdict": {0: "green", 1: "red", 3: "unknown"}[matrix.exit_code],
        "states": states,
        "versions": versions,
        "cells": [_cell(matrix, cell, codes[cell.state], schema_before) for cell in matrix.cells],
        "acts": acts(matrix),
        "decided": round(matrix.decided, 4),
        "notes": list(matrix.notes),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _cell(matrix: Matrix, cell: Cell, code: str, schema_before: str) -> dict[str, object]:
    red = cell.verdict.witness if isinstance(cell.verdict, Red) else None
    return {
        "workload": cell.participant.side.value,
        "statement": cell.name or cell.query or None,
        "query": cell.query or None,
        "origin": cell.origin or None,
        "state": code,
        "history": cell.history.value,
        "session": cell.session.value,
        "required": matrix.required(cell.participant, cell.state),
        "verdict": type(cell.verdict).__name__.upper(),
        "level": level(cell),
        "detector": detector(cell),
        "sqlstate": (red.sqlstate or None) if red else None,
        "reason": reason(cell.verdict),
        "witness": witness_script(matrix, cell, schema_before) if red else None,
    }


def reason(verdict: Verdict) -> str:
    """What the verdict rests on, in a line."""
    return verdict.witness.message if isinstance(verdict, Red) else told(verdict)
