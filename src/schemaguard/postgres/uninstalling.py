"""Takes all of schemaguard away from a database: triggers, functions, the journal."""

from functools import partial

import psycopg
from psycopg import sql

from schemaguard.conditions import COMPUTED, FIRST, SYNC
from schemaguard.dataclass import dataclass
from schemaguard.errors import Refused
from schemaguard.locks import LockMode
from schemaguard.names import Relation, literal
from schemaguard.phase import Phase
from schemaguard.plan.serial import from_json
from schemaguard.postgres import journal
from schemaguard.postgres.connect import database_errors
from schemaguard.postgres.locks import patience
from schemaguard.postgres.preflight import be_direct
from schemaguard.postgres.transactions import in_one_transaction
from schemaguard.postgres.turn import turn

_OURS = " OR ".join(f"starts_with(t.tgname::text, {literal(prefix)})" for prefix in (SYNC, FIRST))
#: Those of partitions go with their parents'. Triggers that compute a column for good are part of the schema.
_TRIGGERS = f"""
SELECT n.nspname, c.relname, t.tgname, fn.nspname, f.proname
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS f ON f.oid = t.tgfoid JOIN pg_namespace AS fn ON fn.oid = f.pronamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ({_OURS})
  AND NOT starts_with(f.proname::text, {literal(COMPUTED)})
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of ours, and its function."""

    table: Relation
    name: str
    function: Relation


def triggers(conn: psycopg.Connection) -> tuple[Trigger, ...]:
    """Those that keep two forms in step."""
    rows = conn.execute(_TRIGGERS.encode())
    return tuple(
        Trigger(Relation(schema, table), name, Relation(function_schema, function))
        for schema, table, name, function_schema, function in rows
    )


def unfinished(conn: psycopg.Connection) -> tuple[str, ...]:
    """The releases that were begun, and are neither finished nor taken back."""
    if not journal.exists(conn):
        return ()
    journal.bring_up(conn)
    rows = conn.execute(
        "SELECT name FROM schemaguard.release"
        " WHERE finished_at IS NULL AND undone_at IS NULL ORDER BY begun_at, name"
    )
    return tuple(name for (name,) in rows)


def _contract_has_begun(conn: psycopg.Connection, release: str) -> bool:
    """Whether it has changed something."""
    plan = next(from_json(text) for name, text, _ in journal.releases(conn) if name == release)
    changing = {step.id for step in plan.of(Phase.CONTRACT) if step.statements}
    records = journal.steps(conn, release)
    return any(records[id_].state != "undone" for id_ in changing & records.keys())


def uninstall(conn: psycopg.Connection, *, abandon: bool, lock_deadline: float) -> tuple[Trigger, ...]:
    """The triggers that were taken away. Refused while releases are under way, unless they are given up."""
    doing = "uninstalling"
    with turn(conn, doing, partial(be_direct, conn)), database_errors(doing):
        open_ones, ours = unfinished(conn), triggers(conn)
        begun = [name for name in open_ones if _contract_has_begun(conn, name)]
        if begun:
            raise Refused(
                f"the contract of {', '.join(begun)} has begun",
                advice="Finish it first: `schemaguard apply --phase contract`. Until then its constraints"
                " and triggers belong together.",
            )
        if ours and not open_ones and not abandon:
            raise Refused(
                "triggers that no release in the journal explains keep columns in step:"
                f" {', '.join(f'{one.name} on {one.table.text}' for one in ours)}",
                advice="Written migrations have made them, whose contract takes them away."
                " --abandon takes them away all the same.",
            )
        if open_ones and not abandon:
            raise Refused(
                f"under way: {', '.join(open_ones)}; without their triggers both forms would come apart",
                advice="Finish them with `apply`, or `undo` them. --abandon takes the triggers away all"
                " the same.",
            )
        for one in ours:
            in_one_transaction(
                conn,
                [(one.table, LockMode.ACCESS_EXCLUSIVE)],
                patience(lock_deadline, None),
                partial(_take_away, conn, one),
            )
        conn.execute("DROP SCHEMA IF EXISTS schemaguard CASCADE")
        return ours


def _take_away(conn: psycopg.Connection, one: Trigger) -> None:
    conn.execute(
        sql.SQL("DROP TRIGGER IF EXISTS {} ON {}").format(
            sql.Identifier(one.name), sql.Identifier(one.table.schema, one.table.name)
        )
    )
    # Another trigger of ours may still call it.
    used = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = to_regproc(%s))", (str(one.function),)
    ).fetchone()
    if not (used and used[0]):
        conn.execute(
            sql.SQL("DROP FUNCTION IF EXISTS {}()").format(
                sql.Identifier(one.function.schema, one.function.name)
            )
        )
