"""What is known of a database's schema, as frozen values: the whole, and what it is made of."""

from schemaguard.schema.columns import (
    SERIAL,
    ColumnState,
    Generated,
    Identity,
    NotNull,
    Numbers,
    named_not_null,
    not_null_name,
)
from schemaguard.schema.constraints import (
    Check,
    Constraint,
    Exclude,
    ForeignKey,
    IndexState,
    Unique,
    constrained_columns,
)
from schemaguard.schema.expressions import Expression, Part, Volatility
from schemaguard.schema.objects import SequenceState, Thing, ViewState, without_owned
from schemaguard.schema.routines import Code, Routine, RoutineState
from schemaguard.schema.sequences import (
    numbered_from,
    with_own_sequence,
    with_sequence_named,
    with_sequences,
)
from schemaguard.schema.state import SchemaState
from schemaguard.schema.tables import Persistence, TableState
from schemaguard.schema.type_states import CompositeState, DomainState, EnumState, OtherType, TypeState

__all__ = [
    "SERIAL",
    "Check",
    "Code",
    "ColumnState",
    "CompositeState",
    "Constraint",
    "DomainState",
    "EnumState",
    "Exclude",
    "Expression",
    "ForeignKey",
    "Generated",
    "Identity",
    "IndexState",
    "NotNull",
    "Numbers",
    "OtherType",
    "Part",
    "Persistence",
    "Routine",
    "RoutineState",
    "SchemaState",
    "SequenceState",
    "TableState",
    "Thing",
    "TypeState",
    "Unique",
    "ViewState",
    "Volatility",
    "constrained_columns",
    "named_not_null",
    "not_null_name",
    "numbered_from",
    "with_own_sequence",
    "with_sequence_named",
    "with_sequences",
    "without_owned",
]
