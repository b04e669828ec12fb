"""All that the catalog says of the users' own schemas, a line for each thing, so that two can be compared.

What tells two databases with the same history apart does not count: oids, and the order of columns.
"""

from collections.abc import Iterator

import psycopg
from psycopg.rows import tuple_row

from schemaguard.postgres.repeating import ask

#: Thing to its definition: ``column public.t.a`` to ``integer NOT NULL``.
Shape = dict[str, str]

_OURS = r"""
WITH ours AS (
    SELECT oid FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'schemaguard')
), own AS (
    -- What an extension has brought is the extension's.
    SELECT c.* FROM pg_class c
    WHERE c.relnamespace IN (SELECT oid FROM ours) AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
"""

_QUERIES = (
    # Relations, with what belongs to the whole of them.
    r"""
    SELECT format('relation %s', c.oid::regclass), concat_ws(' ', c.relkind, c.relpersistence,
        pg_get_userbyid(c.relowner), c.relacl::text, c.reloptions::text, pg_get_partkeydef(c.oid),
        pg_get_expr(c.relpartbound, c.oid), CASE WHEN c.relrowsecurity THEN 'row security' END,
        CASE WHEN c.relforcerowsecurity THEN 'forced' END, 'identity', c.relreplident,
        (SELECT spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace),
        (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits
         WHERE inhrelid = c.oid AND c.relkind IN ('r', 'p', 'f')),
        obj_description(c.oid, 'pg_class'),
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
    FROM own c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    """,
    r"""
    SELECT format('column %s.%I', c.oid::regclass, a.attname), concat_ws(' ',
        format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        (SELECT 'not validated' FROM pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),
        CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        'default ' || pg_get_expr(d.adbin, d.adrelid), 'identity ' || nullif(a.attidentity::text, ''),
        'generated ' || nullif(a.attgenerated::text, ''), 'storage ' || a.attstorage::text,
        'compression ' || nullif(a.attcompression::text, ''),
        'statistics ' || nullif(a.attstattarget, -1)::text,
        a.attoptions::text, a.attacl::text, col_description(c.oid, a.attnum),
        CASE WHEN a.attislocal THEN '' ELSE 'inherited' END)
    FROM own c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
    """,
    # NOT NULL constraints (18) count with their columns.
    r"""
    SELECT format('constraint %I of %s', k.conname,
            CASE WHEN k.contypid <> 0 THEN k.contypid::regtype::text ELSE k.conrelid::regclass::text END),
        concat_ws(' ', pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'))
    FROM pg_constraint k WHERE k.connamespace IN (SELECT oid FROM ours) AND k.contype NOT IN ('n', 't')
    """,
    r"""
    SELECT format('index %s', c.oid::regclass), concat_ws(' ', pg_get_indexdef(c.oid),
        CASE WHEN NOT i.indisvalid THEN 'invalid' END, CASE WHEN i.indisclustered THEN 'clustered' END,
        CASE WHEN i.indisreplident THEN 'replica identity' END, obj_description(c.oid, 'pg_class'),
        (SELECT string_agg(a.attnum || ' statistics ' || a.attstattarget, ',' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget <> -1),
        (SELECT spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace),
        'part of ' || (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid))
    FROM own c JOIN pg_index i ON i.indexrelid = c.oid
    """,
    r"""
    SELECT format('sequence %s', s.seqrelid::regclass), concat_ws(' ', s.seqtypid::regtype, s.seqstart,
        s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, pg_get_userbyid(c.relowner),
        c.relacl::text, obj_description(c.oid, 'pg_class'),
        (SELECT format('of %s.%I', d.refobjid::regclass, a.attname) FROM pg_depend d
         JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
           AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0))
    FROM pg_sequence s JOIN own c ON c.oid = s.seqrelid
    """,
    r"""
    SELECT format('trigger %I on %s', t.tgname, c.oid::regclass), concat_ws(' ', pg_get_triggerdef(t.oid),
        t.tgenabled, obj_description(t.oid, 'pg_trigger'))
    FROM pg_trigger t JOIN own c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
    """,
    r"""
    SELECT format('rule %I on %s', r.rulename, c.oid::regclass), concat_ws(' ', pg_get_ruledef(r.oid),
        r.ev_enabled, obj_description(r.oid, 'pg_rewrite'))
    FROM pg_rewrite r JOIN own c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
    """,
    r"""
    SELECT format('policy %I on %s', p.polname, c.oid::regclass), concat_ws(' ', p.polcmd, p.polpermissive,
        (SELECT string_agg(pg_get_userbyid(role), ',' ORDER BY role) FROM unnest(p.polroles) role),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN own c ON c.oid = p.polrelid
    """,
    r"""
    SELECT format('routine %s', p.oid::regprocedure), concat_ws(' ',
        CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, pg_get_userbyid(p.proowner),
        p.proacl::text, obj_description(p.oid, 'pg_proc'))
    FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM ours) AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    """,
    r"""
    SELECT format('type %s', t.oid::regtype), concat_ws(' ', t.typtype, pg_get_userbyid(t.typowner),
        t.typacl::text, CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        CASE WHEN t.typnotnull THEN 'NOT NULL' END, t.typdefault, obj_description(t.oid, 'pg_type'),
        (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e
         WHERE e.enumtypid = t.oid))
    FROM pg_type t
    LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace IN (SELECT oid FROM ours) AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    """,
    r"""
    SELECT format('statistics %s.%I', e.stxnamespace::regnamespace, e.stxname),
        concat_ws(' ', pg_get_statisticsobjdef(e.oid), obj_description(e.oid, 'pg_statistic_ext'))
    FROM pg_statistic_ext e WHERE e.stxnamespace IN (SELECT oid FROM ours)
    """,
    r"""
    SELECT format('publication %I of %s', p.pubname, r.prrelid::regclass), to_jsonb(r)->>'prqual'
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    """,
)
#: The columns that a publication is limited to, by name; since 15.
_PUBLISHED = r"""
SELECT format('published columns %I of %s', p.pubname, r.prrelid::regclass),
    (SELECT string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_attribute a
     WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prattrs IS NOT NULL
"""


def read_shape(conn: psycopg.Connection) -> Shape:
    """What the catalog says now."""
    queries = (*_QUERIES, *((_PUBLISHED,) if conn.info.server_version >= 150_000 else ()))
    found: Shape = {}
    with conn.transaction(), conn.cursor(row_factory=tuple_row) as cursor:
        # So that every name is told with its schema.
        cursor.execute("SET LOCAL search_path = pg_catalog")
        for query in queries:
            found.update(
                (name, (definition or "").strip()) for name, definition in ask(cursor, _OURS + query)
            )
    return found


def differences(said: Shape, seen: Shape) -> Iterator[str]:
    """Where what is seen is not what was said, a line for each thing."""
    for thing in sorted(said.keys() | seen.keys()):
        if thing not in seen:
            yield f"{thing} is missing"
        elif thing not in said:
            yield f"{thing} is left over"
        elif said[thing] != seen[thing]:
            yield f"{thing} is {seen[thing]!r}, not {said[thing]!r}"
