"""With which values a statement is tried at home: those that bring out most."""

from collections.abc import Mapping

from schemaguard.compat.candidates import Sample, candidates, edges, writing
from schemaguard.compat.cells import Side
from schemaguard.compat.hints import read_hints
from schemaguard.compat.judge import ANSWERS
from schemaguard.compat.observation import Described, Prepared, Run, Stored, Vector
from schemaguard.compat.workload import Query
from schemaguard.postgres.probe_statements import NO_VALUES, Prober
from schemaguard.postgres.sample_tables import Name

#: So many vectors are kept of those that work at home, and one for each constraint that gives an answer.
KEPT = 4
#: And so many of extreme values.
FAR = 4


def first_runs(
    prober: Prober, query: Query, samples: Mapping[Name, Sample], side: Side
) -> tuple[Described, dict[Vector, Run], Vector | None]:
    """The statement with those values that bring out most, and with those that it writes."""
    described = prober.describe(query)
    types = next((p.parameters for p in described.prepared.values() if isinstance(p, Prepared)), None)
    if types is None:
        return described, {}, None
    hints = read_hints(query.sql)
    tries = (NO_VALUES,) if query.kind == "copy" else candidates(query, hints, samples, types)
    with prober.history():
        tried = prober.run(query, tries, described)
        far = prober.run(query, edges(query, hints, samples, types), described)
    # Where none works, the last refusal tells why.
    runs = _chosen(tried) or dict(list(tried.items())[-1:])
    runs |= dict([pair for pair in far.items() if pair[1].failure is None][:FAR])
    return described, runs, writing(query, hints, samples, types, 0 if side is Side.BASELINE else 1)


def _chosen(tried: Mapping[Vector, Run]) -> dict[Vector, Run]:
    """Those which work: of each outcome one first, those that meet rows before those that do not."""
    works = [(vector, run) for vector, run in tried.items() if run.failure is None]
    works.sort(key=lambda pair: pair[1].count == 0)
    firsts: dict[object, tuple[Vector, Run]] = {}
    for vector, run in works:
        nulls = tuple(value is None for value in vector.values)
        written = tuple(_written(stored) for stored in run.stored.values())
        firsts.setdefault((nulls, bool(run.count), written), (vector, run))
    chosen = list(firsts.values())
    chosen += [pair for pair in works if pair not in chosen]
    refused: dict[str, tuple[Vector, Run]] = {}
    for vector, run in tried.items():
        if run.failure is not None and run.failure.sqlstate in ANSWERS:
            refused.setdefault(run.failure.constraint, (vector, run))
    return dict([*chosen[:KEPT], *refused.values()]) if chosen else {}


def _written(stored: Stored) -> tuple[int, bool]:
    """How many rows came, and whether an old one with NULLs was written: a new constraint may forbid that."""
    before, after = stored.before.rows, stored.after.rows
    changed = [row for key, row in before.items() if after.get(key) != row]
    return len(after) - len(before), any(None in row for row in changed)
