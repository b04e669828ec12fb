"""A plan as SQL: which statements are sent together, and what is said above them."""

from collections.abc import Iterable, Iterator, Sequence

from schemaguard.conditions import asks_the_journal, plainly
from schemaguard.dataclass import dataclass
from schemaguard.names import dollar_quoted, literal
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.plan.stamps import MARK
from schemaguard.recipe import Backfill, Scope, Step
from schemaguard.way_back import WayBack, turns

#: How long a statement that stops others may wait for its lock.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
#: Rows that one statement of a written backfill changes.
BATCH = 1000

WHEN = {
    Phase.EXPAND: "before the new code is deployed",
    Phase.BACKFILL: "after expand, while the old code runs",
    Phase.CONTRACT: "when no old code runs any more, and the backfill is done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Statements that are sent together: a transaction with its BEGIN and COMMIT, or a single one."""

    #: That of its step; "": it only asks.
    title: str = ""
    comments: tuple[str, ...]
    statements: tuple[str, ...]
    #: It cannot be sent with others, for it must not be in a transaction, or has its own in it.
    apart: bool = False
    #: What takes its step back; () where there is nothing to take back; None: impossible.
    undo: WayBack | None = ()

    @property
    def text(self) -> str:
        """What is written of it."""
        lines = [f"-- {line}" for line in self.comments]
        return "\n".join([*lines, *(f"{statement.strip()};" for statement in self.statements)])


def written_phases(plan: Plan) -> dict[Phase, tuple[Step, ...]]:
    """The steps as files have them: what only the runner needs is left out, indexes come with the columns."""
    indexes = tuple(step for step in plan.of(Phase.BACKFILL) if step.scope is Scope.ALONE)
    rows = tuple(step for step in plan.of(Phase.BACKFILL) if step.scope is not Scope.ALONE)
    phases = {Phase.EXPAND: (*plan.of(Phase.EXPAND), *indexes), Phase.BACKFILL: rows}
    phases[Phase.CONTRACT] = plan.of(Phase.CONTRACT)
    # The tool that runs the files writes that down itself.
    return {phase: tuple(s for s in steps if MARK not in s.id) for phase, steps in phases.items()}


def messages(steps: Sequence[Step]) -> Iterator[Message]:
    """What is sent for the steps of a phase.

    A transaction fails where one of the steps since the last one has not come true. What is sent apart comes
    after the questions before it.
    """
    since: list[Step] = []
    questions: list[Step] = []
    comments: list[str] = []
    for step in steps:
        comments.append(step.title)
        if not step.statements:
            comments.append("(What comes next fails where this is not so.)")
            questions.append(step)
        elif step.scope is not Scope.TRANSACTION:
            yield from _asked(questions, comments[:-1])
            comments = comments[-1:] if any(_guards(questions)) else comments
        for message in _of_step(step, tuple(comments), since):
            yield message
            comments, questions = [], []
        since = [step] if step.scope is Scope.TRANSACTION and step.sql else [*since, step]
    yield from _asked(questions, comments)


def _asked(questions: Iterable[Step], comments: Sequence[str]) -> Iterator[Message]:
    for place, statement in enumerate(_guards(questions)):
        yield Message(comments=() if place else tuple(comments), statements=(statement,))


def _of_step(step: Step, comments: tuple[str, ...], since: Sequence[Step]) -> Iterator[Message]:
    if step.backfill is not None:
        told = (*comments, "in batches, each a transaction; what is filled already is passed over")
        if step.phase is not Phase.BACKFILL:
            told = (*told, "schemaguard: allow update-of-all-rows")
        yield Message(
            title=step.title,
            comments=told,
            statements=(all_batches(step.backfill),),
            apart=True,
            undo=step.undo,
        )
    elif step.scope is Scope.TRANSACTION and step.sql:
        inside = (LOCK_TIMEOUT, *_guards(since), *step.sql)
        yield Message(
            title=step.title, comments=comments, statements=("BEGIN", *inside, "COMMIT"), undo=step.undo
        )
    else:
        for place, statement in enumerate(step.sql):
            yield Message(
                title=step.title,
                comments=() if place else comments,
                statements=(statement,),
                apart=True,
                undo=() if place else step.undo,
            )


def lasting(sent: Sequence[Message]) -> str:
    """Why the messages cannot be taken back; "": they can."""
    final = next((message.title for message in sent if message.undo is None), None)
    return "" if final is None else f"this cannot be taken back: {final}"


def undoing(sent: Sequence[Message], *, at_once: bool = False) -> Iterator[Message]:
    """What takes the messages back, the last first. None of them may be lasting.

    ``at_once``: they are sent together, as one script.
    """
    for message in reversed(sent):
        comments: tuple[str, ...] = (f"take back: {message.title}",)
        for turn in turns(message.undo or ()):
            inside = (turn.inside,) if at_once and turn.inside else () if turn.apart else turn.sql
            if inside:
                yield Message(comments=comments, statements=("BEGIN", LOCK_TIMEOUT, *inside, "COMMIT"))
            else:
                yield Message(comments=comments, statements=turn.sql, apart=True)
            comments = ()


def guard(step: Step) -> str:
    """A statement that fails where the step is not done, or asks for what is not so; "": nothing can tell."""
    asked = (step.check or step.probe).removeprefix("SELECT ")
    # Without the runner there is no journal.
    if asks_the_journal(asked):
        return ""
    said = literal(f"it is not true, or not done yet: {step.title}")
    block = f" BEGIN IF NOT ({plainly(asked)}) THEN RAISE EXCEPTION USING MESSAGE = {said}; END IF; END "
    return f"DO {dollar_quoted(block, 'guard')}"


def _guards(steps: Iterable[Step]) -> list[str]:
    return [text for text in map(guard, steps) if text]


def one_batch(backfill: Backfill) -> str:
    """A statement for some of the rows that need it."""
    if backfill.into is not None:
        return backfill.elsewhere(limit=str(BATCH))
    return some_rows(str(backfill.table), backfill.assignments, backfill.where)


def some_rows(table: str, assignments: str, where: str) -> str:
    """An UPDATE of them; ``where`` must no longer hold once the assignments are done."""
    rows = f"SELECT ctid FROM {table} WHERE {where} LIMIT {BATCH}"
    # A ctid is one row of a partition, and may be another one of the next; or be written meanwhile.
    return f"UPDATE {table} SET {assignments} WHERE ctid = ANY (ARRAY({rows})) AND ({where})"


def all_batches(backfill: Backfill) -> str:
    """A block that writes all of them, each batch in a transaction of its own: for autocommit only."""
    return repeated(one_batch(backfill))


def repeated(statement: str) -> str:
    """A block that does it until nothing is left to do, each time in a transaction of its own."""
    block = f" BEGIN LOOP {statement}; EXIT WHEN NOT FOUND; COMMIT; END LOOP; END "
    return f"DO {dollar_quoted(block, 'rows')}"
