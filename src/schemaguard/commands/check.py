"""
Do baseline and canary both work at every schema state of a release?

Their own statements, recorded with `schemaguard record`, are tried on a shadow
database at each state: before, after every expand step, during and after the
backfill, after every contract step. Until the contract the baseline must work, from
the end of the backfill on the canary.

A workload is a directory that was recorded, or a file of named statements:

  -- name: get_account
  SELECT id, email FROM account WHERE id = %(id)s;
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.planning import Planned, add_migration, add_shadow, planned, schema_before

if TYPE_CHECKING:
    import argparse

    from schemaguard.compat.cells import Participant
    from schemaguard.postgres.check_states import Builder

HELP = "do both versions work at every state?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser)
    parser.add_argument("--baseline", type=Path, metavar="WORKLOAD", help="of the code that runs")
    parser.add_argument("--canary", type=Path, metavar="WORKLOAD", help="of the code that comes")
    parser.add_argument("--naive", action="store_true", help="the migration as it stands, not its plan")
    add_shadow(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0: all that must work does; 1: something does not; 3: not enough is known."""
    from schemaguard.errors import UsageError
    from schemaguard.postgres.shadow import shadow_server
    from schemaguard.report.colour import paint_for
    from schemaguard.report.matrix import matrix_json, render_matrix
    from schemaguard.verify import check, check_naive

    participants = _participants(arguments)
    if not participants:
        raise UsageError(
            "no workload is named",
            advice="Give --baseline, --canary or both; `schemaguard record` makes them.",
        )
    made = planned(arguments)
    before = schema_before(made, arguments.schema)
    with shadow_server(arguments.shadow_url, arguments.pg) as server:
        if arguments.naive:
            matrix = check_naive(made.statements, before, participants, server)
        else:
            # The canary's code was written for where the migration itself leads to.
            matrix = check(made.plan.steps, before, participants, server, migration=made.meant)
    if arguments.format == "json":
        sys.stdout.write(matrix_json(matrix, _as_script(made, before)) + "\n")
    else:
        for line in render_matrix(matrix, paint_for(sys.stdout, arguments.color)):
            sys.stdout.write(line + "\n")
    return matrix.exit_code


def _as_script(made: Planned, before: str | Builder) -> str:
    """The schema before, so that every witness is whole."""
    if isinstance(before, str):
        return before
    pieces = (piece.text.rstrip().rstrip(";") for source in made.history for piece in source.pieces)
    return "".join(f"{piece};\n" for piece in pieces)


def _participants(arguments: argparse.Namespace) -> tuple[Participant, ...]:
    from schemaguard.compat.cells import Participant, Side
    from schemaguard.compat.workload import read_workload

    named = ((Side.BASELINE, arguments.baseline), (Side.CANARY, arguments.canary))
    return tuple(Participant(side, read_workload(path)) for side, path in named if path is not None)
