"""Locks on partitions and other heirs: what is done to a table is done to all that has its columns."""

from collections.abc import Iterable
from dataclasses import replace

from schemaguard.locks import LockMode
from schemaguard.plan.edits import has_word
from schemaguard.recipe import LockClass, Step
from schemaguard.schema import SchemaState


def with_heirs(steps: Iterable[Step], schema: SchemaState) -> list[Step]:
    """The steps, each with the locks on the heirs of its tables.

    A lock weaker than SHARE ROW EXCLUSIVE (CREATE INDEX, ATTACH) stays with the table; so does one for ONLY.
    """
    return [_with_heirs(step, schema) for step in steps]


def _with_heirs(step: Step, schema: SchemaState) -> Step:
    if step.lock_class is not LockClass.BLOCKING or any(has_word(sql, "ONLY") for sql in step.sql):
        return step
    heirs = (
        (heir, mode)
        for table, mode in step.locks
        if mode.strength >= LockMode.SHARE_ROW_EXCLUSIVE.strength
        for heir in schema.descendants(table)
    )
    return replace(step, locks=tuple(dict.fromkeys((*step.locks, *heirs))))
