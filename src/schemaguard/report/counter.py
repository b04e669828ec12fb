"""A line that counts, on a terminal, and is gone when the counting ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

#: Told what is done, how much of it, and of how much.
Count = Callable[[int, int, str], None]


@contextmanager
def counter(out: TextIO, doing: str) -> Iterator[Count]:
    """Show how far it is while the ``with`` block lasts; nothing where nobody looks."""
    live = out.isatty()

    def count(number: int, of: int, what: str) -> None:
        if live:
            out.write(f"\r\x1b[K{doing} {number}/{of} {what[:60]}")
            out.flush()

    try:
        yield count
    finally:
        if live:
            out.write("\r\x1b[K")
            out.flush()
