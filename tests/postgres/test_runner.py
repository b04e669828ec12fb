"""The runner on a real server: what it does, what it refuses, and what survives its death."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from schemaguard.errors import DatabaseError, NotEnoughEvidence, Refused
from schemaguard.phase import Phase
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.locks import be_the_only_runner
from schemaguard.recipe import LockClass, Scope, Step
from tests.postgres.applying import CUSTOMER, GIVEN, ROWS, STEPS, apply_phase, hand_made, held, say_retired


@pytest.fixture
def shop(database: str) -> str:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(GIVEN)
    return database


def test_three_phases_end_with_the_new_column_alone(shop: str) -> None:
    for phase in Phase:
        if phase is Phase.CONTRACT:
            say_retired(shop)
        apply_phase(shop, phase)

    with psycopg.connect(shop) as conn:
        row = conn.execute("SELECT count(*), min(email) FROM customer WHERE email IS NOT NULL").fetchone()
        columns = conn.execute("SELECT * FROM customer LIMIT 0").description
    assert row == (ROWS, "c10000@example.org")
    assert [c.name for c in columns or ()] == ["id", "email"]


def test_a_second_run_of_a_phase_does_nothing(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)

    assert [event.kind for event in apply_phase(shop, Phase.EXPAND)] == ["found", "found"]


def test_a_backfill_before_its_expand_is_refused_with_the_missing_step(shop: str) -> None:
    with pytest.raises(Refused, match="expand-01") as refused:
        apply_phase(shop, Phase.BACKFILL)

    assert "--phase expand" in refused.value.advice


def test_a_contract_is_refused_while_the_backfill_is_not_finished(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    say_retired(shop)

    with pytest.raises(Refused, match="backfill-01"):
        apply_phase(shop, Phase.CONTRACT)


def test_without_a_ledger_a_contract_is_unknown(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    apply_phase(shop, Phase.BACKFILL)

    with pytest.raises(NotEnoughEvidence, match="no deployment"):
        apply_phase(shop, Phase.CONTRACT)


def test_a_contract_names_the_sessions_of_the_old_version(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    apply_phase(shop, Phase.BACKFILL)
    say_retired(shop)

    with psycopg.connect(shop, application_name="shop-1") as old:
        pid = old.info.backend_pid
        with pytest.raises(Refused, match=f"pid {pid}, shop-1"):
            apply_phase(shop, Phase.CONTRACT)

    apply_phase(shop, Phase.CONTRACT)


def test_a_session_that_nobody_knows_makes_the_contract_unknown(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    apply_phase(shop, Phase.BACKFILL)
    say_retired(shop)

    with psycopg.connect(shop, application_name="report"), pytest.raises(NotEnoughEvidence, match="report"):
        apply_phase(shop, Phase.CONTRACT)


def test_a_second_runner_leaves_with_the_name_of_the_first(shop: str) -> None:
    with connect(shop) as first:
        pid = first.info.backend_pid
        be_the_only_runner(first)

        with pytest.raises(Refused, match=f"pid {pid}"):
            apply_phase(shop, Phase.EXPAND)


def test_another_plan_under_the_same_name_is_refused(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)

    with pytest.raises(Refused, match="was begun with plan"):
        apply_phase(shop, Phase.EXPAND, plan=hand_made(STEPS[:1]))


def test_nobody_queues_behind_a_step_that_waits_for_a_reader(shop: str) -> None:
    with psycopg.connect(shop, application_name="reader") as reader:
        reader.execute("SELECT count(*) FROM customer")
        waiting: list[bool] = []
        ended = threading.Event()

        def sample() -> None:
            with psycopg.connect(shop, autocommit=True) as eye:
                while not ended.is_set():
                    row = eye.execute(
                        "SELECT EXISTS (SELECT FROM pg_locks"
                        " WHERE NOT granted AND relation = 'customer'::regclass)"
                    ).fetchone()
                    waiting.append(bool(row and row[0]))
                    time.sleep(0.002)

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            # Far from the deadline: it polls and never queues.
            with pytest.raises(KeyboardInterrupt):
                _apply_until_it_has_waited(shop, lambda: len(waiting) > 100)
        finally:
            ended.set()
            thread.join()

    assert not any(waiting)


def _apply_until_it_has_waited(url: str, enough: Callable[[], bool]) -> None:
    """Until it has said twice whom it waits for, and that is ``enough``."""
    waits = 0

    def watch(event: Event) -> None:
        nonlocal waits
        if event.kind == "wait":
            assert "reader" in event.message
            waits += 1
        if waits >= 2 and enough():
            raise KeyboardInterrupt

    with connect(url) as conn:
        runner.apply(conn, hand_made(), Phase.EXPAND, watch=watch)


def test_at_the_deadline_the_error_names_who_holds_the_table(shop: str) -> None:
    with psycopg.connect(shop, application_name="nightly-report") as reader:
        reader.execute("SELECT count(*) FROM customer")

        with pytest.raises(DatabaseError, match="nightly-report"):
            apply_phase(shop, Phase.EXPAND, lock_deadline=1)

    apply_phase(shop, Phase.EXPAND)


def test_a_statement_that_fails_leaves_nothing_of_its_step(shop: str) -> None:
    bad = Step(
        id="expand-01",
        phase=Phase.EXPAND,
        title="two columns",
        sql=("ALTER TABLE customer ADD COLUMN email text", "ALTER TABLE customer ADD COLUMN id text"),
    )

    with pytest.raises(DatabaseError, match="already exists"):
        apply_phase(shop, Phase.EXPAND, plan=hand_made((bad,)))

    with psycopg.connect(shop) as conn:
        columns = conn.execute("SELECT * FROM customer LIMIT 0").description
        records = journal.steps(conn, "email")
    assert [c.name for c in columns or ()] == ["id", "mail"]
    assert records["expand-01"].state == "failed"


def test_a_read_only_session_is_told_so(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute(
            "SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database())"
        )
        row = conn.execute("SELECT current_database()").fetchone()
        assert row is not None
        conn.execute(f'ALTER DATABASE "{row[0]}" SET default_transaction_read_only = on')

    with pytest.raises(DatabaseError, match="read-only"):
        apply_phase(shop, Phase.EXPAND)


def test_an_invalid_index_left_by_a_cancelled_build_is_built_anew(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("ALTER TABLE customer ADD COLUMN email text DEFAULT 'same'")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("CREATE UNIQUE INDEX CONCURRENTLY customer_email ON customer (email)")

    kinds = [event.kind for event in apply_phase(shop, Phase.EXPAND)]

    assert kinds == ["found", "begin", "done"]


HELD = "customer WHERE id = 10000"


def _start(url: str, phase: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.postgres.applying", url, phase],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize("after", [2, 4, 8])
def test_a_backfill_killed_with_writers_running_goes_on_where_it_stopped(shop: str, after: int) -> None:
    apply_phase(shop, Phase.EXPAND)
    with held(shop, HELD), _start(shop, "backfill") as process:
        assert process.stdout is not None
        seen = [line for _, line in zip(range(after + 1), process.stdout, strict=False)]
        with psycopg.connect(shop, autocommit=True) as writer:
            writer.execute("UPDATE customer SET mail = 'new@example.org' WHERE id IN (1, 19999)")
        os.kill(process.pid, signal.SIGKILL)
    marked = int(seen[-1].split()[-1])

    events = apply_phase_when_alone(shop)

    resumed = [event.rows for event in events if event.kind == "progress"]
    assert resumed[0] >= marked > 0
    with psycopg.connect(shop) as conn:
        wrong = conn.execute("SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail").fetchone()
    assert wrong == (0,)


def apply_phase_when_alone(url: str) -> list[Event]:
    """The server needs a moment to see that the killed runner is gone."""
    for _ in range(100):
        try:
            return apply_phase(url, Phase.BACKFILL)
        except Refused:
            time.sleep(0.05)
    return apply_phase(url, Phase.BACKFILL)


def test_ctrl_c_in_a_backfill_leaves_no_session_and_can_be_resumed(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    with held(shop, HELD), _start(shop, "backfill") as process:
        assert process.stdout is not None
        _ = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    with psycopg.connect(shop) as conn:
        state = journal.steps(conn, "email")["backfill-01"]

    apply_phase_when_alone(shop)

    assert (state.state, state.error) == ("failed", "interrupted")


def test_a_database_that_is_not_what_the_plan_was_made_for_is_refused(shop: str) -> None:
    with pytest.raises(Refused, match="the plan was made for schema") as refused:
        apply_phase(shop, Phase.EXPAND, plan=hand_made(tables=(CUSTOMER,)))

    assert "public.customer" in refused.value.what


def test_a_database_at_another_revision_is_refused_with_both(shop: str) -> None:
    with psycopg.connect(shop) as conn:
        conn.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        conn.execute("INSERT INTO alembic_version VALUES ('0012')")

    with pytest.raises(Refused, match="at revision 0012, and the plan starts from 0015"):
        apply_phase(shop, Phase.EXPAND, plan=replace(hand_made(), revision_before="0015"))


def test_a_writer_that_takes_rows_against_the_order_of_a_batch_is_in_no_deadlock(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)
    ended: list[BaseException | None] = []

    def backfill() -> None:
        try:
            apply_phase(shop, Phase.BACKFILL)
            ended.append(None)
        except DatabaseError as error:
            ended.append(error)

    runner_thread = threading.Thread(target=backfill)
    with psycopg.connect(shop) as writer, psycopg.connect(shop, autocommit=True) as eye:
        writer.execute("UPDATE customer SET mail = 'high' WHERE id = 400")
        runner_thread.start()
        # Until the first batch, which has row 1 and row 400, is over or waits for us.
        for _ in range(400):
            row = eye.execute(
                "SELECT (SELECT count(*) FROM customer WHERE email IS NOT NULL)"
                " + (SELECT count(*) FROM pg_locks WHERE NOT granted)"
            ).fetchone()
            if row and row[0]:
                break
            time.sleep(0.01)
        writer.execute("UPDATE customer SET mail = 'low' WHERE id = 1")
        writer.commit()
        runner_thread.join()
        apply_phase_when_alone(shop)

        wrong = eye.execute("SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail").fetchone()
    assert ended == [None]
    assert wrong == (0,)


@pytest.mark.usefixtures("each_batch")
def test_a_connection_that_is_lost_in_a_backfill_is_told_as_such_and_the_rest_is_done_later(
    shop: str,
) -> None:
    apply_phase(shop, Phase.EXPAND)

    def cut(event: Event) -> None:
        if event.kind == "progress" and event.rows > 1000:
            with psycopg.connect(shop, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'schemaguard' AND datname = current_database()"
                )

    with pytest.raises(DatabaseError) as lost, connect(shop) as conn:
        runner.apply(conn, hand_made(), Phase.BACKFILL, watch=cut)
    events = apply_phase_when_alone(shop)

    assert "connection was lost" in lost.value.advice
    assert [event.kind for event in events if event.kind != "progress"] == ["begin", "done"]


@pytest.mark.majors
def test_no_time_out_of_the_role_ends_a_step_that_may_take_long(shop: str, major: int) -> None:
    slow = Step(
        id="expand-01",
        phase=Phase.EXPAND,
        title="a long look",
        sql=("SELECT pg_sleep(0.5)",),
        scope=Scope.ALONE,
        lock_class=LockClass.PATIENT,
    )
    with psycopg.connect(shop, autocommit=True) as conn:
        name = conn.info.dbname
        known = ["statement_timeout", "idle_session_timeout", *["transaction_timeout"][: major >= 17]]
        for setting in known:
            conn.execute(f"ALTER DATABASE {name} SET {setting} = '200ms'".encode())
    events: list[Event] = []
    with connect(shop) as conn:
        # As long as somebody thinks about the warnings.
        runner.apply(
            conn,
            hand_made((slow,)),
            Phase.EXPAND,
            watch=events.append,
            options=runner.Options(allow=lambda _: time.sleep(0.5)),
        )

    assert [event.kind for event in events] == ["begin", "done"]
