"""Whether the role may do what the steps do, and the GRANT for what is missing."""

from collections.abc import Iterator

import psycopg

from schemaguard.changes import (
    AddColumn,
    AddEnumValue,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropType,
    RenameEnumValue,
    RenameTable,
    RenameType,
)
from schemaguard.changes.base import Change, Unread
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, quote
from schemaguard.postgres.catalog import OWN_SCHEMA
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity
from schemaguard.recipe import Scope, Step

# Who has the owner's rights may alter the table; so may a superuser.
TABLES = """
SELECT c.oid::int8, pg_has_role(c.relowner, 'USAGE'), quote_ident(pg_get_userbyid(c.relowner)),
       o.rolsuper,
       has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'),
       has_table_privilege(c.oid, 'UPDATE'),
       has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE'),
       has_any_column_privilege(c.oid, 'REFERENCES')
FROM pg_class AS c JOIN pg_roles AS o ON o.oid = c.relowner
WHERE c.oid = ANY (%s::oid[])
"""

TYPES = """
SELECT n.nspname, t.typname, quote_ident(o.rolname), o.rolsuper
FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
JOIN pg_namespace AS n ON n.nspname = w.schema
JOIN pg_type AS t ON t.typnamespace = n.oid AND t.typname = w.name
JOIN pg_roles AS o ON o.oid = t.typowner
WHERE NOT pg_has_role(t.typowner, 'USAGE')
ORDER BY 1, 2
"""

SCHEMAS = """
SELECT nspname, has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE')
FROM pg_namespace WHERE nspname = ANY (%s::text[])
"""

JOURNAL = """
SELECT n.oid IS NOT NULL,
       coalesce(has_schema_privilege(n.oid, 'USAGE'), false),
       coalesce((SELECT bool_and(has_table_privilege(c.oid, 'SELECT')) FROM pg_class AS c
                 WHERE c.relnamespace = n.oid AND c.relkind = 'r'), true),
       coalesce((SELECT bool_and(has_table_privilege(c.oid, p.name)) FROM pg_class AS c,
                 unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS p (name)
                 WHERE c.relnamespace = n.oid AND c.relkind = 'r'), true),
       has_database_privilege(current_database(), 'CREATE'),
       quote_ident(current_database()), quote_ident(current_user)
FROM (SELECT %s::name AS wanted) AS w LEFT JOIN pg_namespace AS n ON n.nspname = w.wanted
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the role may do with a table that is there."""

    owned: bool
    owner: str
    #: The owner is a superuser.
    by_superuser: bool
    select: bool
    insert: bool
    update: bool
    lock: bool
    references: bool


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A right that is missing, and the statement that gives it."""

    right: str
    grant: str


def rights(asked: Asked) -> Iterator[Finding]:
    """The role has every right that the steps need.

    Refused where one is missing, with the GRANT that gives it: the ownership of tables and types (or
    membership of their owner), CREATE on a schema in which something is made, REFERENCES on what a foreign
    key points to, SELECT, INSERT and UPDATE where rows are filled, and the journal, whose schema
    `schemaguard` is made with CREATE on the database.
    """
    row = asked.conn.execute("SELECT current_user, quote_ident(current_user)").fetchone()
    assert row is not None
    role, quoted = row
    missing = sorted(
        {
            *_of_journal(asked.conn),
            *_of_tables(asked, quoted),
            *_of_types(asked, quoted),
            *_of_schemas(asked, quoted),
        }
    )
    if missing:
        yield Finding(
            severity=Severity.REFUSE,
            sentence=f"role {role} lacks rights: {'; '.join(one.right for one in missing)}",
            evidence=tuple(dict.fromkeys(one.grant for one in missing)),
            advice="Have an administrator run these, or give another role (--role, --database-url).",
        )


def journal_is_readable(conn: psycopg.Connection) -> bool:
    """Whether the role may read the journal; where there is none, it may."""
    row = conn.execute(JOURNAL, (OWN_SCHEMA,)).fetchone()
    assert row is not None
    there, usage, select, *_ = row
    return not there or (usage and select)


def _of_journal(conn: psycopg.Connection) -> Iterator[Missing]:
    row = conn.execute(JOURNAL, (OWN_SCHEMA,)).fetchone()
    assert row is not None
    there, usage, select, write, create, database, role = row
    if not there:
        if not create:
            yield Missing(
                "CREATE on the database, for the journal", f"GRANT CREATE ON DATABASE {database} TO {role};"
            )
        return
    if not usage:
        yield Missing(f"USAGE on schema {OWN_SCHEMA}", f"GRANT USAGE ON SCHEMA {OWN_SCHEMA} TO {role};")
    if not (select and write):
        yield Missing(
            f"SELECT, INSERT, UPDATE and DELETE on the tables of schema {OWN_SCHEMA}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {OWN_SCHEMA} TO {role};",
        )


def _of_tables(asked: Asked, role: str) -> Iterator[Missing]:
    found = _tables(asked)
    altered = {table for _, change in asked.changes for table in _altered(change)}
    locked = {table for step in asked.steps if _takes(step) for table, _ in step.locks}
    for table, state in found.items():
        if table in altered:
            if not state.owned:
                yield _not_owner("TABLE", table, state.owner, role, by_superuser=state.by_superuser)
        elif table in locked and not state.lock:
            yield Missing(f"UPDATE on {table.text}, to lock it", f"GRANT UPDATE ON {table} TO {role};")
    for table, right in _wanted(asked):
        known = found.get(table)
        if known is not None and not getattr(known, right):
            yield Missing(f"{right.upper()} on {table.text}", f"GRANT {right.upper()} ON {table} TO {role};")


def _of_types(asked: Asked, role: str) -> Iterator[Missing]:
    altered = [
        change.type
        for _, change in asked.changes
        if isinstance(change, AddEnumValue | RenameEnumValue | RenameType | DropType)
    ]
    rows = asked.conn.execute(TYPES, ([one.schema for one in altered], [one.name for one in altered]))
    for schema, name, owner, by_superuser in rows:
        yield _not_owner("TYPE", Relation(schema, name), owner, role, by_superuser=by_superuser)


def _not_owner(kind: str, what: Relation, owner: str, role: str, *, by_superuser: bool) -> Missing:
    # Nobody should have to be a member of a superuser.
    grant = f"ALTER {kind} {what} OWNER TO {role};" if by_superuser else f"GRANT {owner} TO {role};"
    return Missing(f"ownership of {what.text}, which is {owner}'s", grant)


def _takes(step: Step) -> bool:
    """Whether the runner itself takes the step's locks."""
    return step.scope is Scope.TRANSACTION and bool(step.sql)


