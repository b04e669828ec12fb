"""What a database's journal and sessions say of its releases."""

from typing import Any

import psycopg

from schemaguard.gates import may_contract
from schemaguard.plan import from_json
from schemaguard.postgres import journal


def releases_on(conn: psycopg.Connection, only: str | None) -> list[dict[str, Any]]:
    """Each release with its steps, and the answer of the contract's gate, as JSON has them."""
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
