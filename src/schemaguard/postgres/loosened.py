"""What tables may hold that they could not hold before the release.

Whether code copes with a NULL, a label or a second row that it has never met, no statement tells: where the
canary may have written such, the baseline's cell is unknown, and never green.
"""

from collections.abc import Iterable, Iterator

import psycopg

from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.names import quote
from schemaguard.sql.lexer import tokens

TIGHT = """
SELECT format('%s.%s', n.nspname, c.relname), 'null', ARRAY[a.attname::text], ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('%s.%s', n.nspname, c.relname), 'check',
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (k.conkey)),
       regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c'
UNION ALL
SELECT format('%s.%s', n.nspname, c.relname), 'unique',
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (i.indkey)),
       ''
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND n.nspname NOT LIKE 'pg\\_%'
"""

LABELS = """
SELECT format('%s.%s', n.nspname, c.relname), a.attname::text, e.enumlabel::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_enum e ON e.enumtypid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
"""

_TOLD = {
    "null": "{columns} of {of} may be NULL now",
    "check": "{columns} of {of} may hold other values now: the constraint {told} is gone",
    "unique": "{columns} of {of} may be there twice now",
    "label": "{columns} of {of} may be {told} now",
}


@dataclass(frozen=True, slots=True)
class Tight:
    """One thing that rows of a table, ``schema.name``, must obey."""

    of: str
    kind: str
    columns: frozenset[str]
    told: str = ""

    def __str__(self) -> str:
        columns = ", ".join(sorted(self.columns))
        return _TOLD[self.kind].format(columns=columns, of=self.of, told=self.told)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rows must obey at a state, and which labels their enums have."""

    tight: frozenset[Tight]
    labels: frozenset[Tight]

    def loosened(self, now: "Limits") -> Iterator[Tight]:
        """What may be there now that could not be there before."""
        yield from sorted(self.tight - now.tight, key=str)
        before = {(one.of, one.columns) for one in self.labels}
        new = sorted(now.labels - self.labels, key=str)
        yield from (one for one in new if (one.of, one.columns) in before)


def read_limits(conn: psycopg.Connection) -> Limits:
    """The limits as they are now."""
    return Limits(
        frozenset(
            Tight(of, kind, frozenset(columns), told) for of, kind, columns, told in conn.execute(TIGHT)
        ),
        frozenset(
            Tight(of, "label", frozenset([col]), repr(label)) for of, col, label in conn.execute(LABELS)
        ),
    )


def holding_null(conn: psycopg.Connection, loosened: Iterable[Tight]) -> frozenset[tuple[str, str]]:
    """Of the columns that may be NULL now those that are so in some row; in a transaction, at ``before``."""
    found = set()
    for one in loosened:
        if one.kind == "null":
            (column,) = one.columns
            conn.pgconn.exec_(b"SET LOCAL ROLE NONE")
            schema, _, table = one.of.partition(".")
            relation = f"{quote(schema)}.{quote(table)}"
            told = conn.pgconn.exec_(f"SELECT FROM {relation} WHERE {quote(column)} IS NULL LIMIT 1".encode())
            conn.pgconn.exec_(b"ROLLBACK TO before")
            if told.ntuples:
                found.add((one.of, column))
    return frozenset(found)


def surprise(
    query: Query,
    tables: frozenset[str],
    written: frozenset[str],
    loosened: Iterable[Tight],
    holds_null: frozenset[tuple[str, str]],
) -> str:
    """What this statement may return that its code has never met; "": nothing that is known of.

    ``tables``: those that it reads; ``written``: those that the other version writes; ``holds_null``: columns
    in which there is NULL in this history.
    """
    words = {token.text.strip('"').lower() for token in tokens(query.sql)}
    if query.kind in ("insert", "update", "delete", "merge") and "returning" not in words:
        return ""
    for one in loosened:
        named = "*" in words or one.columns <= words
        if one.of in tables & written and named:
            if one.kind == "null" and not any((one.of, column) in holds_null for column in one.columns):
                continue
            return f"{one}, and the canary writes there: does this code know?"
    return ""
