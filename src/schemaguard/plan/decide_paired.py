"""What becomes of a change of a column that is one of a pair: an old one and the new one that follows it."""

from schemaguard.changes import (
    AddColumn,
    CommentOn,
    DropColumn,
    DropDefault,
    DropNotNull,
    Grant,
    RenameColumn,
    Revoke,
    SetDefault,
    SetOption,
)
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.loose_steps import loosen
from schemaguard.names import Column, Relation
from schemaguard.phase import Phase
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible
from schemaguard.plan.released import Released
from schemaguard.sql.words import named
from schemaguard.steps import set_not_null


def decide_paired(change: Change, frame: Frame, released: Released) -> Decision | None:
    """The part of a pair's column that is not the pair itself; None: the change is about no pair."""
    match change:
        case RenameColumn(column=column) if released.in_pair(column):
            return Gentle(released.around.get(column, ()))
        case RenameColumn(column=column) if column in released.said.renamed:
            return Consumed()  # Why it cannot be done has been said.
        case AddColumn(table=table, column=added) if released.in_pair(Column(table, added.name)):
            held = change.held(frame.before, frame.server, Phase.CONTRACT)
            if held is None:
                return Impossible(
                    f"{added.name} is filled from other columns, and has constraints from the start",
                    "Add the column without them, and each of them by a statement of its own.",
                )
            of = Column(table, added.name)
            if added.brings_sequence:
                return Impossible(
                    f"{of.text} is numbered by a sequence, and this release gives its rows other values, too",
                    "Add it as a plain column with its UPDATE; make an identity of it by a later release.",
                )
            return Gentle((*(set_not_null(of, str(added.type)) if added.not_null else ()), *held))
        case DropColumn(column=column) if released.in_pair(column) and released.said.buried.get(id(change)):
            return Impossible(
                f"{column.text} lives on in new columns, and goes with the trigger that keeps them in step",
                "Leave schemaguard: tombstone out here: its values can be computed from the new columns.",
            )
        case DropColumn(column=column) | SetDefault(column=column) | DropDefault(column=column) if (
            released.in_pair(column)
        ):
            return Consumed()
        case DropNotNull(column=column) if released.in_pair(column):
            old = released.said.original(column)
            dropped = old.name in released.syncs[old.table].dropped
            return Gentle((loosen(old),)) if dropped else Consumed()
        case _:
            return None


def said_of_old(frame: Frame, released: Released) -> Relation | None:
    """The table of whose pair's old column the frame says what the new one has to have as well."""
    for effect in frame.effects:
        match effect.change:
            case CommentOn(table=Relation() as table) | SetOption(table=table):
                tables: tuple[Relation, ...] = (table,)
            case Grant(privileges=privileges) | Revoke(privileges=privileges):
                tables = privileges.tables
            case _:
                continue
        for table in tables:
            sync = released.syncs.get(table)
            if sync is not None and named(frame.statement.text, sync.dropped):
                return table
    return None
