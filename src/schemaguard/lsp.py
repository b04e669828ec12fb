"""The Language Server Protocol over two streams: messages, positions, and a server's life. Knows no SQL."""

import json
from collections.abc import Callable, Mapping
from io import RawIOBase
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO

from schemaguard.errors import Bug, SchemaguardError
from schemaguard.text import Lines

#: What JSON holds.
Json = Any
Handler = Callable[[Mapping[str, Json]], Json]

_NOT_FOUND, _INVALID, _FAILED, _BROKEN = -32601, -32600, -32803, -32603


class Connection:
    """Messages to and from one editor."""

    def __init__(self, incoming: RawIOBase, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._received: Queue[dict[str, Json] | None] = Queue()
        # So that it is known whether more is waiting.
        Thread(target=self._listen, daemon=True).start()

    @property
    def waiting(self) -> bool:
        """Whether the editor has already said more."""
        return not self._received.empty()

    def receive(self) -> dict[str, Json] | None:
        """The next message; None: the editor has gone."""
        return self._received.get()

    def _listen(self) -> None:
        message: dict[str, Json] | None = {}
        while message is not None:
            try:
                message = self._next()
            except ValueError:
                message = None  # No message: nobody knows where the next one begins.
            self._received.put(message)

    def _next(self) -> dict[str, Json] | None:
        length = 0
        while line := self._incoming.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        content = b""
        while len(content) < length and (part := self._incoming.read(length - len(content))):
            content += part
        if not length or len(content) < length:
            return None
        message: dict[str, Json] = json.loads(content)
        return message

    def send(self, **message: Json) -> None:
        """Send a message."""
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._outgoing.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self._outgoing.flush()

    def notify(self, method: str, params: Json) -> None:
        """Send what wants no answer."""
        self.send(method=method, params=params)


def serve(
    connection: Connection, capabilities: Json, handlers: Mapping[str, Handler], rest: Callable[[], None]
) -> int:
    """Answer until the editor says goodbye. 0: it has; 1: it has gone without a word.

    ``rest`` does what has time until nothing more is waiting.
    """
    begun = ending = False
    while (message := connection.receive()) is not None:
        method, number, params = message.get("method", ""), message.get("id"), message.get("params") or {}
        if method == "exit":
            return 0 if ending else 1
        if method == "initialize":
            begun = True
            connection.send(id=number, result=capabilities)
        elif method == "shutdown":
            ending = True
            connection.send(id=number, result=None)
        elif not begun or ending:
            _refuse(connection, number, _INVALID, "not initialized, or shut down")
        elif method in handlers:
            _answer(connection, number, handlers[method], params)
        elif method:
            _refuse(connection, number, _NOT_FOUND, f"there is no {method}")
        if not connection.waiting:
            rest()
    return 1


def _answer(connection: Connection, number: Json, handler: Handler, params: Mapping[str, Json]) -> None:
    try:
        result = handler(params)
    except SchemaguardError as error:
        _refuse(connection, number, _FAILED, str(error))
        return
    except Exception as error:  # noqa: BLE001 - an editor's whole session does not end with one question
        bug = str(Bug.of(error))
        connection.notify("window/logMessage", {"type": 1, "message": f"schemaguard: {bug}"})
        _refuse(connection, number, _BROKEN, bug)
        return
    if number is not None:
        connection.send(id=number, result=result)


def _refuse(connection: Connection, number: Json, code: int, message: str) -> None:
    """Say that it is not done; a notification has nobody who would hear it."""
    if number is not None:
        connection.send(id=number, error={"code": code, "message": message})


class Text:
    """A document's text, with places as editors count them: from 0, in units of UTF-16."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = Lines(text)

    def position(self, offset: int) -> dict[str, int]:
        """The place of the character at the offset."""
        line, column = self._lines.position(offset)
        start = offset - column + 1
        return {"line": line - 1, "character": _units(self.text[start:offset])}

    def range(self, start: int, end: int) -> dict[str, dict[str, int]]:
        """The range of ``text[start:end]``."""
        return {"start": self.position(start), "end": self.position(end)}

    def start_of(self, line: int) -> int:
        """The offset of a line's start, counted from 1; behind the last line, the text's end."""
        starts = self._lines.starts
        return starts[line - 1] if line <= len(starts) else len(self.text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
