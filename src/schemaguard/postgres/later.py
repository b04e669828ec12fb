"""The releases that came after another one."""

from collections.abc import Iterator

import psycopg

from schemaguard.plan.plan import Plan
from schemaguard.plan.serial import from_json
from schemaguard.postgres import journal


def later_plans(conn: psycopg.Connection, plan: Plan) -> Iterator[Plan]:
    """The plans of those that were begun after it, and not taken back; the oldest first."""
    releases = journal.releases(conn)
    place = [name for name, _, _ in releases].index(plan.release)
    return (from_json(text) for _, text, state in releases[place + 1 :] if state != "undone")
