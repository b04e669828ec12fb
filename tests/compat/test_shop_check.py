"""The example shop: its recorded suites against its migration as people write it, and in steps."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from schemaguard.compat.cells import Participant, Side
from schemaguard.compat.verdict import Red, Tested
from schemaguard.compat.workload import read_workload
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.postgres.check_states import Builder
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.workplace import locked
from schemaguard.recipe import Backfill, Scope, Step
from schemaguard.record.names import Names
from schemaguard.record.run import record_command
from schemaguard.verify import check, check_naive

SHOP = Path(__file__).parents[2] / "fixtures" / "shop"
UP = {
    "email": "mail",
    "first_name": "split_part(name, ' ', 1)",
    "last_name": "substr(name, length(split_part(name, ' ', 1)) + 2)",
}
NAIVE = [
    "ALTER TABLE customer RENAME mail TO email",
    "ALTER TABLE customer ADD COLUMN first_name text",
    "ALTER TABLE customer ADD COLUMN last_name text",
    f"UPDATE customer SET first_name = {UP['first_name']}, last_name = {UP['last_name']}",
    "ALTER TABLE customer DROP COLUMN name",
    "UPDATE orders SET currency = 'EUR' WHERE currency IS NULL",
    "ALTER TABLE orders ALTER COLUMN currency SET NOT NULL",
    "DROP TABLE newsletter_signup",
]
SYNC = """
CREATE FUNCTION customer_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.mail IS NULL THEN NEW.mail := NEW.email; ELSE NEW.email := NEW.mail; END IF;
        IF NEW.name IS NULL THEN NEW.name := NEW.first_name || ' ' || NEW.last_name;
        ELSE
            NEW.first_name := split_part(NEW.name, ' ', 1);
            NEW.last_name := substr(NEW.name, length(split_part(NEW.name, ' ', 1)) + 2);
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.mail IS DISTINCT FROM OLD.mail THEN NEW.email := NEW.mail;
    ELSIF NEW.email IS DISTINCT FROM OLD.email THEN NEW.mail := NEW.email;
    END IF;
    IF NEW.name IS DISTINCT FROM OLD.name THEN
        NEW.first_name := split_part(NEW.name, ' ', 1);
        NEW.last_name := substr(NEW.name, length(split_part(NEW.name, ' ', 1)) + 2);
    ELSIF (NEW.first_name, NEW.last_name) IS DISTINCT FROM (OLD.first_name, OLD.last_name) THEN
        NEW.name := NEW.first_name || ' ' || NEW.last_name;
    END IF;
    RETURN NEW;
END $$
"""


def step(id_: str, phase: Phase, *sql: str, scope: Scope = Scope.TRANSACTION) -> Step:
    return Step(id=id_, phase=phase, title=id_.replace("-", " "), sql=sql, scope=scope)


def fill(id_: str, table: str, values: dict[str, str], where: str) -> Step:
    backfill = Backfill(table=Relation("public", table), values=values, where=where)
    return Step(id=id_, phase=Phase.BACKFILL, title=id_, scope=Scope.BATCHES, backfill=backfill)


IN_STEPS = [
    step(
        "add-columns",
        Phase.EXPAND,
        "ALTER TABLE customer ADD email text, ADD first_name text, ADD last_name text",
        SYNC,
        "CREATE TRIGGER sync BEFORE INSERT OR UPDATE ON customer FOR EACH ROW "
        "EXECUTE FUNCTION customer_sync()",
    ),
    step(
        "index-email",
        Phase.EXPAND,
        "CREATE UNIQUE INDEX CONCURRENTLY customer_email_key ON customer (email)",
        scope=Scope.ALONE,
    ),
    fill("fill-customer", "customer", UP, "email IS NULL"),
    fill("fill-currency", "orders", {"currency": "'EUR'"}, "currency IS NULL"),
    step(
        "currency-given",
        Phase.BACKFILL,
        "ALTER TABLE orders ADD CONSTRAINT currency_given CHECK (currency IS NOT NULL) NOT VALID",
        "ALTER TABLE orders VALIDATE CONSTRAINT currency_given",
        "ALTER TABLE orders ALTER COLUMN currency SET NOT NULL",
        "ALTER TABLE orders DROP CONSTRAINT currency_given",
    ),
    step(
        "drop-columns",
        Phase.CONTRACT,
        "DROP FUNCTION customer_sync CASCADE",
        "ALTER TABLE customer DROP mail, DROP name, ALTER email SET NOT NULL",
    ),
    step("drop-newsletter", Phase.CONTRACT, "DROP TABLE newsletter_signup"),
]


def run(*command: str, cwd: Path, url: str) -> None:
    environment = {**os.environ, "SHOP_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True, timeout=120)


def alembic(release: str, url: str) -> None:
    run(sys.executable, "-m", "alembic", "-q", "upgrade", "head", cwd=SHOP / release, url=url)


def record(server: Server, out: Path) -> None:
    """Record both releases from their own test suites."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        for release in ("baseline", "canary"):
            name = f"recorded_{release}_{os.getpid()}"
            server.create_database(name)
            alembic(release, server.url(name))
            patch.setenv("SHOP_DATABASE_URL", server.url(name))
            patch.chdir(SHOP / release)
            suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
            assert record_command(out / release, Names("shop", release), suite) == 0


