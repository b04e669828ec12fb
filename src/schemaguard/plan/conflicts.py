"""What counts where one statement writes both forms of a pair, and they contradict each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schemaguard.names import Column, Relation
from schemaguard.plan.said import Ruled, Said, wrong
from schemaguard.recipe import Conflict, Pair
from schemaguard.schema import SchemaState, Volatility
from schemaguard.text import Place
from schemaguard.user_types import domains


def ruled(
    pairs: Mapping[Relation, Sequence[Pair]], said: Said, before: SchemaState
) -> Mapping[Relation, Sequence[Pair]]:
    """The pairs with what is said of their conflicts. InputError where it cannot be obeyed."""
    for rule in said.conflicts:
        of_pair = any(_is_about(rule, pair) for of_table in pairs.values() for pair in of_table)
        # Of a rename that has no pair it is told why.
        if not of_pair and said.renamed.keys().isdisjoint(rule.columns):
            raise wrong(
                f"schemaguard: conflict = {rule.conflict.value}: no column here is one of two forms",
                rule.place,
                "It belongs above what adds, fills, renames or drops a column that goes, or one made of it.",
            )
    return {table: [_ruled(pair, said, before) for pair in of_table] for table, of_table in pairs.items()}


def _is_about(rule: Ruled, pair: Pair) -> bool:
    columns = {Column(pair.table, name) for name in (*pair.new, *pair.down)}
    return bool(pair.down) and not columns.isdisjoint(rule.columns)


def _ruled(pair: Pair, said: Said, before: SchemaState) -> Pair:
    rules = [rule for rule in said.conflicts if _is_about(rule, pair)]
    if not rules:
        return pair
    first, *others = rules
    for rule in others:
        if rule.conflict is not first.conflict:
            raise wrong(
                f"schemaguard: conflict = {rule.conflict.value}, but conflict = {first.conflict.value} at"
                f" {first.place}",
                rule.place,
                "Say one of them.",
            )
    if first.conflict is Conflict.NEW:
        return pair
    return replace(pair, conflict=first.conflict, defaults=dict(_defaults(pair, before, first.place)))


def _defaults(pair: Pair, before: SchemaState, place: Place) -> Iterator[tuple[str, str]]:
    """What an INSERT that does not give the old columns puts there."""
    for name in pair.down:
        column = before.column(Column(pair.table, name))
        if column is None or column.type is None:
            continue
        of_type = (domain.default for domain in domains(before, column.type) if domain.default)
        default = column.default or next(of_type, None)
        if default is None and not column.fills_itself:
            continue
        if default is None or default.volatility not in (Volatility.CONSTANT, Volatility.STABLE):
            raise wrong(
                f"{name} of {pair.table.text} gets another value in each row where an INSERT leaves it out:"
                " whether one that contradicts the new form was given cannot be told",
                place,
                "Leave schemaguard: conflict out here: then the new form counts.",
            )
        yield name, default.text
