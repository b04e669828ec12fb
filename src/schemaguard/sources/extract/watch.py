"""Two places in SQLAlchemy and Alembic where we listen: counted rows, and batches of operations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic.operations import batch

from .driver import Recorder
from .frames import Batch, Frames


def watch_rowcount(recorder: Recorder) -> None:
    """Note when a revision asks how many rows a statement changed: nobody knows."""
    result: Any = getattr(sqlalchemy.engine, "CursorResult", None)
    original: Any = getattr(result, "rowcount", None)
    inside = str(Path(str(sqlalchemy.__file__)).parent)

    def rowcount(self: Any) -> int:
        if not sys._getframe(1).f_code.co_filename.startswith(inside):
            recorder.unknown("how many rows a statement changes is not known here")
        return int(getattr(self.cursor, "rowcount", 0) or 0)

    if original is not None:
        result.rowcount = property(rowcount)


def watch_batches(frames: Frames) -> None:
    """Let the operations of batch_alter_table remember where they were asked for."""
    original: Any = batch.BatchOperationsImpl.__init__

    def initialize(self: Any, *arguments: Any, **named: Any) -> None:
        original(self, *arguments, **named)
        self.batch = Batch(frames)

    batch.BatchOperationsImpl.__init__ = initialize  # type: ignore[method-assign]
