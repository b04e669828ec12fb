"""What a step that is run, or taken back, tells those who watch, and hears from other sessions."""

import time
from dataclasses import field, replace

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.postgres import requests
from schemaguard.postgres.connect import settled
from schemaguard.postgres.course import Progress
from schemaguard.postgres.events import Event, Watch
from schemaguard.postgres.locks import Blocker, Patience, patience
from schemaguard.recipe import Step


@dataclass(slots=True)
class Telling:
    """About one step of a release, the ``number``-th ``of`` so many."""

    conn: psycopg.Connection
    release: str
    step: Step
    number: int
    of: int
    watch: Watch
    begun: float = field(default_factory=time.monotonic)

    def say(self, kind: str, message: str = "") -> None:
        """Tell of an event."""
        self.watch(self._event(kind, message))

    def say_how_far(self, progress: Progress) -> None:
        """Tell how far a backfill is."""
        self.watch(
            replace(
                self._event("progress"),
                rows=progress.seen,
                rows_estimate=progress.estimate,
                rate=progress.rate,
                batch=progress.batch,
            )
        )

    def _event(self, kind: str, message: str = "") -> Event:
        return Event(
            kind=kind,
            step=self.step.id,
            title=self.step.title,
            number=self.number,
            of=self.of,
            seconds=time.monotonic() - self.begun,
            message=message,
        )

    def obey(self) -> float:
        """As `requests.obey`."""
        return requests.obey(self.conn, self.release, self.say)

    def stop_if_asked(self) -> None:
        """Refused where the step has failed because somebody stopped it."""
        if settled(self.conn) and (asked := requests.pending(self.conn)) and asked.wish == "abort":
            self.obey()

    def patience(self, seconds: float) -> Patience:
        """Tries for locks, of which is told who stands in the way."""
        return patience(seconds, self._waiting, self.obey)

    def _waiting(self, table: Relation, blockers: tuple[Blocker, ...]) -> None:
        who = "; ".join(map(str, blockers)) or "a holder that came and went"
        self.say("wait", f"{table.text} is held by {who}")
