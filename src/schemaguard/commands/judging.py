"""Each migration at its place in the history: what it meets there, and what it leaves to the next."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import takewhile

from schemaguard.commands.before import Before
from schemaguard.commands.past_schema import schema_after
from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.phase import Phase
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.settings import Timeouts
from schemaguard.sources import Asked
from schemaguard.sql import read_source
from schemaguard.sql.statement import Statement
from schemaguard.text import Source

#: A migration with its frames.
Judged = tuple[Source, tuple[Frame, ...]]
#: Makes other migrations of a release: of those that are wanted, asking how they would be judged.
Mend = Callable[[Sequence[Judged], Sequence[bool], Callable[[Sequence[Source]], list[Judged]]], list[Judged]]

#: Makes the frames of a release those that code feels.
Felt = Callable[[Iterable[Frame]], Iterator[Frame]]


def judged(
    asked: Asked,
    server: Server,
    timeouts: Timeouts,
    before: Before | None = None,
    mend: Mend | None = None,
    *,
    felt: Felt = iter,
    anew: bool = False,
) -> Iterator[Judged]:
    """Each migration that is asked about with its frames, over the history before it.

    ``before`` is what has come of that history, where that is known better; ``mend`` makes other
    migrations of a release, which end in the same schema; ``felt`` says what code feels of a release.
    With ``anew`` the whole history is run through, whatever is known of what it comes to.
    """
    path = before.search_path if before else None
    judge = partial(_release, server=server, timeouts=timeouts, path=path)
    schema = before.schema if before else SchemaState()
    releases = list(asked.releases())
    if before is None and mend is None:
        history = [source for (source, *_), _ in takewhile(lambda release: not any(release[1]), releases)]
        schema = schema_after(
            history,
            repr((server, timeouts)),
            lambda source, sofar: _after(judge([source], sofar), sofar),
            anew=anew,
        )
        releases = releases[len(history) :]
    for sources, wanted in releases:
        if before is not None and not any(wanted):
            continue
        here = partial(judge, schema=schema, felt=felt if any(wanted) else iter)
        parts = here(sources)
        if mend is not None:
            parts = mend(parts, wanted, here)
        schema = _after(parts, schema)
        yield from (part for part, asked_about in zip(parts, wanted, strict=True) if asked_about)


def _after(parts: Sequence[Judged], schema: SchemaState) -> SchemaState:
    """What these have made of the schema."""
    return next((frames[-1].after for _, frames in reversed(parts) if frames), schema)


def _release(
    sources: Sequence[Source],
    schema: SchemaState,
    *,
    server: Server,
    timeouts: Timeouts,
    path: str | None,
    felt: Felt = iter,
) -> list[Judged]:
    """The migrations of one release, each with its frames.

    Where one of them is not known exactly, less is certain of the schema from then on.
    """
    if any(source.problems or source.approximate for source in sources):
        schema = replace(schema, unsure=True, inexact=True)
    read = [read_source(source) for source in sources]
    phases = {
        id(statement): source.phase or Phase.EXPAND
        for source, statements in zip(sources, read, strict=True)
        for statement in statements
    }

    def phase(statement: Statement) -> Phase:
        return phases[id(statement)]

    together = (statement for statements in read for statement in statements)
    frames = interpret(together, schema, server, timeouts=timeouts, search_path=path, phase=phase)
    return list(zip(sources, _parts(list(felt(frames)), read), strict=True))


def _parts(frames: Sequence[Frame], read: Iterable[Sequence[Statement]]) -> Iterator[tuple[Frame, ...]]:
    begin = 0
    for statements in read:
        yield tuple(frames[begin : begin + len(statements)])
        begin += len(statements)
