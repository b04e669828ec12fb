"""What becomes of the columns that the release itself keeps in step, by op.create_sync_trigger."""

from schemaguard.changes import ChangeType, DropColumn, RenameColumn
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.plan.decision import Impossible
from schemaguard.plan.released import Released
from schemaguard.plan.synced import ends_sync

_BY_ITSELF = (
    "Do it in the revision that drops the trigger; or leave op.create_sync_trigger and op.drop_sync_trigger"
    " out of this release: `split` makes a trigger by itself."
)


def decide_kept(change: Change, frame: Frame, released: Released) -> Impossible | None:
    """Why it is not done in this release; None: the change has nothing to do with such columns."""
    if ends_sync(frame.statement.piece):
        return Impossible(
            "it ends what op.create_sync_trigger began, in one transaction with what is dropped then",
            'There is nothing left to split: declare schemaguard_phase = "contract" in this revision, and run'
            " it as it is; or, where the same release creates the trigger, leave both out: `split` makes a"
            " trigger by itself.",
        )
    match change:
        case DropColumn(column=column) | RenameColumn(column=column) | ChangeType(column=column):
            if released.said.keeps(column) is not None:
                return Impossible(f"op.create_sync_trigger keeps {column.text} in step", _BY_ITSELF)
        case _:
            pass
    return None
