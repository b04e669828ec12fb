"""Backfills of tables without a primary key: along another key, or by place."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.postgres.by_place import one_batch_by_place
from schemaguard.postgres.connect import connect
from schemaguard.postgres.course import Pass
from schemaguard.postgres.events import Event
from schemaguard.postgres.observe import refusal
from schemaguard.postgres.row_keys import row_key
from schemaguard.recipe import Backfill
from tests.plan.walking import Case, apply, plan_of, rows

MakeDatabase = Callable[[str], str]

KEYS = {
    "the primary key, without what its index has as well": (
        "CREATE TABLE t (a int UNIQUE NOT NULL, b text, c json, PRIMARY KEY (b, a) INCLUDE (c))",
        ["b", "a"],
    ),
    "the shortest unique one": (
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int, UNIQUE (a, b), UNIQUE (b) INCLUDE (c))",
        ["b"],
    ),
    "none that may hold NULL": ("CREATE TABLE t (a int UNIQUE)", []),
    "none that is deferrable": ("CREATE TABLE t (a int NOT NULL UNIQUE DEFERRABLE)", []),
    "none that goes up and down": (
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX ON t (a, b DESC)",
        [],
    ),
    "one that goes down": (
        "CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX ON t (a DESC, b DESC)",
        ["a", "b"],
    ),
    "none of some rows": ("CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX ON t (a) WHERE a > 0", []),
    "none over an expression": ("CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX ON t (abs(a))", []),
    "none of another collation": (
        'CREATE TABLE t (a text COLLATE "C" NOT NULL); CREATE UNIQUE INDEX ON t (a COLLATE "POSIX")',
        [],
    ),
}


@pytest.mark.majors
@pytest.mark.parametrize(("given", "key"), KEYS.values(), ids=KEYS)
def test_rows_are_told_apart_by(given: str, key: list[str], database_with: MakeDatabase) -> None:
    with connect(database_with(given)) as conn:
        found = row_key(conn, Relation("public", "t"))

    assert [name for name, _ in found] == key


@pytest.mark.majors
def test_a_not_null_that_is_not_valid_makes_no_key(database_with: MakeDatabase, major: int) -> None:
    with connect(database_with("CREATE TABLE t (a int UNIQUE);")) as conn:
        # There is no such thing before 18.
        assert refusal(conn, ["ALTER TABLE t ADD NOT NULL a NOT VALID"]) == ("" if major >= 18 else "42601")
        assert row_key(conn, Relation("public", "t")) == ()


SAID = Case(
    given="CREATE TABLE said (who int, words text, seen int DEFAULT 0);",
    rows="INSERT INTO said SELECT n % 100, repeat('x', n % 200) FROM generate_series(1, 20000) n;",
    sql="ALTER TABLE said ADD COLUMN size int; UPDATE said SET size = length(words) % 1000;",
)
# The last row that is not filled yet. As this says nothing of the columns that are kept in step, the trigger
# does not fill it.
MOVE = "UPDATE said SET seen = seen + 1 WHERE ctid = (SELECT max(ctid) FROM said WHERE size IS NULL)"


@pytest.mark.majors
@pytest.mark.usefixtures("each_batch")
def test_rows_that_move_while_all_places_are_gone_through_are_filled_as_well(
    database_with: MakeDatabase,
) -> None:
    url, plan = database_with(SAID.setup), plan_of(SAID)
    apply(url, plan, Phase.EXPAND)
    over, batches, errors = threading.Event(), list[Event](), list[Exception]()

    def write() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as conn:
                while not over.is_set():
                    conn.execute(MOVE)
                    conn.execute("INSERT INTO said (who, words) VALUES (0, 'new')")
        except psycopg.Error as error:
            errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        apply(url, plan, Phase.BACKFILL, watch=batches.append)
    finally:
        over.set()
        for writer in writers:
            writer.join()

    assert not errors
    assert rows(url, "SELECT count(*) FROM said WHERE size IS DISTINCT FROM length(words)") == [(0,)]
    assert len([batch for batch in batches if batch.kind == "progress"]) > 3


@pytest.mark.usefixtures("each_batch")
def test_no_batch_reads_the_whole_table(database_with: MakeDatabase) -> None:
    url, plan = database_with(SAID.setup), plan_of(SAID)
    apply(url, plan, Phase.EXPAND)
    reads = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'said'"
    ((before,),) = rows(url, reads)
    events: list[Event] = []

    apply(url, plan, Phase.BACKFILL, watch=events.append)

    ((after,),) = rows(url, reads)
    assert len([event for event in events if event.kind == "progress"]) > 20
    assert after - before < 10


def test_values_that_never_become_right_are_told(database_with: MakeDatabase) -> None:
    fill = Backfill(table=Relation("public", "t"), values={"b": "a"}, where="b IS NULL")
    url = database_with("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1), (NULL);")
    with (
        connect(url) as conn,
        pytest.raises(DatabaseError, match="1 rows that were written are still such that b IS NULL"),
    ):
        one_batch_by_place(conn, fill, None, 10, Pass(needing=True, waiting=False))
