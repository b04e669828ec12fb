"""One connection, message by message: what clients and servers may do, and seldom do with drivers."""

from collections.abc import Callable

import pytest

from schemaguard.record.notebook import Notebook
from schemaguard.record.wire_session import DRIVER, PREPARED, Session

READY = (b"Z", b"I")


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def query(text: str) -> bytes:
    return message(b"Q", text.encode() + b"\0")


def parse(text: str, name: str = "", *oids: int) -> bytes:
    types = len(oids).to_bytes(2, "big") + b"".join(oid.to_bytes(4, "big") for oid in oids)
    return message(b"P", name.encode() + b"\0" + text.encode() + b"\0" + types)


def bind(name: str = "", *values: bytes | None) -> bytes:
    sent = b"".join(b"\xff" * 4 if v is None else len(v).to_bytes(4, "big") + v for v in values)
    return message(
        b"B", b"\0" + name.encode() + b"\0" + b"\0\0" + len(values).to_bytes(2, "big") + sent + b"\0\0"
    )


EXECUTE = message(b"E", b"\0\0\0\0\0")
SYNC = message(b"S")


def error(state: str) -> bytes:
    return message(b"E", b"SERROR\0C" + state.encode() + b"\0Mit failed\0\0")


class Wire:
    """Sends and answers, in pieces of any size."""

    def __init__(self, size: int = 0) -> None:
        self.notebook = Notebook()
        self.session = Session(self.notebook, "shop")
        self.size = size

    def sends(self, *parts: bytes) -> None:
        self._pass(self.session.sent, b"".join(parts))

    def answers(self, *parts: bytes) -> None:
        self._pass(self.session.answered, b"".join(message(p) if len(p) == 1 else p for p in parts))

    def _pass(self, take: Callable[[bytes], None], data: bytes) -> None:
        size = self.size or len(data)
        for start in range(0, len(data), size):
            take(data[start : start + size])

    def recorded(self) -> list[str]:
        return [str(line["sql"]) for line in self.notebook.lines() if "sql" in line]

    def lost(self) -> list[str]:
        return [str(line["unrecorded"]) for line in self.notebook.lines() if "unrecorded" in line]


@pytest.mark.parametrize("size", [0, 1, 3, 7])
def test_messages_may_come_in_any_pieces(size: int) -> None:
    wire = Wire(size)
    wire.sends(
        parse("SELECT a FROM t WHERE b = $1 AND c = $2", "s1", 23, 0), bind("s1", b"7", None), EXECUTE, SYNC
    )
    wire.answers(b"1", b"2", message(b"D", b"x" * 50), b"C", message(*READY))
    wire.sends(query("BEGIN; SELECT b FROM t WHERE a = 'x'"))
    wire.answers(b"C", b"T", b"C", message(*READY))

    lines = wire.notebook.lines()
    assert [line["sql"] for line in lines] == [
        "SELECT a FROM t WHERE b = $1 AND c = $2",
        "SELECT b FROM t WHERE a = $1",
    ]
    assert lines[0]["types"] == {"1": ["23 shop", False], "2": ["", True]}
    assert [line["driver"] for line in lines] == [PREPARED, DRIVER]
    assert not wire.lost()


@pytest.mark.parametrize("client", ["waits", "does not wait"])
@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_what_is_copied_may_be_sent_before_the_server_asks_for_it(protocol: str, client: str) -> None:
    simple, waits = protocol == "simple", client == "waits"
    wire = Wire()
    copy = "COPY t FROM STDIN"
    wire.sends(*([query(copy)] if simple else [parse(copy), bind(), EXECUTE, SYNC]))
    if waits:
        wire.answers(*([] if simple else [b"1", b"2"]), b"G")
    wire.sends(message(b"d", b"1\n"), message(b"c"), *([] if simple else [SYNC]))
    if not waits:
        wire.answers(*([] if simple else [b"1", b"2"]), b"G")
    wire.sends(parse("SELECT a FROM t WHERE a = $1"), bind("", b"1"), EXECUTE, SYNC)
    wire.answers(b"C", message(*READY), b"1", b"2", b"C", message(*READY))

    assert wire.recorded() == [copy, "SELECT a FROM t WHERE a = $1"]
    assert not wire.lost()


def test_after_an_error_what_follows_up_to_the_sync_is_skipped() -> None:
    wire = Wire()
    wire.sends(parse("SELECT nosuch FROM t WHERE a = $1"), bind("", b"1"), EXECUTE)
    wire.answers(error("42703"))
    wire.sends(parse("SELECT b FROM t WHERE a = $1", "s"), bind("s", b"1"), EXECUTE, SYNC)
    wire.answers(message(*READY))
    wire.sends(parse("SELECT a FROM t WHERE a = $1"), bind("", b"1"), EXECUTE, SYNC)
    wire.answers(b"1", b"2", b"s", message(*READY))

    assert wire.recorded() == ["SELECT a FROM t WHERE a = $1"]
    assert wire.lost() == [
        "SELECT b FROM t WHERE a = $1: was skipped, because one before it in the same message had failed"
    ]


def test_an_error_at_the_end_of_a_transaction_belongs_to_no_statement() -> None:
    wire = Wire()
    wire.sends(parse("INSERT INTO t VALUES ($1)"), bind("", b"1"), EXECUTE, SYNC)
    wire.answers(b"1", b"2", b"C", error("23503"), message(*READY))
    wire.sends(query("SELECT b FROM t"))
    wire.answers(b"T", b"C", message(*READY))

    assert wire.recorded() == ["INSERT INTO t VALUES ($1)", "SELECT b FROM t"]


def test_what_is_never_answered_is_not_recorded_unless_the_same_was_before() -> None:
    wire = Wire()
    wire.sends(query("SELECT a FROM t WHERE a = 1"))
    wire.answers(b"T", b"C", message(*READY))
    wire.sends(query("SELECT a FROM t WHERE a = 2; SELECT b FROM t WHERE a = 2"))
    wire.session.closed()

    assert wire.recorded() == ["SELECT a FROM t WHERE a = $1"]
    assert wire.lost() == ["SELECT b FROM t WHERE a = ?: the answer to it was not seen"]


def test_a_call_by_number_and_a_text_that_is_no_sql_are_told_of() -> None:
    wire = Wire()
    wire.sends(message(b"F", b"\0\0\3\xb8\0\0\0\0\0\0"), query("SELECT a FROM t WHERE b = 'open"))
    wire.answers(message(b"V", b"\0\0\0\0"), message(*READY), error("42601"), message(*READY))
    wire.sends(bind("unknown"), EXECUTE, SYNC)
    wire.answers(b"2", b"C", message(*READY))

    assert wire.lost() == [
        "a call of a function by its number",
        "a statement that was prepared before the recording",
    ]


def test_a_stream_that_makes_no_sense_is_told_of_and_no_longer_read() -> None:
    wire = Wire()
    wire.sends(b"Q\0\0\0\1", query("SELECT a FROM t"))
    wire.sends(message(b"Q", b"no end"))

    assert not wire.recorded()
    assert len(wire.lost()) == 1
    assert "could not be read" in wire.lost()[0]
