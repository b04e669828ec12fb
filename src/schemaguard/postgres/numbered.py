"""How statements and what they write are numbered: those of the baseline first."""

from collections.abc import Sequence

from schemaguard.compat.cells import Participant, Side
from schemaguard.compat.workload import Query

#: So many statements of one side may write.
APART = 5_000
FIRST = {Side.BASELINE: 0, Side.CANARY: APART}


def in_order(participants: Sequence[Participant]) -> list[tuple[Participant, Query]]:
    """All statements, each with who sends it."""
    sides = [[p for p in participants if p.side is side] for side in Side]
    return [(one, query) for own in sides for one in own for query in one.workload.statements]


def numbers_of(participants: Sequence[Participant]) -> dict[int, int]:
    """The places of the statements in that order, by the numbers that their writes have."""
    counts = dict(FIRST)
    found = {}
    for place, (participant, _) in enumerate(in_order(participants)):
        counts[participant.side] += 1
        found[counts[participant.side]] = place
    return found
