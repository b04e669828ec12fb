"""Whether a real PgBouncer is seen through: python bench/pgbouncer.py [--major 18]

In each of its modes a phase is applied through it: it must run in session mode, and be refused before
anything is made in the others. Needed: pgbouncer on PATH. The tests have a small pooler of their own.
"""

import argparse
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from psycopg.conninfo import make_conninfo

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.postgres import embedded
from schemaguard.postgres.embedded import Server
from tests.postgres.applying import GIVEN, apply_phase
from tests.postgres.pooled import PORT

MADE = "SELECT to_regclass('schemaguard.journal') IS NOT NULL"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--major", type=int, default=18)
    asked = parser.parse_args()
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        sys.stderr.write("there is no pgbouncer on PATH: install it, such as by apt-get install pgbouncer\n")
        return 2
    with embedded.start(asked.major) as server:
        right = [tried(server, program, mode) for mode in ("session", "transaction", "statement")]
    return 0 if all(right) else 1


def tried(server: Server, program: str, mode: str) -> bool:
    direct = server.create_database(mode)
    with psycopg.connect(direct, autocommit=True) as conn:
        conn.execute(GIVEN)
    with pgbouncer(server, program, mode) as socket:
        url = make_conninfo(host=str(socket), port=PORT, user="postgres", dbname=mode)
        try:
            came = f"{len(apply_phase(url, Phase.EXPAND))} events"
        except Refused as refused:
            came = f"refused: {refused.what}"
    with psycopg.connect(direct) as conn:
        (made,) = conn.execute(MADE).fetchone() or (None,)
    right = made is (mode == "session") and came.startswith("refused") is (mode != "session")
    print(f"{mode:<12} {'right' if right else 'WRONG'}: {came}")
    return right


@contextmanager
def pgbouncer(server: Server, program: str, mode: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o777)
        settings = directory / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={server.socket} port=5432 user=postgres\n[pgbouncer]\n"
            f"listen_port = {PORT}\nunix_socket_dir = {directory}\nauth_type = any\npool_mode = {mode}\n"
        )
        user = ["--user=nobody"] if pwd.getpwuid(directory.stat().st_uid).pw_name == "root" else []
        process = subprocess.Popen([program, "--quiet", *user, settings])
        try:
            deadline = time.monotonic() + 10
            while not (directory / f".s.PGSQL.{PORT}").exists():
                if time.monotonic() > deadline:
                    raise RuntimeError("pgbouncer does not listen")
                time.sleep(0.05)
            yield directory
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
