"""The plan of a release that was begun on a database: what apply, undo and status go on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    raise InputError(
        f"release {release} was never begun on this database",
        advice=f"Begun so far: {', '.join(known) or 'none'}.{near(release, known)}",
    )


def near(word: str, known: Iterable[str]) -> str:
    """The question whether a name like it was meant; "": there is none."""
    found = nearest(word, known)
    return f" Did you mean {found}?" if found else ""
