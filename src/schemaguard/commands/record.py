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

With --from-log, they are those in the logs that a server has written as JSON lines or CSV.

  schemaguard record --out workloads/1.4 --from-log log/postgresql-*.json --application shop-1.4

With --models, they are what SQLAlchemy's mapped classes declare: each by its key, INSERT, UPDATE, DELETE.
The application is imported, in this directory or as it was at a commit.

  schemaguard record --out workloads/1.4-models --models shop.models:Base --git-ref v1.4
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
    parser.add_argument(
        "--from-log",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="take what a server has logged (jsonlog, csvlog)",
    )
    parser.add_argument(
        "--user", default="", metavar="NAME", help="of --from-statements and --from-log: only this user's"
    )
    parser.add_argument("--database", default="", metavar="NAME", help="of --from-log: only on this database")
    parser.add_argument(
        "--application", default="", metavar="NAME", help="of --from-log: only with this application_name"
    )
    parser.add_argument(
        "--models",
        metavar="MODULE[:NAME]",
        help="take what the mapped classes of this base or module declare",
    )
    parser.add_argument("--git-ref", default="", metavar="REV", help="of --models: at this commit")
    parser.add_argument(
        "--python",
        default="",
        metavar="EXE",
        help="of --models: the interpreter that has the application's packages",
    )
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
    if arguments.from_log is not None:
        from schemaguard.record.server_log import Only, record_log

        only = Only(arguments.user, arguments.database, arguments.application)
        return record_log(arguments.out, named, arguments.from_log, only)
    if arguments.models is not None:
        from schemaguard.record.models import record_models

        python, git_ref = arguments.python, arguments.git_ref
        return record_models(arguments.out, named, arguments.models, git_ref=git_ref, python=python)
    from schemaguard.record.run import record_command

    return record_command(arguments.out, named, command)


#: Where statements come from but for a command, and what belongs to it.
_SOURCES = {
    "wire": ("listen",),
    "from_statements": ("user",),
    "from_log": ("user", "database", "application"),
    "models": ("git_ref", "python"),
}


def _must_fit(arguments: argparse.Namespace, command: list[str]) -> None:
    """Options that say nothing together are wrong usage."""
    given = [name for name in _SOURCES if getattr(arguments, name) is not None]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(map(_option, given))} are two recordings",
            advice="make one after the other; `schemaguard workload merge` puts them together",
        )
    if command and given not in ([], ["wire"]):
        raise UsageError(f"{_option(given[0])} runs no command", advice="leave the command out")
    for option in dict.fromkeys(option for belonging in _SOURCES.values() for option in belonging):
        sources = [name for name, belonging in _SOURCES.items() if option in belonging]
        if getattr(arguments, option) and not set(sources) & set(given):
            raise UsageError(f"{_option(option)} belongs to {' or '.join(map(_option, sources))}")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
