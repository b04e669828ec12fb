"""What statements rest on: the server analyses them, and tells what it consulted.

Each becomes the body of a procedure (the
  standard's BEGIN ATOMIC, since PostgreSQL 14), which is analysed when
it is made and not run; ``pg_depend`` then has what it names. All is rolled back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field

import psycopg
from psycopg import pq

from schemaguard.compat.observation import Described, Prepared
from schemaguard.compat.unaffected import Footing, can_be_proven
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.names import quote

_USER = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"

#: Each relation with all that decides what statements on it do, but for code and rows.
RELATIONS = f"""
SELECT c.oid::int8, format('%s.%s', n.nspname, c.relname), c.relkind::text,
  EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
    OR EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN')
    OR c.relrowsecurity
    OR EXISTS (SELECT FROM pg_depend d
               WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
                 AND (d.classid, d.objid) IN (
                   SELECT 'pg_attrdef'::regclass, f.oid FROM pg_attrdef f WHERE f.adrelid = c.oid
                   UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k WHERE
                     k.conrelid = c.oid
                   UNION ALL SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r WHERE r.ev_class = c.oid
                   UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i WHERE i.indrelid
                     = c.oid
                   UNION ALL SELECT 'pg_class'::regclass, c.oid)),
  concat_ws('|', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition,
    c.relam,
    c.relacl, c.relowner, pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid), c.reloptions,
    (SELECT string_agg(concat_ws(',', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity, a.attgenerated, a.attcollation, a.attacl, a.attisdropped, a.atthasmissing,
        pg_get_expr(d.adbin, d.adrelid),
        (SELECT string_agg(concat_ws(':', s.oid, s.relacl, q.seqmax, q.seqcycle), ';' ORDER BY s.oid)
         FROM pg_depend e JOIN pg_class s ON s.oid = e.refobjid AND s.relkind = 'S'
         JOIN pg_sequence q ON q.seqrelid = s.oid
         WHERE e.classid = 'pg_attrdef'::regclass AND e.objid = d.oid)), ';' ORDER BY a.attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE a.attrelid = c.oid AND a.attnum > 0),
    (SELECT string_agg(concat_ws(',', k.oid, k.conname, k.convalidated, k.condeferrable, k.condeferred,
        pg_get_constraintdef(k.oid), k.conrelid), ';' ORDER BY k.oid)
     FROM pg_constraint k WHERE c.oid IN (k.conrelid, k.confrelid)),
    (SELECT string_agg(concat_ws(',', i.indexrelid, pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready,
        i.indimmediate, i.indisunique), ';' ORDER BY i.indexrelid)
     FROM pg_index i WHERE i.indrelid = c.oid),
    (SELECT string_agg(concat_ws(',', t.oid, pg_get_triggerdef(t.oid), t.tgenabled), ';' ORDER BY t.oid)
     FROM pg_trigger t WHERE t.tgrelid = c.oid),
    (SELECT string_agg(concat_ws(',', pg_get_ruledef(r.oid), r.ev_enabled), ';' ORDER BY r.oid)
     FROM pg_rewrite r WHERE r.ev_class = c.oid),
    (SELECT string_agg(concat_ws(',', p.polname, p.polcmd, p.polroles, p.polpermissive,
        pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)), ';' ORDER BY p.oid)
     FROM pg_policy p WHERE p.polrelid = c.oid),
    (SELECT string_agg(concat_ws(',', h.inhrelid, h.inhparent, h.inhseqno), ';' ORDER BY h.inhrelid,
      h.inhparent)
     FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent)),
    (SELECT string_agg(p.pubname, ';' ORDER BY p.pubname) FROM pg_publication_tables p
     WHERE p.schemaname = n.nspname AND p.tablename = c.relname))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_USER}
