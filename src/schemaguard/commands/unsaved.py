"""What stands in for a file: its text on standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def asked(arguments: argparse.Namespace) -> tuple[list[Path], str | None]:
    """What is named; and of a file on standard input the text."""
    from schemaguard.errors import UsageError

    named: Path | None = arguments.stdin_filename
    if Path("-") not in arguments.paths:
        if named is not None:
            raise UsageError("--stdin-filename is for standard input", advice="Give - as the path.")
        return arguments.paths, None
    if len(arguments.paths) > 1 or arguments.since is not None or arguments.django is not None:
        raise UsageError(
            "- is a file by itself",
            advice="Give neither other paths nor --since nor --django with standard input.",
        )
    file = Path("stdin.sql") if named is None else named
    if file.suffix != ".sql":
        raise UsageError(
            f"{file}: only SQL is read from standard input", advice="Save the revision, and name its file."
        )
    from schemaguard.report.excerpt import hold
    from schemaguard.sources.decode import decode
    from schemaguard.sources.files import shown

    text = decode(sys.stdin.buffer.read(), shown(file))
    hold(shown(file), text)
    return [file], text
