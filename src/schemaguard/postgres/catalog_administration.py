"""What ``catalog_things`` asks for schemas, extensions, publications, statistics, servers and their like."""

from collections.abc import Mapping

from schemaguard.dataclass import dataclass

#: The system's own have lower ones: FirstNormalObjectId.
OURS = "o.oid >= 16384"


@dataclass(frozen=True, slots=True)
class Asked:
    """The query for one kind of object, and the catalog in which its objects are."""

    catalog: str
    query: str


def _by_name(catalog: str, name: str, where: str = OURS) -> Asked:
    return Asked(catalog, f"SELECT o.{name}, NULL, NULL FROM {catalog} o WHERE {where}")


#: See ``catalog_things.THINGS``. Schema public and extension plpgsql always count as there.
ADMINISTERED: Mapping[str, Asked] = {
    "schema": Asked(
        "pg_namespace",
        """
        SELECT nspname, NULL, NULL FROM pg_namespace
        WHERE oid = ANY (%s) AND nspname <> 'public' AND oid <> pg_my_temp_schema()
        """,
    ),
    "extension": _by_name("pg_extension", "extname", f"{OURS} AND extname <> 'plpgsql'"),
    "publication": _by_name("pg_publication", "pubname"),
    "subscription": _by_name(
        "pg_subscription",
        "subname",
        "o.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    ),
    "foreign data wrapper": _by_name("pg_foreign_data_wrapper", "fdwname"),
    # With its wrapper in place of a table.
    "server": Asked(
        "pg_foreign_server",
        f"""
        SELECT o.srvname, NULL, w.fdwname
        FROM pg_foreign_server o JOIN pg_foreign_data_wrapper w ON w.oid = o.srvfdw
        WHERE {OURS}
        """,
    ),
    "event trigger": _by_name("pg_event_trigger", "evtname"),
    "policy": Asked(
        "pg_policy",
        """
        SELECT p.polname, t.nspname, c.relname
        FROM pg_policy p
        JOIN pg_class c ON c.oid = p.polrelid
        JOIN pg_namespace t ON t.oid = c.relnamespace
        WHERE c.relnamespace = ANY (%s)
        """,
    ),
    # Without those that make views what they are.
    "rule": Asked(
        "pg_rewrite",
        """
        SELECT r.rulename, t.nspname, c.relname
        FROM pg_rewrite r
        JOIN pg_class c ON c.oid = r.ev_class
        JOIN pg_namespace t ON t.oid = c.relnamespace
        WHERE c.relnamespace = ANY (%s) AND r.rulename <> '_RETURN'
        """,
    ),
    "statistics": Asked(
        "pg_statistic_ext",
        """
        SELECT n.nspname || '.' || s.stxname, t.nspname, c.relname
        FROM pg_statistic_ext s
        JOIN pg_namespace n ON n.oid = s.stxnamespace
        JOIN pg_class c ON c.oid = s.stxrelid
        JOIN pg_namespace t ON t.oid = c.relnamespace
        WHERE s.stxnamespace = ANY (%s)
        """,
    ),
}
