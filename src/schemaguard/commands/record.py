"""
Record the SQL that one version of the code sends, as a workload directory.

COMMAND is anything that makes the code work: its test suite, a smoke test. Statements
and the types of their parameters are kept, values are not. Recorded are Python
processes that use psycopg 3, psycopg2 or asyncpg, or SQLAlchemy with any driver.

  schemaguard record --out workloads/1.4 --version 1.4 -- pytest -q
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write down the SQL that one version of the code sends"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the workload is written"
    )
    parser.add_argument("--app", default="", metavar="NAME", help="default: this directory's name")
    parser.add_argument("--version", default="", metavar="V", help="default: the commit of this checkout")
    parser.add_argument(
        "--role", default="", metavar="NAME", help="the role that the application works as in production"
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="what is run")


def run(arguments: argparse.Namespace) -> int:
    """The command's own exit code; 3: it sent nothing that could be recorded."""
    from schemaguard.record.names import Names
    from schemaguard.record.run import record_command

    command = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    named = Names(arguments.app, arguments.version, arguments.role)
    return record_command(arguments.out, named, command)
