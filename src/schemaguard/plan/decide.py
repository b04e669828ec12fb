"""What becomes of one change: it runs as written, in which phase; or by its recipe; or not at all."""

from dataclasses import field, replace

from schemaguard.changes import (
    AddCheck,
    AddColumn,
    AddEnumValue,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    AttachPartition,
    ChangeSequence,
    ChangeType,
    CreateIndex,
    CreateTrigger,
    DetachPartition,
    DropConstraint,
    DropDefault,
    DropFunction,
    DropIndex,
    DropTrigger,
    NextInBlock,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetExpression,
    SetNotNull,
    ValidateConstraint,
)
from schemaguard.changes.base import Change, SessionChange
from schemaguard.column_types import is_built_in
from schemaguard.costs import blocks
from schemaguard.dataclass import dataclass
from schemaguard.frame import Effect, Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.plan import verbatim
from schemaguard.plan.anew import RETYPE_BY_HAND, changes_nothing, is_made_anew, nothing_of_its_own
from schemaguard.plan.decide_drop import decide_drop
from schemaguard.plan.decide_generated import decide_generated
from schemaguard.plan.decide_index import decide_index, decide_key, dropped_index, goes, new_columns
from schemaguard.plan.decide_kept import decide_kept
from schemaguard.plan.decide_move import decide_move
from schemaguard.plan.decide_not_null import decide_not_null
from schemaguard.plan.decide_numbered import decide_numbered
from schemaguard.plan.decide_paired import decide_paired
from schemaguard.plan.decide_replaced import decide_replaced
from schemaguard.plan.decide_rows import OfRows, decide_rows
from schemaguard.plan.decide_session import decide_session
from schemaguard.plan.decide_whole import decide_whole, otherwise
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible, Written
from schemaguard.plan.edits import has_word
from schemaguard.plan.key_parts import REPARTITION_BY_HAND, in_partition_key
from schemaguard.plan.released import Released
from schemaguard.recipe import Intent
from schemaguard.schema import Check, ColumnState, Generated, Unique, constrained_columns
from schemaguard.server import Server

#: Taking something away that old code may count on waits until it is gone.
_TAKES_AWAY = (
    *(DropConstraint, DropIndex, DropDefault, DropTrigger, DropFunction),
    *(SetDefault, RenameConstraint, RenameIndex, DetachPartition),
)
#: These finish what an earlier statement began.
_FOLLOWS = (ValidateConstraint, SetNotNull, DropConstraint, AddUsingIndex)


