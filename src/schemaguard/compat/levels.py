"""What kind of promise a cell's verdict is about, and how it was found."""

from schemaguard.compat.cells import Cell, Session
from schemaguard.compat.verdict import Kind, Proven, Red, Tested

_DETECTORS = {
    Kind.RESOLVE: "describe",
    Kind.SHAPE: "describe",
    Kind.PLAN: "explain",
    Kind.RUN: "execute",
    Kind.MEANING: "execute",
    Kind.WARM: "warm",
}


def level(cell: Cell) -> str:
    """RESOLVE, SHAPE, WRITE, READ or WARM; of a green cell the highest that it stands for."""
    if isinstance(cell.verdict, Red):
        kind = cell.verdict.witness.kind
        if kind in (Kind.RESOLVE, Kind.SHAPE, Kind.WARM):
            return kind.name
    elif cell.session is Session.WARM:
        return "WARM"
    return "WRITE" if cell.writes else "READ"


def detector(cell: Cell) -> str | None:
    """describe, frame, explain, execute or warm; None: nothing is known."""
    match cell.verdict:
        case Red(witness):
            return "explain" if witness.foreseen else _DETECTORS[witness.kind]
        case Proven():
            return "frame"
        case Tested():
            return "warm" if cell.session is Session.WARM else "execute"
        case _:
            return None
