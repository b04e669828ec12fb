"""What the runner does, as it does it: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from schemaguard.report.colour import Paint

if TYPE_CHECKING:
    from schemaguard.postgres.events import Event


#: Seconds between two lines about the same backfill where nobody looks live, and where somebody does.
SELDOM, OFTEN = 5.0, 0.1
WIDTH = 24


class Progress:
    """Told of each event; prints it."""

    def __init__(self, out: TextIO, *, colour: bool) -> None:
        self.out = out
        self.paint = Paint(colour)
        self.live = out.isatty()
        self.said = 0.0
        self.open_line = False

    def __call__(self, event: Event) -> None:
        """Print the event."""
        match event.kind:
            case "begin":
                if self.live:
                    self._line(event, self.paint("…", "dim"), ends=False)
            case "progress":
                self._progress(event)
            case "wait":
                self._line(event, self.paint("waits", "yellow"), event.message)
            case "note":
                self._line(event, self.paint("note", "cyan"), event.message)
            case "done":
                self._line(event, self.paint("done", "green"), f"{event.seconds:.2f} s")
            case "found":
                self._line(event, self.paint("found", "dim"), "it is so already")
            case "undone":
                self._line(event, self.paint("undone", "green"), f"{event.seconds:.2f} s")
            case "stays" | "paused" | "resumed":
                self._line(event, self.paint(event.kind, "yellow"), event.message)
            case "failed":
                self._line(event, self.paint("failed", "red", bold=True), event.message)
            case _:
                raise AssertionError(f"an event of unknown kind {event.kind}")

    def _progress(self, event: Event) -> None:
        now = time.monotonic()
        if now - self.said < (OFTEN if self.live else SELDOM):
            return
        self.said = now
        self._line(event, self.paint("fills", "blue"), _how_far(event), ends=not self.live)

    def _line(self, event: Event, state: str, more: str = "", *, ends: bool = True) -> None:
        begin = "\r\x1b[K" if self.open_line else ""
        text = f"{event.number}/{event.of} {event.title}: {state}{' ' + more if more else ''}"
        self.out.write(begin + text + ("\n" if ends else ""))
        self.out.flush()
        self.open_line = not ends


def _how_far(event: Event) -> str:
    pace = f", {event.rate:,.0f} rows/s, batches of {event.batch}" if event.rate else ""
    if event.rows_estimate <= 0:
        return f"{event.rows:,} rows{pace}"
    part = min(1.0, event.rows / event.rows_estimate)
    bar = ("█" * round(part * WIDTH)).ljust(WIDTH, "░")
    left = f", {max(0, event.rows_estimate - event.rows) / event.rate:.0f} s left" if event.rate else ""
    return f"{bar} {part:4.0%} {event.rows:,} of about {event.rows_estimate:,} rows{pace}{left}"
