"""The schema that a history has come to, kept: what is after it is judged without running through it again.

Each migration has a digest of itself and of all before it, so that the longest beginning is found of which
the schema is known, whichever migrations follow.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from schemaguard import __version__, kept
from schemaguard.packed import packed, unpacked
from schemaguard.schema import SchemaState
from schemaguard.text import Source

#: The schema after one more migration.
Step = Callable[[Source, SchemaState], SchemaState]

_FORMAT = 1
#: More schemas than that are not kept: the oldest go.
_MOST = 50
#: To run through so many migrations takes no longer than to look for what is kept.
_FEW = 20


def schema_after(history: Sequence[Source], of: str, step: Step, *, anew: bool = False) -> SchemaState:
    """What all of the history comes to. ``of`` is what it hangs on besides: the server, say.

    With ``anew`` nothing that is kept is looked at, nor anything kept.
    """
    if anew or len(history) <= _FEW:
        return _run(history, SchemaState(), step)
    place = Path(kept.directory("schemas"))
    names = [digest.hex() for digest in _digests(history, of)]
    done, schema = _longest(place, names)
    schema = _run(history[done:], schema, step)
    if len(history) - done > _FEW:
        kept.keep(str(place / names[-1]), packed(schema), _MOST)
    return schema


def _run(history: Sequence[Source], schema: SchemaState, step: Step) -> SchemaState:
    for source in history:
        schema = step(source, schema)
    return schema


def _longest(place: Path, names: Sequence[str]) -> tuple[int, SchemaState]:
    """The most migrations of which the schema is known, and that."""
    try:
        there = set(os.listdir(place))  # noqa: PTH208 (names are all that is wanted)
    except OSError:
        there = set()
    for done in range(len(names), 0, -1):
        if names[done - 1] in there:
            try:
                found: Any = kept.read(str(place / names[done - 1]))
                schema = unpacked(*found)
            except (ValueError, TypeError, LookupError, AttributeError, ImportError):
                continue  # Damaged, or gone by now.
            if isinstance(schema, SchemaState):
                return done, schema
    return 0, SchemaState()


def _digests(history: Sequence[Source], of: str) -> list[bytes]:
    """Of each migration with all before it."""
    sofar = kept.digest(repr((_FORMAT, __version__, sys.version, of, list(kept.own_files()))).encode())
    found = []
    for source in history:
        pieces = [(piece.text, piece.block, piece.begun.value) for piece in source.pieces]
        sofar = kept.digest(sofar + repr(pieces).encode("utf-8", "surrogatepass"))
        found.append(sofar)
    return found
