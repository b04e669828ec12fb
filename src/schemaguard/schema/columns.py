"""A column as it is: its type, its value, its NOT NULL."""

from dataclasses import field, replace
from enum import Enum

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, generated
from schemaguard.schema.expressions import Expression

#: What the default of a serial column is said to be, where it is written; one that is there has more to it.
SERIAL = "nextval"


class Generated(Enum):
    """How a generated column gets its value."""

    STORED = "stored"
    VIRTUAL = "virtual"


class Identity(Enum):
    """How an identity column gets its value."""

    ALWAYS = "always"
    BY_DEFAULT = "by default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is said of the sequence of an identity column, where it is written; the catalog's is not read."""

    #: As it is written between the parentheses.
    text: str = ""
    #: None: as it is by default.
    least: int | None = None
    most: int | None = None
    #: Whether it counts down.
    down: bool = False
    #: SEQUENCE NAME; None: it is named after the column.
    sequence: Relation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull:
    """How a column is NOT NULL: from 18 on there is a constraint which says so."""

    #: "": the name that PostgreSQL chooses.
    name: str = field(default="", compare=False)
    #: False: rows that were there before it may hold NULL.
    valid: bool = True
    #: NO INHERIT: children do not have it.
    own: bool = field(default=False, compare=False)
    #: Whether a parent has it, too.
    inherited: bool = field(default=False, compare=False)
    #: False: it is there because a parent has it, and for no other reason.
    local: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnState:
    """A column as it is. ``type`` None: unknown, which only an incomplete table has."""

    name: str
    type: Type | None = None
    not_null: bool = False
    not_null_as: NotNull = NotNull()
    default: Expression | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    numbers: Numbers = field(default=Numbers(), compare=False)
    #: False: it is there because a parent has it, and for no other reason.
    local: bool = True
    #: What COMMENT ON says of it; "": nothing. Not compared: a second column gets it by what we cannot read.
    comment: str = field(default="", compare=False)

    @property
    def holds_no_null(self) -> bool:
        """Whether it is NOT NULL, and has been proved to be so of all rows."""
        return self.not_null and self.not_null_as.valid

    @property
    def fills_itself(self) -> bool:
        """Whether an INSERT that omits the column gives it a value other than NULL."""
        return self.default is not None or self.generated is not None or self.identity is not None

    @property
    def is_serial(self) -> bool:
        """Whether it is written as serial."""
        return self.default is not None and self.default.text == SERIAL

    @property
    def brings_sequence(self) -> bool:
        """Whether a sequence of its own is made with it, where it is written."""
        return self.identity is not None or self.is_serial


def named_not_null(table: Relation, column: ColumnState) -> ColumnState:
    """The column with the name that its NOT NULL has now, whatever is renamed afterwards."""
    return replace(column, not_null_as=replace(column.not_null_as, name=not_null_name(table, column)))


def not_null_name(table: Relation, column: ColumnState) -> str:
    """What 18 calls the constraint that makes the column NOT NULL; "" if nothing does."""
    if not column.not_null:
        return ""
    return column.not_null_as.name or generated(table.name, (column.name,), "not_null", ())
