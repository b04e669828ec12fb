"""Functions and procedures of a database."""

from collections.abc import Callable
from typing import Any

from schemaguard.names import Column, Relation
from schemaguard.schema import Code, Routine, RoutineState, Volatility
from schemaguard.sql.inlined import inlined

Row = tuple[Any, ...]

#: Not those of extensions; and those of a range type come and go with it (i).
ROUTINES = """
WITH spelled AS (
    SELECT t.oid,
           CASE WHEN n.nspname IN ('pg_catalog', 'public') THEN '' ELSE quote_ident(n.nspname) || '.' END
        || CASE WHEN n.nspname = 'pg_catalog' THEN format_type(t.oid, NULL)
                WHEN e.oid IS NULL THEN quote_ident(t.typname) ELSE quote_ident(e.typname) || '[]' END AS name
    FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
)
SELECT n.nspname, p.proname, p.prokind = 'p', p.provolatile, p.proisstrict, p.prosecdef,
       ARRAY(SELECT split_part(s.setting, '=', 1) FROM unnest(p.proconfig) AS s(setting)),
       ARRAY(SELECT s.name FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, place)
             JOIN spelled s ON s.oid = a.type ORDER BY a.place),
       ARRAY(SELECT s.name
             FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a(type, place)
             JOIN spelled s ON s.oid = a.type ORDER BY a.place),
       CASE WHEN p.prokind = 'p' OR p.proallargtypes IS NOT NULL THEN ''
            ELSE CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END
                 || (SELECT s.name FROM spelled s WHERE s.oid = p.prorettype) END,
       p.proretset OR p.prorettype = 'record'::regtype, l.lanname = 'sql' AND p.prokind = 'f',
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
       coalesce(p.proargnames, '{}')::text[], coalesce(p.proargmodes, '{}')::text[],
       l.lanname, p.pronargdefaults,
       (SELECT substr(s.setting, 13) FROM unnest(p.proconfig) AS s(setting)
        WHERE s.setting LIKE 'search_path=%%'),
       ARRAY(SELECT ARRAY[n.nspname, coalesce(r.relname, f.proname), coalesce(a.attname, ''),
                          (f.oid IS NOT NULL)::text]
             FROM pg_depend d
             LEFT JOIN pg_class r ON d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid
             LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
             LEFT JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
             JOIN pg_namespace n ON n.oid = coalesce(r.relnamespace, f.pronamespace)
             WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid)
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p', 'w') AND p.pronamespace = ANY (%s)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
"""
_VOLATILITY = {"i": Volatility.CONSTANT, "s": Volatility.STABLE, "v": Volatility.VOLATILE}


def read_routines(rows: Callable[[str], list[Row]]) -> dict[Routine, RoutineState]:
    """All of them. ``rows`` runs a query with the namespaces for its %s."""
    found = {}
    for schema, name, procedure, volatility, strict, definer, settings, types, whole, *rest in rows(ROUTINES):
        returns, several, in_sql, text, names, modes, language, defaults, path, used = rest
        modes = modes or ["i"] * len(types)
        names = names or [""] * len(modes)
        names_of = tuple(n for n, mode in zip(names, modes, strict=True) if mode in "ibv")
        body, plain = inlined(text, names_of, strict=strict) if in_sql and not several else (None, False)
        found[Routine(schema, name, tuple(types))] = RoutineState(
            kind="procedure" if procedure else "function",
            volatility=_VOLATILITY[volatility],
            strict=strict,
            definer=definer,
            settings=frozenset(setting.lower() for setting in settings),
            returns=returns,
            whole=tuple(whole),
            uses=frozenset(Column(Relation(s, r), c) for s, r, c, call in used if call == "false"),
            calls=frozenset(Relation(s, f) for s, f, _, call in used if call == "true"),
            body=body,
            plain=plain,
            code=_code(
                language,
                text,
                path,
                modes="".join(m for m in modes if procedure or m in "ibv"),
                defaults=defaults,
            ),
        )
    return found


def _code(language: str, text: str, path: str | None, *, modes: str, defaults: int) -> Code:
    """The body, with the modes of what a call gives."""
    given = len(modes) - modes.count("t")
    return Code(
        language=language,
        text=text,
        fewest=given - defaults,
        most=None if "v" in modes else given,
        search_path=path,
    )
