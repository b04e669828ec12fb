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

With --from-statements, the statements are those that a live server has counted: what its extension
pg_stat_statements has collected for the database in URL.

  schemaguard record --out workloads/live --from-statements postgresql://db.example.org/shop --user shop_app
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
    parser.add_argument(
        "--from-statements", metavar="URL", help="take what pg_stat_statements has collected on this server"
    )
    parser.add_argument("--user", default="", metavar="NAME", help="of --from-statements: only this user's")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="what is run")


def run(arguments: argparse.Namespace) -> int:
    """The command's own exit code; 3: it sent nothing that could be recorded."""
    from schemaguard.record.names import Names
    from schemaguard.record.output import must_be_ours

    command = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    named = Names(arguments.app, arguments.version, arguments.role)
    _must_fit(arguments, command)
    must_be_ours(arguments.out)
    if arguments.wire is not None:
        from schemaguard.postgres.connect import libpq_url
        from schemaguard.record.wire import record_wire

        url, listen = libpq_url(arguments.wire), arguments.listen or "127.0.0.1:0"
        return record_wire(arguments.out, named, command, url=url, listen=listen)
    if arguments.from_statements is not None:
        from schemaguard.postgres.live_statements import live_statements
        from schemaguard.record.statistics import record_statistics

        with live_statements(arguments.from_statements, arguments.user) as live:
            return record_statistics(arguments.out, named, live.texts, live.refused, evicted=live.evicted)
    from schemaguard.record.run import record_command

    return record_command(arguments.out, named, command)


def _must_fit(arguments: argparse.Namespace, command: list[str]) -> None:
    """Options that say nothing together are wrong usage."""
    if arguments.wire is not None and arguments.from_statements is not None:
        raise UsageError(
            "--wire and --from-statements are two recordings", advice="record one after the other"
        )
    if arguments.from_statements is not None and command:
        raise UsageError("--from-statements runs no command", advice="leave the command out")
    if arguments.listen is not None and arguments.wire is None:
        raise UsageError("--listen is where the proxy of --wire waits", advice="add --wire URL")
    if arguments.user and arguments.from_statements is None:
        raise UsageError("--user chooses among what a server has counted", advice="add --from-statements URL")
