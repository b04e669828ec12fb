"""The journal: brought up in place, closed to the application, replanned, taken away."""

from collections.abc import Callable
from dataclasses import replace
from importlib import resources

import psycopg
import pytest

from schemaguard.errors import DatabaseError, Refused
from schemaguard.phase import Phase
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.history import history
from schemaguard.postgres.preflight.begun import drift
from schemaguard.postgres.preflight.finding import Asked
from schemaguard.postgres.taking_back import Consent, take_back
from schemaguard.postgres.uninstalling import uninstall
from tests.plan.walking import Case, apply, nothing, plan_of, rows, run, shape
from tests.postgres.applying import GIVEN, STEPS, apply_phase, hand_made

Make = Callable[[str], str]
ITEM = "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a');"
RENAME = plan_of(Case(given=ITEM, sql="ALTER TABLE item RENAME COLUMN name TO label;"))


@pytest.mark.majors
def test_one_of_the_first_version_is_brought_up_with_what_is_in_it(database_with: Make) -> None:
    first = resources.files("schemaguard.postgres").joinpath("journal_1.sql").read_text()
    url = database_with(
        f"{GIVEN}{first}; INSERT INTO schemaguard.release (name, digest, plan) VALUES ('old', 'x', '{{}}');"
        "INSERT INTO schemaguard.step (release, id, phase, position, state)"
        " VALUES ('old', 's', 'expand', 1, 'done')"
    )

    apply_phase(url, Phase.EXPAND)

    assert rows(url, "SELECT version FROM schemaguard.journal") == [(journal.VERSION,)]
    assert rows(url, "SELECT name FROM schemaguard.release ORDER BY 1") == [("email",), ("old",)]
    assert rows(url, "SELECT state FROM schemaguard.step WHERE release = 'old'") == [("done",)]


