"""
Does a witness of `schemaguard check` still show what it tells?

A witness is a script: the schema and the rows before, the steps, what was written, and
then the statement that breaks. It is run on an empty shadow database, statement by
statement.

Exit code 0: it happens again; 1: it does not; 3: a script cannot show it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.planning import add_shadow

if TYPE_CHECKING:
    import argparse

HELP = "does a witness of `check` still show what it tells?"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("witness", type=Path, metavar="WITNESS", help="the script, or - for standard input")
    parser.add_argument("--pg", type=int, metavar="MAJOR", help="the PostgreSQL major, 14 to 18")
    add_shadow(parser)


def run(arguments: argparse.Namespace) -> int:
    """0: reproduced; 1: not."""
    from schemaguard.commands.checking import text_of
    from schemaguard.postgres.replaying import replay
    from schemaguard.postgres.shadow import shadow_server

    script = sys.stdin.read() if arguments.witness == Path("-") else text_of(arguments.witness)
    with shadow_server(arguments.shadow_url, arguments.pg) as server:
        found = replay(script, server)
    sys.stdout.write(f"{'reproduced' if found.reproduced else 'not reproduced'}: {found.told}\n")
    return 0 if found.reproduced else 1
