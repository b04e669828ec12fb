"""What becomes of another spelling of an enum's value."""

from collections.abc import Iterator

from schemaguard.changes import RenameEnumValue
from schemaguard.column_types import Type
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation, literal
from schemaguard.phase import Phase
from schemaguard.plan.decision import Decision, Gentle, Impossible, Written
from schemaguard.plan.released import Released
from schemaguard.schema import DomainState, EnumState, SchemaState
from schemaguard.spelling_steps import Respelled
from schemaguard.user_types import columns_of, domains_over, users

_BOTH = (
    "Until the contract {new} of {type} is kept as {old}, whoever writes it: new code may write either, reads"
    " {old}, and asks for both, IN ({old}, {new}); old code sees {new} only where it lists the type's values."
    " In the contract each {old} becomes {new} at once."
)
_LEFT = (
    "{type} still has a value {old} in the end, behind {new}, which no row has: no server takes a value out"
    " of a type, and code that asks for both must go on. Nothing refuses it; in a later release a CHECK can."
)
_IN_TEXT = "The text of function {function} has {old}: let it take {new} for the same before the contract."
BY_HAND = (
    "In steps: a release with ALTER TYPE {type} ADD VALUE {new} AFTER {old}, then code that reads both; when"
    " all code does, code that writes {new}; when no code writes {old} any more, a release with the UPDATE of"
    " the rows and a CHECK that forbids {old}. The value stays."
)
_OF_ITS_OWN = "Rename it in a release of its own."


def decide_spelling(change: RenameEnumValue, frame: Frame, released: Released, notes: list[str]) -> Decision:
    """The steps, or why there are none."""
    effect = next(effect for effect in frame.effects if effect.change is change)
    if not effect.breaks:
        return Written(Phase.EXPAND)
    words = {"type": change.type.text, "old": literal(change.value), "new": literal(change.new)}
    beside = _beside(change, frame, released)
    if beside:
        return Impossible(beside, _OF_ITS_OWN)
    schema = released.before
    why = "; ".join(dict.fromkeys(_obstacles(change, schema)))
    if why:
        return Impossible(
            f"{words['old']} of {words['type']} cannot be renamed gently: {why}",
            BY_HAND.format(**words | {"type": str(change.type)}),
        )
    tables: dict[Relation, dict[str, bool]] = {}
    for column, kind in sorted(_columns(change, schema)):
        if not schema.is_partition(column.table):
            tables.setdefault(column.table, {})[column.name] = kind.array
    respelled = Respelled(type=change.type, old=change.value, new=change.new, tables=tables)
    notes.extend((_BOTH.format(**words), _LEFT.format(**words)))
    notes.extend(
        _IN_TEXT.format(function=f"{routine.schema}.{routine.name}", **words)
        for routine, state in sorted(schema.functions.items(), key=lambda item: item[0])
        if state.code is not None and words["old"] in state.code.text
    )
    return Gentle(tuple(respelled.steps()), apart=(respelled.apart,))


def _columns(change: RenameEnumValue, schema: SchemaState) -> Iterator[tuple[Column, Type]]:
    """The columns that may hold the value, also as a domain's or in an array; but those that are computed."""
    for user in users(schema, change.type):
        for column, kind in columns_of(schema, user):
            state = schema.column(column)
            if state is not None and not state.generated:
                yield column, kind


def _beside(change: RenameEnumValue, frame: Frame, released: Released) -> str:
    """What else the release does that has to do with the value."""
    before, end = (set(_columns(change, schema)) for schema in (released.before, released.end))
    if before != end:
        names = ", ".join(sorted(column.text for column, _ in before ^ end))
        return (
            f"a value of {change.type.text} is renamed, and other statements of this release change {names}"
        )
    for table in sorted({column.table for column, _ in before}):
        if table in released.syncs:
            return f"other columns of {table.text} are kept in step by this release"
    for other in released.frames:
        if other is frame:
            continue
        changes = [e.change for e in other.effects if not isinstance(e.change, RenameEnumValue)]
        if change.type in [one.about for one in changes]:
            return f"other statements of this release change {change.type.text}"
        for label in (change.value, change.new):
            if literal(label) in other.statement.text:
                return f"a value is renamed, and other statements of this release name {literal(label)}"
    return ""


def _obstacles(change: RenameEnumValue, schema: SchemaState) -> Iterator[str]:
    state = schema.types.get(change.type)
    if not isinstance(state, EnumState):
        yield "what it is is not known"
        return
    if change.value not in state.values or change.new in state.values:
        yield f"it must have {literal(change.value)}, and not {literal(change.new)}"
    plain = set(domains_over(schema, change.type))
    for user in users(schema, change.type):
        domain = schema.types[user]
        for column, kind in columns_of(schema, user):
            table = schema.known(column.table)
            if user not in plain or (kind.array and user != change.type):
                yield f"{column.text} holds it inside of values of {user.text}, where no trigger looks"
            elif isinstance(domain, DomainState) and domain.checks:
                yield f"{user.text}, the type of {column.text}, has a CHECK, which comes before any trigger"
            if column.name in (table.partitioned_by or ()):
                yield f"{column.text} is part of the partition key, which is looked at before any trigger"
            if table.foreign:
                yield f"{column.table.text} is foreign: its rows are elsewhere"
