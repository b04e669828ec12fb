"""How a backfill writes: plainly, past rows that others hold, hardly felt, and by several sessions."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.postgres import backfill, journal, runner, transactions
from schemaguard.postgres.batch import Manner, Rows
from schemaguard.postgres.connect import connect
from schemaguard.postgres.course import Progress
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.events import Event
from schemaguard.postgres.pace import FEWEST, LONGEST_REST, SMALLEST, Effort, Pace
from schemaguard.postgres.ranges import PATIENCE_MS, Range
from schemaguard.postgres.row_keys import row_key
from schemaguard.recipe import Backfill
from tests.postgres.applying import WORKERS, apply_phase, hand_made, held, until_alone

MakeDatabase = Callable[[str], str]

T = Relation("public", "t")
FILL = Backfill(table=T, values={"b": "a"}, where="b IS DISTINCT FROM a")
TABLES = {
    "one column": """
        CREATE TABLE t (id int PRIMARY KEY, a int, b int);
        INSERT INTO t SELECT n, n FROM {numbers};
    """,
    "several columns": """
        CREATE TABLE t ("the ""x" text, n int, a int, b int, PRIMARY KEY ("the ""x", n));
        INSERT INTO t SELECT chr(97 + n % 7) || E'\\'%', n, n FROM {numbers};
    """,
    "uuid": """
        CREATE TABLE t (id uuid PRIMARY KEY, a int, b int);
        INSERT INTO t SELECT gen_random_uuid(), n FROM {numbers};
    """,
    "partitions": """
        CREATE TABLE t (id int, a int, b int, PRIMARY KEY (id)) PARTITION BY HASH (id);
        CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO t SELECT n, n FROM {numbers};
    """,
}


def filled(given: str, many: int) -> str:
    return given.format(numbers=f"generate_series(1, {many}) AS n")


def the_rows(conn: psycopg.Connection) -> Rows:
    return Rows(FILL, row_key(conn, T))


def changed(conn: psycopg.Connection) -> int:
    ((count,),) = conn.execute("SELECT count(*) FROM t WHERE b = a").fetchall()
    return int(count)


# Ranges


@pytest.mark.majors
@pytest.mark.parametrize("given", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("many", [0, 1, 99, 100, 101, 250])
def test_ranges_hold_each_row_once(given: str, many: int, database_with: MakeDatabase) -> None:
    with connect(database_with(filled(given, many))) as conn:
        rows = the_rows(conn)
        ranges = rows.ahead(conn, None, size=10, ranges=7)
        while ranges and (more := rows.ahead(conn, ranges[-1].upto, size=10, ranges=7)):
            ranges += more
        written = [rows.write(conn, one, Manner.PLAIN, patience=1) for one in ranges]

        assert written == [one.rows for one in ranges]
        assert sum(written) == many == changed(conn)
        assert all(size == 10 for size in written[:-1])


@pytest.mark.majors
@pytest.mark.parametrize("given", TABLES.values(), ids=TABLES)
def test_who_looks_ahead_reads_no_more_than_what_is_ahead(given: str, database_with: MakeDatabase) -> None:
    with connect(database_with(filled(given, 5_000))) as conn:
        rows = the_rows(conn)
        after = rows.ahead(conn, None, size=2_000, ranges=1)[-1].upto
        with conn.transaction():
            before = _read(conn)
            assert len(rows.ahead(conn, after, size=10, ranges=10)) == 10
            read = _read(conn)

        assert read.by_scans == before.by_scans
        # Of each partition one row more, to know which is next.
        assert read.by_indexes - before.by_indexes <= 103
        # Settings of one look are not those of the next.
        assert conn.execute("SHOW enable_seqscan").fetchall() == [("on",)]


class Read(NamedTuple):
    """Rows that this session has read so far, of all tables."""

    by_scans: int
    by_indexes: int


def _read(conn: psycopg.Connection) -> Read:
    (row,) = conn.execute(
        "SELECT sum(seq_tup_read), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables"
    ).fetchall()
    return Read(*row)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "UTF8"])
def test_keys_are_of_any_encoding(encoding: str, server: Server) -> None:
    with psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute(
            f"CREATE DATABASE of_{encoding} ENCODING {encoding} LOCALE 'C' TEMPLATE template0".encode()
        )
    url = make_conninfo(server.url(), dbname=f"of_{encoding}".lower())
    with connect(url) as conn:
        conn.execute("CREATE TABLE t (id text PRIMARY KEY, a int, b int)")
        conn.execute("INSERT INTO t SELECT 'Größe ' || n, n FROM generate_series(1, 300) AS n")
        journal.create(conn)
        step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)

        assert backfill.run(conn, "r", step, lambda _: None, Effort()).changed == 300


# Rows that somebody holds


@pytest.mark.majors
def test_a_plain_batch_gives_up_at_once_and_one_that_skips_takes_the_others(
    database_with: MakeDatabase,
) -> None:
    url = database_with(filled(TABLES["one column"], 100))
    all_of_it = Range(after=None, upto=["100"], rows=100)
    with connect(url) as conn, psycopg.connect(url) as other:
        other.execute("UPDATE t SET a = a WHERE id = 50")
        rows = the_rows(conn)
        # It would be QueryCanceled, if it waited for as long as it may take.
        with pytest.raises(errors.LockNotAvailable):
            rows.write(conn, all_of_it, Manner.PLAIN, patience=20)

        # Of a batch that gave up nothing remains.
        assert changed(conn) == 0
        assert rows.write(conn, all_of_it, Manner.SKIPPING, patience=5) == 99
        other.rollback()
        assert rows.write(conn, Range(after=["49"], upto=["50"], rows=1), Manner.WAITING, patience=5) == 1


@pytest.mark.majors
def test_a_plain_batch_that_takes_long_is_ended_before_anybody_finds_a_deadlock(
    database_with: MakeDatabase,
) -> None:
    slow = Backfill(table=T, values={"b": "a + (pg_sleep(0.2)::text = '')::int"}, where="b IS NULL")
    with connect(database_with(filled(TABLES["one column"], 10))) as conn:
        rows = Rows(slow, row_key(conn, T))
        with pytest.raises(errors.QueryCanceled):
            rows.write(conn, Range(after=None, upto=["10"], rows=10), Manner.PLAIN, patience=0.3)

        assert conn.execute("SELECT count(b) FROM t").fetchall() == [(0,)]
        assert conn.execute("SHOW statement_timeout").fetchall() == [("0",)]


def test_a_batch_that_somebody_cancels_is_not_tried_again(database_with: MakeDatabase) -> None:
    url = database_with("""
        CREATE TABLE t (id int PRIMARY KEY, a int, b int);
        INSERT INTO t SELECT n, n FROM generate_series(1, 9) AS n;
        CREATE FUNCTION slow(n int) RETURNS int LANGUAGE sql AS 'SELECT n FROM pg_sleep(30)';
    """)
    step = next(step for step in hand_made().steps if step.backfill)
    slow = Backfill(table=T, values={"b": "slow(a)"}, where="b IS NULL")
    with connect(url) as conn, connect(url) as other:
        journal.create(conn)

        def cancel() -> None:
            while not other.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE pid = %s AND state = 'active' AND query LIKE '%%slow(a)%%'",
                (conn.info.backend_pid,),
            ).fetchall():
                time.sleep(0.01)

        dba = threading.Thread(target=cancel)
        dba.start()
        with pytest.raises(errors.QueryCanceled):
            backfill.run(conn, "r", replace(step, backfill=slow), lambda _: None, Effort())
        dba.join()


@pytest.mark.majors
def test_nobody_is_told_of_a_deadlock_with_a_batch_whose_rows_call_a_trigger(
    database_with: MakeDatabase,
) -> None:
    url = database_with("""
        CREATE TABLE total (id int PRIMARY KEY, n int); INSERT INTO total VALUES (1, 0);
        CREATE TABLE t (id int PRIMARY KEY, a int, b int);
        INSERT INTO t SELECT n, n FROM generate_series(1, 9) AS n;
        CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN UPDATE total SET n = n + 1 WHERE id = 1; RETURN NEW; END';
        CREATE TRIGGER counted BEFORE UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION counted();
    """)
    step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)
    ended: list[int] = []

    def fill() -> None:
        with connect(url) as conn:
            journal.create(conn)
            ended.append(backfill.run(conn, "r", step, lambda _: None, Effort()).changed)

    runner_thread = threading.Thread(target=fill)
    with psycopg.connect(url) as app:
        app.execute("SET deadlock_timeout = '300ms'")
        app.execute("UPDATE total SET n = n WHERE id = 1")
        runner_thread.start()
        # The batch has rows of t, or has had them.
        time.sleep(0.5)
        for row in range(1, 10):
            app.execute("UPDATE t SET a = a WHERE id = %s", (row,))
        app.commit()
        runner_thread.join()

    assert ended == [9]


def test_a_session_s_own_time_outs_end_no_backfill(database_with: MakeDatabase) -> None:
    url = database_with(filled(TABLES["one column"], 100))
    step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)
    with connect(url) as conn, psycopg.connect(url) as other:
        journal.create(conn)
        conn.execute("SET lock_timeout = 50")
        other.execute("LOCK TABLE t")
        release = threading.Timer(2.5, other.rollback)
        release.start()
        done = backfill.run(conn, "r", step, lambda _: None, Effort())
        release.join()

    assert done.changed == 100


def test_who_waits_for_a_row_hears_meanwhile_and_rests_no_longer_for_it(
    database_with: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database_with(filled(TABLES["one column"], 100))
    step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)
    worked: list[float] = []

    def rest(_: Pace, took: float) -> float:
        worked.append(took)
        return 0.0

    monkeypatch.setattr(Pace, "rest", rest)
    waits = 0
    with connect(url) as conn, psycopg.connect(url) as other:
        journal.create(conn)
        other.execute("UPDATE t SET a = a WHERE id = 50")

        def between(progress: Progress) -> None:
            nonlocal waits
            waits += progress.changed == 99
            if waits == 4:
                other.rollback()

        begun = time.monotonic()
        done = backfill.run(conn, "r", step, between, Effort())
        took = time.monotonic() - begun

    # It hears of others after each try for the row, which takes a second and is no work.
    assert done.changed == 100
    assert sum(worked) + 2 * PATIENCE_MS / 1000 < took


def test_a_table_that_grows_faster_than_it_is_filled_comes_to_an_end(database_with: MakeDatabase) -> None:
    url = database_with(
        filled(TABLES["one column"], 3_000) + "ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT"
        " AS IDENTITY (START 10000);"
    )
    step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)
    over = threading.Event()

    def grow() -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            while not over.is_set():
                conn.execute("INSERT INTO t (a, b) SELECT n, n FROM generate_series(1, 2000) AS n")

    growing = threading.Thread(target=grow)
    with connect(url) as conn:
        journal.create(conn)
        growing.start()
        try:
            done = backfill.run(conn, "r", step, lambda _: None, Effort())
        finally:
            over.set()
            growing.join()
        ((rows,),) = conn.execute("SELECT count(*) FROM t").fetchall()

    assert done.changed == 3_000
    assert done.seen < rows


# The pace


def test_nobody_else_is_at_work_where_sessions_only_are_there(database_with: MakeDatabase) -> None:
    url = database_with("")
    with connect(url) as conn, psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT 1")
        pace = pace_of(conn)
        pace.look()
        at_work = pace.beside
        for _ in range(100):
            time.sleep(0.05)
            pace.look()
            if not pace.beside:
                break

        assert (at_work, pace.beside) == (True, False)
        other.execute("SELECT 1")
        pace.look()
        assert pace.beside


def test_who_may_not_see_the_others_takes_them_to_be_at_work(database_with: MakeDatabase) -> None:
    url = database_with("CREATE ROLE sees_nobody; CREATE ROLE sees_all IN ROLE pg_read_all_stats;")
    with connect(url) as conn, psycopg.connect(url, autocommit=True):
        time.sleep(1.1)
        seen = []
        for role in ("sees_nobody", "sees_all"):
            conn.execute(f"SET ROLE {role}")
            pace = pace_of(conn)
            pace.look()
            seen.append(pace.beside)
        conn.execute("RESET ROLE; DROP ROLE sees_nobody, sees_all")

    assert seen == [True, False]


def test_batches_grow_to_their_time_and_shrink_at_once_where_somebody_comes(
    database_with: MakeDatabase,
) -> None:
    with connect(database_with("")) as conn:
        pace = pace_of(conn)
        pace.beside = False
        for _ in range(20):
            pace.learn(pace.size, pace.size / 100_000)
        alone = (pace.size, pace.rest(0.2), pace.may_be_plain)
        pace.beside = True
        for _ in range(20):
            pace.learn(pace.size, pace.size / 100_000)

        assert alone == (20_000, 0.0, True)
        assert (pace.size, round(pace.rest(0.001), 6), pace.may_be_plain) == (100, 0.009, False)
        assert pace.rest(30.0) == LONGEST_REST
        # What takes as long for any number of rows makes them no fewer.
        for _ in range(20):
            pace.learn(pace.size, 0.003)
        assert pace.size == FEWEST
        for _ in range(20):
            pace.learn(pace.size, 1.0)
        assert pace.size == SMALLEST


def test_what_a_batch_has_taught_counts_from_the_next_one_on(
    database_with: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = replace(next(step for step in hand_made().steps if step.backfill), backfill=FILL)
    sizes: list[int] = []

    def learn(pace: Pace, rows: int, _: float) -> None:
        sizes.append(rows)
        pace.size = rows * 2 if rows < 800 else 50

    monkeypatch.setattr(Pace, "learn", learn)
    with connect(database_with(filled(TABLES["one column"], 1_600))) as conn:
        journal.create(conn)
        backfill.run(conn, "r", step, lambda _: None, Effort())

    assert sizes == [100, 200, 400, 800, 50, 50]


def pace_of(conn: psycopg.Connection) -> Pace:
    return Pace(conn, 0.2, 500, (conn.info.backend_pid,), hurry=0.5)


# Several sessions

MANY = """
CREATE TABLE customer (id int PRIMARY KEY, mail text);
INSERT INTO customer SELECT n, 'c' || n FROM generate_series(1, 60000) AS n;
"""

WAITING = """
SELECT FROM pg_locks
WHERE NOT granted AND relation = 'customer'::regclass AND mode = 'RowExclusiveLock'
"""


@pytest.fixture
def customers(database_with: MakeDatabase) -> str:
    url = database_with(MANY)
    apply_phase(url, Phase.EXPAND)
    return url


def by_workers(url: str, workers: int, watch: Callable[[Event], None]) -> None:
    with connect(url) as conn:
        options = runner.Options(effort=Effort(workers=workers))
        runner.apply(conn, hand_made(), Phase.BACKFILL, watch=watch, options=options)


def still_wrong(url: str) -> int:
    with psycopg.connect(url) as conn:
        ((count,),) = conn.execute(
            "SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail"
        ).fetchall()
    return int(count)


@pytest.mark.majors
@pytest.mark.usefixtures("each_batch")
def test_several_sessions_fill_all_rows_while_others_write_them(customers: str) -> None:
    over, sessions = threading.Event(), set[int]()

    def write() -> None:
        with psycopg.connect(customers, autocommit=True) as conn:
            number = 0
            while not over.is_set():
                number = (number + 7919) % 60_000
                conn.execute("UPDATE customer SET mail = 'x', email = 'x' WHERE id = %s", (number + 1,))

    def watch(event: Event) -> None:
        if event.rows and not sessions:
            with psycopg.connect(customers) as conn:
                sessions.update(count for (count,) in conn.execute(WORKERS))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        by_workers(customers, 3, watch)
    finally:
        over.set()
        writer.join()

    assert still_wrong(customers) == 0
    # The runner's own, and those that write.
    assert sessions == {4}


@pytest.mark.usefixtures("each_batch")
def test_what_is_wrong_with_one_session_ends_all_of_them_and_is_told(customers: str) -> None:
    with psycopg.connect(customers, autocommit=True) as conn:
        conn.execute("ALTER TABLE customer ADD CHECK (id < 20000 OR email IS NULL)")
    with pytest.raises(DatabaseError, match="violates check constraint"):
        by_workers(customers, 3, lambda _: None)

    with psycopg.connect(customers, autocommit=True) as conn:
        until_alone(conn)
        mark, seen = conn.execute("SELECT mark, seen FROM schemaguard.backfill").fetchall()[0]
        # All rows up to the mark are done, and no row behind it is counted.
        assert conn.execute(
            "SELECT count(*) FROM customer WHERE id <= %s AND email IS NULL", (int(mark[0]),)
        ).fetchall() == [(0,)]
        assert int(mark[0]) == seen < 20_000
        conn.execute("ALTER TABLE customer DROP CONSTRAINT customer_check")
    by_workers(customers, 2, lambda _: None)

    assert still_wrong(customers) == 0


@pytest.mark.usefixtures("each_batch")
def test_several_sessions_that_are_stopped_leave_no_one_behind(customers: str) -> None:
    def stop(event: Event) -> None:
        if event.rows > 5_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_workers(customers, 3, stop)

    with psycopg.connect(customers, autocommit=True) as conn:
        until_alone(conn)
        record = journal.steps(conn, "email")["backfill-01"]
    assert (record.state, record.error) == ("failed", "interrupted")
    by_workers(customers, 3, lambda _: None)
    assert still_wrong(customers) == 0


@pytest.mark.usefixtures("each_batch")
def test_several_sessions_that_wait_are_looked_after_and_stop_at_once(
    customers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who does not hear, or does not stop, waits for ever.
    monkeypatch.setattr(transactions, "TRYING", float("inf"))
    heard = 0
    with psycopg.connect(customers) as other, psycopg.connect(customers, autocommit=True) as eye:

        def watch(event: Event) -> None:
            nonlocal heard
            if event.kind == "progress" and event.rows > 2_000 and not other.info.transaction_status:
                other.execute("LOCK TABLE customer IN SHARE ROW EXCLUSIVE MODE")
            heard += len(eye.execute(WAITING).fetchall()) == 3
            if heard == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            by_workers(customers, 3, watch)

        until_alone(eye)


KILLED = """
import sys
from schemaguard.phase import Phase
from schemaguard.postgres import course, pace
from tests.postgres import test_backfill
course.LOOK, pace.LARGEST = 0.0, 500
test_backfill.by_workers(sys.argv[1], 3, lambda event: print(event.rows, flush=True))
"""


@pytest.mark.parametrize("after", [2, 9, 40])
def test_several_sessions_that_are_killed_go_on_from_the_mark(customers: str, after: int) -> None:
    command = [sys.executable, "-c", KILLED, customers]
    with (
        held(customers, "customer WHERE id = 30000"),
        subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        ) as process,
    ):
        assert process.stdout is not None
        seen = [int(line) for _, line in zip(range(after), process.stdout, strict=False)]
        process.send_signal(signal.SIGKILL)
    assert still_wrong(customers) > 0
    events: list[Event] = []
    by_workers(customers, 3, events.append)

    assert next(event.rows for event in events if event.kind == "progress") >= seen[-1]
    assert still_wrong(customers) == 0