def test_one_of_a_newer_schemaguard_is_refused_and_left_alone(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply_phase(url, Phase.EXPAND)
    run(url, "UPDATE schemaguard.journal SET version = 99")

    with pytest.raises(Refused, match="version 99"):
        apply_phase(url, Phase.BACKFILL)

    assert rows(url, "SELECT count(*) FROM customer WHERE email IS NOT NULL") == [(0,)]


def test_who_only_reads_is_told_who_can_bring_it_up(database_with: Make) -> None:
    first = resources.files("schemaguard.postgres").joinpath("journal_1.sql").read_text()
    with connect(database_with(first)) as conn:
        conn.execute("SET default_transaction_read_only = on")

        with pytest.raises(DatabaseError, match="of version 1") as told:
            history(conn, None)

    assert "owner" in told.value.advice


def test_the_application_can_neither_read_nor_write_it(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply_phase(url, Phase.EXPAND)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET SESSION AUTHORIZATION DEFAULT")
        conn.execute("DROP ROLE IF EXISTS journal_application")
        conn.execute("CREATE ROLE journal_application")
        conn.execute("SET ROLE journal_application")
        for statement in (
            "SELECT FROM schemaguard.step",
            "UPDATE schemaguard.step SET state = 'done'",
            "INSERT INTO schemaguard.request (wish) VALUES ('abort')",
            "CREATE TABLE schemaguard.mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.encode())
        conn.execute("RESET ROLE")
        conn.execute("DROP ROLE journal_application")


def test_another_plan_is_refused_with_the_difference(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply_phase(url, Phase.EXPAND)
    other = replace(STEPS[1], sql=("CREATE INDEX CONCURRENTLY customer_email ON customer (email, id)",))

    with pytest.raises(Refused) as refused:
        apply_phase(url, Phase.EXPAND, plan=hand_made((STEPS[0], other, *STEPS[3:])))

    assert "- backfill-01: fill customer.email" in refused.value.what
    assert "~ expand-02: another sql" in refused.value.what
    assert "--replan" in refused.value.advice


def test_replanned_what_is_the_same_counts_as_done_and_what_is_new_is_done(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply_phase(url, Phase.EXPAND)
    index = replace(
        STEPS[1],
        id="expand-03",
        sql=("CREATE INDEX CONCURRENTLY customer_mail ON customer (mail)",),
        probe="SELECT to_regclass('customer_mail') IS NOT NULL",
        tidy=(),
    )
    plan = hand_made((*STEPS[:2], index, *STEPS[2:]))

    with connect(url) as conn:
        assert runner.apply(conn, plan, Phase.EXPAND, watch=nothing, options=runner.Options(replan=True)) == 1
        assert [one.kind for one in history(conn, "email") if one.kind == "replanned"] == ["replanned"]
    assert rows(url, "SELECT to_regclass('customer_mail') IS NOT NULL") == [(True,)]


def test_what_was_done_in_another_way_has_to_be_taken_back_first(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply_phase(url, Phase.EXPAND)
    other = replace(STEPS[1], sql=("CREATE INDEX CONCURRENTLY customer_email ON customer (email, id)",))
    plan = hand_made((STEPS[0], other, *STEPS[2:]))

    with connect(url) as conn, pytest.raises(Refused, match="expand-02 was done") as refused:
        runner.apply(conn, plan, Phase.EXPAND, watch=nothing, options=runner.Options(replan=True))

    assert "schemaguard undo email" in refused.value.advice


def test_a_release_is_finished_when_all_of_it_is_done(database_with: Make) -> None:
    url = database_with(ITEM)
    plan = plan_of(Case(given=ITEM, sql="ALTER TABLE item ADD a int; ALTER TABLE item ADD b int;"))
    with connect(url) as conn:
        for to, finished in ((plan.steps[0].id, False), ("", True)):
            runner.apply(conn, plan, Phase.EXPAND, watch=nothing, options=runner.Options(to=to))
            assert journal.is_finished(conn, plan.release) is finished
        # What comes after it may change what it has made.
        conn.execute("ALTER TABLE item RENAME a TO c")
        assert runner.apply(conn, plan, Phase.EXPAND, watch=nothing) == 0


def test_what_another_runner_has_begun_meanwhile_is_no_drift(database_with: Make) -> None:
    url = database_with(ITEM)
    apply(url, RENAME, Phase.EXPAND)

    with connect(url) as conn:
        # As it was when this one looked.
        asked = Asked(conn=conn, plan=RENAME, phase=Phase.EXPAND, steps=RENAME.steps, begun=False)
        assert list(drift(asked)) == []
        conn.execute("DROP SCHEMA schemaguard CASCADE")
        assert len(list(drift(asked))) == 1


def test_uninstalled_nothing_of_ours_is_left(database_with: Make) -> None:
    url = database_with(ITEM)
    before = shape(url)
    apply(url, RENAME, Phase.EXPAND)
    with connect(url) as conn:
        with pytest.raises(Refused, match="under way: r1"):
            uninstall(conn, abandon=False, lock_deadline=5)
        take_back(conn, RENAME, watch=nothing, consent=Consent(unused=True))

        assert uninstall(conn, abandon=False, lock_deadline=5) == ()

    assert shape(url) == before
    assert rows(url, "SELECT to_regnamespace('schemaguard') IS NULL") == [(True,)]


def test_a_release_that_is_given_up_loses_its_triggers(database_with: Make) -> None:
    url = database_with(ITEM)
    apply(url, RENAME, Phase.EXPAND)

    with connect(url) as conn:
        assert len(uninstall(conn, abandon=True, lock_deadline=5)) == 2

    left = (
        "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT count(*) FROM pg_proc WHERE"
    )
    assert rows(url, f"{left} proname LIKE 'zzsync%'") == [(0,), (0,)]
    assert rows(url, "SELECT label, name FROM item") == [(None, "a")]


def test_in_its_contract_a_release_is_not_given_up(database_with: Make) -> None:
    url = database_with(ITEM)
    apply(url, RENAME, Phase.EXPAND, Phase.BACKFILL)
    first = next(step.id for step in RENAME.of(Phase.CONTRACT) if step.statements)
    with connect(url) as conn:
        journal.deploy(conn, "2", "shop-2", (RENAME.release,))
        runner.apply(conn, RENAME, Phase.CONTRACT, watch=nothing, options=runner.Options(to=first))

        with pytest.raises(Refused, match="the contract of r1 has begun"):
            uninstall(conn, abandon=True, lock_deadline=5)


def test_triggers_that_no_release_explains_are_told_of(database_with: Make) -> None:
    url = database_with(ITEM)
    apply(url, RENAME, Phase.EXPAND)
    run(url, "DROP SCHEMA schemaguard CASCADE")

    with connect(url) as conn, pytest.raises(Refused, match="zzsync_item"):
        uninstall(conn, abandon=False, lock_deadline=5)


@pytest.mark.majors
def test_what_was_granted_on_all_tables_is_granted_on_those_that_an_upgrade_makes(
    database_with: Make,
) -> None:
    first = resources.files("schemaguard.postgres").joinpath("journal_1.sql").read_text()
    url = database_with(first)
    roles = "journal_watcher, journal_half"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"DROP ROLE IF EXISTS {roles}; CREATE ROLE journal_watcher; CREATE ROLE journal_half")
        conn.execute("GRANT SELECT ON ALL TABLES IN SCHEMA schemaguard TO journal_watcher WITH GRANT OPTION")
        conn.execute("GRANT SELECT, UPDATE ON schemaguard.step TO journal_half")

        journal.create(conn)

        query = (
            "SELECT table_name, grantee, privilege_type, is_grantable"
            " FROM information_schema.table_privileges"
            " WHERE table_schema = 'schemaguard' AND table_name IN ('event', 'request')"
            " AND grantee LIKE 'journal%' ORDER BY 1, 2, 3"
        )
        assert conn.execute(query).fetchall() == [
            (table, "journal_watcher", "SELECT", "YES") for table in ("event", "request")
        ]
        conn.execute("DROP SCHEMA schemaguard CASCADE")
        conn.execute(f"DROP ROLE {roles}")
