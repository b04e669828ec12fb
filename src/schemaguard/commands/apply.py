"""
Run one phase of a release against a live database.

Nobody ever waits behind it: locks are polled for, data moves in small batches, and
what stops queries is over in milliseconds or is taken back. Killed at any moment, the
same command goes on where it was. A contract runs only when every version that needs
the old shape is retired, and none of its sessions is left (`deployed`, `retired`).
What is in the way is looked for before the first step (docs/apply.md).

  schemaguard apply MIGRATION --phase expand --database-url postgresql://...
  schemaguard apply --release NAME --phase backfill
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING

from schemaguard.commands.begun import begun
from schemaguard.commands.database import add_database_url, connection, names_database
from schemaguard.commands.limiting import add_limits, effort, limits
from schemaguard.commands.planning import add_migration, planned
from schemaguard.commands.preflighting import add_preflight, allowing, show
from schemaguard.commands.values import seconds

if TYPE_CHECKING:
    import argparse

    from schemaguard.phase import Phase
    from schemaguard.plan import Plan
    from schemaguard.postgres.events import Event
    from schemaguard.report.colour import Paint

HELP = "run one phase against a live database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser, optional=True)
    parser.add_argument("--phase", required=True, choices=("expand", "backfill", "contract"))
    add_database_url(parser)
    parser.add_argument(
        "--to", metavar="STEP", default="", help="the id of the last step to run; --dry-run tells the ids"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the SQL with its locks, and with a database what is in the way; run nothing",
    )
    parser.add_argument(
        "--replan",
        action="store_true",
        help="go on although the files make another plan than the one that was begun",
    )
    parser.add_argument(
        "--adopt",
        action="store_true",
        help="what is there of the release counts, although the journal does not know that it was begun",
    )
    add_lock_deadline(parser)
    add_limits(parser)
    add_preflight(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: an event a line")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def add_lock_deadline(parser: argparse.ArgumentParser) -> None:
    """Declare --lock-deadline."""
    parser.add_argument(
        "--lock-deadline",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="how long each step may try for its locks (60)",
    )


def run(arguments: argparse.Namespace) -> int:
    """0: the phase is done; 1: refused; 3: not enough evidence; 4: the database refused or was lost."""
    from schemaguard.errors import UsageError
    from schemaguard.phase import Phase
    from schemaguard.report.colour import paint_for

    phase = Phase(arguments.phase)
    if not arguments.migrations and not arguments.release:
        raise UsageError(
            "neither a migration nor a release is named",
            advice="Give the migration, or --release with the name of one that was begun.",
        )
    paint = paint_for(sys.stdout, arguments.color)
    plan = _plan(arguments)
    ids = [step.id for step in plan.of(phase)]
    if arguments.to and arguments.to not in ids:
        raise UsageError(
            f"{phase.value} of {plan.release} has no step {arguments.to}",
            advice=f"There are: {', '.join(ids) or 'none'}.",
        )
    if arguments.dry_run:
        return _dry_run(arguments, plan, phase, paint)
    from schemaguard.postgres import runner
    from schemaguard.report.progress import Progress

    watch = say_json if arguments.format == "json" else Progress(sys.stdout, colour=paint.on)
    with connection(arguments) as conn:
        options = runner.Options(
            to=arguments.to,
            lock_deadline=arguments.lock_deadline,
            limits=limits(arguments),
            effort=effort(arguments),
            replan=arguments.replan,
            adopt=arguments.adopt,
            allow=allowing(arguments, paint),
            long_transaction=arguments.long_transaction,
        )
        ran = runner.apply(conn, plan, phase, watch=watch, options=options)
    if arguments.format == "text":
        up_to = f" up to {arguments.to}" if arguments.to else ""
        done = f"{phase.value} of {plan.release} is done{up_to}"
        sys.stdout.write(paint(done, "green", bold=True) + f": {ran} of {len(ids)} steps ran\n")
        if not up_to:
            _next(phase, plan)
    return 0


def _dry_run(arguments: argparse.Namespace, plan: Plan, phase: Phase, paint: Paint) -> int:
    """0, or 1 or 3 where the phase would not be run on the database that is named."""
    from schemaguard.report.dry_run import render_phase

    code = _looked(arguments, plan, phase, paint) if names_database(arguments) else 0
    for line in render_phase(plan, phase, paint, to=arguments.to):
        sys.stdout.write(line + "\n")
    return code


def _looked(arguments: argparse.Namespace, plan: Plan, phase: Phase, paint: Paint) -> int:
    """Show what is in the way, as comments; the exit code of the refusal, if there is a reason for one."""
    from schemaguard.errors import NotEnoughEvidence, Refused
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.preflight import Finding, Severity, look, refused
    from schemaguard.postgres.runner import may_run

    code = 0
    with connection(arguments) as conn, database_errors("before the first step"):
        findings = look(
            conn,
            plan,
            phase,
            to=arguments.to,
            adopt=arguments.adopt,
            long_transaction=arguments.long_transaction,
        )
        if refused(findings) is not None:
            code = Refused.exit_code
        else:
            try:
                may_run(conn, plan, phase)
            except (Refused, NotEnoughEvidence) as error:
                code = error.exit_code
                told = Finding(
                    severity=Severity.REFUSE, sentence=error.what, advice=error.advice, check=phase.value
                )
                findings = (*findings, told)
    show(findings, paint, verbose=arguments.verbose, before="-- ")
    return code


def _plan(arguments: argparse.Namespace) -> Plan:
    if arguments.migrations:
        return planned(arguments).plan
    with connection(arguments) as conn:
        return begun(conn, arguments.release)


def _next(phase: Phase, plan: Plan) -> None:
    following = {"expand": "backfill", "backfill": "contract"}.get(phase.value)
    if following and any(step.phase.value == following for step in plan.steps):
        when = "" if following == "backfill" else ", when the old code is retired"
        sys.stdout.write(f"next: schemaguard apply --release {plan.release} --phase {following}{when}\n")


def say_json(event: Event) -> None:
    """An event a line."""
    sys.stdout.write(json.dumps(dataclasses.asdict(event)) + "\n")
    sys.stdout.flush()
