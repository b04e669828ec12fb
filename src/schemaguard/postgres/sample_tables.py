"""What one must know of the tables to make rows for them."""

import psycopg

from schemaguard.dataclass import dataclass

Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleColumn:
    """A column that takes values."""

    name: str
    type: str
    #: Of a domain the type below it, all the way down.
    base: str
    not_null: bool
    default: str
    labels: tuple[str, ...]
    #: The CHECKs of its domain, as text.
    domain_checks: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTable:
    """A table, its columns without generated ones, and what its rows must obey."""

    name: Name
    columns: tuple[SampleColumn, ...]
    key: tuple[str, ...] = ()
    #: Of each unique index: its name and columns.
    unique: tuple[tuple[str, tuple[str, ...]], ...] = ()
    references: tuple[Reference, ...] = ()
    #: Of each CHECK: its name, columns and text; the bounds of partitions are without a name.
    checks: tuple[tuple[str, tuple[str, ...], str], ...] = ()

    def column(self, name: str) -> SampleColumn:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


TABLES = """
SELECT c.oid, n.nspname, c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid
"""

COLUMNS = """
WITH RECURSIVE base(oid, type, not_null, checks) AS (
    SELECT t.oid, t.oid, false, ''
    FROM pg_type t
  UNION ALL
    SELECT base.oid, t.typbasetype, base.not_null OR t.typnotnull,
           base.checks || coalesce((SELECT string_agg(pg_get_constraintdef(k.oid), ' ')
                                    FROM pg_constraint k WHERE k.contypid = t.oid), '')
    FROM base JOIN pg_type t ON t.oid = base.type
    WHERE t.typtype = 'd'
)
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
       format_type(base.type, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END),
       a.attnotnull OR base.not_null,
       coalesce(pg_get_expr(d.adbin, d.adrelid), CASE a.attidentity WHEN '' THEN '' ELSE 'nextval' END),
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = base.type ORDER BY e.enumsortorder),
       base.checks
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN base ON base.oid = a.atttypid
JOIN pg_type b ON b.oid = base.type AND b.typtype <> 'd'
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attrelid, a.attnum
"""

INDEXES = """
SELECT i.indrelid, c.relname, i.indisprimary,
       ARRAY(SELECT a.attname::text
             FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%s) AND i.indisunique
ORDER BY i.indexrelid
"""

CONSTRAINTS = """
SELECT k.conrelid, k.conname, k.contype::text, n.nspname, c.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS p(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.number ORDER BY p.place),
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS p(number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.number ORDER BY p.place),
       pg_get_constraintdef(k.oid)
FROM pg_constraint k
LEFT JOIN pg_class c ON c.oid = k.confrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.conrelid = ANY(%s) AND k.contype IN ('c', 'f') AND k.conparentid = 0
ORDER BY k.oid
"""

PARTITIONS = """
SELECT i.inhparent,
       ARRAY(SELECT a.attname::text FROM unnest(p.partattrs) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute a ON a.attrelid = i.inhparent AND a.attnum = k.number ORDER BY k.place),
       string_agg(pg_get_expr(c.relpartbound, c.oid), ' ' ORDER BY c.oid)
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
WHERE i.inhparent = ANY(%s)
GROUP BY i.inhparent, p.partattrs
"""


def read_tables(conn: psycopg.Connection) -> dict[Name, SampleTable]:
    """All tables of users, in the order in which they were made."""
    names: dict[int, Name] = {oid: (schema, name) for oid, schema, name in conn.execute(TABLES)}
    oids = list(names)
    columns: dict[int, list[SampleColumn]] = {oid: [] for oid in oids}
    for oid, name, type_, base, not_null, default, labels, checks in conn.execute(COLUMNS, [oids]):
        column = SampleColumn(
            name=name,
            type=type_,
            base=base,
            not_null=not_null,
            default=default,
            labels=tuple(labels),
            domain_checks=checks,
        )
        columns[oid].append(column)
    keys: dict[int, tuple[str, ...]] = {}
    unique: dict[int, list[tuple[str, tuple[str, ...]]]] = {oid: [] for oid in oids}
    for oid, name, primary, of in conn.execute(INDEXES, [oids]):
        unique[oid].append((name, tuple(of)))
        if primary:
            keys[oid] = tuple(of)
    checks_of: dict[int, list[tuple[str, tuple[str, ...], str]]] = {oid: [] for oid in oids}
    references: dict[int, list[Reference]] = {oid: [] for oid in oids}
    for oid, name, kind, schema, target, of, theirs, text in conn.execute(CONSTRAINTS, [oids]):
        if kind == "c":
            checks_of[oid].append((name, tuple(of), text))
        else:
            references[oid].append(Reference(tuple(of), (schema, target), tuple(theirs)))
    for oid, of, text in conn.execute(PARTITIONS, [oids]):
        checks_of[oid].append(("", tuple(of), text))
    return {
        name: SampleTable(
            name=name,
            columns=tuple(columns[oid]),
            key=keys.get(oid, ()),
            unique=tuple(unique[oid]),
            references=tuple(references[oid]),
            checks=tuple(checks_of[oid]),
        )
        for oid, name in names.items()
    }
