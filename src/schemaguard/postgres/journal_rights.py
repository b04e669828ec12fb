"""Who may do what with the journal's tables: those that an upgrade makes get what all others had."""

from collections.abc import Iterable, Mapping

import psycopg

from schemaguard.names import quote

#: The tables and what is granted on each of them, but to its owner.
_GRANTED = """
SELECT c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
       a.privilege_type, a.is_grantable
FROM pg_class c LEFT JOIN aclexplode(c.relacl) a ON a.grantee <> c.relowner
WHERE c.relnamespace = to_regnamespace('schemaguard') AND c.relkind = 'r'
"""

#: A role as SQL, a privilege, whether it may be handed on.
Right = tuple[str, str, bool]
Rights = Mapping[str, frozenset[Right]]


def granted(conn: psycopg.Connection) -> Rights:
    """What others may do with each table that is there."""
    found: dict[str, set[Right]] = {}
    for table, grantee, privilege, grantable in conn.execute(_GRANTED).fetchall():
        rights = found.setdefault(table, set())
        if privilege is not None:
            rights.add((grantee, privilege, grantable))
    return {table: frozenset(rights) for table, rights in found.items()}


def hand_on(conn: psycopg.Connection, before: Rights) -> None:
    """Grant on the tables that have come what was granted on all of those before."""
    shared = _shared(before.values())
    for table in sorted(granted(conn).keys() - before.keys()) if shared else ():
        for grantee, privilege, grantable in sorted(shared):
            option = " WITH GRANT OPTION" if grantable else ""
            statement = f"GRANT {privilege} ON schemaguard.{quote(table)} TO {grantee}{option}"
            conn.execute(statement.encode())


def _shared(each: Iterable[frozenset[Right]]) -> frozenset[Right]:
    sets = tuple(each)
    return frozenset.intersection(*sets) if sets else frozenset()
