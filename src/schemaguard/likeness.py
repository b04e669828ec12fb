"""A second column that is to be like the first in all that ADD COLUMN does not say.

A migration's history does not tell what a column has of its own; the database does.
"""

from collections.abc import Mapping

from schemaguard.conditions import constraint_is, negated, regclass
from schemaguard.names import Column, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import ensure, slug

#: In PL/pgSQL: to whom a right is granted that aclexplode() tells of as ``one``, and with which option.
GRANTEE = """CASE one.grantee WHEN 0 THEN 'PUBLIC' ELSE one.grantee::regrole::text END,
            CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"""
_MAKE_ALIKE = """-- schemaguard: allow unread (what {0} has of its own, only the database knows)
DO $alike$
DECLARE
    old record;
    new record;
    one record;
BEGIN
    SELECT * INTO STRICT old FROM pg_catalog.pg_attribute
    WHERE attrelid = {table}::regclass AND attname = {old};
    SELECT * INTO STRICT new FROM pg_catalog.pg_attribute
    WHERE attrelid = {table}::regclass AND attname = {new};
{of_type}    IF coalesce(old.attstattarget, -1) <> -1 THEN
        EXECUTE format('{alter} SET STATISTICS %s', old.attstattarget);
    END IF;
    IF old.attoptions IS NOT NULL THEN
        EXECUTE format('{alter} SET (%s)', array_to_string(old.attoptions, ', '));
    END IF;
    IF col_description(old.attrelid, old.attnum) IS NOT NULL THEN
        EXECUTE format('COMMENT ON COLUMN {column} IS %L', col_description(old.attrelid, old.attnum));
    END IF;
    FOR one IN SELECT * FROM aclexplode(old.attacl) LOOP
        EXECUTE format('GRANT %s {rights} TO %s%s', one.privilege_type,
            {grantee});
    END LOOP;
END
$alike$"""

#: What a change of the type takes away.
_OF_TYPE = """    IF old.attcollation <> new.attcollation THEN
        EXECUTE format('{alter} TYPE %s COLLATE %s', format_type(new.atttypid, new.atttypmod),
            old.attcollation::regcollation);
    END IF;
    IF old.attstorage <> new.attstorage THEN
        EXECUTE format('{alter} SET STORAGE %s', CASE old.attstorage
            WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END);
    END IF;
    IF old.attcompression <> new.attcompression THEN
        EXECUTE format('{alter} SET COMPRESSION %s', CASE old.attcompression
            WHEN 'p' THEN 'pglz' ELSE 'lz4' END);
    END IF;
"""
#: Of an index ``i``: that it is no mere part of the whole's.
_OWN_INDEX = (
    "(i.indisreplident OR i.indisclustered OR obj_description(i.indexrelid, 'pg_class') IS NOT NULL"
    " OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = i.indexrelid))"
)


def make_alike(old: Column, new: Column, *, retyped: bool = False) -> str:
    """The statement that gives the new column of the table what the old one has of its own.

    ``retyped``: as a change of its type leaves it.
    """
    table = f"{old.table}"
    alter = in_format(f"ALTER TABLE {old.table} ALTER COLUMN {quote(new.name)}")
    return _MAKE_ALIKE.format(
        old.text.replace("\n", " "),
        table=literal(table),
        old=literal(old.name),
        new=literal(new.name),
        of_type="" if retyped else _OF_TYPE.format(alter=alter),
        alter=alter,
        column=in_format(str(new)),
        rights=in_format(f"({quote(new.name)}) ON {table}"),
        grantee=GRANTEE,
    )


def copy_is_whole(column: Column, constraints: Mapping[str, str]) -> Step:
    """These constraints made anew, and the indexes, leave nothing behind."""
    return ensure(
        slug(column.table.name, column.name, "plain"),
        f"no index or constraint of {column.text} has a comment or a setting of its own",
        Phase.EXPAND,
        negated(_differs_from_copy(column, constraints)),
    )


def _differs_from_copy(column: Column, constraints: Mapping[str, str]) -> str:
    of_index = (
        "EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = a.attrelid"
        " AND a.attnum = ANY (i.indkey) AND (i.indisreplident OR i.indisclustered"
        " OR obj_description(i.indexrelid, 'pg_class') IS NOT NULL))"
    )
    of_constraint = (
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = a.attrelid"
        " AND a.attnum = ANY (k.conkey) AND obj_description(k.oid, 'pg_constraint') IS NOT NULL)"
    )
    others = [negated(constraint_is(column.table, n, d)) for n, d in sorted(constraints.items())]
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {regclass(column.table)}"
        f" AND a.attname = {literal(column.name)} AND NOT a.attisdropped"
        f" AND ({' OR '.join((of_index, of_constraint, *others))}))"
    )


def differs_in_part(column: Column) -> str:
    """Whether a partition has something of its own on the column, beside its parts of what the whole has."""
    whole = f"{regclass(column.table)}"
    settings = (
        "p.attacl IS NOT NULL OR col_description(p.attrelid, p.attnum) IS NOT NULL"
        # These two a change of the whole does not hand down.
        " OR p.attoptions IS NOT NULL OR p.attcompression <> '' OR p.attstorage <> w.attstorage"
        " OR coalesce(p.attstattarget, -1) <> coalesce(w.attstattarget, -1)"
        " OR (SELECT pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef"
        " WHERE adrelid = p.attrelid AND adnum = p.attnum) IS DISTINCT FROM"
        " (SELECT pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef"
        " WHERE adrelid = w.attrelid AND adnum = w.attnum)"
    )
    index = (
        "EXISTS (SELECT FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_index AS i"
        " ON i.indexrelid = d.objid"
        " WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
        " AND d.refobjid = p.attrelid AND d.refobjsubid = p.attnum"
        f" AND {_OWN_INDEX})"
    )
    constraint = (
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS k LEFT JOIN pg_catalog.pg_index AS i"
        " ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')"
        " WHERE k.conrelid = p.attrelid AND p.attnum = ANY (k.conkey) AND k.contype NOT IN ('n', 't')"
        " AND (obj_description(k.oid, 'pg_constraint') IS NOT NULL OR k.coninhcount = 0"
        f" OR (i.indexrelid IS NOT NULL AND {_OWN_INDEX})))"
    )
    return (
        "EXISTS (SELECT FROM pg_catalog.pg_attribute AS p JOIN pg_catalog.pg_attribute AS w"
        f" ON w.attrelid = {whole} AND w.attname = p.attname"
        f" WHERE p.attrelid IN (SELECT relid FROM pg_partition_tree({whole}) WHERE level > 0)"
        f" AND p.attname = {literal(column.name)} AND NOT p.attisdropped"
        f" AND ({settings} OR {index} OR {constraint}))"
    )


def in_format(text: str) -> str:
    """As a part of a literal that format() is given."""
    return text.replace("%", "%%").replace("'", "''")
