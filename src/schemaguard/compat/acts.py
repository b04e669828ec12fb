"""What the cells allow: may the schema grow, the canary begin, take over, go back, the rest be removed?"""

from collections.abc import Iterator

from schemaguard.compat.cells import Cell, Matrix, Side
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Red, is_green
from schemaguard.phase import Phase

_OTHERS = (History.CANARY, History.BOTH)


def acts(matrix: Matrix) -> dict[str, str]:
    """For each act yes, no or unknown: what has no cells is unknown."""
    return {
        "expand": _answer(_expand(matrix)),
        "canary": _both(_answer(_starts(matrix)), _answer(_back(matrix))),
        "promote": _answer(_starts(matrix)),
        "rollback": _answer(_back(matrix)),
        "contract": _answer(_contract(matrix)),
    }


def _expand(matrix: Matrix) -> Iterator[Cell]:
    """The code that runs, at every state that the expand phase leads through, among its own rows."""
    for cell in matrix.cells:
        early = cell.state.phase in (None, Phase.EXPAND)
        if cell.participant.side is Side.BASELINE and early and cell.history not in _OTHERS:
            yield cell


def _starts(matrix: Matrix) -> Iterator[Cell]:
    """The new code where it begins, whoever has written."""
    turn = matrix.turn
    return (c for c in matrix.cells if c.participant.side is Side.CANARY and c.state == turn)


def _back(matrix: Matrix) -> Iterator[Cell]:
    """The old code among what the new code has written."""
    turn = matrix.turn
    for cell in matrix.cells:
        if cell.participant.side is Side.BASELINE and cell.state == turn:
            if cell.history in _OTHERS or not cell.query:
                yield cell
            elif not matrix.writes.get(Side.CANARY) and matrix.has(Side.CANARY):
                # New code that writes nothing leaves the old one what it had.
                yield cell


def _contract(matrix: Matrix) -> Iterator[Cell]:
    """The new code from where it begins to the end of the release."""
    return (
        cell
        for cell in matrix.cells
        if cell.participant.side is Side.CANARY and matrix.required(cell.participant, cell.state)
    )


def _answer(cells: Iterator[Cell]) -> str:
    verdicts = [cell.verdict for cell in cells]
    if any(isinstance(verdict, Red) for verdict in verdicts):
        return "no"
    return "yes" if verdicts and all(map(is_green, verdicts)) else "unknown"


def _both(one: str, other: str) -> str:
    return min(one, other, key=("no", "unknown", "yes").index)
