"""A release is written into the journal with its plan; another plan under its name is refused."""

import psycopg

from schemaguard.errors import Refused
from schemaguard.plan.differences import differences, same
from schemaguard.plan.plan import Plan
from schemaguard.plan.serial import from_json, to_json
from schemaguard.postgres import journal


def open_release(conn: psycopg.Connection, plan: Plan, *, replan: bool = False) -> None:
    """Write the release down. Refused where something of another plan was done, unless ``replan``.

    Then what was done of steps that are the same in both plans counts, and nothing else does.
    """
    row = conn.execute(
        "SELECT plan, undone_at IS NOT NULL FROM schemaguard.release WHERE name = %s", (plan.release,)
    ).fetchone()
    text = to_json(plan)
    if row is None:
        conn.execute(
            "INSERT INTO schemaguard.release (name, digest, plan) VALUES (%s, %s, %s)",
            (plan.release, plan.digest, text),
        )
        return
    written, undone = row
    if written == text and not undone:
        return
    begun = from_json(written)
    if undone:
        # What has stayed does not come a second time.
        stayed = {id_ for id_, record in journal.steps(conn, plan.release).items() if record.is_done}
        _replace(conn, plan, text, keep=tuple(stayed.intersection(same(begun, plan))))
        return
    if _only_asked(conn, begun):
        _replace(conn, plan, text, keep=())
        return
    what = list(differences(begun, plan))
    if not replan:
        raise Refused(
            f"release {plan.release} was begun with plan {begun.digest[:12]}, and the files now make plan "
            f"{plan.digest[:12]}:\n" + "\n".join(f"  {line}" for line in what),
            advice="Go on with the plan that was begun: leave the migration out and give --release"
            f" {plan.release}. Or say --replan, and what is the same in both counts as done.",
        )
    kept, records = same(begun, plan), journal.steps(conn, plan.release)
    tried = {id_ for id_, record in records.items() if record.state != "undone"}
    changed = [step.id for step in begun.steps if step.statements and step.id in tried.difference(kept)]
    if changed:
        raise Refused(
            f"release {plan.release} cannot be planned anew: {', '.join(changed)} was done, and is another"
            " step or none in the new plan",
            advice=f"Take it back first: `schemaguard undo {plan.release}`. Then it can be applied anew.",
        )
    _replace(conn, plan, text, keep=kept)
    message = f"{begun.digest[:12]} became {plan.digest[:12]}: {'; '.join(what)}"
    journal.note(conn, "replanned", release=plan.release, message=message)


def _replace(conn: psycopg.Connection, plan: Plan, text: str, *, keep: tuple[str, ...]) -> None:
    """``keep``: the ids of the steps whose records stay."""
    with conn.transaction():
        for table, column in (("step", "id"), ("backfill", "step")):
            conn.execute(
                f"DELETE FROM schemaguard.{table} WHERE release = %s AND {column} <> ALL (%s)".encode(),
                (plan.release, list(keep)),
            )
        conn.execute(
            """
            UPDATE schemaguard.release
            SET digest = %s, plan = %s, begun_at = now(), undone_at = NULL, finished_at = NULL
            WHERE name = %s
            """,
            (plan.digest, text, plan.release),
        )


def _only_asked(conn: psycopg.Connection, begun: Plan) -> bool:
    """Whether the release was stopped by the questions before its first change."""
    questions = {step.id for step in begun.steps if not step.statements}
    return all(record.id in questions for record in journal.steps(conn, begun.release).values())
