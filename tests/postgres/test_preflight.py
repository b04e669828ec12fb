"""What is looked at before the first step: what each check finds on a real server, and passes over."""

import shutil
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg
import pytest

from schemaguard.errors import Refused
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import digest_of, shape
from schemaguard.plan.plan import Expected, Plan
from schemaguard.postgres import embedded, preflight
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.locks import be_the_only_runner
from schemaguard.postgres.preflight import Finding, Severity, begun, standbys
from schemaguard.postgres.preflight.disk import free_bytes
from schemaguard.recipe import Step
from tests.postgres.applying import CUSTOMER, GIVEN, STEPS, apply_phase, hand_made

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint)"


@pytest.fixture
def shop(database_with: Callable[[str], str]) -> str:
    return database_with(GIVEN)


def looked(
    url: str, *, phase: Phase = Phase.EXPAND, plan: Plan | None = None, long: float = 0.0
) -> tuple[Finding, ...]:
    with connect(url) as conn:
        return preflight.look(conn, plan or hand_made(), phase, long_transaction=long)


def found(url: str, check: str, *, phase: Phase = Phase.EXPAND, plan: Plan | None = None) -> list[Finding]:
    """What that check found, but that there is nothing."""
    findings = [one for one in looked(url, phase=phase, plan=plan) if one.check == check]
    assert findings
    return [one for one in findings if one.severity is not Severity.PLAIN]


@contextmanager
def holding(url: str, statement: str, name: str = "shop-1") -> Iterator[int]:
    """A session that has run it, and is idle in its transaction: its pid."""
    with closing(psycopg.connect(url, application_name=name)) as session:
        session.execute(statement.encode())
        yield session.info.backend_pid


@pytest.mark.majors
def test_where_all_is_well_every_check_says_so(shop: str) -> None:
    for phase in Phase:
        findings = looked(shop, phase=phase)

        assert {one.severity for one in findings} == {Severity.PLAIN}
        assert [one.check for one in findings] == [preflight.name_of(check) for check in preflight.CHECKS]


@pytest.mark.majors
def test_a_server_of_another_major_than_the_plans_is_told(shop: str, major: int) -> None:
    def made_for(other: int) -> list[Severity]:
        plan = replace(hand_made(), expected=Expected(major=other))
        return [one.severity for one in found(shop, "server-version", plan=plan)]

    assert (made_for(major), made_for(major + 1), made_for(major - 1)) == (
        [],
        [Severity.REFUSE],
        [Severity.WARN],
    )


def test_a_server_of_a_major_that_nobody_knows_is_refused(
    shop: str, major: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begun, "MAJORS", (major - 2, major - 1))

    [finding] = found(shop, "server-version")

    assert finding.severity is Severity.REFUSE
    assert f"PostgreSQL {major}, which schemaguard does not know" in finding.sentence


