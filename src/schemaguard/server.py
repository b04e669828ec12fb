"""What is known of the server that a migration is meant for."""

from collections.abc import Mapping
from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation

#: The supported PostgreSQL majors.
MAJORS = (14, 15, 16, 17, 18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a project calls small, and what too much: its settings of the same names."""

    small_table_rows: int = 10_000
    max_changes: int = 20
    max_tables: int = 5


#: What every name can be without quotes.
_PLAIN = "[a-z][a-z0-9_]*"
#: What ``names`` can speak of.
NAMED = (
    "table",
    "column",
    "index",
    "primary-key",
    "unique",
    "foreign-key",
    "check",
    "view",
    "type",
    "trigger",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """What a project has agreed on: its settings of the same names."""

    #: Kinds, each with the pattern of its names; (): all are plain.
    names: tuple[tuple[str, str], ...] = ()
    required_columns: tuple[str, ...] = ("created_at",)
    max_index_columns: int = 3

    def pattern_of(self, kind: str) -> str | None:
        """The pattern of that kind's names; None: any will do."""
        return dict(self.names).get(kind) if self.names else _PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The target: its major version if known, its session time zone, its tables' rows and sizes."""

    #: None: any supported major; facts answer for the worst of them.
    major: int | None = None
    #: The 3 of 14.3; None: unknown.
    minor: int | None = None
    #: The session's time zone; None: unknown, so that timestamp to timestamptz may rewrite.
    time_zone: str | None = None
    #: Estimated rows a table, from the server's statistics.
    rows: Mapping[Relation, int] = field(default_factory=dict)
    #: Bytes a table, without its indexes; those of all its partitions together.
    bytes: Mapping[Relation, int] = field(default_factory=dict)
    limits: Limits = Limits()
    conventions: Conventions = Conventions()

    @property
    def majors(self) -> tuple[int, ...]:
        """All majors that the server may be."""
        return MAJORS if self.major is None else (self.major,)
