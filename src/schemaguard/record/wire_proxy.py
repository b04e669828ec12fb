"""A proxy between clients and a PostgreSQL server: bytes pass unchanged, and are read on their way.

To clients it speaks without encryption, on this machine. Where the server encrypts, its offer to bind the
login to the encryption is taken out, as the client has none to bind it to.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from schemaguard.errors import UsageError
from schemaguard.record.notebook import Notebook
from schemaguard.record.wire_server import Unreachable, WireServer
from schemaguard.record.wire_session import DRIVER, Session

_CANCEL, _SSL, _GSS = 80877102, 80877103, 80877104
_LONGEST_START = 10_000
_CHUNK = 65_536
#: Connections that are still open in the end have so many seconds to end.
_GRACE = 2.0
_T = TypeVar("_T")
_BOUND = b"SCRAM-SHA-256-PLUS\0"


class Proxy:
    """Runs in a thread of its own while the ``with`` block lasts."""

    def __init__(self, server: WireServer, notebook: Notebook, listen: tuple[str, int]) -> None:
        self._server = server
        self._notebook = notebook
        self._listen = listen
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire recorder", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._listening = self._do(asyncio.start_server(self._connected, *self._listen, limit=_CHUNK))
        except OSError as error:
            self._end()
            raise UsageError(
                f"cannot listen on {self._listen[0]}:{self._listen[1]}: {error.strerror or error}",
                advice="--listen HOST:PORT takes another address; without it, a free port is found",
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._finish())
        self._end()

    @property
    def address(self) -> tuple[str, int]:
        """Where clients connect to."""
        host, port = self._listening.sockets[0].getsockname()[:2]
        return host, port

    def _do(self, what: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _finish(self) -> None:
        self._listening.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        try:
            start = await _start(reader, writer)
            if start is None:
                return
            answers, upstream = await self._server.reach()
            upstream.write(start)
            if _code(start) == _CANCEL:
                # The server answers by closing the connection, when it is done.
                await upstream.drain()
                await answers.read()
                return
            session = Session(self._notebook, _database(start))
            try:
                sending = self._loop.create_task(_pass_on(reader, upstream, session))
                encrypted = upstream.get_extra_info("ssl_object") is not None
                await _pass_back(answers, writer, session, encrypted=encrypted)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            finally:
                session.closed()
        except Unreachable as error:
            self._notebook.lose_all(f"a connection: {error}", DRIVER)
            writer.write(_fatal(f"schemaguard record: {error}"))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in (writer, upstream):
                if one is not None:
                    one.close()
                    with suppress(OSError):
                        await one.wait_closed()


async def _pass_back(
    answers: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session, *, encrypted: bool
) -> None:
    """To its end, also when the client is gone: what it has asked for is done all the same."""
    while data := await answers.read(_CHUNK):
        if encrypted and data[:1] == b"R" and _BOUND in data:
            data = _unbound(data)
        session.answered(data)
        with suppress(OSError):
            writer.write(data)
            await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, upstream: asyncio.StreamWriter, session: Session) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            session.sent(data)
            upstream.write(data)
            await upstream.drain()
    with suppress(OSError):
        if upstream.can_write_eof():
            upstream.write_eof()
        else:
            upstream.close()


async def _start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
    """The first message that is for the server; None: it makes no sense."""
    while True:
        head = await reader.readexactly(4)
        length = int.from_bytes(head, "big")
        if not 8 <= length <= _LONGEST_START:
            return None
        start = head + await reader.readexactly(length - 4)
        if _code(start) not in (_SSL, _GSS):
            return start
        writer.write(b"N")


def _code(start: bytes) -> int:
    return int.from_bytes(start[4:8], "big")


def _database(start: bytes) -> str:
    parts = start[8:].split(b"\0")
    said = {key: value.decode(errors="replace") for key, value in zip(parts[::2], parts[1::2], strict=False)}
    return said.get(b"database") or said.get(b"user", "")


def _unbound(data: bytes) -> bytes:
    """The server's ways to log in, without the one that needs an encrypted client."""
    length = int.from_bytes(data[1:5], "big")
    message = data[5 : 1 + length].replace(_BOUND, b"")
    return b"R" + (len(message) + 4).to_bytes(4, "big") + message + data[1 + length :]


def _fatal(text: str) -> bytes:
    fields = b"".join(key + value.encode() + b"\0" for key, value in (
        (b"S", "FATAL"), (b"V", "FATAL"), (b"C", "08006"), (b"M", text),
    ))  # fmt: skip
    return b"E" + (len(fields) + 5).to_bytes(4, "big") + fields + b"\0"


def address_of(text: str) -> tuple[str, int]:
    """What ``--listen HOST:PORT`` says."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) >= 2**16:
        raise UsageError(f"--listen {text}: no address", advice="such as 127.0.0.1:6543, or :6543")
    host = host.strip("[]") or "127.0.0.1"
    try:
        socket.getaddrinfo(host, int(port))
    except OSError as error:
        raise UsageError(f"--listen {text}: {error.strerror}") from error
    return host, int(port)