"""

#: From a relation to others whose rows or definitions a statement on it may have to do with.
EDGES = """
SELECT confrelid::int8, conrelid::int8, 'child' FROM pg_constraint WHERE contype = 'f'
UNION SELECT conrelid::int8, confrelid::int8, 'parent' FROM pg_constraint WHERE contype = 'f'
UNION SELECT inhparent::int8, inhrelid::int8, 'heir' FROM pg_inherits
UNION SELECT inhrelid::int8, inhparent::int8, 'heir' FROM pg_inherits
UNION SELECT r.ev_class::int8, d.refobjid::int8, 'view' FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
"""

#: What belongs to no relation. Every statement rests on it: it changes seldom.
ALL_ELSE = f"""
SELECT 'types', string_agg(concat_ws(',', t.oid, n.nspname, t.typname, t.typtype, t.typnotnull, t.typbasetype,
    t.typtypmod, t.typacl,
    (SELECT string_agg(concat_ws(':', e.enumsortorder, e.enumlabel), ';' ORDER BY e.enumsortorder)
     FROM pg_enum e WHERE e.enumtypid = t.oid),
    (SELECT string_agg(concat_ws(':', k.conname, k.convalidated, pg_get_constraintdef(k.oid)), ';'
      ORDER BY k.oid)
     FROM pg_constraint k WHERE k.contypid = t.oid),
    (SELECT string_agg(concat_ws(':', a.attname, format_type(a.atttypid, a.atttypmod)), ';' ORDER BY a.attnum)
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'c'
     WHERE c.oid = t.typrelid)), '|' ORDER BY t.oid)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE {_USER} AND (t.typtype IN ('e', 'd', 'r')
    OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
UNION ALL
SELECT 'settings', string_agg(concat_ws(',', setdatabase, setrole, setconfig), '|'
    ORDER BY setdatabase, setrole)
  FROM pg_db_role_setting
  WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT 'roles', string_agg(concat_ws(',', m.roleid, m.member), '|' ORDER BY m.roleid, m.member)
  FROM pg_auth_members m
UNION ALL
SELECT 'schemas', string_agg(concat_ws(',', n.oid, n.nspname, n.nspacl), '|' ORDER BY n.oid)
  FROM pg_namespace n WHERE {_USER}
UNION ALL
SELECT 'domains', string_agg(concat_ws(',', p.oid, md5(p.prosrc)), '|' ORDER BY p.oid)
  FROM pg_depend d JOIN pg_constraint k ON k.oid = d.objid AND k.contypid <> 0
  JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
  WHERE d.classid = 'pg_constraint'::regclass
UNION ALL
SELECT 'casts', string_agg(concat_ws(',', oid, castsource, casttarget, castfunc, castcontext), '|'
  ORDER BY oid)
  FROM pg_cast WHERE oid >= 16384
"""

#: Code, which statements reach that call a function of ours, or write where there is a trigger.
CODE = f"""
SELECT string_agg(concat_ws(',', p.oid, n.nspname, p.proname, md5(p.prosrc), p.probin, p.provolatile,
  p.prosecdef,
    p.proconfig, p.proacl, p.proowner, pg_get_function_identity_arguments(p.oid), p.prorettype), '|'
      ORDER BY p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_USER}
"""

DEPENDS = """
SELECT p.proname, p.prosqlbody::text, array_agg(d.refobjid::int8) FILTER (WHERE d.refclassid =
  'pg_class'::regclass),
       coalesce(bool_or(d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)), false),
       coalesce(bool_or(d.refclassid NOT IN ('pg_proc'::regclass, 'pg_operator'::regclass,
         'pg_class'::regclass,
         'pg_type'::regclass, 'pg_namespace'::regclass, 'pg_constraint'::regclass,
           'pg_language'::regclass)), false)
