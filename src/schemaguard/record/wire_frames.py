"""Cuts a stream of the PostgreSQL protocol, version 3, into its messages."""

from collections.abc import Iterator

_HEAD = 5


class Frames:
    """Of one direction, from its first message with a type. What is not wanted is not kept."""

    def __init__(self, wanted: bytes) -> None:
        self._wanted = frozenset(wanted)
        self._held = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The messages that are whole now: the letter of each, and what is in it ("" of the unwanted)."""
        if self._skip >= len(data):
            self._skip -= len(data)
            return
        self._held += memoryview(data)[self._skip :]
        self._skip = 0
        at = 0
        while len(self._held) - at >= _HEAD:
            end = at + 1 + int.from_bytes(self._held[at + 1 : at + _HEAD], "big")
            if end < at + _HEAD:
                raise ValueError("a message that is shorter than its own length")
            kind = bytes(self._held[at : at + 1])
            if kind[0] not in self._wanted:
                yield kind, b""
                self._skip = max(0, end - len(self._held))
            elif end > len(self._held):
                break
            else:
                yield kind, bytes(self._held[at + _HEAD : end])
            at = min(end, len(self._held))
        del self._held[:at]


class Reader:
    """The fields of a message in order."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def text(self) -> str:
        """A string that ends with a zero."""
        end = self._body.index(0, self._at)
        found = self._body[self._at : end].decode()
        self._at = end + 1
        return found

    def raw(self, length: int) -> bytes:
        """So many bytes."""
        found = self._body[self._at : self._at + length]
        self._at += length
        return found

    def number(self, length: int) -> int:
        """An integer of so many bytes, as the protocol writes all of them."""
        return int.from_bytes(self.raw(length), "big", signed=True)

    def numbers(self, length: int) -> list[int]:
        """As many as the number before them says."""
        return [self.number(length) for _ in range(self.number(2))]


def state_of(body: bytes) -> str:
    """The SQLSTATE of an ErrorResponse."""
    for part in body.split(b"\0"):
        if part[:1] == b"C":
            return part[1:].decode()
    return ""