@pytest.mark.majors
def test_a_table_that_has_drifted_is_told_line_by_line(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        lines = shape(read_schema(conn), (CUSTOMER,))
        conn.execute(
            "ALTER TABLE customer ALTER COLUMN mail TYPE varchar(99), ADD CHECK (id > 0) NOT VALID;"
            " CREATE INDEX by_mail ON customer (mail)"
        )
    digest = digest_of(lines)
    plan = replace(
        hand_made(tables=(CUSTOMER,)), starts_from=digest, ends_at=digest, expected=Expected(shape=lines)
    )

    [finding] = found(shop, "drift", plan=plan)
    with pytest.raises(Refused, match=r"\+ public.customer: index public.by_mail \(mail\)"):
        apply_phase(shop, Phase.EXPAND, plan=plan)

    assert finding.evidence == (
        "- public.customer: column mail text not null",
        "+ public.customer: column mail character varying(99) not null",
        "+ public.customer: check customer_id_check (id) not valid",
        "+ public.customer: index public.by_mail (mail)",
    )


def test_of_a_table_that_is_not_there_only_that_is_told(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        lines = shape(read_schema(conn), (CUSTOMER,))
        conn.execute("DROP TABLE customer")
    digest = digest_of(lines)
    plan = replace(
        hand_made(tables=(CUSTOMER,)), starts_from=digest, ends_at=digest, expected=Expected(shape=lines)
    )

    [finding] = found(shop, "drift", plan=plan)

    assert finding.evidence == ("- public.customer", "+ public.customer is not there")


def test_a_release_that_has_begun_is_not_held_against_its_beginning(shop: str) -> None:
    apply_phase(shop, Phase.EXPAND)

    assert not found(shop, "drift", phase=Phase.BACKFILL)


@pytest.mark.majors
def test_another_runner_is_named(shop: str) -> None:
    with connect(shop) as first:
        be_the_only_runner(first)
        pid = first.info.backend_pid

        [finding] = found(shop, "another-runner")

    assert f"pid {pid}," in finding.sentence
    assert not found(shop, "another-runner")


PARTITIONED = """
CREATE TABLE visit (id bigint) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (1) TO (9);
"""
VISIT = Relation("public", "visit")
ADD = replace(STEPS[0], sql=("ALTER TABLE customer ADD COLUMN other text",))
BUILD = replace(STEPS[1], sql=("CREATE INDEX CONCURRENTLY customer_email ON customer (email)",))
DROP = replace(
    STEPS[1],
    sql=("DROP INDEX CONCURRENTLY by_mail",),
    locks=((CUSTOMER, LockMode.SHARE_UPDATE_EXCLUSIVE),),
)
DETACH = replace(
    STEPS[1],
    sql=("ALTER TABLE visit DETACH PARTITION visit_1 CONCURRENTLY",),
    locks=((VISIT, LockMode.SHARE_UPDATE_EXCLUSIVE),),
)
ELSEWHERE = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orders"


@pytest.mark.majors
@pytest.mark.parametrize(
    ("statement", "step", "waits"),
    [
        ("SELECT count(*) FROM customer", ADD, True),
        ("SELECT count(*) FROM customer", BUILD, False),
        ("SELECT count(*) FROM customer", DROP, True),
        ("UPDATE customer SET mail = mail WHERE id = 1", BUILD, True),
        ("INSERT INTO orders VALUES (1)", BUILD, False),
        (ELSEWHERE, BUILD, True),
        (ELSEWHERE, ADD, False),
        (ELSEWHERE, DROP, False),
        ("SELECT count(*) FROM visit", DETACH, True),
        (ELSEWHERE, DETACH, False),
    ],
)
def test_a_long_transaction_is_told_where_the_step_really_waits_for_it(
    database_with: Callable[[str], str], statement: str, step: Step, *, waits: bool
) -> None:
    url = database_with(
        f"{GIVEN}; {ORDERS}; {PARTITIONED}; ALTER TABLE customer ADD COLUMN email text;"
        "CREATE INDEX by_mail ON customer (mail)"
    )
    with holding(url, statement) as pid, connect(url) as other:
        findings = found(url, "long-transactions", plan=hand_made((step,)))
        other.execute("SET statement_timeout = '400ms'")
        try:
            other.execute(step.sql[0].encode())
            stopped = False
        except psycopg.errors.QueryCanceled:
            stopped = True

    assert stopped is waits
    assert [one.waits for one in findings] == [True] * waits
    assert all(f"pid {pid}, shop-1" in one.evidence[0] for one in findings)


def test_a_short_transaction_is_none(shop: str) -> None:
    with holding(shop, "SELECT count(*) FROM customer"):
        findings = looked(shop, long=60)

    assert {one.severity for one in findings} == {Severity.PLAIN}


@pytest.mark.majors
@pytest.mark.parametrize(("table", "told"), [("customer", True), ("orders", False)])
def test_a_prepared_transaction_is_told_where_a_build_waits_for_it(
    database_with: Callable[[str], str], table: str, *, told: bool
) -> None:
    url = database_with(f"{GIVEN}; {ORDERS}; ALTER TABLE customer ADD COLUMN email text")
    with connect(url) as conn:
        conn.execute(
            f"BEGIN; INSERT INTO {table} VALUES (0, 0); PREPARE TRANSACTION 'it''s {table}'".encode()
        )
        try:
            findings = found(url, "prepared-transactions", plan=hand_made(STEPS[1:2]))
            conn.execute("SET statement_timeout = '400ms'")
            with pytest.raises(psycopg.errors.QueryCanceled) if told else closing(conn):
                conn.execute(STEPS[1].sql[0].encode())
        finally:
            with connect(url) as last:
                last.execute(f"ROLLBACK PREPARED 'it''s {table}'".encode())

    assert [one.waits for one in findings] == [True] * told
    assert all("it''s customer" in one.advice for one in findings)


@pytest.mark.majors
def test_a_dump_is_told_however_young(shop: str) -> None:
    with holding(shop, "LOCK customer IN ACCESS SHARE MODE", name="pg_dump"):
        findings = [one for one in looked(shop, long=60) if one.severity is not Severity.PLAIN]

    assert [(one.check, one.severity, one.waits) for one in findings] == [("dumps", Severity.WARN, False)]


@pytest.mark.majors
def test_an_invalid_index_is_told_and_whose_it_is(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("ALTER TABLE customer ADD COLUMN email text DEFAULT 'same'")
        for name in ("customer_email", "theirs"):
            with pytest.raises(psycopg.errors.UniqueViolation):
                conn.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON customer (email)".encode())

    ours, theirs = found(shop, "invalid-indexes")

    assert "built anew" in ours.sentence
    assert "DROP INDEX CONCURRENTLY public.theirs" in theirs.advice


@pytest.mark.majors
def test_how_big_an_index_gets_is_estimated_and_held_against_the_disk(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("ALTER TABLE customer ADD COLUMN email text")
        conn.execute("UPDATE customer SET email = mail || repeat('x', 100)")
        conn.execute("ANALYZE customer")
        conn.execute("SET maintenance_work_mem = '1MB'; SET temp_file_limit = '1MB'")
        [short] = [one for one in preflight.look(conn, hand_made(), Phase.EXPAND) if one.check == "room"]
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
            conn.execute("CREATE INDEX ON customer (email)")
        conn.execute("SET temp_file_limit = -1; CREATE INDEX by_email ON customer (email)")
        size = conn.execute("SELECT pg_relation_size('by_email')").fetchone()
        free = free_bytes(conn)
        # As if it had a thousand times as many rows, and more than any disk has room for.
        told = []
        for factor in (1e3, 1e9):
            conn.execute("UPDATE pg_class SET reltuples = 20000 * %s WHERE relname = 'customer'", (factor,))
            told += [one for one in preflight.look(conn, hand_made(), Phase.EXPAND) if one.check == "room"]

    assert "temp_file_limit is 1 MB" in short.sentence
    assert free is not None
    assert [one.severity for one in told] == [Severity.NOTE, Severity.WARN]
    assert size is not None
    gigabytes = float(told[0].evidence[0].removesuffix(" GB").rsplit(" ", 1)[1])
    assert size[0] * 0.9 < gigabytes * 1e6 < size[0] * 1.5


@pytest.mark.parametrize("named", [True, False])
def test_what_another_tablespace_takes_is_held_against_its_own_disk(
    server: Server, shop: str, *, named: bool
) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        name = f"elsewhere_{conn.info.dbname}"
        place = server.socket.parent / name
        place.mkdir()
        shutil.chown(place, server.socket.stat().st_uid, server.socket.stat().st_gid)
        conn.execute(f"CREATE TABLESPACE {name} LOCATION '{place}'".encode())
        conn.execute("ANALYZE customer; UPDATE pg_class SET reltuples = 1e8 WHERE relname = 'customer'")
        build = "CREATE INDEX CONCURRENTLY by_mail ON customer (mail)"
        if named:
            build += f" TABLESPACE {name}"
        else:
            conn.execute(f"SET default_tablespace = {name}".encode())
        plan = hand_made((replace(STEPS[1], sql=(build,)),))
        [told] = [one for one in preflight.look(conn, plan, Phase.EXPAND) if one.check == "room"]
        free = free_bytes(conn, str(place))

    assert f"of disk in {place}, and as much of WAL" in told.sentence
    assert free is not None


def test_how_much_is_free_is_not_known_where_the_role_may_not_ask(shop: str) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("SET SESSION AUTHORIZATION pg_monitor")
        seen = free_bytes(conn)
        conn.execute("SET SESSION AUTHORIZATION pg_signal_backend")
        unseen = free_bytes(conn)

    assert (seen is None, unseen) == (False, None)


#: Of an autovacuum that is still there when it is looked for.
SLOWLY = "autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"


@pytest.fixture(scope="module")
def lively(major: int) -> Iterator[Server]:
    """A server with standbys, and an autovacuum that comes every second."""
    settings = {
        "wal_level": "replica",
        "max_wal_senders": "4",
        "autovacuum": "on",
        "autovacuum_naptime": "1s",
        "autovacuum_freeze_max_age": "100000",
    }
    with embedded.start(major, settings=settings) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute(GIVEN)
            # Only what prevents a wraparound comes all the same.
            conn.execute(f"ALTER TABLE customer SET (autovacuum_enabled = off, {SLOWLY})".encode())
        yield server


@pytest.mark.majors
def test_a_slot_that_nobody_reads_is_told_where_rows_are_filled(lively: Server) -> None:
    with connect(lively.dsn()) as conn:
        conn.execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
    try:
        findings = found(lively.dsn(), "replication", phase=Phase.BACKFILL)
        none = found(lively.dsn(), "replication", phase=Phase.CONTRACT)
    finally:
        with connect(lively.dsn()) as conn:
            conn.execute("SELECT pg_drop_replication_slot('forgotten')")

    assert not none
    assert [one.severity for one in findings] == [Severity.WARN]
    assert "forgotten" in findings[0].sentence


@pytest.mark.majors
def test_a_standby_is_told_where_it_is_late_and_where_nobody_may_see_it(
    lively: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(psycopg.connect(f"{lively.dsn()} replication=true", application_name="far-away")) as standby:
        with connect(lively.dsn()) as conn:
            row = conn.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            assert row is not None
            start_to_read(standby, row[0])
            wait_until(conn, "SELECT count(replay_lsn) FROM pg_stat_replication")
            conn.execute("CREATE TABLE filler AS SELECT n FROM generate_series(1, 100000) AS n")
        none = found(lively.dsn(), "replication", phase=Phase.BACKFILL)
        monkeypatch.setattr(standbys, "FAR", 1_000_000)
        [late] = found(lively.dsn(), "replication", phase=Phase.BACKFILL)
        with connect(lively.dsn()) as conn:
            conn.execute("CREATE ROLE modest; SET ROLE modest")
            [unseen] = [
                one for one in preflight.look(conn, hand_made(), Phase.BACKFILL) if one.check == "replication"
            ]
            conn.execute("RESET ROLE; DROP ROLE modest; DROP TABLE filler")

    assert not none
    assert (late.severity, unseen.severity) == (Severity.WARN, Severity.NOTE)
    assert "far-away" in late.sentence
    assert "not known" in unseen.sentence


def start_to_read(standby: psycopg.Connection, lsn: str) -> None:
    """Read the WAL from there on, say once how far, and then nothing more."""
    standby.pgconn.send_query(f"START_REPLICATION PHYSICAL {lsn}".encode())
    standby.pgconn.get_result()
    high, low = (int(part, 16) for part in lsn.split("/"))
    standby.pgconn.put_copy_data(b"r" + struct.pack(">qqqqb", *[high << 32 | low] * 3, 0, 0))
    standby.pgconn.flush()


def wait_until(conn: psycopg.Connection, query: str) -> None:
    for _ in range(200):
        row = conn.execute(query.encode()).fetchone()
        if row and row[0]:
            return
        time.sleep(0.1)
    pytest.fail(f"never true: {query}")


WORKS_ON = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM %{}%'"
# Each round has a transaction of its own.
SPENT = """
DO $$ BEGIN FOR i IN 1..110000 LOOP
    BEGIN INSERT INTO spent VALUES (1); EXCEPTION WHEN division_by_zero THEN NULL; END;
END LOOP; END $$
"""


@pytest.mark.majors
def test_an_autovacuum_is_told_and_gives_way_to_a_step_unless_it_prevents_a_wraparound(
    lively: Server,
) -> None:
    with connect(lively.dsn()) as conn:
        conn.execute("CREATE TABLE spent (n int)")
        conn.execute(SPENT)
        wait_until(conn, WORKS_ON.format("customer (to prevent wraparound)"))
        [urgent] = found(lively.dsn(), "vacuums")
        conn.execute(f"CREATE TABLE young (id bigint PRIMARY KEY) WITH ({SLOWLY})".encode())
        conn.execute("INSERT INTO young SELECT n FROM generate_series(1, 20000) AS n")
        conn.execute("DELETE FROM young WHERE id % 2 = 0")
        wait_until(conn, WORKS_ON.format("young"))
    step = replace(
        STEPS[0],
        locks=((Relation("public", "young"), LockMode.ACCESS_EXCLUSIVE),),
        sql=("ALTER TABLE young ADD COLUMN email text",),
        probe="SELECT false",
    )
    plan = hand_made((step,))
    [usual] = found(lively.dsn(), "vacuums", plan=plan)
    events = apply_phase(lively.dsn(), Phase.EXPAND, plan=plan, lock_deadline=8)

    assert (urgent.severity, usual.severity) == (Severity.WARN, Severity.NOTE)
    assert events[-1].kind == "done"
