"""Which type changes leave the rows alone: the file, the rules on modifiers, and a server."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from schemaguard.column_types import Type, canonical
from schemaguard.server import MAJORS, Server
from schemaguard.type_changes import FILE, TypeChange, measured, type_change

SAMPLE = [
    Type("smallint"), Type("integer"), Type("bigint"), Type("text"), canonical("varchar"),
    canonical("varchar", ("10",)), canonical("varchar", ("20",)), canonical("char", ("10",)),
    canonical("numeric", ("10", "2")), canonical("numeric", ("12", "2")), canonical("numeric", ("12", "4")),
    canonical("numeric"), canonical("timestamp"), canonical("timestamp", ("3",)), canonical("timestamptz"),
    canonical("timestamptz", ("0",)), Type("json"), Type("jsonb"), Type("uuid"), Type("date"),
    canonical("varbit"), canonical("bit", ("4",)), Type("oid"), Type("inet"), Type("cidr"),
    canonical("varchar", ("10",), array=True), canonical("varchar", array=True),
]  # fmt: skip

FILES = """
SELECT pg_relation_filenode('t'),
       (SELECT pg_relation_filenode(indexrelid) FROM pg_index WHERE indrelid = 't'::regclass)
"""


def seen(conn: psycopg.Connection) -> Iterator[tuple[Type, Type, TypeChange]]:
    """Each of the sample to each that it can become."""
    for old in SAMPLE:
        index = "" if old.name == "json" else "CREATE INDEX ON t (c)"
        for new in SAMPLE:
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute(f"CREATE TABLE t (c {old}); {index}".encode())
                    before = conn.execute(FILES).fetchone()
                    conn.execute(f"ALTER TABLE t ALTER c TYPE {new}".encode())
                    after = conn.execute(FILES).fetchone()
            except (psycopg.errors.DatatypeMismatch, psycopg.errors.UndefinedObject):
                continue
            assert before is not None
            assert after is not None
            kinds = {(True, True): TypeChange.NOTHING, (True, False): TypeChange.INDEXES}
            yield old, new, kinds.get((before[0] == after[0], before[1] == after[1]), TypeChange.REWRITE)


@pytest.mark.majors
@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_postgres_changes_types_as_we_say(conn: psycopg.Connection, major: int, zone: str) -> None:
    conn.execute("SELECT set_config('timezone', %s, false)", (zone,))
    server = Server(major=major, time_zone=zone)
    found = list(seen(conn))

    assert len(found) > 200
    assert [(str(o), str(n), kind) for o, n, kind in found if type_change(o, n, server) is not kind] == []


def test_all_supported_majors_are_measured() -> None:
    assert set(measured()) == set(MAJORS)


def test_the_file_names_the_script_that_makes_it() -> None:
    assert json.loads(FILE.read_text())["made by"] == "bench/type_changes.py"


def test_an_unknown_time_zone_may_rewrite() -> None:
    change = type_change(canonical("timestamp"), canonical("timestamptz"), Server(major=18))

    assert change is TypeChange.REWRITE


def test_an_unknown_type_may_rewrite() -> None:
    assert type_change(None, Type("text"), Server()) is TypeChange.REWRITE
    assert type_change(Type("mood"), Type("text"), Server()) is TypeChange.REWRITE
    assert type_change(Type("mood"), Type("mood"), Server()) is TypeChange.NOTHING


def test_an_unmeasured_major_may_rewrite() -> None:
    longer = (canonical("varchar", ("10",)), canonical("varchar", ("20",)))

    assert type_change(*longer, Server(major=19)) is TypeChange.REWRITE
    assert type_change(*longer, Server()) is TypeChange.NOTHING
