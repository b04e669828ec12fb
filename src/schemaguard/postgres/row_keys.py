"""What tells the rows of a table apart."""

import psycopg

from schemaguard.names import Relation

#: The name of a column, and its type.
Key = tuple[tuple[str, str], ...]

# Of unique indexes only one that has every row, once, in the order of its columns' types: NULLs are not
# alike; one that goes up and down is in no order; a deferrable one may be broken for a while; one of another
# collation tells less apart, or more.
_KEY = """
SELECT array_agg(a.attname::text ORDER BY k.place),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.place)
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey, i.indcollation, i.indclass, i.indoption)
     WITH ORDINALITY AS k (attnum, coll, class, options, place)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
GROUP BY i.indexrelid, i.indisprimary, i.indimmediate, i.indnkeyatts
HAVING i.indisprimary OR i.indimmediate AND count(DISTINCT k.options & 1) = 1 AND bool_and(
    a.attnotnull AND k.coll = a.attcollation
    AND (SELECT opcdefault FROM pg_opclass WHERE oid = k.class)
    AND NOT EXISTS (
        SELECT FROM pg_constraint AS c
        WHERE c.conrelid = i.indrelid AND c.contype = 'n' AND c.conkey = ARRAY[a.attnum]
          AND NOT c.convalidated
    )
)
ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
LIMIT 1
"""


def row_key(conn: psycopg.Connection, table: Relation) -> Key:
    """The columns of the primary key, or of another one that does its work; (): there is none."""
    row = conn.execute(_KEY, (str(table),)).fetchone()
    return () if row is None else tuple(zip(row[0], row[1], strict=True))
