"""Which action of a statement a finding is about."""

from schemaguard.changes.base import Change, Unread
from schemaguard.frame import Effect, Frame
from schemaguard.rule import Evidence
from schemaguard.sql.actions import action_spans


def within_of(frame: Frame, because: Evidence | Unread) -> tuple[int, int] | None:
    """The range of the action that it comes from; None: of the whole statement, or nobody knows."""
    changes = frame.statement.changes
    if len(changes) == 1:
        return None
    spans = action_spans(frame.statement.text)
    if len(spans) != len(changes):
        return None
    guilty = because if isinstance(because, Unread) else _guilty(frame, because)
    return next((span for span, change in zip(spans, changes, strict=True) if change is guilty), None)


def _guilty(frame: Frame, because: Evidence) -> Change | None:
    """The change that the evidence is of: two can cost the same, so the very object counts first."""
    for effect in frame.effects:
        if any(one is because for one in _evidence(effect)):
            return effect.change
    return next((effect.change for effect in frame.effects if because in _evidence(effect)), None)


def _evidence(effect: Effect) -> tuple[Evidence, ...]:
    return (*effect.costs, *effect.breaks, *effect.refusals, *effect.losses)
