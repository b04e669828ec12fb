"""What becomes of a change of the session alone."""

from schemaguard.changes import BeginTransaction, EndTransaction, SetSetting, ShowSetting
from schemaguard.changes.base import SessionChange
from schemaguard.plan.decision import Consumed, Decision, Impossible
from schemaguard.settings import TIMEOUTS


def decide_session(change: SessionChange) -> Decision:
    """The runner has transactions and time-outs of its own; on other settings statements may rest."""
    match change:
        case BeginTransaction() | EndTransaction() | ShowSetting():
            return Consumed()
        case SetSetting(name=name) if name in TIMEOUTS:
            return Consumed()
        case _:
            return Impossible(
                "each step runs in a session and a transaction of its own, where this does not last",
                "Write names with their schemas, and do without settings and savepoints.",
            )
