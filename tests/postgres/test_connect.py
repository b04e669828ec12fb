"""Connections to a server that others have settings and statements on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from schemaguard.cli import main
from schemaguard.postgres import embedded
from schemaguard.postgres.connect import connect, settled, shown
from schemaguard.postgres.embedded import Server


def test_nothing_is_lost_with_the_statements_that_discard_all_takes_away(
    database_with: Callable[[str], str],
) -> None:
    with connect(database_with("")) as conn:
        for _ in range(10):
            conn.execute("SELECT %s::int", (1,))
        prepared = conn.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
        conn.execute("DISCARD ALL")
        row = conn.execute("SELECT %s::int", (1,)).fetchone()

    assert (prepared, row) == ((0,), (1,))


SECRET = "hunter2%21"
PLAIN = "hunter2!"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@/shop?host=/nowhere",
        f"postgresql+psycopg2://ann:{SECRET}@/shop?host=/nowhere",
        f"postgresql+asyncpg://ann:{SECRET}@/shop?host=/nowhere&ssl=disable",
        f"postgresql:///shop?host=/nowhere&user=ann&password={SECRET}",
        f"postgresql:///shop?host=/nowhere&sslpassword={SECRET}&password={SECRET}",
        f"host=/nowhere user=ann password={PLAIN}",
        f"host=/nowhere password = '{PLAIN}' user=ann",
        f"host=/nowhere user=ann sslpassword='it\\'s {PLAIN}'",
        # No database URLs: libpq quotes what it does not understand.
        f"postgres//ann:{PLAIN}@nowhere/shop",
        f"mysql://ann:{PLAIN}@nowhere/shop",
        "postgresql://ann:hunter2!%zz@nowhere/shop",
        f"host=/nowhere password=my {PLAIN} user=ann",
        f"postgresql://ann:pa@ss{PLAIN}/@nowhere/shop",
    ],
)
def test_no_message_has_the_password(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMAGUARD_DATABASE_URL", url)

    assert main(["status"]) == 4
    told = capsys.readouterr()
    assert "hunter2" not in told.out + told.err


def test_what_is_no_password_is_shown() -> None:
    assert shown("postgresql://ann:secret@db:5432/shop?sslmode=require") == (
        "postgresql://ann:***@db:5432/shop?sslmode=require"
    )
    assert shown("host=db password=secret dbname=shop") == "host=db password=*** dbname=shop"
    # One that is a word of the rest as well: to leave it there would tell it.
    assert shown("postgresql://shop:shop@db/shop") == "the given database URL"


def test_libpqs_own_ways_to_name_a_database_and_to_give_a_password_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passwords, services = tmp_path / "passwords", tmp_path / "services"
    passwords.write_text("*:*:*:ann:hunter2\n")
    passwords.chmod(0o600)
    with embedded.start() as server:
        (server.socket / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        services.write_text(f"[shop]\nhost={server.socket}\nport=5432\ndbname=shop\nuser=ann\n")
        with connect(server.dsn()) as conn:
            conn.execute("CREATE ROLE ann LOGIN PASSWORD 'hunter2'")
            conn.execute("CREATE DATABASE shop")
            conn.execute("SELECT pg_reload_conf()")
        monkeypatch.setenv("PGSERVICEFILE", str(services))

        assert main(["status", "--database-url", "service=shop"]) == 4
        assert "no password supplied" in capsys.readouterr().err
        monkeypatch.setenv("PGPASSFILE", str(passwords))
        assert main(["status", "--database-url", "service=shop"]) == 0
        monkeypatch.setenv("PGSERVICE", "shop")
        assert main(["status"]) == 0
        monkeypatch.setenv("PGSERVICE", "another")
        assert main(["status"]) == 4

    assert 'definition of service "another" not found' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "variables", "reached"),
    [
        ("", {}, True),
        ('config.set_main_option("sqlalchemy.url", "mysql://db/shop")', {}, False),
        ('config.set_main_option("sqlalchemy.url", os.environ["SHOP_DB"])', {"SHOP_DB": "{}"}, True),
        ('config.set_main_option("sqlalchemy.url", os.getenv("SHOP_DB", "mysql:"))', {"SHOP_DB": "{}"}, True),
        (
            'url = os.environ.get("SHOP_DB").replace("%", "%%")\nc.set_main_option("sqlalchemy.url", url)',
            {"SHOP_DB": "{}"},
            True,
        ),
        ('config.set_main_option("sqlalchemy.url", os.environ["SHOP_DB"])', {}, False),
        ('config.set_main_option("sqlalchemy.url", settings.url)', {}, False),
        ('config.set_main_option("sqlalchemy.url", settings.url)', {"PGDATABASE": "nowhere"}, False),
    ],
)
def test_an_alembic_projects_own_database_is_taken_where_nothing_else_is_named(
    server: Server,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    environment: str,
    variables: dict[str, str],
    reached: bool,
) -> None:
    url = server.url(str(conninfo_to_dict(database)["dbname"])).replace("postgresql:", "postgresql+psycopg:")
    (tmp_path / "db" / "versions").mkdir(parents=True)
    (tmp_path / "db" / "env.py").write_text(environment)
    escaped = url.replace("%", "%%")
    (tmp_path / "alembic.ini").write_text(f"[alembic]\nscript_location = db\nsqlalchemy.url = {escaped}\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(url))
    monkeypatch.chdir(tmp_path)

    assert main(["status"]) == (0 if reached else 4 if "PGDATABASE" in variables else 2)
    told = capsys.readouterr()
    assert ("no release was begun" in told.out) is reached
    assert (f"the Alembic project's own database: {url}" in told.err) is reached


@pytest.mark.parametrize(
    "line", ["sqlalchemy.url = postgresql://ann:hunter%2@db/shop", "sqlalchemy.url postgresql ann hunter2"]
)
def test_an_ini_file_that_cannot_be_read_is_not_quoted(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "alembic.ini").write_text(f"[alembic]\nscript_location = db\n{line}\n")
    monkeypatch.chdir(tmp_path)

    assert main(["status"]) == 2
    told = capsys.readouterr().err
    assert "alembic.ini" in told
    assert "hunter" not in told
    assert "%2@" not in told


def test_an_environment_that_cannot_be_read_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it makes of the URL in alembic.ini nobody knows."""
    (tmp_path / "db" / "versions").mkdir(parents=True)
    (tmp_path / "db" / "env.py").write_text("config.set_main_option(")
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = db\nsqlalchemy.url = postgresql://db/shop\n"
    )
    monkeypatch.chdir(tmp_path)

    assert main(["status"]) == 2
    told = capsys.readouterr().err
    assert "env.py cannot be read for the database's URL: SyntaxError" in told
    assert "--database-url" in told


def test_a_role_that_the_user_cannot_become_is_told(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(database) as conn:
        name = conn.info.dbname
        conn.execute(f"CREATE ROLE ann_{name} LOGIN; CREATE ROLE boss_{name}".encode())
    monkeypatch.setenv("SCHEMAGUARD_DATABASE_URL", make_conninfo(database, user=f"ann_{name}"))

    assert main(["status", "--role", "nobody at all"]) == 4
    absent = capsys.readouterr().err
    assert main(["status", "--role", f"boss_{name}"]) == 4
    stranger = capsys.readouterr().err

    assert 'role "nobody at all" does not exist' in absent
    assert f"GRANT boss_{name} TO ann_{name};" in stranger


@pytest.mark.parametrize("left", ["nothing", "a statement", "a transaction"])
def test_what_is_interrupted_leaves_a_session_that_can_be_told_something(left: str, database: str) -> None:
    with connect(database) as conn:
        if left == "a statement":
            conn.pgconn.send_query(b"SELECT pg_sleep(60)")
        if left == "a transaction":
            conn.execute("BEGIN")
        assert settled(conn)
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert not settled(conn)
