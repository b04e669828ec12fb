"""How a run of the command line ends when it is not by its own will, and what its output can bear."""

import codecs
import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

#: 128 and the signal's number, as shells count. The reader of our output has gone: no fault of anybody's.
INTERRUPTED = 128 + signal.SIGINT
NO_READER = 128 + signal.SIGPIPE


class Ended(KeyboardInterrupt):
    """A signal asks us to go: all that tidies up after Ctrl-C does so after this."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def go_gently() -> None:
    """Let the signals that would kill us in the middle act as Ctrl-C does. One that is ignored stays so."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    raise Ended(number)


def hear_no_more() -> None:
    """Nothing disturbs the last words."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)


def write_anything() -> None:
    r"""Let a terminal or file that lacks a character get it as ``\uXXXX``, which JSON understands as well."""
    codecs.register_error("schemaguard", _escaped)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="schemaguard")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


def give_up_output() -> None:
    """Nobody reads, or there is no room: what is still buffered must not fail once more at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue  # It has no descriptor, or had been closed before we came: nothing can fail there.
    os.close(nowhere)
