"""Indexes on the phase's tables that no query can use."""

from collections.abc import Iterator

from schemaguard.names import Relation
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity

INVALID = """
SELECT n.nspname, x.relname, i.indrelid::int8, i.indisunique,
       EXISTS (SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = x.oid)
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid AND x.relkind = 'i'
JOIN pg_namespace AS n ON n.oid = x.relnamespace
WHERE i.indrelid = ANY (%s::oid[]) AND NOT i.indisvalid
ORDER BY 1, 2
"""


def invalid_indexes(asked: Asked) -> Iterator[Finding]:
    """No table of the phase has an index that a concurrent build left behind.

    A note for each: one of this phase is dropped and built anew, another is yours to drop. One that is
    unique refuses duplicates all the same.
    """
    ours = {change.name.name for change in asked.builds}
    for schema, name, oid, unique, running in asked.conn.execute(INVALID, (list(asked.oids),)):
        table = asked.oids[oid].text
        index = Relation(schema, name)
        kind = "unique index" if unique else "index"
        if running:
            what, advice = f"the {kind} {index.text} on {table} is being built", ""
        elif name in ours:
            what, advice = f"the {kind} {index.text} on {table} is invalid, and is built anew", ""
        else:
            what = f"the {kind} {index.text} on {table} is invalid: writes pay for it, and no query uses it"
            advice = f"DROP INDEX CONCURRENTLY {index}; or REINDEX INDEX CONCURRENTLY {index};"
        yield Finding(severity=Severity.NOTE, sentence=what, advice=advice)
