"""What a database's journal and sessions say of its releases."""

from typing import Any

import psycopg

from schemaguard.gates import may_contract
from schemaguard.plan import from_json
from schemaguard.postgres import journal, requests
from schemaguard.postgres.locks import runner_on
from schemaguard.recipe import Step

Json = dict[str, Any]
_SEEN = "SELECT step, seen FROM schemaguard.backfill WHERE release = %s"
_ESTIMATE = "SELECT nullif(reltuples, -1)::bigint FROM pg_class WHERE oid = to_regclass(%s)"
_BLOCKERS = """
SELECT a.pid, a.application_name, left(a.query, 60)
FROM unnest(pg_blocking_pids(%s)) AS b (pid) JOIN pg_stat_activity AS a USING (pid) ORDER BY 1
"""


def status(conn: psycopg.Connection, only: str | None) -> Json:
    """The runner, what it is asked to do, and each release, as JSON has them."""
    if not journal.exists(conn):
        return {"only": only, "runner": None, "request": None, "releases": []}
    journal.bring_up(conn)
    return {
        "only": only,
        "runner": _runner(conn),
        "request": _request(conn),
        "releases": _releases(conn, only),
    }


def _runner(conn: psycopg.Connection) -> Json | None:
    runner = runner_on(conn)
    if runner is None:
        return None
    waits = [
        f"pid {pid}, {name or '(no application_name)'}, last: {' '.join(query.split())}"
        for pid, name, query in conn.execute(_BLOCKERS, (runner.pid,))
    ]
    return {
        "pid": runner.pid,
        "user": runner.user,
        "address": runner.address,
        "since": runner.since,
        "waits_for": waits,
    }


def _request(conn: psycopg.Connection) -> Json | None:
    asked = requests.pending(conn)
    return {"wish": asked.wish, "by": asked.by, "at": asked.at} if asked else None


def _releases(conn: psycopg.Connection, only: str | None) -> list[Json]:
    ledger, sessions = journal.deployments(conn), journal.sessions(conn)
    found = []
    for name, plan, state in journal.releases(conn):
        if only not in (None, name):
            continue
        records = journal.steps(conn, name)
        gate = may_contract(name, ledger, sessions)
        seen: dict[str, int] = dict(conn.execute(_SEEN, (name,)).fetchall())
        found.append(
            {
                "release": name,
                "state": state,
                "steps": [
                    {
                        "id": step.id,
                        "phase": step.phase.value,
                        "title": step.title,
                        "state": _state(records.get(step.id), state),
                        "attempts": records[step.id].attempts if step.id in records else 0,
                        "error": records[step.id].error if step.id in records else None,
                        "rows": seen.get(step.id),
                        "rows_estimate": _estimate(conn, step) if step.id in seen else None,
                    }
                    for step in from_json(plan).steps
                ],
                "contract": {"answer": gate.answer.name.lower(), "reasons": list(gate.reasons)},
            }
        )
    return found


def _state(record: journal.StepRecord | None, release: str) -> str:
    if record is None:
        return "to do"
    # What is not taken back with its release.
    return "stays" if record.is_done and release == "undone" else record.state


def _estimate(conn: psycopg.Connection, step: Step) -> int | None:
    """How many rows the table of a backfill has, as the server believes."""
    assert step.backfill is not None
    row = conn.execute(_ESTIMATE, (str(step.backfill.table),)).fetchone()
    return int(row[0]) if row and row[0] is not None else None
