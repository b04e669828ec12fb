"""Show the releases on a database: which steps are done, what runs, who stands in the way of a contract."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

    import psycopg

HELP = "which releases and steps are done"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--release", metavar="NAME", help="only this one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, also while another runner works."""
    from schemaguard.postgres.connect import database_errors

    with connection(arguments) as conn, database_errors("the journal"):
        releases = _releases(conn, arguments.release)
    if arguments.format == "json":
        sys.stdout.write(json.dumps(releases, indent=2) + "\n")
        return 0
    from schemaguard.report.colour import paint_for

    paint = paint_for(sys.stdout)
    colours = {"done": "green", "found": "green", "failed": "red", "running": "yellow"}
    for release in releases:
        sys.stdout.write(
            paint(release["release"], bold=True) + (" finished" if release["finished"] else "") + "\n"
        )
        for step in release["steps"]:
            state = paint(step["state"].ljust(8), colours.get(step["state"], "dim"))
            sys.stdout.write(f"  {step['phase']:<9}{state} {step['title']}\n")
            if step["error"]:
                sys.stdout.write(f"           {step['error']}\n")
        gate = release["contract"]
        sys.stdout.write(f"  contract: {gate['answer']} ({'; '.join(gate['reasons'])})\n")
    if not releases:
        sys.stdout.write("no release was begun on this database\n")
    return 0


def _releases(conn: psycopg.Connection, only: str | None) -> list[dict[str, Any]]:
    from schemaguard.gates import may_contract
    from schemaguard.plan import from_json
    from schemaguard.postgres import journal

    if not journal.exists(conn):
        return []
    ledger, sessions = journal.deployments(conn), journal.sessions(conn)
    found = []
    for name, plan, finished in journal.releases(conn):
        if only not in (None, name):
            continue
        records = journal.steps(conn, name)
        gate = may_contract(name, ledger, sessions)
        found.append(
            {
                "release": name,
                "finished": finished,
                "steps": [
                    {
                        "id": step.id,
                        "phase": step.phase.value,
                        "title": step.title,
                        "state": records[step.id].state if step.id in records else "to do",
                        "attempts": records[step.id].attempts if step.id in records else 0,
                        "error": records[step.id].error if step.id in records else None,
                    }
                    for step in from_json(plan).steps
                ],
                "contract": {"answer": gate.answer.name.lower(), "reasons": list(gate.reasons)},
            }
        )
    return found
