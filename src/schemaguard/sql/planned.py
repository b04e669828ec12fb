"""An expression by the parts that the planner keeps, drops, or may drop."""

from dataclasses import replace

from schemaguard.names import Relation
from schemaguard.schema import Part, Volatility
from schemaguard.sql import functions
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.folding import Folder
from schemaguard.sql.values import ANY, LATER
from schemaguard.volatility import worst


def parts(cursor: Cursor) -> tuple[Part, ...]:
    """The parts of the expression, known to be one, that all that is left of the cursor is."""
    told = [(place, one) for place, one in functions.by_place(cursor) if one is not Volatility.CONSTANT]
    nothing = Part(volatility=Volatility.CONSTANT)
    if not told:
        return (nothing,)
    calls = frozenset(one for _, one in told if isinstance(one, Relation))
    firm, wary = Folder(cursor.copy(), LATER), Folder(cursor.copy(), ANY)
    for folder in (firm, wary):
        folder.expression(cursor.copy())
    found: dict[Part, Part] = {}
    for place, one in told:
        fate = firm.found.at(place)
        if fate is None:
            continue
        if fate != wary.found.at(place):
            fate = replace(fate, beside=calls)
        part = found.get(fate, fate)
        found[fate] = (
            replace(part, calls=part.calls | {one})
            if isinstance(one, Relation)
            else replace(part, volatility=worst(part.volatility, one))
        )
    return tuple(found.values()) or (nothing,)
