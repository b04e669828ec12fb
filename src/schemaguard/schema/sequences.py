"""The sequences of a schema, as they are made, renamed and moved."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from schemaguard.names import Column, Relation, generated
from schemaguard.schema.columns import ColumnState
from schemaguard.schema.objects import SequenceState
from schemaguard.schema.state import SchemaState


def with_own_sequence(schema: SchemaState, column: Column, name: Relation | None = None) -> SchemaState:
    """The same schema with the sequence that a serial or identity column brings along."""
    if name is None:
        taken = schema.relation_names(column.table.schema)
        name = column.table.sibling(generated(column.table.name, (column.name,), "seq", taken))
    schema = replace(schema, sequences={**schema.sequences, name: SequenceState(owned_by=column)})
    state = schema.known(column.table)
    own = state.column(column.name)
    if own is None or own.default is None or not own.is_serial:
        return schema
    default = replace(own.default, sequences=frozenset({name}))
    return schema.with_table(column.table, state.with_column(replace(own, default=default)))


def with_sequences(schema: SchemaState, table: Relation, columns: Iterable[ColumnState]) -> SchemaState:
    """The same schema with those that the columns bring along to a new table."""
    for column in columns:
        if column.brings_sequence:
            schema = with_own_sequence(schema, Column(table, column.name), column.numbers.sequence)
    return schema


def with_sequence_named(schema: SchemaState, old: Relation, new: Relation) -> SchemaState:
    """The same schema with the sequence under another name."""
    sequences = {new if name == old else name: state for name, state in schema.sequences.items()}
    return numbered_from(
        replace(schema, sequences=sequences), lambda sequence: new if sequence == old else sequence
    )


def numbered_from(schema: SchemaState, follow: Callable[[Relation], Relation]) -> SchemaState:
    """The same schema, whose defaults take their numbers from sequences under other names."""
    return replace(
        schema,
        tables={
            table: replace(state, columns=tuple(_numbered(column, follow) for column in state.columns))
            for table, state in schema.tables.items()
        },
    )


def _numbered(column: ColumnState, follow: Callable[[Relation], Relation]) -> ColumnState:
    if column.default is None or not column.default.sequences:
        return column
    default = replace(column.default, sequences=frozenset(map(follow, column.default.sequences)))
    return replace(column, default=default)
