"""Measure which ALTER COLUMN ... TYPE rewrite the table, and write src/schemaguard/type_changes.json.

Usage: python bench/type_changes.py [MAJOR ...]     (default: every server found on this machine)

Each pair is tried on an empty table with an index, in a transaction that is rolled back. A
changed relfilenode is the witness. First without USING; where that is refused, with a cast.
Of types with modifiers, each with each is tried; afterwards the rules in type_changes.py must
tell the same as the server, or the script fails. What was measured of other majors stays.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import errors

from schemaguard.column_types import Type, canonical
from schemaguard.postgres.embedded import available_majors, start
from schemaguard.server import Server
from schemaguard.type_changes import FILE, measured, type_change

UTC, ELSEWHERE = "UTC", "Europe/Paris"
#: Other names of UTC, each of which is tried.
NAMES = ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Etc/Universal", "Zulu", "Universal", "UCT", "Etc/UCT")

TYPES = (
    "smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid", "boolean",
    "text", "character varying", "character", "bpchar", '"char"', "name", "bytea", "uuid", "json", "jsonb",
    "date", "time without time zone", "time with time zone", "timestamp without time zone",
    "timestamp with time zone", "interval", "bit", "bit varying", "inet", "cidr", "macaddr", "macaddr8",
    "point", "box", "polygon", "circle", "int4range", "numrange", "daterange", "tsvector", "tsquery",
    "jsonpath", "text[]", "character varying[]", "integer[]", "bigint[]",
)  # fmt: skip

#: Type to its rule and the modifiers to be tried, each with each.
MODIFIERS = {
    "character varying": ("longer", ("", "10", "20", "40")),
    "bit varying": ("longer", ("", "4", "8")),
    "numeric": ("more digits", ("", "10,0", "12,0", "10,2", "12,2", "12,4", "14,4")),
    "timestamp without time zone": ("finer", ("", "0", "3", "6")),
    "timestamp with time zone": ("finer", ("", "0", "3", "6")),
    "time without time zone": ("finer", ("", "0", "3", "6")),
    "time with time zone": ("finer", ("", "0", "3", "6")),
    "interval": ("finer", ("", "0", "3", "6")),
    "character varying[]": ("unlimited", ("", "10", "20")),
    "numeric[]": ("unlimited", ("", "10,2", "12,2")),
    "character": (None, ("10", "20", "40")),
    "bit": (None, ("4", "8")),
    "bpchar": (None, ("",)),
    "text": (None, ("",)),
}
#: Conversions that are tried with modifiers on both sides.
CROSS = (
    ("character varying", "text"), ("character varying", "bpchar"), ("text", "character varying"),
    ("bpchar", "character"), ("character", "bpchar"), ("character", "text"),
    ("character varying", "character"), ("character", "character varying"),
    ("bit", "bit varying"), ("bit varying", "bit"),
    ("timestamp without time zone", "timestamp with time zone"),
    ("timestamp with time zone", "timestamp without time zone"),
)  # fmt: skip

LEGEND = {
    "=": "nothing is read",
    "i": "indexes are rebuilt",
    "R": "the table is rewritten",
    "u": "the same, and USING is needed",
    "-": "no cast",
}
FILES = """
SELECT pg_relation_filenode('t'),
       (SELECT pg_relation_filenode(indexrelid) FROM pg_index WHERE indrelid = 't'::regclass)