def _altered(change: Change | Unread) -> Iterator[Relation]:
    """The table that only its owner can change so."""
    match change:
        case CreateIndex(index=index):
            yield index.table
        case Change() if not change.moves_data and not change.new_names:
            table = getattr(change, "table", None) or getattr(getattr(change, "column", None), "table", None)
            if isinstance(table, Relation):
                yield table


def _wanted(asked: Asked) -> Iterator[tuple[Relation, str]]:
    """The rights on tables that are not the owner's alone."""
    for _, change in asked.changes:
        if isinstance(change, AddForeignKey):
            yield change.key.target, "references"
    for backfill in (step.backfill for step in asked.steps):
        if backfill is None:
            continue
        written = backfill.into or backfill.table
        yield from ((backfill.table, "select"), (written, "select"), (written, "update"))
        if backfill.into is not None and not backfill.match:
            yield written, "insert"


def _tables(asked: Asked) -> dict[Relation, Table]:
    rows = asked.conn.execute(TABLES, (list(asked.oids),))
    return {
        asked.oids[oid]: Table(
            owned=owned,
            owner=owner,
            by_superuser=by_superuser,
            select=select,
            insert=insert,
            update=update,
            lock=lock,
            references=references,
        )
        for oid, owned, owner, by_superuser, select, insert, update, lock, references in rows
    }


def _of_schemas(asked: Asked, role: str) -> Iterator[Missing]:
    used = {table.schema for table in asked.tables}
    made = {schema for _, change in asked.changes for schema in _makes_in(change)}
    rows = asked.conn.execute(SCHEMAS, (sorted(used | made),))
    for schema, usage, create in rows:
        if not usage:
            yield Missing(f"USAGE on schema {schema}", f"GRANT USAGE ON SCHEMA {quote(schema)} TO {role};")
        if schema in made and not create:
            yield Missing(f"CREATE on schema {schema}", f"GRANT CREATE ON SCHEMA {quote(schema)} TO {role};")


def _makes_in(change: Change | Unread) -> Iterator[str]:
    """The schemas in which it makes something."""
    match change:
        case CreateIndex(index=index):
            yield index.table.schema
        case RenameTable(table=table) | AddUnique(table=table) | AddPrimaryKey(table=table):
            yield table.schema
        case AddExclude(table=table):
            yield table.schema
        case AddColumn(table=table, column=column) if column.identity is not None:
            yield table.schema
        case Change():
            yield from (getattr(change, name).schema for name in change.new_names)
