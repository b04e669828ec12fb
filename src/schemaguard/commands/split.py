"""
Split a migration into expand, backfill and contract steps.

MIGRATION is written the way people write it: an Alembic revision or SQL file. What
cannot be derived from it (how to compute an old column from the new ones) is said in
a comment beside the statement:

  # schemaguard: down = first_name || ' ' || last_name

The plan is proved on a shadow database first (see `schemaguard verify`); --unproved
leaves that out. Without --write it is only shown. With it, it is written as migrations
that can also be run without schemaguard.

Alembic revisions are written one behind the other, or with --layout branches on two
branches, so that no expand waits for the contract of an earlier release:

  alembic upgrade expand@head     before the new code is deployed
  alembic upgrade contract@head   when no old code runs any more
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.branches import neighbours
from schemaguard.commands.planning import Planned, add_migration, add_shadow, planned
from schemaguard.config import ALEMBIC_LAYOUTS

if TYPE_CHECKING:
    import argparse

    from schemaguard.plan.proof import Proof

HELP = "make expand, backfill and contract steps of a migration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser)
    add_shadow(parser)
    parser.add_argument("--unproved", action="store_true", help="do not prove it on a shadow database")
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the steps as migrations into DIR")
    parser.add_argument(
        "--layout",
        choices=ALEMBIC_LAYOUTS,
        help="with --write, of Alembic revisions: the setting alembic_layout, or linear",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0; 1: it has no gentle way; 2: it cannot be read, or something has to be said first."""
    from schemaguard.plan import to_json
    from schemaguard.report.colour import paint_for

    made = planned(arguments)
    proof = None if arguments.unproved else proof_of(made, arguments)
    if arguments.format == "json":
        sys.stdout.write(to_json(made.plan, indent=2) + "\n")
    else:
        from schemaguard.report.plan import render_plan

        paint = paint_for(sys.stdout, arguments.color)
        sys.stdout.write(render_plan(made.plan, color=paint.on).rstrip("\n") + "\n")
        if proof is not None:
            from schemaguard.report.proof import sum_of

            sys.stdout.write(f"\n{sum_of(proof, paint)}\n")
    if arguments.write:
        from schemaguard.plan.write import write_files

        for path in write_files(_files(made, arguments), arguments.write):
            sys.stderr.write(f"written: {path}\n")
    return 0


def _files(made: Planned, arguments: argparse.Namespace) -> dict[str, str]:
    """What is written, by the names of the files."""
    from schemaguard.plan.write import revision_files
    from schemaguard.plan.write_tools import TOOLS, tool_files
    from schemaguard.sources import files

    if made.project is not None:
        beside, contracted = neighbours(made, arguments.layout), made.settings.alembic_contracted
        return revision_files(made.plan, made.sources, beside=beside, contracted=contracted)
    path = arguments.migrations[-1]
    layout, others = files.neighbours(path)
    named = {Path(source.path).resolve() for source in made.sources}
    kept = [other for other in others if other.resolve() not in named]
    return tool_files(made.plan, path, TOOLS[layout], kept)


def proof_of(made: Planned, arguments: argparse.Namespace) -> Proof:
    """What the plan was held to. Refused where it does not hold."""
    from schemaguard.commands.verify import proved
    from schemaguard.errors import Refused
    from schemaguard.report.colour import Paint
    from schemaguard.report.proof import render_broken, row_notes

    proof = proved(made, arguments)
    for note in row_notes(proof):
        sys.stderr.write(f"note: {note}\n")
    if proof.broken:
        lines = "\n".join(f"  {line}" for line in render_broken(made.plan, proof, Paint(on=False)))
        raise Refused(
            f"the plan does not do on a shadow database what it promises:\n{lines}",
            advice="--unproved shows it all the same; please report it.",
        )
    return proof
