"""What is in a database at one moment: its catalog and its rows."""

from collections.abc import Iterator

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.postgres.contents import Contents, read_contents, unlike
from schemaguard.postgres.shape import Shape, differences, read_shape


@dataclass(frozen=True, slots=True)
class Moment:
    """What is in a database."""

    shape: Shape
    contents: Contents

    @classmethod
    def of(cls, conn: psycopg.Connection) -> "Moment":
        """Of this moment."""
        return cls(read_shape(conn), read_contents(conn))

    def unlike(self, seen: "Moment") -> Iterator[str]:
        """Where what is seen is not this, a line for each thing."""
        yield from differences(self.shape, seen.shape)
        yield from unlike(self.contents, seen.contents)
