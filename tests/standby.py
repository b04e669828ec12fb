"""A standby of an embedded server, for tests of what waits for it."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from schemaguard.postgres.embedded import PORT, Server
from schemaguard.postgres.launch import launch, server_account
from schemaguard.postgres.workplace import workplace

#: What its primary needs.
PRIMARY = {"wal_level": "replica", "max_wal_senders": "4"}
NAME = "standby_of_test"


@contextmanager
def standby(primary: Server) -> Iterator[str]:
    """How to connect to the standby; it replays what the primary sends."""
    account = server_account()
    # The one that the primary runs may be a copy, which the account can reach.
    program = Path(f"/proc/{primary.pid}/exe").resolve()
    with workplace(in_memory=True) as place:
        data = place.path / "data"
        with psycopg.connect(primary.dsn(), autocommit=True) as conn:
            # Other names since 15.
            start, stop = ("backup_start", "backup_stop()") if primary.major > 14 else ("start_backup", "")
            arguments = "'copy', true" if primary.major > 14 else "'copy', true, false"
            conn.execute(f"SELECT pg_{start}({arguments})".encode())
            shutil.copytree(primary.socket, data, ignore=shutil.ignore_patterns("postmaster.*", ".s.*"))
            query = (
                f"SELECT labelfile FROM pg_{stop}" if stop else "SELECT labelfile FROM pg_stop_backup(false)"
            )
            row = conn.execute(query.encode()).fetchone()
        assert row is not None
        (data / "backup_label").write_text(row[0])
        (data / "standby.signal").touch()
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{data}'\n")
            reached = f"host={primary.socket} port={PORT} user=postgres application_name={NAME}"
            file.write(f"primary_conninfo = '{reached}'\n")
        account.give_tree(data)
        process = launch([program, "-D", data], account, cwd=place.path, log=place.path / "log")
        url = f"host={data} port={PORT} user=postgres dbname=postgres"
        try:
            _await(url, place.path / "log")
            yield url
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(10)


def _await(url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(url):
                return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
