"""Encrypted connections, to a server with a certificate that is made here."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.cli import main
from schemaguard.postgres import embedded
from schemaguard.postgres.connect import connect
from tests.acceptance.cases import until

DEBIAN = Path("/usr/lib/postgresql/15/bin")
HOST, SECRET = "shop.example", "hunter2"
#: This process's own, on which no other server listens.
ADDRESS = f"127.{1 + (os.getpid() >> 14) % 250}.{(os.getpid() >> 7) % 128}.{1 + os.getpid() % 128}"


def authority(place: Path, name: str) -> Path:
    """The certificate of one that signs itself, for HOST; its key is beside it."""
    certificate = place / f"{name}.crt"
    names = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    files = ("-keyout", place / f"{name}.key", "-out", certificate)
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files)
    subprocess.run(command, check=True, capture_output=True)
    return certificate


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``ours.crt``, the server's, and ``other.crt``."""
    if not (DEBIAN / "postgres").exists() or shutil.which("openssl") is None:
        pytest.skip(f"no server with TLS in {DEBIAN}, or no openssl")
    place = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "other"):
        authority(place, name)
    return place


@pytest.fixture(scope="module")
def encrypted(certificates: Path) -> Iterator[str]:
    """A server that takes encrypted connections only, with a password."""
    with embedded.start(pg_bin=str(DEBIAN), settings={"listen_addresses": ADDRESS}) as server:
        owner = server.socket.stat()
        for kind in ("crt", "key"):
            file = server.socket / f"server.{kind}"
            shutil.copy(certificates / f"ours.{kind}", file)
            os.chown(file, owner.st_uid, owner.st_gid)
            file.chmod(0o600)
        (server.socket / "pg_hba.conf").write_text(
            "local all postgres trust\nhostssl all all all scram-sha-256\n"
        )
        with connect(server.dsn()) as conn:
            conn.execute(f"CREATE ROLE ann LOGIN PASSWORD '{SECRET}'".encode())
            try:
                conn.execute("ALTER SYSTEM SET ssl = on")
            except psycopg.Error as error:
                pytest.skip(f"the server in {DEBIAN} was built without TLS: {error}")
            conn.execute("SELECT pg_reload_conf()")
        url = make_conninfo(host=HOST, hostaddr=ADDRESS, user="ann", password=SECRET, dbname="postgres")
        until(lambda: is_encrypted(url))
        yield make_conninfo(url, sslmode="verify-full")


def is_encrypted(url: str) -> bool:
    """Whether the server has read its settings anew."""
    try:
        with psycopg.connect(url, sslmode="require") as conn:
            return bool(conn.pgconn.ssl_in_use)
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({}, 0, ""),
        ({"sslrootcert": "other.crt"}, 4, "certificate verify failed"),
        ({"host": "another.example"}, 4, 'does not match host name "another.example"'),
        ({"sslmode": "disable"}, 4, "no encryption"),
    ],
)
def test_who_is_to_be_verified_is(
    encrypted: str,
    certificates: Path,
    changes: dict[str, str],
    code: int,
    told: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = {"sslrootcert": "ours.crt"} | changes
    words["sslrootcert"] = str(certificates / words["sslrootcert"])
    monkeypatch.setenv("SCHEMAGUARD_DATABASE_URL", make_conninfo(encrypted, **words))

    assert main(["status"]) == code
    said = capfd.readouterr()
    assert told in said.err
    assert SECRET not in said.out + said.err
