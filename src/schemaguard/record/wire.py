"""Records what any program sends to a PostgreSQL server, by a proxy between the two."""

import os
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from psycopg import postgres

from schemaguard.record.merge import merge
from schemaguard.record.names import Names
from schemaguard.record.notebook import Notebook
from schemaguard.record.output import finish, must_be_ours
from schemaguard.record.run import run_command
from schemaguard.record.wire_proxy import Proxy, address_of
from schemaguard.record.wire_server import WireServer

#: The first number of a type that somebody made.
_FIRST_MADE = 16_384
_ADVICE = (
    "does it take the address of its database from PGHOST and PGPORT, or from DATABASE_URL? "
    "If not: --listen HOST:PORT, and write that address where it takes it from"
)


def record_wire(out: Path, names: Names, command: Sequence[str], *, url: str, listen: str) -> int:
    """Run the command, or wait for Ctrl-C; the command's exit code, and with 0 the workload is in ``out``."""
    must_be_ours(out)
    server = WireServer.of(url)
    address = address_of(listen)
    server.must_be_there()
    notebook = Notebook()
    with Proxy(server, notebook, address) as proxy:
        if command:
            code = run_command(command, _environment(server, *proxy.address))
        else:
            _wait(server, *proxy.address)
            code = 0
    if code:
        return code
    workload = merge(notebook.lines(_type_names(server, notebook)), names.found())
    return finish(
        out, workload, what=f"the command `{' '.join(command)}`" if command else "nobody", advice=_ADVICE
    )


def _wait(server: WireServer, host: str, port: int) -> None:
    done = threading.Event()
    before = {one: signal.signal(one, lambda *_: done.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        print(f"schemaguard: {host}:{port} leads to {server}; Ctrl-C ends the recording", file=sys.stderr)  # noqa: T201
        done.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _environment(server: WireServer, host: str, port: int) -> dict[str, str]:
    """That of the command, which sends it to the proxy; nothing is encrypted on the way there."""
    environment = {**os.environ, "PGHOST": host, "PGPORT": str(port), "PGSSLMODE": "disable"}
    for name in ("PGHOSTADDR", "PGSERVICE", "PGREQUIRESSL", "PGCHANNELBINDING"):
        environment.pop(name, None)
    for option, name in (("dbname", "PGDATABASE"), ("user", "PGUSER"), ("password", "PGPASSWORD")):
        if option in server.given:
            environment[name] = server.given[option]
    if "DATABASE_URL" in environment:
        environment["DATABASE_URL"] = _through(environment["DATABASE_URL"], host, port)
    return environment


def _through(url: str, host: str, port: int) -> str:
    """The URL with another address; as it is where it is none of PostgreSQL."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        return url
    gone = "host hostaddr port ssl sslmode sslrootcert sslcert sslkey channel_binding".split()
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if key not in gone])
    login = parts.netloc.rpartition("@")[0]
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return urlunsplit((parts.scheme, f"{login}@{place}" if login else place, parts.path, query, ""))


class _type_names:  # noqa: N801 - called like a function
    """The name of a type, from its number and the database that it is in."""

    def __init__(self, server: WireServer, notebook: Notebook) -> None:
        wanted: dict[str, set[int]] = {}
        for line in notebook.lines():
            types = line.get("types", {})
            assert isinstance(types, dict)
            for written, _ in types.values():
                if (found := _numbered(written)) and found[0] >= _FIRST_MADE:
                    wanted.setdefault(found[1], set()).add(found[0])
        self._made = {database: server.type_names(database, oids) for database, oids in wanted.items()}

    def __call__(self, written: str) -> str | None:
        numbered = _numbered(written)
        if numbered is None:
            return written
        oid, database = numbered
        if oid >= _FIRST_MADE:
            return self._made[database].get(oid)
        known = postgres.types.get(oid)
        return None if known is None else known.name + ("[]" if known.array_oid == oid else "")


def _numbered(written: str) -> tuple[int, str] | None:
    found = re.fullmatch(r"(\d+) (.*)", written, re.DOTALL)
    return (int(found[1]), found[2]) if found else None
