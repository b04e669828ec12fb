"""SET around statements: no time-out where CONCURRENTLY waits, a short one where others wait behind it."""

from collections.abc import Iterator, Sequence

from schemaguard.costs import Wait
from schemaguard.fix.draft import Instead
from schemaguard.frame import Frame
from schemaguard.settings import Settings
from schemaguard.sql.lexer import tokens

_SET = "SET {}lock_timeout = '2s'"
#: What the wait of CONCURRENTLY may outlast, in milliseconds; see the rule concurrently-with-timeout.
_LONG = 600_000


def unbounded(settings: Settings, statements: Sequence[str]) -> Instead:
    """The statements, with the script's own short time-outs off while CONCURRENTLY waits."""
    short = {
        name: limit
        for name in ("lock_timeout", "statement_timeout")
        if 0 < (limit := settings.timeout(name) or 0) < _LONG and settings.is_set_here(name)
    }
    made: list[str] = []
    first = 0
    for sql in statements:
        waits = short if any(token.upper == "CONCURRENTLY" for token in tokens(sql)) else {}
        made += [f"SET {name} = 0" for name in waits]
        first = len(made) if sql is statements[0] else first
        made += [sql, *(f"SET {name} = '{limit}ms'" for name, limit in waits.items())]
    return Instead(made[first], tuple(made[:first]), tuple(made[first + 1 :]))


def limited(statements: Sequence[str]) -> tuple[str, ...]:
    """The statements under a limit of the session, which ends with them."""
    return (_SET.format(""), *statements, "RESET lock_timeout")


def runs(frames: Sequence[Frame], waiting: Sequence[int]) -> Iterator[list[int]]:
    """The statements that wait without a limit, together where one SET is enough for them."""
    run: list[int] = []
    for place, frame in enumerate(frames):
        if run and (_waits_long(frame) or _sent(frame) != _sent(frames[run[0]])):
            yield run
            run = []
        run += [place] if place in waiting else []
        if run and frame.in_transaction and frame.statement.piece.block is None and not frame.leaves_open:
            yield run
            run = []
    if run:
        yield run


def bounded(frames: Sequence[Frame], run: Sequence[int]) -> Iterator[dict[int, Instead]]:
    """Ways to set a limit for the run, the better one first: of its transaction, or of the session."""
    first, last = (frames[place].statement.text for place in (run[0], run[-1]))
    local = {run[0]: Instead(first, before=(_SET.format("LOCAL "),))}
    reset = ("RESET lock_timeout",)
    if run[0] == run[-1]:
        session = {run[0]: Instead(first, before=(_SET.format(""),), after=reset)}
    else:
        session = {run[0]: Instead(first, before=(_SET.format(""),)), run[-1]: Instead(last, after=reset)}
    yield from (local, session) if frames[run[0]].in_transaction else (session, local)


def _waits_long(frame: Frame) -> bool:
    return any(isinstance(cost, Wait) for cost in frame.costs)


def _sent(frame: Frame) -> tuple[int | None, bool]:
    return frame.statement.piece.block, frame.in_transaction
