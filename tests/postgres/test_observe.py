"""The witness sees what it should: a server that stops telling fails here, and passes nowhere."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from schemaguard.costs import BuildIndex, Lock, Rewrite, Scan, Wait
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import modes_that_stop, observe, refusal
from schemaguard.postgres.picture import listening
from schemaguard.postgres.witness import server_of
from schemaguard.scripts import frames_of

pytestmark = pytest.mark.majors

OTHER, ACCOUNT = Relation("public", "other"), Relation("public", "account")
GIVEN = """
CREATE TABLE other (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE account (id int PRIMARY KEY, email text, a int, b int REFERENCES other);
CREATE INDEX account_email ON account (email);
CREATE UNIQUE INDEX account_a ON account (a);
ALTER TABLE account ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
ALTER TABLE account ADD CONSTRAINT to_other FOREIGN KEY (a) REFERENCES other NOT VALID;
ALTER TABLE account ADD CONSTRAINT id_given CHECK (email IS NOT NULL AND a > 1) NOT VALID;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER idle BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION nothing();
"""

Make = Callable[[str], str]


@pytest.mark.parametrize(
    ("sql", "where", "what"),
    [
        ("ALTER TABLE account ALTER COLUMN email SET NOT NULL", "verified", "account"),
        ("ALTER TABLE account ADD CHECK (a > 3)", "verified", "account"),
        ("ALTER TABLE account VALIDATE CONSTRAINT later", "verified", "account"),
        ("ALTER TABLE account ALTER COLUMN a TYPE bigint", "rewritten", "account"),
        ("ALTER TABLE account ADD COLUMN c uuid DEFAULT gen_random_uuid()", "rewritten", "account"),
        ("CREATE INDEX ON account (a)", "built", "account"),
        ("CREATE INDEX CONCURRENTLY ON account (a)", "built", "account"),
        ("ALTER TABLE account ADD UNIQUE (a)", "built", "account"),
        ("ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES other", "keys", "f"),
        ("ALTER TABLE account VALIDATE CONSTRAINT to_other", "keys", "to_other"),
    ],
)
def test_the_server_still_tells_what_it_does(database_with: Make, sql: str, where: str, what: str) -> None:
    with connect(database_with(GIVEN)) as conn, listening(conn) as said:
        conn.execute(sql.encode())

    assert what in getattr(said, where)


def test_the_server_still_tells_why_it_reads_nothing(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        conn.execute("ALTER TABLE account VALIDATE CONSTRAINT id_given")
        with listening(conn) as said:
            conn.execute("ALTER TABLE account ALTER COLUMN email SET NOT NULL")

    assert {name.replace('"', "").removeprefix("public.") for name in said.proved} == {"account.email"}
    assert not said.verified


def test_listening_leaves_the_session_as_it_was(conn: psycopg.Connection) -> None:
    conn.execute("SET client_min_messages = warning")
    with listening(conn):
        pass

    assert conn.execute("SHOW client_min_messages").fetchone() == ("warning",)


#: Statement, table, the lock on it; every kind of statement that takes a lock of its own.
LOCKING = [
    ("ALTER TABLE account ADD COLUMN c text", ACCOUNT),
    ("ALTER TABLE account ADD COLUMN c int REFERENCES other", OTHER),
    ("ALTER TABLE account DROP COLUMN email", ACCOUNT),
    ("ALTER TABLE account DROP COLUMN b", OTHER),
    ("ALTER TABLE account RENAME COLUMN email TO mail", ACCOUNT),
    ("ALTER TABLE account RENAME TO person", ACCOUNT),
    ("ALTER TABLE account ALTER COLUMN a TYPE bigint", ACCOUNT),
    ("ALTER TABLE account ALTER COLUMN b TYPE bigint", OTHER),
    ("ALTER TABLE account ALTER COLUMN email SET NOT NULL", ACCOUNT),
    ("ALTER TABLE account ALTER COLUMN email DROP NOT NULL", ACCOUNT),
    ("ALTER TABLE account ALTER COLUMN email SET DEFAULT 'x'", ACCOUNT),
    ("ALTER TABLE account ALTER COLUMN email DROP DEFAULT", ACCOUNT),
    ("ALTER TABLE account ADD CHECK (a > 0)", ACCOUNT),
    ("ALTER TABLE account ADD CHECK (a > 0) NOT VALID", ACCOUNT),
    ("ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other", ACCOUNT),
    ("ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other", OTHER),
    ("ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other NOT VALID", OTHER),
    ("ALTER TABLE account VALIDATE CONSTRAINT later", ACCOUNT),
    ("ALTER TABLE account VALIDATE CONSTRAINT to_other", ACCOUNT),
    ("ALTER TABLE account VALIDATE CONSTRAINT to_other", OTHER),
    ("ALTER TABLE account DROP CONSTRAINT later", ACCOUNT),
    ("ALTER TABLE account DROP CONSTRAINT to_other", OTHER),
    ("ALTER TABLE account ADD UNIQUE (email)", ACCOUNT),
    ("ALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX account_a", ACCOUNT),
    ("CREATE TABLE visit (account_id int REFERENCES account)", ACCOUNT),
    ("DROP TABLE account", ACCOUNT),
    ("DROP TABLE account", OTHER),
    ("DROP TABLE other CASCADE", ACCOUNT),
    ("CREATE INDEX ON account (a)", ACCOUNT),
    ("DROP INDEX account_email", ACCOUNT),
    ("CREATE TRIGGER t BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION nothing()", ACCOUNT),
    ("DROP TRIGGER idle ON account", ACCOUNT),
    ("INSERT INTO other (id) VALUES (1)", OTHER),
    ("INSERT INTO other (id) SELECT id FROM account", ACCOUNT),
    ("UPDATE account SET a = 1", ACCOUNT),
    ("DELETE FROM account", ACCOUNT),
]


@pytest.mark.parametrize(("sql", "table"), LOCKING)
def test_who_holds_a_conflicting_lock_stops_it(database_with: Make, sql: str, table: Relation) -> None:
    with connect(database_with(GIVEN)) as conn:
        (frame,) = frames_of(sql, given=GIVEN, server=server_of(conn))
        (said,) = [cost.mode for cost in frame.costs if isinstance(cost, Lock) and cost.table == table]
        stopping = modes_that_stop(conn, table, sql)

    assert stopping == {mode for mode in LockMode if mode.conflicts(said)}


def test_a_statement_that_refuses_a_transaction_is_held_up_and_watched(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        created = observe(conn, "CREATE INDEX CONCURRENTLY later ON account (a)")
        again = observe(conn, "CREATE INDEX CONCURRENTLY IF NOT EXISTS later ON account (a)")
        dropped = observe(conn, "DROP INDEX CONCURRENTLY later")

    lock = Lock(ACCOUNT, LockMode.SHARE_UPDATE_EXCLUSIVE)
    assert created == {lock, BuildIndex(ACCOUNT, LockMode.SHARE_UPDATE_EXCLUSIVE), Wait(ACCOUNT)}
    assert again == {lock}
    assert dropped == {lock, Wait(ACCOUNT)}


def test_what_is_held_already_shows_in_scans_only(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        observe(conn, "BEGIN")
        observe(conn, "ALTER TABLE account ADD COLUMN c text")
        seen = observe(conn, "ALTER TABLE account ALTER COLUMN email SET NOT NULL")
        observe(conn, "ROLLBACK")
        after = observe(conn, "ALTER TABLE account ALTER COLUMN email SET NOT NULL")

    scan = Scan(ACCOUNT, LockMode.ACCESS_EXCLUSIVE)
    assert seen == {scan}
    assert after == {scan, Lock(ACCOUNT, LockMode.ACCESS_EXCLUSIVE)}


def test_rewrites_show_that_the_server_does_not_tell(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        seen = observe(conn, "VACUUM FULL account")

    assert Rewrite(ACCOUNT, LockMode.ACCESS_EXCLUSIVE) in seen


def test_a_statement_that_fails_says_so_and_leaves_nothing_behind(database_with: Make) -> None:
    with connect(database_with(GIVEN)) as conn:
        conn.execute("INSERT INTO account (id, email) VALUES (1, 'x'), (2, 'x')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            observe(conn, "CREATE UNIQUE INDEX CONCURRENTLY twice ON account (email)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            observe(conn, "CREATE UNIQUE INDEX twice_again ON account (email)")

        assert conn.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        assert observe(conn, "ALTER TABLE account ADD COLUMN c text") == {
            Lock(ACCOUNT, LockMode.ACCESS_EXCLUSIVE)
        }


def test_a_refusal_is_known_by_its_code(conn: psycopg.Connection) -> None:
    assert refusal(conn, ["SELECT 1", "SELEC 1"]) == "42601"
    assert refusal(conn, ["SELECT 1"]) == ""


def test_who_comes_by_and_is_waited_for_says_nothing_of_the_statement(database_with: Make) -> None:
    url = database_with(
        "CREATE TABLE visit (id int) PARTITION BY RANGE (id); CREATE INDEX visit_id ON visit (id);"
        "CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (1) TO (100);"
    )
    with connect(url) as conn, psycopg.connect(url) as passer:
        passer.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM visit WHERE false")
        leaves = threading.Timer(0.5, passer.rollback)
        leaves.start()
        seen = observe(conn, "REINDEX TABLE CONCURRENTLY visit")
        leaves.join()

    assert not any(isinstance(cost, Wait) for cost in seen)
