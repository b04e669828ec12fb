"""The other revisions of an Alembic project, beside which a release is written on two branches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from schemaguard.commands.planning import Planned
    from schemaguard.plan.layouts import Neighbour
    from schemaguard.plan.proof import Proof
    from schemaguard.postgres.shadow_databases import Servers


def neighbours(made: Planned, layout: str | None) -> list[Neighbour] | None:
    """The project's other revisions; None where releases stand in line. ``layout``: as asked for."""
    from schemaguard.plan.layouts import Neighbour
    from schemaguard.sources.alembic_project import read_headers

    if (layout or made.settings.alembic_layout) == "linear" or made.project is None:
        return None
    return [
        Neighbour(
            revision=header.id,
            down=header.down,
            depends_on=header.depends_on,
            labels=header.labels,
            phase=header.phase,
        )
        for header in read_headers(made.project)
        if header.id is not None and header.id not in {source.revision for source in made.sources}
    ]


def proved_in_any_order(
    made: Planned,
    proof: Proof,
    arguments: argparse.Namespace,
    server: Servers,
    watch: Callable[[int, int, str], None],
) -> Proof:
    """The proof, with what comes of an expand before the contracts of earlier releases.

    Refused where that is something else than after them.
    """
    from schemaguard.errors import Refused
    from schemaguard.phase import Phase
    from schemaguard.plan.layouts import to_come
    from schemaguard.plan.proof import Claim
    from schemaguard.plan.write_sql import messages, written_phases
    from schemaguard.postgres.orders import Part, clash
    from schemaguard.postgres.shadow import built_by

    others = neighbours(made, getattr(arguments, "layout", None))
    names = to_come(others or (), made.settings.alembic_contracted)
    if not names:
        return proof
    if arguments.schema is not None:
        note = f"not tried: to expand before {_listed(names)}, for the schema before comes from a file"
        return replace(proof, notes=(*proof.notes, note))
    sources = {source.revision: source for source in made.history}
    steps = written_phases(made.plan)
    mine = [
        Part(
            made.sources[-1].revision or "",
            phase,
            tuple(text for message in messages(steps[phase]) for text in message.statements),
        )
        for phase in (Phase.EXPAND, Phase.BACKFILL)
    ]
    contracts = [
        Part(name, Phase.CONTRACT, tuple(piece.text for piece in sources[name].pieces)) for name in names
    ]
    base = built_by(
        piece.text for source in made.history if source.revision not in names for piece in source.pieces
    )
    found = clash(server, base, [part for part in mine if part.statements], contracts, watch)
    if found is not None:
        contract = found.contract
        why = "\n".join(f"  {line}" for line in found.why)
        raise Refused(
            f"{found.part.name} must not run before {contract.name}, which on two branches it may:\n{why}",
            advice=f"Do {contract.name} everywhere first; then say so in the settings:"
            f' alembic_contracted = "{contract.revision}".',
        )
    claim = Claim("", f"its expand may come before {_listed(names)}: the same comes of each order")
    return replace(proof, claims=(*proof.claims, claim))


def _listed(contracts: Sequence[str]) -> str:
    if len(contracts) == 1:
        return f"contract {contracts[0]}"
    return f"the contracts {contracts[0]} to {contracts[-1]}"
