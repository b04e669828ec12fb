"""Sessions that have prepared the statements of a version earlier, as pools of connections have."""

from collections.abc import Iterable
from dataclasses import field

import psycopg
from psycopg import pq

from schemaguard.compat.observation import Failure, Vector
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.answers import execute, failure_of
from schemaguard.postgres.probe_statements import Prober


@dataclass(slots=True)
class WarmSession:
    """One open session; ``conn`` is in autocommit mode and stays open from state to state."""

    conn: psycopg.Connection
    role: str = ""
    prober: Prober = field(init=False)

    def __post_init__(self) -> None:
        self.prober = Prober(self.conn, self.role)

    def start(self, query: Query, vectors: Iterable[Vector]) -> None:
        """Prepare it and use it, so that the server keeps what it has made of it."""
        if query.kind != "copy":
            self.prober.describe(query)
            self.use(query, vectors)

    def use(self, query: Query, vectors: Iterable[Vector]) -> dict[Vector, Failure | None]:
        """What becomes of each statement that is prepared here, with the first values for each."""
        found: dict[Vector, Failure | None] = {}
        types = set()
        for vector in vectors:
            name, answer = self.prober.names.get((query.sql, vector.types), (b"", None))
            if vector.types in types or answer is None or isinstance(answer, Failure):
                continue
            types.add(vector.types)
            pgconn = self.conn.pgconn
            pgconn.exec_(b"BEGIN")
            told = execute(self.conn, name, vector)
            refused = told.status == pq.ExecStatus.FATAL_ERROR
            found[vector] = failure_of(told) if refused else None
            pgconn.exec_(b"ROLLBACK")
        return found
