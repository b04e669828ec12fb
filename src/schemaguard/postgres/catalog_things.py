"""The objects of which only their being there is known, read from a database: see ``Thing``."""

from collections.abc import Callable, Mapping
from typing import Any

from schemaguard.names import Relation
from schemaguard.postgres.catalog_administration import ADMINISTERED, OURS, Asked
from schemaguard.schema import Thing

#: And no object of an extension.
_OF_NO_EXTENSION = f"""
{OURS} AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = o.tableoid AND d.objid = o.oid AND d.refclassid = 'pg_extension'::regclass
      AND d.deptype = 'e'
)
"""


def _in_schema(catalog: str, namespace: str, name: str, where: str = "true") -> Asked:
    return Asked(
        catalog,
        f"""
        SELECT n.nspname || '.' || {name}, NULL, NULL
        FROM {catalog} o JOIN pg_namespace n ON n.oid = o.{namespace}
        WHERE o.{namespace} = ANY (%s) AND {where} AND {_OF_NO_EXTENSION}
        """,
    )


def _anywhere(catalog: str, name: str, where: str = "true") -> Asked:
    return Asked(
        catalog,
        f"""
        SELECT {name}, NULL, NULL
        FROM {catalog} o
        WHERE {where} AND {_OF_NO_EXTENSION}
        """,
    )


_OPERATOR = """o.oprname || '('
    || CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', '
    || CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END || ')'"""
_AGGREGATE = """o.proname || '(' || array_to_string(ARRAY(
    SELECT format_type(a.type, NULL) FROM unnest(o.proargtypes) WITH ORDINALITY AS a(type, place)
    ORDER BY a.place), ', ') || ')'"""
_METHOD = " || ' USING ' || (SELECT m.amname FROM pg_am m WHERE m.oid = o.{})"

#: What the objects of a kind are called, and the table that each belongs to. %s stands for the namespaces
#: that are asked for; what is in no schema is told whatever they are.
THINGS: Mapping[str, Asked] = {
    "collation": _in_schema("pg_collation", "collnamespace", "o.collname"),
    "conversion": _in_schema("pg_conversion", "connamespace", "o.conname"),
    "text search configuration": _in_schema("pg_ts_config", "cfgnamespace", "o.cfgname"),
    "text search dictionary": _in_schema("pg_ts_dict", "dictnamespace", "o.dictname"),
    "text search parser": _in_schema("pg_ts_parser", "prsnamespace", "o.prsname"),
    "text search template": _in_schema("pg_ts_template", "tmplnamespace", "o.tmplname"),
    # One that others name as their commutator, and nobody has made, has no function.
    "operator": _in_schema("pg_operator", "oprnamespace", _OPERATOR, "o.oprcode <> 0"),
    "operator class": _in_schema("pg_opclass", "opcnamespace", "o.opcname" + _METHOD.format("opcmethod")),
    "operator family": _in_schema("pg_opfamily", "opfnamespace", "o.opfname" + _METHOD.format("opfmethod")),
    "aggregate": _in_schema("pg_proc", "pronamespace", _AGGREGATE, "o.prokind = 'a'"),
    "cast": _anywhere(
        "pg_cast",
        "format_type(o.castsource, NULL) || ' AS ' || format_type(o.casttarget, NULL)",
        # That of a range to its multirange comes and goes with them (i).
        """NOT EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_cast'::regclass AND d.objid = o.oid AND d.deptype = 'i'
        )""",
    ),
    "transform": _anywhere(
        "pg_transform",
        "'FOR ' || format_type(o.trftype, NULL) || ' LANGUAGE '"
        " || (SELECT l.lanname FROM pg_language l WHERE l.oid = o.trflang)",
    ),
    "access method": _anywhere("pg_am", "o.amname"),
    "language": _anywhere("pg_language", "o.lanname"),
    **ADMINISTERED,
}


#: The catalogs that have anything of ours: most databases have no more than three of them.
_USED = " UNION ALL ".join(
    f"SELECT '{catalog}' WHERE EXISTS (SELECT FROM {catalog} o WHERE {OURS})"
    for catalog in sorted({asked.catalog for asked in THINGS.values()})
)


def read_things(rows: Callable[[str], list[tuple[Any, ...]]]) -> frozenset[Thing]:
    """All of them. ``rows`` runs a query with the namespaces for its %s."""
    used = {catalog for (catalog,) in rows(_USED)}
    return frozenset(
        Thing(kind, name, wrapper=table or "")
        if schema is None
        else Thing(kind, name, Relation(schema, table))
        for kind, asked in THINGS.items()
        if asked.catalog in used
        for name, schema, table in rows(asked.query)
    )
