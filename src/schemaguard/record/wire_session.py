"""What one connection asks of the server, read from the bytes that pass by in both directions.

Each request waits in a queue for its answer, as clients may send many before they read one. Noted is
what the server has executed, or has refused for the values and not for what the statement says.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.record.notebook import Notebook
from schemaguard.record.texts import objects, statements
from schemaguard.record.wire_frames import Frames, Reader, state_of

#: The two are told apart: only sessions that keep prepared statements feel that a result has changed.
DRIVER = "wire protocol"
PREPARED = "wire protocol with prepared statements"

_SKIPPED = "was skipped, because one before it in the same message had failed"
_UNANSWERED = "the answer to it was not seen"


@dataclass(slots=True)
class _Statement:
    text: str
    types: tuple[int, ...] = ()
    driver: str = DRIVER
    refused: bool = False


@dataclass(slots=True)
class _Request:
    """A message that is answered; ``kind`` is its letter."""

    kind: bytes
    statement: _Statement | None = None
    null: frozenset[int] = frozenset()
    names: dict[str, str] = field(default_factory=dict)
    #: Of a message of the simple protocol: those that have not been answered yet.
    texts: deque[str | None] = field(default_factory=deque)
    #: Whether what it copies has all been sent already, before the server asked for it.
    copied: bool = False


class Session:
    """One connection, after the client has said which database it wants."""

    def __init__(self, notebook: Notebook, database: str) -> None:
        self._notebook = notebook
        self._database = database
        self._from_client = Frames(b"QPBEDCSF")
        self._from_server = Frames(b"E")
        self._prepared: dict[str, _Statement] = {}
        self._portals: dict[str, _Request] = {}
        self._waiting: deque[_Request] = deque()
        self._copying = False
        #: After an error, until the client's Sync.
        self._skipping = False
        self._lost = False

    def sent(self, data: bytes) -> None:
        """The client has sent this."""
        self._read(self._from_client, data, self._request)

    def answered(self, data: bytes) -> None:
        """The server has sent this."""
        self._read(self._from_server, data, self._answer)

    def closed(self) -> None:
        """Nothing will come any more."""
        while self._waiting:
            self._give_up(self._waiting.popleft(), _UNANSWERED)

    def _read(self, frames: Frames, data: bytes, take: Callable[[bytes, bytes], None]) -> None:
        if self._lost:
            return
        try:
            for kind, body in frames.feed(data):
                take(kind, body)
        except (ValueError, IndexError) as error:
            # The bytes still pass, and that something is missing is written down.
            self._lost = True
            self._notebook.lose_all(f"the rest of a connection that could not be read: {error}", DRIVER)

    def _request(self, kind: bytes, body: bytes) -> None:
        message = Reader(body)
        if self._copying:
            # Until the copying has ended, the server takes no notice of a Sync.
            self._copying = kind not in (b"c", b"f")
            return
        self._skipping = self._skipping and kind != b"S"
        match kind:
            case b"Q":
                self._waiting.append(_Request(kind, texts=deque(statements(message.text()))))
            case b"P":
                name, text = message.text(), message.text()
                types = tuple(one & 0xFFFFFFFF for one in message.numbers(4))
                made = _Statement(text, types, PREPARED if name else DRIVER)
                self._prepared[name] = made
                self._waiting.append(_Request(kind, made))
            case b"B":
                portal = message.text()
                self._portals[portal] = self._bound(message)
                self._waiting.append(_Request(kind, self._portals[portal].statement))
            case b"E":
                bound = self._portals.get(message.text(), _Request(kind))
                self._waiting.append(_Request(kind, bound.statement, bound.null, bound.names))
            case b"D" | b"C" | b"S" | b"F":
                self._waiting.append(_Request(kind))
            case b"c" | b"f":
                self._copied()
                return
            case _:
                return
        if self._skipping:
            self._give_up(self._waiting.pop(), _SKIPPED)

    def _copied(self) -> None:
        """The client has not waited for the server to ask for what it copies."""
        while self._waiting and self._waiting[-1].kind == b"S":
            self._waiting.pop()
        if self._waiting:
            self._waiting[-1].copied = True

    def _bound(self, message: Reader) -> _Request:
        statement = self._prepared.get(message.text())
        formats = message.numbers(2)
        values = [_value(message) for _ in range(message.number(2))]

        def name(place: int) -> str | None:
            format_ = formats[place - 1 if len(formats) > 1 else 0] if formats else 0
            value = values[place - 1] if place <= len(values) else None
            return None if value is None or format_ else value.decode()

        null = frozenset(place for place, value in enumerate(values, 1) if value is None)
        return _Request(b"B", statement, null, objects(statement.text, name) if statement else {})

    def _answer(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"E":
                self._failed(state_of(body))
            case b"Z":
                self._ready()
            case b"G":
                self._copy_begins()
            case b"1" | b"2" | b"3" | b"C" | b"I" | b"s" | b"n" | b"T":
                self._succeeded(kind)
            case _:
                pass

    def _succeeded(self, kind: bytes) -> None:
        if not self._waiting:
            return
        first = self._waiting[0]
        if first.kind == b"Q":
            if kind in (b"C", b"I") and first.texts:
                self._note_text(first.texts.popleft())
        elif kind in _ANSWERS.get(first.kind, ()):
            self._waiting.popleft()
            if first.kind == b"E":
                self._note(first)

    def _copy_begins(self) -> None:
        if self._waiting and self._waiting[0].copied:
            return
        self._copying = True
        # What was sent with the COPY, but for the end of what is copied.
        while len(self._waiting) > 1 and (self._waiting[0].kind, self._waiting[1].kind) == (b"E", b"S"):
            del self._waiting[1]

    def _failed(self, state: str) -> None:
        self._copying = False
        first = self._waiting[0] if self._waiting else None
        for_its_text = state[:2] == "42"
        if first is None or first.kind in (b"S", b"F"):
            # What is checked at the end of a transaction; the server says itself that it is ready.
            return
        if first.kind == b"Q":
            if first.texts and not for_its_text:
                self._note_text(first.texts[0])
            if first.texts:
                first.texts.popleft()
            self._give_up(first, _SKIPPED)
            first.texts.clear()
            return
        self._waiting.popleft()
        if first.statement is not None and first.kind in (b"P", b"D", b"B", b"E"):
            self._refused(first, for_its_text=for_its_text)
        while self._waiting and self._waiting[0].kind != b"S":
            self._give_up(self._waiting.popleft(), _SKIPPED)
        self._skipping = not self._waiting

    def _refused(self, request: _Request, *, for_its_text: bool) -> None:
        statement = request.statement
        assert statement is not None
        known = not statement.refused and not for_its_text
        if request.kind == b"P":
            statement.refused = True
            if known:
                self._notebook.lose(statement.text, "was not tried, because of an error before it", DRIVER)
        elif known and request.kind != b"D":
            self._note(request)

    def _ready(self) -> None:
        while self._waiting:
            done = self._waiting.popleft()
            self._give_up(done, _UNANSWERED)
            if done.kind in (b"Q", b"S", b"F"):
                return

    def _give_up(self, request: _Request, why: str) -> None:
        if request.kind == b"F":
            self._notebook.lose_all("a call of a function by its number", DRIVER)
        for text in request.texts:
            self._lose(text, why)
        if request.kind == b"E" and request.statement is not None and not request.statement.refused:
            self._lose(request.statement.text, why)

    def _lose(self, text: str | None, why: str) -> None:
        if text is None:
            self._notebook.lose_all(f"a text that is no SQL: {why}", DRIVER)
        else:
            self._notebook.lose(text, why, DRIVER)

    def _note_text(self, text: str | None) -> None:
        if text is None:
            self._notebook.lose_all("a text that cannot be read as SQL", DRIVER)
        else:
            self._notebook.note(text, DRIVER)

    def _note(self, request: _Request) -> None:
        statement = request.statement
        if statement is None:
            self._notebook.lose_all("a statement that was prepared before the recording", DRIVER)
            return
        count = max((len(statement.types), *request.null), default=0)
        declared = statement.types + (0,) * (count - len(statement.types))
        types = {
            str(place): (f"{oid} {self._database}" if oid else "", place in request.null)
            for place, oid in enumerate(declared, 1)
        }
        self._notebook.note(statement.text, statement.driver, types, request.names)


def _value(message: Reader) -> bytes | None:
    size = message.number(4)
    return None if size < 0 else message.raw(size)


#: What ends the answer to a request.
_ANSWERS = {
    b"P": (b"1",),
    b"B": (b"2",),
    b"C": (b"3",),
    b"D": (b"T", b"n"),
    b"E": (b"C", b"I", b"s"),
}
