"""Asks servers how volatile their functions are, and writes the table that ``sql/functions.py`` reads.

    python bench/function_volatility.py             every PostgreSQL found on this machine
    python bench/function_volatility.py --check     exit 1 where the table says less than a server

Of a name with several functions the most volatile counts, over all majors asked; what the
table has from majors that are not asked now stays in it. Left out is what no SQL
expression can call: functions over internal types, and those of triggers.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from schemaguard.postgres import embedded

TABLE = Path(__file__).parent.parent / "src/schemaguard/sql/function_volatility.json"
KINDS = ("immutable", "stable", "volatile")
QUERY = """
SELECT proname, max(CASE provolatile WHEN 'i' THEN 0 WHEN 's' THEN 1 ELSE 2 END)
FROM pg_catalog.pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
  AND prokind <> 'p'
  AND prorettype NOT IN (
    'internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype, 'language_handler'::regtype,
    'fdw_handler'::regtype, 'index_am_handler'::regtype, 'tsm_handler'::regtype, 'table_am_handler'::regtype,
    'cstring'::regtype)
  AND NOT proargtypes::oid[] && ARRAY['internal'::regtype, 'cstring'::regtype]::oid[]
GROUP BY proname
"""

#: None of these is volatile: asserted by ``ask``.
OPERATORS = """
SELECT oprname, bool_or(provolatile = 'v')
FROM pg_catalog.pg_operator JOIN pg_catalog.pg_proc ON pg_proc.oid = oprcode
WHERE oprnamespace = 'pg_catalog'::regnamespace
GROUP BY oprname
"""


def ask(major: int, operators: set[str]) -> dict[str, int]:
    """The volatility of each name: 0 immutable, 1 stable, 2 volatile; its operators come to these."""
    with embedded.start(major) as server, psycopg.connect(server.dsn()) as connection:
        found: dict[str, bool] = dict(connection.execute(OPERATORS).fetchall())
        assert not any(found.values()), found
        operators |= set(found)
        return dict(connection.execute(QUERY).fetchall())


def settle(
    path: Path, ask: Callable[[int], Mapping[str, int]], more: Callable[[], Mapping[str, str]] = dict
) -> int:
    """Ask each server, and compare with the table or write it. ``more``: what else stands in it."""
    table = json.loads(path.read_text()) if path.exists() else {}
    known = {name: rank for rank, kind in enumerate(KINDS) for name in table.get(kind, "").split()}
    found, majors = dict(known), set(table.get("majors", []))
    for major in sorted(embedded.available_majors()):
        majors.add(major)
        for name, rank in ask(major).items():
            found[name] = max(rank, found.get(name, 0))
    if "--check" in sys.argv[1:]:
        wrong = sorted(name for name in found if found[name] != known.get(name))
        print(f"{len(found)} functions, {len(wrong)} of them wrong or missing in the table", *wrong)
        return 1 if wrong else 0
    kinds = {
        kind: " ".join(sorted(name for name in found if found[name] == rank))
        for rank, kind in enumerate(KINDS)
    }
    made = {"made by": f"bench/{Path(sys.argv[0]).name}", "majors": sorted(majors), **kinds, **more()}
    path.write_text(json.dumps(made, indent=1) + "\n")
    return 0


def main() -> int:
    """Ask, and compare or write."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    operators = set(table.get("operators", "").split())
    return settle(
        TABLE, lambda major: ask(major, operators), lambda: {"operators": " ".join(sorted(operators))}
    )


if __name__ == "__main__":
    sys.exit(main())
