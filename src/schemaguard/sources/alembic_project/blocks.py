"""Which statements run in one transaction, over a whole history."""

import re
from collections.abc import Sequence
from itertools import count

from schemaguard.sources.alembic_project.environment import Environment

_ENDS = re.compile(r"\s*(?:COMMIT|END|ROLLBACK|ABORT)(?:\s+(?:WORK|TRANSACTION))?\s*;?\s*\Z", re.IGNORECASE)
_BEGINS = re.compile(r"\s*(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
#: What PostgreSQL refuses inside a transaction: who sends it after COMMIT knows that none is open.
_ALONE = re.compile(
    r"\s*(?:VACUUM\b|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b|REINDEX\b.*\bCONCURRENTLY\b"
    r"|ALTER\s+SYSTEM\b|(?:CREATE|DROP)\s+DATABASE\b|ALTER\s+TABLE\b.*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY\b)",
    re.IGNORECASE | re.DOTALL,
)


class Blocks:
    """Numbers the transactions of a history, revision by revision."""

    def __init__(self, environment: Environment) -> None:
        self._numbers = count()
        self._environment = environment
        self._last: int | None = None

    def one(self) -> int:
        """A number that nothing else has."""
        return next(self._numbers)

    def of_revision(self, texts: Sequence[str], relative: Sequence[int | None]) -> list[int | None]:
        """The block of each statement of the next revision; ``relative`` counts within the revision."""
        if self._environment.autocommit:
            return [None for _ in texts]
        # Without transactional DDL Alembic begins and commits a transaction for each revision, too.
        alone = self._environment.transaction_per_migration or not self._environment.transactional_ddl
        known: dict[int, int] = {}
        if not alone and self._last is not None:
            known[0] = self._last
        blocks = [
            None if number is None else known.setdefault(number, known.get(number, -1)) for number in relative
        ]
        for place, number in enumerate(relative):
            if number is not None:
                if known[number] < 0:
                    known[number] = self.one()
                blocks[place] = known[number]
        self._after_commits(texts, blocks)
        # An autocommit block at the end has committed what was before it: the next revision begins anew.
        numbered = [number for number in blocks if number is not None]
        self._last = (self._last if not relative else None) if not numbered else numbered[-1]
        if relative and relative[-1] is None:
            self._last = None
        return blocks

    def _after_commits(self, texts: Sequence[str], blocks: list[int | None]) -> None:
        """
        A COMMIT sent as text ends the transaction without the driver's knowledge. psycopg2 goes on without
        one, psycopg opens another: which it is, the statements tell that are possible only without.
        """
        for place, text in enumerate(texts):
            if blocks[place] is None or not _ENDS.match(text):
                continue
            ended = blocks[place]
            rest = [n for n in range(place + 1, len(texts)) if blocks[n] == ended]
            until = next((n for n in rest if _BEGINS.match(texts[n]) or _ENDS.match(texts[n])), len(texts))
            span = [n for n in rest if n < until]
            follows = self.one()
            without = any(_ALONE.match(texts[n]) for n in span) or (
                until < len(texts) and _BEGINS.match(texts[until])
            )
            for n in rest:
                blocks[n] = None if without else follows
