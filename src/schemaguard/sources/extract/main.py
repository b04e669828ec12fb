"""
The extractor's protocol: one line of JSON comes in on standard input, one line a revision goes out.

The answers go to a file descriptor of their own; what the user's code prints is somebody else's.
Standard input stays open as long as the parent lives: when it closes, this process ends itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any


def _end_with_the_parent(lifeline: int) -> None:
    while os.read(lifeline, 4096):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> int:
    """Answer one request. The argument is the number of the descriptor for the answers."""
    output = int(sys.argv[1])
    os.set_inheritable(output, False)
    lifeline = os.dup(0)
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(lifeline, 1 << 16)
        if not part:
            return 1
        line += part
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    threading.Thread(target=_end_with_the_parent, args=(lifeline,), daemon=True).start()
    sys.argv[1:] = []
    answer(json.loads(line), output)
    # The user's code may have left threads that would keep the process alive.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def answer(request: dict[str, Any], output: int) -> None:
    """Run all revisions of a request and write what comes out."""

    def write(message: dict[str, Any]) -> None:
        text = (json.dumps(message) + "\n").encode()
        while text:
            text = text[os.write(output, text) :]

    try:
        from .render import Renderer, TimeUp
    except ImportError as error:
        write({"fatal": f"{error}", "python": sys.executable})
        return

    def time_up(_signal: int, _frame: Any) -> None:
        raise TimeUp

    signal.signal(signal.SIGALRM, time_up)
    renderer = Renderer(request)
    for revision in request["revisions"]:
        write({"begin": revision["id"]})
        if revision["skip"]:
            renderer.skip(revision)
            continue
        signal.setitimer(signal.ITIMER_REAL, request["limit"])
        try:
            message = renderer.render(revision)
        except TimeUp:
            message = renderer.gave_up(revision)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        write(message)
    write({"end": True})
