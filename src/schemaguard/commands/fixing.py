"""What ``lint --fix`` asks for, and what it says and writes. Imports the rest lazily."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from schemaguard.commands.mending import Mender


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its part of the command line."""
    parser.add_argument(
        "--fix",
        action="store_true",
        help="rewrite SQL files: gentle statements in place of those that make others wait",
    )
    parser.add_argument(
        "--diff", action="store_true", help="with --fix: print what would change, and write nothing"
    )


def mender_of(arguments: argparse.Namespace) -> Mender | None:
    """The mender that is asked for; UsageError where it is asked for together with what it cannot do."""
    from schemaguard.errors import UsageError

    if not arguments.fix:
        if arguments.diff:
            raise UsageError("--diff is for --fix", advice="Give both, or none.")
        return None
    if Path("-") in arguments.paths or arguments.baseline or arguments.write_accepted or arguments.watch:
        raise UsageError(
            "--fix is for files, and for what is reported of them whatever code runs",
            advice="Give none of -, --baseline, --write-accepted and --watch with it.",
        )
    if arguments.output is not None and arguments.diff:
        raise UsageError("--diff takes the place of a report", advice="Leave --output out.")
    from schemaguard.commands.mending import Mender

    return Mender()


def write(mender: Mender, *, diff: bool) -> None:
    """Write the files, or show what would change in them; say what is mended and what is left."""
    if diff:
        sys.stdout.writelines(mender.diff())
    else:
        mender.write()
    for line in mender.summary(written=not diff):
        sys.stderr.write(f"schemaguard: {line}\n")
