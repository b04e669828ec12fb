"""What must be true of a database, and of the code that runs, before a phase is run."""

from collections.abc import Sequence

import psycopg

from schemaguard.errors import DatabaseError, InTheWay, NotEnoughEvidence, NotSo, Refused
from schemaguard.gates import Answer, may_contract
from schemaguard.phase import Phase
from schemaguard.postgres import journal
from schemaguard.recipe import Step


def be_able_to_write(conn: psycopg.Connection) -> None:
    """Refuse on a standby, and in a session that is read-only."""
    row = conn.execute("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')").fetchone()
    assert row is not None
    if row[0] or row[1] == "on":
        raise DatabaseError(
            "the database is a standby" if row[0] else "the session is read-only",
            advice="Give the URL of the primary, and a role that may change the schema.",
        )


def be_unhurried(conn: psycopg.Connection) -> None:
    """Lift what the role's settings would end the session for: a build takes its time, and so does an answer.

    What a step may take is set for each of them.
    """
    conn.execute(
        "SELECT set_config(name, '0', false)"
        " FROM (VALUES ('transaction_timeout'), ('idle_session_timeout')) AS lifted (name)"
        " WHERE current_setting(name, true) IS NOT NULL"
    )


def old_code_is_gone(conn: psycopg.Connection, release: str, steps: Sequence[Step]) -> None:
    """Refuse a contract that running code forbids, or of which nobody knows whether it does."""
    if not any(step.phase is Phase.CONTRACT for step in steps):
        return
    decision = may_contract(release, journal.deployments(conn), journal.sessions(conn))
    if decision.answer is Answer.YES:
        return
    what = f"contract of {release}: " + "; ".join(decision.reasons)
    if decision.answer is Answer.NO:
        raise Refused(
            what,
            advice="Retire the old version: stop it, then `schemaguard retired VERSION`.",
        )
    raise NotEnoughEvidence(
        what,
        advice="Say what runs: `schemaguard deployed VERSION --application-name NAME [--knows RELEASE]`.",
    )


def not_so(conn: psycopg.Connection, question: Step, error: psycopg.Error | None = None) -> NotSo:
    """What to say where the answer to a question of the plan is no, or it cannot be asked at all."""
    if error is not None:
        return NotSo(
            f"step {question.id}: it cannot be asked whether {question.title}: {error}",
            advice="Nothing after it was run. Mend the expression that it is about.",
        )
    what = f"step {question.id}: it is not true that {question.title}"
    if not question.culprits:
        return NotSo(what, advice=f"Nothing after it was run. Mend what this finds: {question.check}")
    found = sorted(str(name) for (name,) in conn.execute(question.culprits.encode()))
    return InTheWay(
        f"{what}: there is {', '.join(found)}",
        advice="Nothing after it was run. Once that is out of the way, the same command goes on.",
    )
