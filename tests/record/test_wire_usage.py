"""How the wire recorder reaches its server, and what it refuses before anything runs."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.compat.workload import read_workload
from schemaguard.errors import DatabaseError, SchemaguardError
from schemaguard.postgres.embedded import start
from schemaguard.postgres.launch import server_account
from schemaguard.record.names import Names
from schemaguard.record.wire import record_wire
from tests import servers

PROGRAM = """
import psycopg
with psycopg.connect() as conn:
    own = "SELECT ssl, 'x' AS b FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    conn.execute("CREATE TEMP TABLE encrypted AS " + own)
    assert conn.execute("SELECT b FROM encrypted WHERE ssl AND b = %s", ("x",)).fetchone()
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", ":1"], "--listen belongs to --wire"),
        (["--wire", "http://x"], "no address of a PostgreSQL server"),
        (["--wire", "postgresql://a,b/x"], "several servers"),
        (["--wire", "postgresql://u:sec@ret@h/x"], "write those of a password as %40"),
        (["--wire", "postgresql://h:abc/x"], "a port that is none: abc"),
        (["--wire", "postgresql://h:70000/x"], "a port that is none: 70000"),
        (["--wire", "postgresql://localhost/x", "--listen", "here"], "such as 127.0.0.1:6543"),
        (["--wire", "postgresql://localhost/x", "--listen", "1.2.3.4:99999"], "such as 127.0.0.1:6543"),
    ],
)
def test_wrong_usage_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["record", "--out", str(tmp_path / "w"), *options, "--", "true"]) == 2

    told = capsys.readouterr().err
    assert said in told
    assert "sec" not in told
    assert not (tmp_path / "w").exists()


def test_a_server_that_is_not_there_is_said_before_the_command_runs(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql://127.0.0.1:{free.getsockname()[1]}/x"
    with pytest.raises(DatabaseError, match="cannot be reached"):
        record_wire(tmp_path / "w", Names("a", "7"), ["touch", str(tmp_path / "ran")], url=url, listen=":0")

    assert not (tmp_path / "ran").exists()


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        url = f"postgresql://127.0.0.1:{port}/x?sslmode=disable"
        with pytest.raises(SchemaguardError, match="cannot listen on"):
            record_wire(tmp_path / "w", Names("a", "7"), ["true"], url=url, listen=f"127.0.0.1:{port}")


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a server that wants a password and encryption, and its certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    certificate = tmp_path_factory.mktemp("certificates") / "server.crt"
    made = "openssl req -new -x509 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    key = certificate.with_suffix(".key")
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with start(servers.majors()[0], settings={"listen_addresses": "localhost", "port": str(port)}) as server:
        for file in (key, certificate):
            copy = server.socket / file.name
            shutil.copy(file, copy)
            copy.chmod(0o600)
            server_account().give(copy)
        with psycopg.connect(host=str(server.socket), port=port, user="postgres", autocommit=True) as conn:
            conn.execute("CREATE ROLE app LOGIN PASSWORD 'pw'")
            conn.execute("CREATE DATABASE app OWNER app")
            try:
                conn.execute("ALTER SYSTEM SET ssl = on")
            except psycopg.errors.InvalidParameterValue:
                pytest.skip("this server was built without encryption")
            (server.socket / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\n")
            conn.execute("SELECT pg_reload_conf()")
        yield port, certificate


@pytest.mark.parametrize("mode", ["prefer", "require", "verify-full"])
def test_a_server_that_encrypts_is_reached_with_the_clients_own_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: tuple[int, Path], mode: str
) -> None:
    port, certificate = encrypted
    monkeypatch.chdir(tmp_path)
    root = f"&sslrootcert={certificate}" if mode == "verify-full" else ""
    url = f"postgresql://app:pw@localhost:{port}/app?sslmode={mode}{root}"

    command = [sys.executable, "-c", PROGRAM]
    assert record_wire(tmp_path / "w", Names("a", "7"), command, url=url, listen="127.0.0.1:0") == 0

    (found,) = read_workload(tmp_path / "w").statements
    assert found.sql == "SELECT b FROM encrypted WHERE ssl AND b = $1"


def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path, encrypted: tuple[int, Path]) -> None:
    port, _ = encrypted
    url = f"postgresql://app@localhost:{port}/app?sslmode=verify-full"

    with pytest.raises(DatabaseError, match="certificate verify failed"):
        record_wire(tmp_path / "w", Names("a", "7"), ["true"], url=url, listen=":0")