@pytest.fixture(scope="session")
def participants(
    server: Server, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> tuple[Participant, Participant]:
    """Both releases, recorded once on each major: whichever test process is first does it for all."""
    base = tmp_path_factory.getbasetemp()
    out = (base if worker_id == "master" else base.parent) / f"recorded-{server.major}"
    with locked(out.with_suffix(".lock")):
        if not out.exists():
            unfinished = out.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            record(server, unfinished)
            unfinished.rename(out)
    return (
        Participant(Side.BASELINE, read_workload(out / "baseline")),
        Participant(Side.CANARY, read_workload(out / "canary")),
    )


@pytest.fixture
def before(server: Server) -> Builder:
    """Brings a database to where the baseline is."""

    def build(conn: psycopg.Connection) -> None:
        alembic("baseline", server.url(conn.info.dbname))

    return build


@pytest.mark.majors
def test_the_suites_of_the_shop_are_recorded(participants: tuple[Participant, Participant]) -> None:
    baseline, canary = (participant.workload for participant in participants)

    assert len(baseline.statements) >= 50
    assert len(canary.statements) >= 50
    assert {"insert", "select", "update", "delete"} <= {statement.kind for statement in baseline.statements}
    assert "customers.change_mail" in {statement.name for statement in baseline.statements}
    assert not any("alembic_version" in statement.sql for statement in baseline.statements)


@pytest.mark.majors
def test_the_migration_as_people_write_it_breaks_the_baseline(
    server: Server, before: Builder, participants: tuple[Participant, Participant]
) -> None:
    matrix = check_naive(NAIVE, before, participants, server)

    broken = {cell.name for cell in matrix.failing() if isinstance(cell.verdict, Red)}
    assert matrix.exit_code == 1
    assert {
        "customers.find_customer",
        "customers.change_mail",
        "orders.show_order",
        "customers.sign_up_for_newsletter",
    } <= broken
    assert {cell.participant.side for cell in matrix.failing()} == {Side.BASELINE}
    assert isinstance(matrix.summary(participants[1], matrix.states[-1]), Tested)


@pytest.mark.majors
def test_the_same_in_steps_is_green_where_it_must_be_and_nearly_all_of_it_is_decided(
    server: Server, before: Builder, participants: tuple[Participant, Participant]
) -> None:
    matrix = check(IN_STEPS, before, participants, server, migration=NAIVE)

    assert list(matrix.failing()) == []
    assert matrix.exit_code == 0
    assert len(matrix.states) == 11
    assert isinstance(matrix.summary(participants[0], matrix.states[-1]), Red)
    assert matrix.decided >= 0.9


def test_a_check_that_is_not_yet_valid_before_the_backfill_breaks_old_orders(
    server: Server, before: Builder, participants: tuple[Participant, Participant]
) -> None:
    early = step(
        "currency-given",
        Phase.EXPAND,
        "ALTER TABLE orders ADD CONSTRAINT currency_given CHECK (currency IS NOT NULL) NOT VALID",
    )

    matrix = check([early], before, participants[:1], server)

    failing = {
        (cell.name, cell.verdict.witness.sqlstate)
        for cell in matrix.failing()
        if isinstance(cell.verdict, Red)
    }
    assert ("orders.pay_order", "23514") in failing
