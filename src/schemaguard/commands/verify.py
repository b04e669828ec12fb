"""
Prove a plan on a shadow database before anybody sees it.

The schema before the migration is built from its history, with rows in every table.
Then the plan is run step by step: killed before and after each COMMIT and gone on
with, its locks and scans compared with what is said of them, taken back from every
expand state. Its end must be where the migration as written ends: catalog and rows.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.planning import Planned, add_migration, add_shadow, planned, schema_before

if TYPE_CHECKING:
    import argparse

    from schemaguard.plan.proof import Proof

HELP = "prove a plan on a shadow database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser)
    add_shadow(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0: proved; 1: something that the plan promises does not hold."""
    from schemaguard.report.colour import paint_for
    from schemaguard.report.proof import proof_json, render_proof

    made = planned(arguments)
    proof = proved(made, arguments)
    if arguments.format == "json":
        sys.stdout.write(proof_json(made.plan, proof) + "\n")
    else:
        for line in render_proof(made.plan, proof, paint_for(sys.stdout, arguments.color)):
            sys.stdout.write(line + "\n")
    return 1 if proof.broken else 0


def proved(made: Planned, arguments: argparse.Namespace) -> Proof:
    """The plan on a shadow database. Errors where that cannot be had, or the migration itself fails."""
    from schemaguard.commands.branches import proved_in_any_order
    from schemaguard.postgres.shadow import shadow_server
    from schemaguard.report.counter import counter
    from schemaguard.verify import prove

    before = schema_before(made, arguments.schema)
    with shadow_server(arguments.shadow_url, arguments.pg) as server, counter(sys.stderr, "proving") as count:
        proof = prove(made.plan, made.meant, before, server, watch=count)
        return proof if proof.broken else proved_in_any_order(made, proof, arguments, server, count)
