"""
Do baseline and canary both work at every schema state of a release?

Their own statements are tried on a shadow database at each state: before, after every
expand step, where such a step fails, during and after the backfill, after every
contract step; among rows from before, and among those that either version writes; in
new sessions, and in those that were open before. Until the contract the baseline must
work, from the end of the backfill on the canary.

A workload is what `schemaguard record` made, or a file of named statements:

  -- name: get_account
  SELECT id, email FROM account WHERE id = %(id)s;

A migration is checked as `apply` would run it, in the steps of its plan; as it stands
with --naive, and where no plan can be made of it.

Exit code 0: all works that must; 1: something does not; 3: something is not known.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.checking import accepted_in, release_of
from schemaguard.commands.planning import add_migration, add_shadow
from schemaguard.commands.writing import must_be_writable, write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from schemaguard.compat.cells import Matrix, Participant
    from schemaguard.report.matrix_cell import Place

FORMATS = ("text", "json", "junit", "markdown")
HELP = "do both versions work at every state?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser, optional=True)
    parser.add_argument(
        "--from",
        dest="since",
        metavar="MIGRATION",
        help="the release is all that follows this one in the directory that is named",
    )
    parser.add_argument("--plan", type=Path, metavar="FILE", help="a plan, of `split --format json`")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="SQL: rows that are there before")
    parser.add_argument("--baseline", type=Path, metavar="WORKLOAD", help="of the code that runs")
    parser.add_argument("--canary", type=Path, metavar="WORKLOAD", help="of the code that comes")
    parser.add_argument(
        "--role", metavar="NAME", help="whose rights the code has; default: what the workload says"
    )
    parser.add_argument(
        "--driver", metavar="NAME", help="such as psycopg or asyncpg; default: what the workload says"
    )
    parser.add_argument(
        "--accepted", type=Path, metavar="FILE", help="TOML: what somebody answers for, up to a day"
    )
    parser.add_argument("--naive", action="store_true", help="the migration as it stands, not its plan")
    add_shadow(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--explain",
        metavar="CELL",
        help="print all that is known of one: [baseline:|canary:]STATEMENT@STATE[:HISTORY]",
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write all that is known to one HTML page, too"
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="try all anew, even if nothing has changed since the last time",
    )


def run(arguments: argparse.Namespace) -> int:
    """0: all that must work does; 1: something does not; 3: not enough is known."""
    from schemaguard.compat.acceptances import accepted
    from schemaguard.errors import UsageError
    from schemaguard.postgres.shadow import shadow_server
    from schemaguard.report.matrix_cell import read_place
    from schemaguard.report.matrix_page import matrix_page

    participants = _participants(arguments)
    if not participants:
        raise UsageError(
            "no workload is named",
            advice="Give --baseline, --canary or both; `schemaguard record` makes them.",
        )
    place = None if arguments.explain is None else read_place(arguments.explain, participants)
    if arguments.html is not None:
        must_be_writable(arguments.html)
    release = release_of(arguments)
    entries = () if arguments.accepted is None else accepted_in(arguments.accepted)
    with shadow_server(arguments.shadow_url, arguments.pg) as server:
        matrix = release.check(participants, server, anew=arguments.no_cache)
    if entries:
        matrix, idle = accepted(matrix, entries, str(arguments.accepted), datetime.now().astimezone().date())
        for note in idle:
            sys.stderr.write(f"schemaguard: {note}\n")
    if arguments.html is not None:
        write_whole(arguments.html, matrix_page(matrix, release.script))
    for line in _told(arguments, matrix, release.script, place):
        sys.stdout.write(line + "\n")
    return matrix.exit_code


def _told(arguments: argparse.Namespace, matrix: Matrix, script: str, place: Place | None) -> Iterator[str]:
    """What is printed."""
    from schemaguard.report.colour import paint_for
    from schemaguard.report.matrix import render_matrix
    from schemaguard.report.matrix_cell import explain_cell
    from schemaguard.report.matrix_json import matrix_json
    from schemaguard.report.matrix_junit import matrix_junit
    from schemaguard.report.matrix_markdown import matrix_markdown

    paint = paint_for(sys.stdout, arguments.color)
    if place is not None:
        return explain_cell(matrix, place, script, paint)
    match arguments.format:
        case "json":
            return iter([matrix_json(matrix, script)])
        case "junit":
            return iter([matrix_junit(matrix, script)])
        case "markdown":
            return iter([matrix_markdown(matrix, script).rstrip()])
        case _:
            return render_matrix(matrix, paint)


def _participants(arguments: argparse.Namespace) -> tuple[Participant, ...]:
    from schemaguard.compat.cells import Participant, Side
    from schemaguard.compat.workload import read_workload

    named = ((Side.BASELINE, arguments.baseline), (Side.CANARY, arguments.canary))
    said = {"role": arguments.role, "driver": arguments.driver}
    given = {key: value for key, value in said.items() if value is not None}
    return tuple(
        Participant(side, replace(read_workload(path), **given)) for side, path in named if path is not None
    )
