"""
Lint migrations: who breaks, who waits, what is lost, and what to do instead.

PATH is an Alembic project (a directory with alembic.ini), a versions directory or
revision, an SQL file, or a directory of SQL migrations (plain, Flyway, golang-migrate,
dbmate, goose, Prisma, sqitch, diesel). In a directory each migration is a release of
its own; files that are named together are one release, and the migrations before
them are their history. With - an SQL file is read from standard input.

Alembic revisions are rendered by running their upgrade() in a child process, without
your env.py and without a database: do not lint revisions that you would not run. The
same holds of the migrations of a Django project, which --django reads.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands import fixing
from schemaguard.commands.writing import must_be_writable, write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from schemaguard.commands.linting import Linted
    from schemaguard.commands.live_code import LiveCode
    from schemaguard.report.colour import Paint
    from schemaguard.report.findings import Findings

HELP = "who breaks, who waits, what is lost?"
FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
SEVERITIES = ("error", "warning", "depends")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="migrations, or where they are")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the report to FILE; standard output has it as text",
    )
    parser.add_argument(
        "--pg", type=int, metavar="MAJOR", help="the PostgreSQL major of production, 14 to 18"
    )
    parser.add_argument(
        "--fail-on", choices=SEVERITIES, help="the mildest severity that makes the exit code 1 (error)"
    )
    parser.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="RULE",
        help="a rule, or a family of rules, that speaks though it is off",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULE",
        help="a rule, or a family of rules, that is not asked",
    )
    parser.add_argument(
        "--since",
        metavar="REV",
        help="judge only what differs from where this branch has left REV, such as origin/main",
    )
    parser.add_argument(
        "--accepted",
        type=Path,
        metavar="FILE",
        help="findings that are accepted, by their content; those no longer found are told",
    )
    parser.add_argument(
        "--write-accepted", action="store_true", help="accept all that is found: write that file"
    )
    parser.add_argument(
        "--stdin-filename",
        type=Path,
        metavar="FILE",
        help="what - is the text of, so that its settings and history are known",
    )
    before = parser.add_mutually_exclusive_group()
    before.add_argument(
        "--schema",
        type=Path,
        metavar="FILE",
        help="the schema before the migrations, written by `pg_dump --schema-only`",
    )
    before.add_argument(
        "--database-url",
        metavar="URL",
        help="the database before the migrations: its schema, version, settings and sizes are read, no rows",
    )
    parser.add_argument(
        "--baseline",
        action="append",
        default=[],
        type=Path,
        metavar="WORKLOAD",
        help="what the code that runs sends (of `record`, or a file of named statements): "
        "what it does not need may go; tried on a shadow database",
    )
    parser.add_argument(
        "--shadow-url", metavar="URL", help="a server for shadow databases; default: embedded"
    )
    parser.add_argument(
        "--django",
        metavar="SETTINGS",
        help="of a Django project with this settings module; PATH is its directory, an app, or migrations",
    )
    parser.add_argument("--python", metavar="EXE", help="the interpreter in which revisions are rendered")
    parser.add_argument(
        "--no-cache", action="store_true", help="ask anew, even if nothing has changed since the last time"
    )
    parser.add_argument("--watch", action="store_true", help="ask again whenever a file changes")
    parser.add_argument(
        "--explain", action="store_true", help="and the page of each rule that finds something"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of the nearest pyproject.toml")
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="each statement with its phase and what others feel of it",
    )
    fixing.arguments(parser)
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0: nothing as bad as ``--fail-on``; 1: something is."""
    if not arguments.watch:
        return _run(arguments)
    from schemaguard.commands.watching import watch
    from schemaguard.errors import UsageError

    if Path("-") in arguments.paths or arguments.write_accepted or arguments.fix:
        raise UsageError(
            "--watch is for files that are read again and again",
            advice="Leave out -, --fix and --write-accepted.",
        )
    return watch(arguments.paths, lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    from schemaguard.commands.linting import Asking, lint_paths
    from schemaguard.commands.unsaved import asked
    from schemaguard.report.findings import Findings
    from schemaguard.rule import Severity

    if arguments.output is not None:
        must_be_writable(arguments.output)
    paths, unsaved = asked(arguments)
    mender = fixing.mender_of(arguments)
    result = lint_paths(
        paths,
        config=arguments.config,
        major=arguments.pg,
        asking=Asking(
            select=tuple(arguments.select),
            ignore=tuple(arguments.ignore),
            since=arguments.since,
            unsaved=unsaved,
            django=arguments.django,
            mender=mender,
            anew=arguments.no_cache,
        ),
        python=arguments.python,
        schema=arguments.schema,
        database_url=arguments.database_url,
        live=_live_code(arguments),
    )
    if mender is not None:
        fixing.write(mender, diff=arguments.diff)
    accepted: Path | None = arguments.accepted or result.accepted
    if arguments.write_accepted:
        from schemaguard.commands.accepting import accept

        sys.stdout.write(accept(result, accepted) + "\n")
        return 0
    if accepted is not None:
        from schemaguard.commands.accepting import without_accepted

        result = without_accepted(result, accepted)
    findings = Findings(
        reported=result.reported,
        paths=[source.path for source, _ in result.linted],
        statements=sum(len(frames) for _, frames in result.linted),
        major=result.major,
        fail_on=Severity(arguments.fail_on or result.fail_on),
        notes=result.notes,
    )
    if mender is not None and arguments.diff:
        return int(findings.failing)
    if arguments.output is not None:
        write_whole(arguments.output, _report(result, findings, arguments))
    if arguments.output is not None or arguments.format == "text":
        _write(result, arguments)
    else:
        sys.stdout.write(_report(result, findings, arguments))
    return int(findings.failing)


def _report(result: Linted, findings: Findings, arguments: argparse.Namespace) -> str:
    """The report in the format that is asked for."""
    if arguments.format == "text":
        from schemaguard.report.colour import Paint

        return "".join(f"{line}\n" for line in _lines(result, arguments, Paint(on=False)))
    if arguments.format == "json":
        from schemaguard.report.json import render

        return render(result.linted, result.reported, major=result.major, notes=result.notes) + "\n"
    rendered: str = importlib.import_module(f"schemaguard.report.{arguments.format}").render(findings)
    return rendered


def _live_code(arguments: argparse.Namespace) -> LiveCode | None:
    from schemaguard.errors import UsageError

    if not arguments.baseline:
        if arguments.shadow_url is not None:
            raise UsageError("--shadow-url is for --baseline", advice="Give both, or none.")
        return None
    from schemaguard.commands.live_code import LiveCode
    from schemaguard.compat.workload import read_workload

    if arguments.database_url is not None:
        raise UsageError(
            "--baseline is tried on a shadow database, which --database-url cannot build",
            advice="Give the schema with --schema: `pg_dump --schema-only` of that database.",
        )
    return LiveCode(
        workloads=tuple(read_workload(path) for path in arguments.baseline),
        shadow_url=arguments.shadow_url,
        major=arguments.pg,
    )


def _write(result: Linted, arguments: argparse.Namespace) -> None:
    """For people: what is to be said of the state before, and the findings."""
    from schemaguard.report.colour import paint_for

    for note in result.notes:
        sys.stderr.write(f"schemaguard: {note}\n")
    # In a file or a pipe, lines are searched and quoted: none is broken.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in _lines(result, arguments, paint_for(sys.stdout, arguments.color), width):
        sys.stdout.write(line + "\n")


def _lines(
    result: Linted, arguments: argparse.Namespace, paint: Paint, width: int | None = None
) -> Iterator[str]:
    from schemaguard.report.text import render, verbose

    for _, frames in result.linted if arguments.verbose else ():
        yield from verbose(frames, paint)
    yield from render(
        result.reported,
        migrations=len(result.linted),
        statements=sum(len(frames) for _, frames in result.linted),
        paint=paint,
        width=width,
    )
    if arguments.explain:
        from schemaguard.commands.explain import explained

        for name in sorted({finding.rule for finding in result.reported}):
            yield ""
            yield from explained(name, "always" if paint.on else "never")
