"""Servers and databases for tests: one server a process and major, one database a test."""

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from schemaguard.postgres import embedded
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.shadow_databases import until_left

#: So many databases stay behind their tests. To drop one whose session has only just been closed takes a
#: tenth of a second, later a tenth of that; to drop none fills the memory (8 MB each).
KEPT = 12


def majors() -> list[int]:
    """The PostgreSQL versions to test on, lowest first."""
    return sorted(int(one) for one in os.environ.get("SCHEMAGUARD_TEST_MAJORS", "16,18").split(","))


@dataclass(slots=True)
class Databases:
    """Makes databases of one server, fresh ones and copies of prepared ones."""

    server: Server
    #: Makes and drops them.
    over: psycopg.Connection
    made: int = 0
    templates: dict[str, str] = field(default_factory=dict)
    used: deque[str] = field(default_factory=deque)

    def fresh(self, setup: str = "") -> str:
        """The DSN of a new database after ``setup``, which is run once for all such databases."""
        self._drop_oldest()
        self.made += 1
        name = f"test_{self.made}"
        self.used.append(name)
        return self.server.create_database(name, self._template(setup) if setup else None, self.over)

    def _template(self, setup: str) -> str:
        name = f"setup_{hashlib.sha256(setup.encode()).hexdigest()[:24]}"
        if name not in self.templates:
            dsn = self.server.create_database(name, over=self.over)
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(setup.encode())
            until_left(self.over, name)
            self.templates[name] = setup
        return name

    def _drop_oldest(self) -> None:
        if len(self.used) > KEPT:
            name = sql.Identifier(self.used.popleft())
            self.over.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@dataclass(slots=True)
class Servers:
    """The servers of this process, started when first asked for."""

    stack: ExitStack
    running: dict[int, Databases] = field(default_factory=dict)

    def on(self, major: int) -> Databases:
        """The databases of the server of that version."""
        if major not in self.running:
            server = self.stack.enter_context(embedded.start(major))
            over = self.stack.enter_context(psycopg.connect(server.dsn(), autocommit=True))
            self.running[major] = Databases(server, over)
        return self.running[major]


@contextmanager
def servers() -> Iterator[Servers]:
    """No server yet, and none afterwards."""
    with ExitStack() as stack:
        yield Servers(stack)
