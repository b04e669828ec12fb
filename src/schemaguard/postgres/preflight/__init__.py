"""What is looked at before the first step of a phase: a table of checks, none of which changes anything.

A check is a function from what is asked to its findings. Its name is the finding's, and the first line
of its docstring what is true where it finds nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import psycopg

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.postgres import journal
from schemaguard.postgres.gone import is_gone
from schemaguard.postgres.preflight.begun import another_runner, drift, journal_version, server_version
from schemaguard.postgres.preflight.disk import room
from schemaguard.postgres.preflight.finding import LONG, Asked, Finding, Severity
from schemaguard.postgres.preflight.indexes import invalid_indexes
from schemaguard.postgres.preflight.pooler import of_connection, pooler
from schemaguard.postgres.preflight.privileges import journal_is_readable, rights
from schemaguard.postgres.preflight.sessions import (
    dumps,
    long_transactions,
    prepared_transactions,
    unseen_sessions,
    vacuums,
)
from schemaguard.postgres.preflight.standbys import replication

__all__ = [
    "CHECKS",
    "LONG",
    "Check",
    "Finding",
    "Severity",
    "be_direct",
    "drift",
    "look",
    "name_of",
    "refuse",
    "refused",
    "summary_of",
]

Check = Callable[[Asked], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    pooler,
    server_version,
    journal_version,
    drift,
    rights,
    another_runner,
    long_transactions,
    prepared_transactions,
    dumps,
    vacuums,
    unseen_sessions,
    invalid_indexes,
    replication,
    room,
)


def look(
    conn: psycopg.Connection,
    plan: Plan,
    phase: Phase,
    *,
    to: str = "",
    adopt: bool = False,
    long_transaction: float = LONG,
    checks: Iterable[Check] = CHECKS,
) -> tuple[Finding, ...]:
    """What the checks find, one PLAIN finding for each that finds nothing. Only reads.

    ``to``: the id of the last step that is to run. ``adopt``: what is there of the release counts, although
    the journal does not know it. ``long_transaction``: seconds.
    """
    begun, done = _begun(conn, plan)
    asked = Asked(
        conn=conn,
        plan=plan,
        phase=phase,
        steps=tuple(step for step in plan.of(phase, to=to) if step.id not in done),
        begun=begun,
        adopt=adopt,
        long_transaction=long_transaction,
    )
    found: list[Finding] = []
    for check in checks:
        said = tuple(check(asked)) or (Finding(severity=Severity.PLAIN, sentence=summary_of(check)),)
        found += (replace(finding, check=name_of(check)) for finding in said)
    return tuple(found)


def name_of(check: Check) -> str:
    """Its name, as findings have it."""
    return check.__name__.replace("_", "-")


def summary_of(check: Check) -> str:
    """What is true where it finds nothing."""
    return (check.__doc__ or "").strip().splitlines()[0].removesuffix(".")


def refused(findings: Iterable[Finding]) -> Refused | None:
    """The refusal, where there is a reason for one."""
    reasons = [finding for finding in findings if finding.severity is Severity.REFUSE]
    if not reasons:
        return None
    lines = (
        line for reason in reasons for line in (reason.sentence, *(f"  {one}" for one in reason.evidence))
    )
    return Refused("\n".join(lines), advice="\n  ".join(dict.fromkeys(reason.advice for reason in reasons)))


def refuse(findings: Iterable[Finding]) -> None:
    """Raise Refused where there is a reason to."""
    refusal = refused(findings)
    if refusal is not None:
        raise refusal


def be_direct(conn: psycopg.Connection) -> None:
    """Refuse a connection behind a pooler in transaction mode."""
    refuse(of_connection(conn))


def _begun(conn: psycopg.Connection, plan: Plan) -> tuple[bool | None, frozenset[str]]:
    """Whether the release has begun, and which of its steps are done."""
    if not journal_is_readable(conn) or journal.version(conn) > journal.VERSION:
        return None, frozenset()
    if not (journal.exists(conn) and journal.is_begun(conn, plan.release)) or is_gone(conn, plan):
        return False, frozenset()
    records = journal.steps(conn, plan.release)
    return True, frozenset(id_ for id_, record in records.items() if record.is_done)
