"""The sequences of a schema, as they are made, renamed and moved."""

from collections.abc import Iterable
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
    return replace(schema, sequences={**schema.sequences, name: SequenceState(owned_by=column)})


def with_sequences(schema: SchemaState, table: Relation, columns: Iterable[ColumnState]) -> SchemaState:
    """The same schema with those that the columns bring along to a new table."""
    for column in columns:
        if column.brings_sequence:
            schema = with_own_sequence(schema, Column(table, column.name), column.numbers.sequence)
    return schema


def with_sequence_named(schema: SchemaState, old: Relation, new: Relation) -> SchemaState:
    """The same schema with the sequence under another name."""
    sequences = {new if name == old else name: state for name, state in schema.sequences.items()}
    return replace(schema, sequences=sequences)
