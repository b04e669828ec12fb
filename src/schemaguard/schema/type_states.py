"""Types that users made, as they are."""

from dataclasses import field

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.schema.constraints import Check
from schemaguard.schema.expressions import Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumState:
    """An enum type: its values in their order."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainState:
    """A domain: another type with constraints."""

    base: Type
    not_null: bool = False
    #: What 17 and later call the constraint that says so; "": the name that they choose.
    not_null_name: str = field(default="", compare=False)
    default: Expression | None = None
    #: Their columns are empty: a domain's constraint speaks of VALUE.
    checks: tuple[Check, ...] = ()

    @property
    def constrained(self) -> bool:
        """Whether a value of the base type may be refused."""
        return self.not_null or bool(self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeState:
    """A composite type: its attributes in their order."""

    attributes: tuple[tuple[str, Type], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherType:
    """A type of another kind: ``range``, ``multirange``, ``base`` or ``shell``."""

    kind: str
    #: What a range is a range of, and a multirange a set of.
    over: Type | None = None


TypeState = EnumState | DomainState | CompositeState | OtherType
