"""The server behind the recorder: where it is, and how to reach it as libpq would."""

import asyncio
import re
import ssl
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, UsageError

_QUOTED = re.compile(r'".*"', re.DOTALL)
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unreachable(Exception):
    """Why the server cannot be reached."""


@dataclass(frozen=True, slots=True)
class WireServer:
    """A connection string, taken apart."""

    given: dict[str, str]
    #: The same as libpq takes it, with what the environment says.
    options: dict[str, str]

    @classmethod
    def of(cls, conninfo: str) -> "WireServer":
        """What a URL or ``key=value`` string says, and PGHOST and the like where it says nothing."""
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
        except psycopg.ProgrammingError as error:
            raise UsageError(
                # What libpq quotes of it may be a part of the password.
                f"this is no address of a PostgreSQL server: {_QUOTED.sub('...', str(error).strip())}",
                advice="such as postgresql://db.example.org:5432/shop",
            ) from error
        defaults = {
            one.keyword.decode(): one.val.decode() for one in Conninfo.get_defaults() if one.val is not None
        }
        made = cls(given, {**defaults, **given})
        if "," in made.host or "," in made.options.get("port", ""):
            raise UsageError("the address names several servers", advice="name the one to record")
        if "@" in made.host[1:]:
            raise UsageError("the address has several @", advice="write those of a password as %40")
        port = made.options.get("port") or "5432"
        if not port.isdecimal() or not 0 < int(port) < 2**16:
            raise UsageError(f"the address has a port that is none: {port}")
        return made

    @property
    def host(self) -> str:
        """A name, an address, or the directory of a socket."""
        return self.options.get("hostaddr") or self.options.get("host") or "localhost"

    @property
    def port(self) -> int:
        """5432 unless something else is said."""
        return int(self.options.get("port") or 5432)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    async def reach(self) -> Streams:
        """A new connection, encrypted where ``sslmode`` asks for it."""
        try:
            if self.host.startswith(("/", "@")):
                return await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.port}")
            reader, writer = await asyncio.open_connection(self.host, self.port)
            if self._mode not in ("disable", "allow"):
                try:
                    await self._encrypt(reader, writer)
                except BaseException:
                    writer.transport.abort()
                    await asyncio.sleep(0)
                    raise
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Unreachable(f"{self} cannot be reached: {error}") from error
        return reader, writer

    @property
    def _mode(self) -> str:
        return self.options.get("sslmode") or "prefer"

    async def _encrypt(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_SSL_REQUEST)
        if await reader.readexactly(1) == b"S":
            await writer.start_tls(self._context(), server_hostname=self.options.get("host") or self.host)
        elif self._mode != "prefer":
            raise Unreachable(f"{self} does not encrypt, and sslmode={self._mode} asks for it")

    def _context(self) -> ssl.SSLContext:
        root = self.options.get("sslrootcert", "")
        context = ssl.create_default_context()
        if root not in ("", "system"):
            context.load_verify_locations(Path(root).expanduser())
        if self.options.get("sslcert"):
            context.load_cert_chain(self.options["sslcert"], self.options.get("sslkey") or None)
        context.check_hostname = self._mode == "verify-full" or root == "system"
        if self._mode in ("prefer", "require") and not root:
            context.verify_mode = ssl.CERT_NONE
        return context

    def type_names(self, database: str, oids: set[int]) -> dict[int, str]:
        """The names of types that were made in this database; none where it does not let us in."""
        found = "SELECT oid, oid::regtype::text FROM pg_type WHERE oid = ANY(%s)"
        try:
            own = make_conninfo("", **{**self.options, "dbname": database})
            with psycopg.connect(own, connect_timeout=10) as connection:
                # So that each name has its schema.
                connection.execute("SET search_path = pg_catalog")
                return dict(connection.execute(found, [list(oids)]).fetchall())
        except psycopg.Error:
            return {}

    def must_be_there(self) -> None:
        """Before anything is run."""

        async def tried() -> None:
            _, writer = await self.reach()
            writer.close()
            await writer.wait_closed()

        try:
            asyncio.run(tried())
        except Unreachable as error:
            raise DatabaseError(str(error), advice="is the address that of the real server?") from error
