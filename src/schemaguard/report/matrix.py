"""The matrix of code versions by schema states: a table and its witnesses for people, JSON for programs."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemaguard import __version__
from schemaguard.compat.cells import Cell, Matrix, Participant, State, witness_script
from schemaguard.compat.verdict import Accepted, Proven, Red, Tested, Unknown, Verdict, is_green
from schemaguard.report.colour import Paint

#: Of each version so many statements are shown with their witnesses; JSON has all.
SHOWN = 20


def render_matrix(matrix: Matrix, paint: Paint) -> Iterator[str]:
    """The table, the states by their numbers, what stands in the way, and the sum."""
    yield from _table(matrix, paint)
    yield ""
    for number, state in enumerate(matrix.states):
        phase = f"{state.phase.value}: " if state.phase else ""
        yield f"{number:>4}  {paint(phase, 'dim')}{state.title}"
    for note in matrix.notes:
        yield f"  {paint('note', 'cyan')}  {note}"
    for participant in matrix.participants:
        problems = list(_problems(matrix, participant))
        for problem in problems[:SHOWN]:
            yield ""
            yield from _problem(problem, paint)
        if len(problems) > SHOWN:
            yield ""
            yield f"{participant.label}: {len(problems) - SHOWN} more statements are not green"
    yield ""
    yield _sum(matrix, paint)


def matrix_json(matrix: Matrix, schema_before: str = "") -> str:
    """The same with every witness as a script, as JSON."""
    states = [
        {
            "name": state.name,
            "title": state.title,
            "phase": state.phase.value if state.phase else None,
            "sql": list(state.sql),
        }
        for state in matrix.states
    ]
    versions = [
        {
            "side": participant.side.value,
            "app": participant.workload.app,
            "version": participant.workload.version,
            "driver": participant.workload.driver,
            "statements": len(participant.workload.statements),
            "cells": [_cell_json(matrix, participant, state) for state in matrix.states],
        }
        for participant in matrix.participants
    ]
    problems = [
        _problem_json(matrix, problem, schema_before)
        for participant in matrix.participants
        for problem in _problems(matrix, participant)
    ]
    whole = {
        "version": 1,
        "schemaguard": __version__,
        "verdict": {0: "green", 1: "red", 3: "unknown"}[matrix.exit_code],
        "states": states,
        "versions": versions,
        "problems": problems,
        "notes": list(matrix.notes),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Problem:
    """A statement that is not green where it must be, at the first of the states where it is so."""

    first: Cell
    at: tuple[int, ...]


def _problems(matrix: Matrix, participant: Participant) -> Iterator[_Problem]:
    numbers = {state: number for number, state in enumerate(matrix.states)}
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in matrix.failing():
        if cell.participant == participant:
            cells.setdefault((cell.query, _told(cell.verdict)), []).append(cell)
    for group in sorted(cells.values(), key=lambda group: not isinstance(group[0].verdict, Red)):
        yield _Problem(group[0], tuple(numbers[cell.state] for cell in group))


def _told(verdict: Verdict) -> str:
    match verdict:
        case Red(witness):
            return f"{witness.sqlstate} {witness.message}".strip()
        case Unknown(reason) | Accepted(reason=reason) | Proven(reason):
            return reason
        case Tested(runs):
            return f"{runs} runs"


def _name(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()


def _sign(matrix: Matrix, participant: Participant, state: State) -> tuple[str, str]:
    """What stands in the table, and its colour."""
    verdict = matrix.summary(participant, state)
    if not matrix.required(participant, state):
        return ("(ok)" if is_green(verdict) else "n.a."), "dim"
    match verdict:
        case Red():
            return "RED", "red"
        case Unknown():
            return "?", "yellow"
        case Accepted():
            return "acc", "cyan"
        case Tested() | Proven():
            return "ok", "green"


def _table(matrix: Matrix, paint: Paint) -> Iterator[str]:
    width = max((len(participant.label) for participant in matrix.participants), default=0)
    numbers = "".join(f"{number:>5}" for number in range(len(matrix.states)))
    yield f"{'':{width}}{numbers}"
    for participant in matrix.participants:
        signs = (_sign(matrix, participant, state) for state in matrix.states)
        row = "".join(paint(f"{text:>5}", colour) for text, colour in signs)
        yield f"{paint(f'{participant.label:{width}}', bold=True)}{row}"


def _problem(problem: _Problem, paint: Paint) -> Iterator[str]:
    cell = problem.first
    colour = "red" if isinstance(cell.verdict, Red) else "yellow"
    what = f"{cell.name or 'a statement'} ({cell.origin})" if cell.origin else cell.name
    yield (
        f"{paint(_name(cell.verdict), colour, bold=True)} "
        f"{cell.participant.label}{': ' + what if what else ''} at {_ranges(problem.at)}"
    )
    yield f"  {_told(cell.verdict)}"
    if isinstance(cell.verdict, Red):
        for line in cell.verdict.witness.script().splitlines():
            yield paint(f"    {line}", "dim")


def _ranges(numbers: Iterable[int]) -> str:
    """1-3, 5"""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _sum(matrix: Matrix, paint: Paint) -> str:
    statements = sum(len(participant.workload.statements) for participant in matrix.participants)
    runs = sum(cell.verdict.runs for cell in matrix.cells if isinstance(cell.verdict, Tested))
    seen = f"{statements} statements at {len(matrix.states)} states, {runs} runs"
    if not matrix.participants:
        return f"{paint('unknown', 'yellow', bold=True)}: there is no workload, so nothing is known"
    match matrix.exit_code:
        case 0:
            return f"{seen}: {paint('green where it must be', 'green', bold=True)}"
        case 1:
            count = len(
                {(c.participant.label, c.query) for c in matrix.failing() if isinstance(c.verdict, Red)}
            )
            told = "1 statement breaks" if count == 1 else f"{count} statements break"
            return f"{seen}: {paint(told, 'red', bold=True)}"
        case _:
            return f"{seen}: {paint('not enough is known', 'yellow', bold=True)}"


def _cell_json(matrix: Matrix, participant: Participant, state: State) -> dict[str, object]:
    verdicts = [_name(cell.verdict) for cell in matrix.cells_of(participant, state)]
    return {
        "state": state.name,
        "required": matrix.required(participant, state),
        "verdict": _name(matrix.summary(participant, state)),
        "counts": {name: verdicts.count(name) for name in sorted(set(verdicts))},
    }


def _problem_json(matrix: Matrix, problem: _Problem, schema_before: str) -> dict[str, object]:
    cell = problem.first
    told: dict[str, object] = {
        "code": cell.participant.label,
        "statement": cell.query,
        "name": cell.name,
        "origin": cell.origin,
        "verdict": _name(cell.verdict),
        "states": [matrix.states[number].name for number in problem.at],
        "message": _told(cell.verdict),
    }
    if isinstance(cell.verdict, Red):
        witness = cell.verdict.witness
        told |= {
            "kind": witness.kind.value,
            "sqlstate": witness.sqlstate or None,
            "sql": witness.sql,
            "parameters": list(witness.values),
            "witness": witness_script(matrix, cell, schema_before),
        }
    return told
