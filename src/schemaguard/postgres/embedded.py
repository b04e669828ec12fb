"""A throw-away PostgreSQL server: started in a fraction of a second, gone without a trace.

The only module that starts servers. It leaves no process and no directory behind beside its
cache, also when this process is killed: then the server dies with us, and the next start
removes the directory.
"""

import hashlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from schemaguard.dataclass import dataclass
from schemaguard.errors import NoServer
from schemaguard.postgres.binaries import (
    Binaries,
    available_majors,
    cache_directory,
    find_binaries,
    version_of,
)
from schemaguard.postgres.launch import Account, launch, may_run, server_account
from schemaguard.postgres.workplace import locked, remove, workplace

__all__ = ["Binaries", "Server", "available_majors", "find_binaries", "start"]

PORT = 5432
#: Generous: a machine that is busy with other servers takes a hundred times the usual 40 ms.
PATIENCE = 90.0

#: The same answers on every machine: no locale, and small segments because the directory is copied.
INITDB = (
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--wal-segsize=1",
)

#: Nothing here has to survive a crash, and nothing may happen at a time of its own choosing.
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": str(PORT),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "64MB",
        "shared_buffers": "32MB",
        "max_connections": "100",
        "max_prepared_transactions": "10",
        "autovacuum": "off",
        "jit": "off",
        "max_parallel_maintenance_workers": "0",
        "max_parallel_workers_per_gather": "0",
        # A killed server leaves files of the default kind in /dev/shm.
        "dynamic_shared_memory_type": "mmap",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
    }
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: reached over a socket in a directory that only its owner may enter."""

    throw_away: ClassVar[bool] = True

    major: int
    #: Which server program was taken, and where it was found.
    origin: str
    socket: Path
    pid: int

    def dsn(self, dbname: str = "postgres") -> str:
        """What psycopg and libpq connect to."""
        return make_conninfo("", host=str(self.socket), port=PORT, user="postgres", dbname=dbname)

    def url(self, dbname: str = "postgres") -> str:
        """The same as a URL; SQLAlchemy wants ``postgresql+psycopg`` for its scheme."""
        return f"postgresql://postgres@/{quote(dbname, safe='')}?host={quote(str(self.socket))}&port={PORT}"

    def create_database(
        self, name: str, template: str | None = None, over: psycopg.Connection | None = None
    ) -> str:
        """Make a database, as a copy of ``template`` if one is named; the answer is its DSN.

        ``over`` is the connection for it; None: one of its own.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        if self.major >= 15:
            # Three to eight times faster in memory than the default, which writes WAL.
            statement += sql.SQL(" STRATEGY file_copy")
        with nullcontext(over) if over else psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement)
        return self.dsn(name)


@contextmanager
def start(
    major: int | None = None,
    *,
    pg_bin: str | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    in_memory: bool = True,
) -> Iterator[Server]:
    """A new, empty server, for as long as the ``with`` block lasts; in memory if there is room."""
    binaries = find_binaries(major, pg_bin)
    account = server_account()
    with ExitStack() as stack:
        place = stack.enter_context(workplace(in_memory=in_memory))
        log = place.path / "log"
        data = place.path / "data"
        with _told_when_full():
            if not may_run(binaries.postgres, account):
                binaries = _aside(binaries, stack.enter_context(workplace(in_memory=False)).path)
            _fill(data, binaries, account, log)
            _configure(data, {**SETTINGS, **settings, "unix_socket_directories": str(data)})
        process = launch([binaries.postgres, "-D", data], account, cwd=place.path, log=log)
        try:
            _await_ready(process, data, log)
            yield Server(binaries.major, binaries.origin, data, process.pid)
        finally:
            _stop(process)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # What copies many files tells of each that failed.
        reasons = error.args[0] if isinstance(error, shutil.Error) else [(error.strerror,)]
        raise NoServer(
            f"the files of the embedded server could not be made: {reasons[0][-1]}",
            advice="make room in /dev/shm or in the directory for temporary files (TMPDIR names another)",
        ) from error


def _aside(binaries: Binaries, place: Path) -> Binaries:
    """Copy a server out of a directory that its account cannot enter.

    Opening that directory is not ours to do. The wheel's programs look for libraries in a
    directory two levels up, beside the package: it comes along in the same place.
    """
    tree = binaries.bin.parent
    copy = place / tree.parent.name / tree.name
    (copy / "bin").mkdir(parents=True)
    for program in (binaries.postgres, binaries.initdb):
        shutil.copy2(program, copy / "bin")
    for part in ("lib", "share"):
        if (tree / part).is_dir():
            shutil.copytree(tree / part, copy / part, symlinks=True)
    libraries = tree.parent.parent / f"{tree.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name, symlinks=True)
    return Binaries(copy / "bin", binaries.major, binaries.origin)


def _fill(data: Path, binaries: Binaries, account: Account, log: Path) -> None:
    """Make a data directory: ten times faster as a copy of one that was made before."""
    template = _template(binaries)
    if template is None:
        _initdb(data, binaries, account, log)
        return
    with locked(template.with_suffix(".lock")):
        if not template.is_dir():
            _initdb(data, binaries, account, log)
            unfinished = template.with_suffix(".new")
            remove(unfinished)
            try:
                shutil.copytree(data, unfinished)
                unfinished.rename(template)
            except OSError:
                # A full disk costs the next start some time, and this one nothing.
                remove(unfinished)
            return
    shutil.copytree(template, data)
    account.give_tree(data)


def _template(binaries: Binaries) -> Path | None:
    """Where the fresh data directory of this server is kept; None if nothing can be kept."""
    kept = cache_directory() / "templates"
    try:
        kept.mkdir(parents=True, exist_ok=True)
        (kept / ".writable").touch()
    except OSError:
        return None
    options = hashlib.sha256(" ".join(INITDB).encode()).hexdigest()[:8]
    # The same version can be built with other features, which leave other catalogs.
    size = binaries.postgres.stat().st_size
    return kept / f"{version_of(binaries.postgres)}-{size}-{options}".replace(".", "_")


def _initdb(data: Path, binaries: Binaries, account: Account, log: Path) -> None:
    data.mkdir(mode=0o700)
    account.give(data)
    process = launch([binaries.initdb, *INITDB, "-D", data], account, cwd=data.parent, log=log)
    try:
        failed = process.wait(PATIENCE) != 0
    except subprocess.TimeoutExpired:
        failed = True
    finally:
        _stop(process)
    if failed:
        raise NoServer(
            f"no data directory could be made for {binaries.origin}:\n{_last_lines(log)}",
            advice="see that there is room, or give the URL of a running server",
        )


def _configure(data: Path, settings: Mapping[str, str]) -> None:
    # In the file, not on the command line: there ALTER SYSTEM would be without effect.
    with (data / "postgresql.conf").open("a") as file:
        for name, value in settings.items():
            quoted = value.replace("'", "''")
            file.write(f"{name} = '{quoted}'\n")


def _await_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    """Wait until the server says in its pid file that it takes connections."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            lines = (data / "postmaster.pid").read_text().split("\n")
            # A copied directory holds no pid file, so what is there is this server's.
            if len(lines) > 7 and lines[7].strip() == "ready":
                return
        time.sleep(0.005)
    ended = f"ended with code {process.returncode}" if process.returncode is not None else "is not ready"
    raise NoServer(
        f"the embedded server {ended}:\n{_last_lines(log)}",
        advice="see what it says above; if its files are damaged, "
        f"removing {cache_directory() / 'templates'} makes them anew",
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server at once: nothing that it would save is wanted."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last_lines(log: Path, count: int = 8) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line}" for line in lines[-count:])