@dataclass(slots=True)
class Decider:
    """Decides change by change, in their order, knowing the whole release."""

    released: Released
    server: Server
    notes: list[str] = field(default_factory=list)
    #: Tables on which something was put off to the contract.
    later: set[Relation] = field(default_factory=set)

    def decide(self, frame: Frame, effect: Effect) -> Decision:
        """What becomes of the change."""
        decision = self._decide(frame, effect)
        put_off = decision == Written(Phase.CONTRACT) or (
            isinstance(decision, Gentle) and any(step.phase is Phase.CONTRACT for step in decision.steps)
        )
        if put_off:
            self.later |= {cost.table for cost in effect.costs}
        return decision

    def _decide(self, frame: Frame, effect: Effect) -> Decision:
        change = effect.change
        if isinstance(change, SessionChange):
            return decide_session(change)
        if isinstance(change, NextInBlock):
            return Impossible(
                "what a DO block or a called function does is one statement",
                "Write its statements as plain SQL.",
            )
        if change.moves_data and sum(other.change.moves_data for other in frame.effects) > 1:
            return Impossible("it writes to several tables at once", "Write a statement for each of them.")
        if replaced := decide_replaced(change, frame, self.released, self.server):
            return replaced
        if effect.costs and all(cost.table in frame.young for cost in effect.costs):
            return Written(Phase.EXPAND)
        kept = decide_kept(change, frame, self.released)
        decided = kept or decide_move(change, frame, self.released, self.server, self.notes)
        decided = (
            decided
            or decide_not_null(change, frame, self.released, self.server, self.notes, self.later)
            or decide_paired(change, frame, self.released)
            or decide_drop(change, frame, self.released, self.server, self.notes)
        )
        if decided is not None:
            return decided
        if isinstance(change, OfRows):
            return decide_rows(change, frame, self.released, self.notes)
        match change:
            case CreateIndex():
                return decide_index(change, frame, effect, self.released)
            case AddUnique() | AddPrimaryKey():
                return decide_key(change, frame, self.released, self.server)
            case AddCheck() | AddForeignKey():
                return self._constraint(change, frame)
            case RenameTable() | AttachPartition() | AddEnumValue() | RenameEnumValue():
                return decide_whole(change, frame, self.released, self.server, self.notes)
            case DropIndex() if len(frame.effects) == 1 and not change.cascade:
                # It cannot be taken back, and old code may be slow without it.
                return Gentle((dropped_index(frame, change, self.released),))
            case AddColumn(table=table, constraints=new) if frame.before.known(table).primary_key and any(
                isinstance(constraint, Unique) and constraint.primary for constraint in new
            ):
                return Impossible(
                    f"{table.text} has a primary key, and can have no other",
                    "Drop that one first, by this migration or one before.",
                )
            case AddColumn(column=ColumnState(generated=Generated.STORED)) | SetExpression():
                return decide_generated(change, frame, effect, self.released, self.notes)
            case AddColumn(column=column) if column.brings_sequence and any(map(blocks, effect.costs)):
                return decide_numbered(change, frame, self.server, self.notes)
            case AddColumn():
                return self._column(change, frame, effect)
            case ChangeSequence(verb="ALTER", options=("AS",)) if has_word(
                frame.statement.text, "BIGINT", "INT8"
            ):
                # It has more numbers than before; old code has no place for them.
                return Written(Phase.CONTRACT)
            case ChangeType(column=column) if by := in_partition_key(column, frame.before):
                return Impossible(f"{by.text} is partitioned by {column.name}", REPARTITION_BY_HAND)
            case ChangeType(column=column) if changes_nothing(change, frame):
                self.released.questions.append(nothing_of_its_own(column))
                return Consumed()
            case ChangeType() if is_made_anew(change, effect, frame):
                # Where there is an obstacle, it has been said.
                steps = self.released.around.get(change.column)
                return Consumed() if steps is None else Gentle(steps)
            case ChangeType(column=column) if self.released.in_pair(column) or self.released.is_read(column):
                return Impossible(
                    f"{column.text} is kept in step with another column, and keeps its type meanwhile",
                    "Change its type by a release of its own, before this one or after it.",
                )
            case ChangeType() if any(blocks(cost) for cost in effect.costs):
                return Impossible(
                    f"all rows of {change.column.table.text} would be written anew, and values become others",
                    RETYPE_BY_HAND,
                )
            case ChangeType(column=column, type=type_) if not any(b.certain for b in effect.breaks) and not (
                type_.name.startswith("time") or any(blocks(cost) for cost in effect.costs)
            ):
                self.notes.append(
                    f"{column.text}: prepared statements that read it fail once with 0A000 when its type has"
                    " changed; new sessions do not."
                )
                return Written(Phase.EXPAND)
            case _:
                return self._other(change, frame, effect)

    def _constraint(self, change: AddCheck | AddForeignKey, frame: Frame) -> Decision:
        if len(frame.effects) > 1:
            return Impossible(
                "a constraint is added together with other actions", "Add it by a statement of its own."
            )
        constraint = change.check if isinstance(change, AddCheck) else change.key
        columns = constrained_columns(constraint)
        if obstacle := goes(self.released, change.table, columns):
            return obstacle
        # Columns that running code does not know, and that nobody fills for it, are NULL in what it writes.
        unknown = (
            columns
            and columns <= new_columns(self.released, change.table)
            and not isinstance(constraint, Check)
        )
        phase = Phase.EXPAND if unknown else Phase.CONTRACT
        if isinstance(change, AddForeignKey) and frame.before.partitions(change.table):
            recipe = change.recipe(frame.before, self.server, Intent())
            return Gentle(tuple(replace(step, phase=phase) for step in recipe.steps) if recipe else ())
        return Gentle(tuple(verbatim.not_valid(frame, change, phase, self.released.ends)))

    def _column(self, change: AddColumn, frame: Frame, effect: Effect) -> Decision:
        column, of = change.column, Column(change.table, change.column.name)
        if column.not_null and not column.fills_itself and of not in self.released.said.up:
            return Impossible(
                f"{of.text} must have a value, and running code gives it none",
                f"Say which, above this statement: schemaguard: up {quote(column.name)} = ... ; or give it a"
                " default.",
            )
        if has_word(frame.statement.text, "COLLATE", "STORAGE", "COMPRESSION") and any(
            blocks(cost) for cost in effect.costs
        ):
            return Impossible(
                f"{of.text} is more than a type and a default, and would make others wait",
                "Add it bare, fill it by an UPDATE in the same migration, and add constraints by statements.",
            )
        recipe = change.recipe(frame.before, self.server, Intent())
        if recipe is not None:
            return Gentle(recipe.steps)
        rewrites_nothing = (
            column.type is not None
            and not is_built_in(column.type)
            and not (column.fills_itself or column.not_null or change.constraints)
        )
        if rewrites_nothing:
            self.notes.append(
                f"{of.text} is of type {column.type}: if that is a domain with constraints, adding the column"
                " reads the whole table."
            )
            return Written(Phase.EXPAND)
        return self._other(change, frame, effect)

    def _other(self, change: Change, frame: Frame, effect: Effect) -> Decision:
        if any(blocks(cost) for cost in effect.costs if cost.table not in frame.young):
            return Impossible(
                "others would wait for a time that grows with the table, and there is no recipe for it yet",
                "Make it in steps by hand: `schemaguard lint` says what each statement costs.",
            )
        recipe = change.recipe(frame.before, self.server, Intent())
        if recipe is not None:
            self.notes.extend(recipe.notes)
            return Gentle(recipe.steps)
        if change.inside_only:
            return Impossible(
                "each step has a transaction of its own, and this lock is let go at the end of its step",
                "Leave it out: every step takes the locks it needs.",
            )
        if effect.losses:
            lost = "; ".join(loss.what for loss in effect.losses)
            return Impossible(
                f"{lost} would be gone, and there is no way back",
                "Run it by hand, when you know that nobody needs them.",
            )
        follows = isinstance(change, _FOLLOWS) and any(cost.table in self.later for cost in effect.costs)
        if not effect.breaks or isinstance(change, CreateTrigger):
            return Written(Phase.CONTRACT if follows else Phase.EXPAND)
        if isinstance(change, (*_TAKES_AWAY, *_FOLLOWS)):
            return Written(Phase.CONTRACT)
        broken = "; ".join(sorted({each.needs for each in effect.breaks}))
        return Impossible(
            f"running code may need {broken}, and there is no recipe for it yet", otherwise(change, frame)
        )