"""

Facts = dict[str, object]


@dataclass(frozen=True)
class Measurer:
    connection: psycopg.Connection

    def at(self, zone: str) -> None:
        self.connection.execute("SELECT set_config('timezone', %s, false)", (zone,))

    def change(self, old: str, new: str) -> str:
        """The mark of LEGEND."""
        for using, changed in (("", "R"), (f" USING c::{new}", "u")):
            for index in ("CREATE INDEX ON t (c)", ""):
                try:
                    return self._tried(old, new, using, index, changed)
                except (errors.UndefinedObject, errors.FeatureNotSupported):
                    continue  # No operator class for btree: without an index, then.
                except (errors.DatatypeMismatch, errors.CannotCoerce):
                    break
        return "-"

    def _tried(self, old: str, new: str, using: str, index: str, changed: str) -> str:
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(f"CREATE TABLE t (c {old}); {index}")
            table, indexed = self.connection.execute(FILES).fetchone()
            self.connection.execute(f"ALTER TABLE t ALTER c TYPE {new}{using}")
            table_after, indexed_after = self.connection.execute(FILES).fetchone()
        if table != table_after:
            return changed
        return "=" if indexed == indexed_after else "i"


def facts_of(measurer: Measurer) -> Facts:
    measurer.at(UTC)
    there = {old: "".join(measurer.change(old, new) for new in TYPES) for old in TYPES}
    measurer.at(ELSEWHERE)
    pairs = {old: "".join(measurer.change(old, new) for new in TYPES) for old in TYPES}
    better = [
        [old, new, there[old][place]]
        for old in TYPES
        for place, new in enumerate(TYPES)
        if there[old][place] != pairs[old][place]
    ]
    return {
        "pairs": pairs,
        "where the time zone is UTC": better,
        "names of UTC": [name for name in NAMES if _is_utc(measurer, name, better)],
        "modifiers": {name: rule for name, (rule, _) in MODIFIERS.items() if rule},
    }


def _is_utc(measurer: Measurer, name: str, better: list[list[str]]) -> bool:
    measurer.at(name)
    return all(measurer.change(old, new) == mark for old, new, mark in better)


def contradictions(measurer: Measurer, major: int) -> Iterator[str]:
    """Where the rules on modifiers tell otherwise than the server."""
    for zone in (UTC, ELSEWHERE):
        measurer.at(zone)
        for old, new in both_with_modifiers():
            told = type_change(old, new, Server(major=major, time_zone=zone)).value
            seen = measurer.change(str(old), str(new))
            if told != seen:
                yield f"PostgreSQL {major}, {zone}: {old} to {new}: told {told}, seen {seen}"


def both_with_modifiers() -> Iterator[tuple[Type, Type]]:
    for old, new in (*((name, name) for name in MODIFIERS), *CROSS):
        for a in MODIFIERS[old][1]:
            for b in MODIFIERS[new][1]:
                yield typed(old, a), typed(new, b)


def typed(name: str, modifiers: str) -> Type:
    found = canonical(name.removesuffix("[]"), tuple(modifiers.split(",")) if modifiers else ())
    return Type(found.name, found.modifiers, array=name.endswith("[]"))


def write(by_major: dict[int, Facts]) -> None:
    """One table for all majors that agree, each innermost list on one line."""
    groups: list[dict[str, object]] = []
    for major, facts in sorted(by_major.items()):
        alike = [group for group in groups if {n: f for n, f in group.items() if n != "majors"} == facts]
        if alike:
            alike[0]["majors"].append(major)
        else:
            groups.append({"majors": [major], **facts})
    file = {"made by": "bench/type_changes.py", "legend": LEGEND, "types": list(TYPES), "measured": groups}
    text = json.dumps(file, indent=1)
    flat = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda m: f"[{re.sub(chr(10) + ' *', ' ', m[1])}]", text)
    FILE.write_text(flat + "\n")
    measured.cache_clear()


def known() -> dict[int, Facts]:
    if not FILE.exists():
        return {}
    file = json.loads(FILE.read_text())
    if file["types"] != list(TYPES):
        return {}
    return {
        major: {name: fact for name, fact in group.items() if name != "majors"}
        for group in file["measured"]
        for major in group["majors"]
    }


def main(asked: Iterable[str]) -> int:
    by_major = known()
    wrong: list[str] = []
    for major in [int(one) for one in asked] or available_majors():
        with start(major) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
            measurer = Measurer(connection)
            by_major[major] = facts_of(measurer)
            write(by_major)
            wrong += contradictions(measurer, major)
            print(
                f"{server.origin}: {len(TYPES) ** 2} pairs, {len(list(both_with_modifiers()))} with modifiers"
            )
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
