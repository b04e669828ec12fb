"""Questions that are asked again and again, planned once: that takes longer than to answer them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg


class Repeating(psycopg.Connection[Any]):
    """A connection whose server keeps the plans of what it is asked by ``ask``.

    The statements that psycopg itself prepares are gone after each ALTER, DROP and ROLLBACK. This is not
    for users' databases: there a DISCARD ALL, or a pooler, takes prepared statements away.
    """

    #: Query to the name under which the server knows it; None: plans are not kept any more.
    planned: Mapping[str, str] | None = MappingProxyType({})

    def prepared(self, query: str) -> str:
        """What to run in place of the query."""
        if self.planned is None:
            return query
        name = self.planned.get(query)
        if name is None:
            name = f"schemaguard_{len(self.planned)}"
            self.execute(f"PREPARE {name} AS {query}".encode(), prepare=False)
            self.planned = {**self.planned, query: name}
        return f"EXECUTE {name}"


def ask(cursor: psycopg.Cursor[Any], query: str) -> list[tuple[Any, ...]]:
    """All rows of a query without parameters."""
    if isinstance(cursor.connection, Repeating):
        query = cursor.connection.prepared(query)
    return cursor.execute(query.encode(), prepare=False).fetchall()
