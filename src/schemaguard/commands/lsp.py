"""
A language server for SQL migrations, over standard input and output.

It reports what lint finds in the text that the editor holds, over the migrations before it;
explains a rule where the pointer rests; and offers what lint --fix would write.

Alembic revisions are left to lint: to judge one is to run it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

HELP = "a language server for editors"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--stdio", action="store_true", help="what it does anyway; some editors say it")


def run(arguments: argparse.Namespace) -> int:
    """0: the editor has said goodbye; 1: it has gone without a word."""
    del arguments
    from schemaguard.commands.editing import CAPABILITIES, Editor
    from schemaguard.lsp import Connection, serve

    # Unbuffered, for at the end a thread may still be reading, which would hold the buffer's lock.
    incoming = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115 - for as long as we run
    connection = Connection(incoming, sys.stdout.buffer)
    # Whatever else is printed is no message.
    sys.stdout = sys.stderr
    editor = Editor(connection)
    return serve(connection, CAPABILITIES, editor.handlers(), editor.judge)
