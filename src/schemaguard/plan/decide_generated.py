"""What becomes of a generated column: added, computed in another way, or no longer."""

from dataclasses import replace

from schemaguard.changes import AddColumn, SetExpression
from schemaguard.computed_steps import Computed, added, computed_anew, computed_until_contract
from schemaguard.costs import blocks
from schemaguard.frame import Effect, Frame
from schemaguard.names import Column
from schemaguard.phase import Phase
from schemaguard.plan import verbatim
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible, Written
from schemaguard.plan.generated import column_of
from schemaguard.plan.released import Released
from schemaguard.recipe import LockClass
from schemaguard.schema import Generated
from schemaguard.steps import set_not_null

_PLAIN = (
    "{column} will be a plain column that a trigger, {trigger}, computes: to make it a generated one, all"
    " rows would have to be written anew while nobody can read the table. What differs: a value that is"
    " given for it is replaced, not refused; nothing computes it where session_replication_role is replica;"
    " who drops it drops the trigger first. A small table can be rewritten all the same: say schemaguard:"
    " stored = rewrite above the statement."
)
_REWRITTEN = "{table} is written anew for {column}, as is said: nobody can read it meanwhile."
_ANEW = "{column} has its old values until the contract, and then, row by row, the new ones."


def decide_generated(
    change: AddColumn | SetExpression, frame: Frame, effect: Effect, released: Released, notes: list[str]
) -> Decision:
    """The steps, or why there are none."""
    column = column_of(change)
    if isinstance(change, SetExpression) and _is_plain(column, frame):
        return Consumed()
    if column in released.said.rewritten:
        phase = Phase.EXPAND if isinstance(change, AddColumn) else Phase.CONTRACT
        return _rewritten(column, frame, phase, released, notes)
    no_longer = isinstance(change, SetExpression) and change.expression is None
    if not no_longer and not any(blocks(cost) for cost in effect.costs):
        notes.append(_ANEW.format(column=column.text))
        return Written(Phase.CONTRACT)
    computed = _computed(change, frame)
    if isinstance(computed, Impossible):
        return computed
    obstacle = _obstacle(change, computed, frame, released)
    if obstacle is not None:
        return obstacle
    if no_longer:
        return Gentle(computed_until_contract(computed))
    notes.append(_PLAIN.format(column=column.text, trigger=computed.name))
    if isinstance(change, SetExpression):
        return Gentle(computed_anew(computed), apart=computed.instead())
    required = set_not_null(column, str(change.column.type)) if change.column.not_null else ()
    return Gentle((*added(computed), *required), apart=computed.instead())


def _is_plain(column: Column, frame: Frame) -> bool:
    state = frame.before.column(column)
    return state is not None and state.generated is None


def _computed(change: AddColumn | SetExpression, frame: Frame) -> Computed | Impossible:
    column = column_of(change)
    state = change.column if isinstance(change, AddColumn) else frame.before.column(column)
    if state is None or state.type is None:
        return Impossible(f"what {column.text} is, is not known", "Give the whole history of migrations.")
    if state.generated is Generated.VIRTUAL:
        return Impossible(
            f"every row of {column.table.text} would be read while nobody can use it",
            "Drop its constraints before, and validate them afterwards, in releases of their own.",
        )
    new = None if isinstance(change, AddColumn) else change.expression
    expression = new or state.default
    others = {c.name: str(c.type) for c in frame.before.known(column.table).columns if c.type is not None}
    return Computed(
        column=column,
        expression=expression.text if expression else "NULL",
        types=others | {column.name: str(state.type)},
        given=isinstance(change, SetExpression) and new is None,
    )


def _rewritten(column: Column, frame: Frame, phase: Phase, released: Released, notes: list[str]) -> Decision:
    """As it is written: others wait, which its author has said."""
    notes.append(_REWRITTEN.format(table=column.table.text, column=column.name))
    step = verbatim.as_written(frame, phase, released.ends)
    return Gentle((replace(step, lock_class=LockClass.PATIENT),))


def _obstacle(
    change: AddColumn | SetExpression, computed: Computed, frame: Frame, released: Released
) -> Impossible | None:
    table = computed.table
    if isinstance(change, AddColumn) and change.constraints:
        return Impossible(
            f"{computed.column.text} is computed by a trigger, and has constraints from the start",
            "Add the column without them, and each of them by a statement of its own.",
        )
    if isinstance(change, AddColumn) and change.if_not_exists:
        return Impossible("whether it is there already is decided when it runs", "Write it without IF.")
    if frame.before.children(table) and frame.before.known(table).partitioned_by is None:
        return Impossible(
            f"{table.text} has children, whose rows its triggers do not see",
            "Do it while nobody needs the tables: schemaguard: stored = rewrite.",
        )
    if table in released.syncs:
        return Impossible(
            f"other columns of {table.text} are kept in step by this release, and {computed.column.name} is"
            " computed from what they hold",
            "Make this change in a release of its own.",
        )
    return None
