"""EXECUTE, EXPLAIN EXECUTE, CREATE TABLE ... AS EXECUTE: unread until it is known what was prepared."""

from dataclasses import replace
from enum import Enum

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.explain_analyze import ExplainAnalyze, writes
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.select_rows import SelectRows
from schemaguard.dataclass import dataclass


class Use(Enum):
    """What the prepared statement is for."""

    RUN = "EXECUTE"
    PLAN = "EXPLAIN EXECUTE"
    MEASURE = "EXPLAIN ANALYZE EXECUTE"
    FILL = "CREATE TABLE AS EXECUTE"
    SHAPE = "CREATE TABLE AS EXECUTE WITH NO DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPrepared(Unread):
    """A statement that stands elsewhere. No change: whoever does not look for it finds it unread."""

    name: str
    use: Use = Use.RUN

    def read(self, prepared: tuple[Change | Unread, ...]) -> tuple[Change | Unread, ...]:
        """What it comes to, where that statement makes these changes."""
        match self.use:
            case Use.RUN:
                return prepared
            case Use.PLAN:
                return (PlanStatement("", prepared),)
            case Use.MEASURE:
                return (ExplainAnalyze(writes(prepared)), *prepared)
            case Use.FILL | Use.SHAPE:
                *others, last = [change for change in prepared if isinstance(change, Change)]
                called = [change for change in prepared if isinstance(change, Unread)]
                if not isinstance(last, SelectRows):
                    return (Unread(self.text, f"{self.name} is no query, of which a table could be made"),)
                if self.use is Use.SHAPE:
                    return (*others, replace(last, empty=True))
                return (*others, last, *called)