FROM pg_proc p LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
WHERE p.pronamespace = pg_my_temp_schema()
GROUP BY p.oid
"""

#: In a tree: it writes, maybe in a WITH.
_WRITES = tuple(f":commandType {number} " for number in (2, 3, 4, 5))
#: Of foreign tables and materialized views no step tells that their rows change.
_UNSEEN = frozenset("fm")


@dataclass(frozen=True, slots=True)
class _Relation:
    name: str
    kind: str
    #: Whether code of a trigger, rule, policy, default or the like has to do with it.
    has_code: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Analysed:
    tree: str
    #: The relations that it names, by OID.
    named: tuple[int, ...]
    #: Whether it calls a function that is not PostgreSQL's own.
    calls: bool
    #: Whether it names things of a kind that is not followed here.
    other: bool


@dataclass(slots=True)
class Ground:
    """The catalogue at one state, and what each statement rests on there. ``conn`` is in autocommit mode."""

    conn: psycopg.Connection
    relations: dict[int, _Relation] = field(default_factory=dict)
    edges: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    #: What belongs to no relation.
    rest: dict[str, str] = field(default_factory=dict)
    code: str = ""

    def __post_init__(self) -> None:
        for oid, name, kind, has_code, text in self.conn.execute(RELATIONS.encode()):
            self.relations[oid] = _Relation(name, kind, has_code, text)
        for one, other, kind in self.conn.execute(EDGES):
            self.edges.setdefault(one, []).append((other, kind))
        self.rest = {name: text or "" for name, text in self.conn.execute(ALL_ELSE.encode())}
        row = self.conn.execute(CODE.encode()).fetchone()
        self.code = (row and row[0]) or ""

    @property
    def facts(self) -> dict[str, str]:
        """All of it, by what it is about."""
        return {one.name: one.text for one in self.relations.values()} | self.rest | {"code": self.code}

    def footings(
        self, described: Mapping[int, tuple[Query, Described]], role: str = ""
    ) -> dict[int, Footing]:
        """By the same numbers; of what is missing nothing can be proven. ``role``: as which it is
        analysed.
        """
        asked = {n: seen for n, (query, seen) in described.items() if can_be_proven(query)}
        analysed = self._analyse({n: (described[n][0].sql, seen) for n, seen in asked.items()}, role)
        return {n: self._footing(analysed[n], seen) for n, seen in asked.items() if n in analysed}

    def _analyse(self, asked: Mapping[int, tuple[str, Described]], role: str) -> dict[int, list[_Analysed]]:
        """Each with each vector of its parameters' types."""
        pgconn = self.conn.pgconn
        wanted: dict[int, int] = {}
        pgconn.exec_(b"BEGIN")
        try:
            if role:
                pgconn.exec_(f"SET LOCAL ROLE {quote(role)}".encode())
            for number, (sql, seen) in asked.items():
                vectors = [one.parameters for one in seen.prepared.values() if isinstance(one, Prepared)]
                if len(vectors) < len(seen.prepared):
                    continue
                wanted[number] = len(vectors)
                for place, types in enumerate(vectors):
                    pgconn.exec_(b"SAVEPOINT one")
                    made = pgconn.exec_(
                        f"CREATE PROCEDURE pg_temp.q{number}_{place} ({', '.join(types)}) LANGUAGE sql "
                        f"BEGIN ATOMIC {sql.rstrip().rstrip(';')}\n; END".encode()
                    )
                    refused = made.status == pq.ExecStatus.FATAL_ERROR
                    pgconn.exec_(b"ROLLBACK TO one" if refused else b"RELEASE one")
            found: dict[int, list[_Analysed]] = defaultdict(list)
            for name, tree, named, calls, other in self.conn.execute(DEPENDS):
                if tree:
                    found[int(name[1:].partition("_")[0])].append(
                        _Analysed(tree, tuple(named or ()), calls, other)
                    )
        finally:
            pgconn.exec_(b"ROLLBACK")
        return {n: trees for n, trees in found.items() if len(trees) == wanted[n]}

    def _footing(self, analysed: Iterable[_Analysed], seen: Described) -> Footing:
        trees = sorted(analysed, key=lambda one: one.tree)
        writes = any(mark in one.tree for one in trees for mark in _WRITES)
        closure = self._closure((oid for one in trees for oid in one.named), writes=writes)
        relations = [self.relations.get(oid) for oid in closure]
        known = [one for one in relations if one is not None and one.kind not in _UNSEEN]
        if len(known) < len(relations) or any(one.other for one in trees):
            return Footing()
        reaches_all = any(one.calls for one in trees) or any(one.has_code for one in known)
        facts = {one.name: one.text for one in (self.relations.values() if reaches_all else known)}
        return Footing(
            tree="\n".join([*(one.tree for one in trees), str(seen.prepared)]),
            facts=facts | self.rest | ({"code": self.code} if reaches_all else {}),
            relations=frozenset(one.name for one in known),
            reaches_all=reaches_all,
        )

    def _closure(self, named: Iterable[int], *, writes: bool) -> set[int]:
        """Children of what is written may be written along; parents are only asked whether a row is there."""
        done: set[int] = set()
        asked: set[int] = set()
        left = list(named)
        while left:
            oid = left.pop()
            if oid not in done:
                done.add(oid)
                near = self.edges.get(oid, ())
                left += [
                    other for other, kind in near if kind in ("heir", "view") or (writes and kind == "child")
                ]
                asked |= {other for other, kind in near if writes and kind == "parent"}
        return done | asked
