"""Whether a finished release is there no more, because the tables were restored without it."""

import psycopg

from schemaguard.plan.fingerprint import fingerprint
from schemaguard.plan.plan import Plan
from schemaguard.postgres import journal
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.later import later_plans
from schemaguard.postgres.target import revisions
from schemaguard.schema import SchemaState


def is_gone(conn: psycopg.Connection, plan: Plan) -> bool:
    """The tables are as before the release, and neither Alembic's account nor a later release explains it."""
    if journal.version(conn) != journal.VERSION or plan.starts_from == plan.ends_at:
        return False
    if not journal.is_finished(conn, plan.release):
        return False
    at = revisions(conn)
    if plan.revision_before and at and plan.revision_before not in at:
        return False
    schema = read_schema(conn)
    return fingerprint(schema, plan.tables) == plan.starts_from and not _is_followed(conn, plan, schema)


def _is_followed(conn: psycopg.Connection, plan: Plan, schema: SchemaState) -> bool:
    """Whether a later release is there that may have led back to where this one began."""
    return any(
        fingerprint(schema, later.tables) == later.ends_at
        for later in later_plans(conn, plan)
        if not set(later.tables).isdisjoint(plan.tables)
    )
