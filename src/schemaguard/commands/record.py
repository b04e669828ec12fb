"""
Record the SQL that one version of the code sends, as a workload directory.

COMMAND is anything that makes the code work: its test suite, a smoke test. Statements
and the types of their parameters are kept, values are not. Recorded are Python
processes that use psycopg 3, psycopg2 or asyncpg, or SQLAlchemy with any driver.

  schemaguard record --out workloads/1.4 --version 1.4 -- pytest -q

With --wire, programs in any language are recorded: they connect to a proxy on this machine,
which passes everything on to the server at URL. COMMAND finds the proxy in PGHOST and PGPORT,
and in DATABASE_URL where that is set. Without COMMAND, the proxy runs until Ctrl-C.

  schemaguard record --out workloads/1.4 --wire postgresql://localhost/shop_test -- npm test
  schemaguard record --out workloads/1.4 --wire postgresql://localhost/shop_test --listen :6543
"""

from __future__ import annotations

import argparse
from pathlib import Path

from schemaguard.errors import UsageError

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
    parser.add_argument("--wire", metavar="URL", help="record what passes through a proxy to this server")
    parser.add_argument(
        "--listen", metavar="HOST:PORT", help="where the proxy of --wire waits (default: a free local port)"
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="what is run")


def run(arguments: argparse.Namespace) -> int:
    """The command's own exit code; 3: it sent nothing that could be recorded."""
    from schemaguard.record.names import Names

    command = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    named = Names(arguments.app, arguments.version, arguments.role)
    if arguments.wire is not None:
        from schemaguard.record.wire import record_wire

        listen = arguments.listen or "127.0.0.1:0"
        return record_wire(arguments.out, named, command, url=arguments.wire, listen=listen)
    if arguments.listen is not None:
        raise UsageError("--listen is where the proxy of --wire waits", advice="add --wire URL")
    from schemaguard.record.run import record_command

    return record_command(arguments.out, named, command)
