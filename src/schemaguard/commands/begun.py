"""The plan of a release that was begun on a database: what apply, undo and status go on with."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.plan import Plan
    from schemaguard.postgres.catalog import Connection


def begun(conn: Connection, release: str) -> Plan:
    """The plan in the journal. InputError where there is none of that name."""
    from schemaguard.errors import InputError
    from schemaguard.plan import from_json
    from schemaguard.postgres import journal
    from schemaguard.postgres.connect import database_errors

    with database_errors("the journal"):
        known: dict[str, str] = {}
        if journal.exists(conn):
            journal.bring_up(conn)
            known = {name: plan for name, plan, _ in journal.releases(conn)}
    if release in known:
        return from_json(known[release])
    near = difflib.get_close_matches(release, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InputError(
        f"release {release} was never begun on this database",
        advice=f"Begun so far: {', '.join(known) or 'none'}.{meant}",
    )
