"""A pooler of our own, as small as it can be: each transaction is handed to another session of the server."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PORT = 6432
#: ReadyForQuery, outside of any transaction.
READY = b"Z\0\0\0\x05I"


@contextmanager
def pooled(server: Path, directory: Path, *, sessions: int) -> Iterator[Path]:
    """The directory of a socket behind which clients share so many sessions of the server."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(directory / f".s.PGSQL.{PORT}"))
        listening.listen()
        pool = _Pool(server / ".s.PGSQL.5432", sessions)
        threading.Thread(target=_accept, args=(listening, pool), daemon=True).start()
        yield directory
        # Wakes up who waits in accept().
        listening.shutdown(socket.SHUT_RDWR)
    pool.close()


class _Pool:
    def __init__(self, server: Path, sessions: int) -> None:
        self.server = server
        self.free = threading.Semaphore(sessions)
        self.idle: list[socket.socket] = []
        self.greeting = b""

    def take(self, startup: bytes) -> socket.socket:
        self.free.acquire()
        return self.idle.pop() if self.idle else self._open(startup)

    def give(self, session: socket.socket) -> None:
        # The last one is the first to be taken again, as PgBouncer does it.
        self.idle.append(session)
        self.free.release()

    def lose(self, session: socket.socket) -> None:
        session.close()
        self.free.release()

    def close(self) -> None:
        for session in self.idle:
            session.close()

    def _open(self, startup: bytes) -> socket.socket:
        session = socket.socket(socket.AF_UNIX)
        session.connect(str(self.server))
        session.sendall(startup)
        self.greeting = b"".join(_until_ready(session))
        return session


def _accept(listening: socket.socket, pool: _Pool) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, pool), daemon=True).start()


def _serve(client: socket.socket, pool: _Pool) -> None:
    session = None
    with client, suppress(OSError, EOFError):
        size = _exactly(client, 4)
        startup = size + _exactly(client, struct.unpack(">I", size)[0] - 4)
        pool.give(pool.take(startup))
        client.sendall(pool.greeting)
        while (message := _message(client))[:1] != b"X":
            session = session or pool.take(startup)
            session.sendall(message)
            if message[:1] not in b"QS":
                continue
            answers = list(_until_ready(session))
            if answers[-1] == READY:
                # Before the client hears of it, as PgBouncer does it.
                pool.give(session)
                session = None
            client.sendall(b"".join(answers))
    if session is not None:
        pool.lose(session)


def _until_ready(session: socket.socket) -> Iterator[bytes]:
    while True:
        message = _message(session)
        yield message
        if message[:1] == b"Z":
            return


def _message(stream: socket.socket) -> bytes:
    head = _exactly(stream, 5)
    return head + _exactly(stream, struct.unpack(">I", head[1:])[0] - 4)


def _exactly(stream: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = stream.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found
