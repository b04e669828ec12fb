"""What reads a kind of statement, by the statement's first words."""

from collections.abc import Callable, Mapping

from schemaguard.changes.base import Change, Unread
from schemaguard.sql.cursor import Cursor

#: Reads a statement up to its end; what it does not know it rejects.
Read = Callable[[Cursor], tuple[Change | Unread, ...]]
#: By first words, all of which are read already. The longest that fits is taken.
Productions = Mapping[tuple[str, ...], Read]
