"""The catalog before a revision, to be had again: a revision that is run a second time begins with it."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

from .catalog import Catalog
from .ddl import follow

#: To follow so many statements again takes longer than to copy a catalog.
_MANY = 200


class Past:
    """A copy of a catalog, and what was sent since: to copy it before each revision takes long."""

    def __init__(self, catalog: Catalog) -> None:
        self.copy(catalog)

    def copy(self, catalog: Catalog) -> None:
        """What is not known by what was sent: this is how it is now."""
        # As copy.deepcopy, and many times as fast.
        self._copy = pickle.dumps(catalog, -1)
        self._sent: list[str] = []

    def sent(self, statements: Iterable[str], catalog: Catalog) -> None:
        """These have made ``catalog`` of what it was, and nothing else has."""
        self._sent += statements
        if len(self._sent) > _MANY:
            self.copy(catalog)

    def again(self) -> Catalog:
        """The catalog, which nobody else has."""
        catalog: Catalog = pickle.loads(self._copy)  # noqa: S301 (made in this process)
        for sql in self._sent:
            follow(catalog, sql)
        return catalog
