"""Forms of constraints: those that not all majors have, and in which order those of one table are made."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, Unique
from schemaguard.server import Server


def not_before(major: int, sqlstate: str, why: str, server: Server) -> Iterator[Refusal]:
    """What a server says that is older than ``major``, if there may be such a one."""
    if min(server.majors) < major:
        yield Refusal(sqlstate, f"before {major} {why}", certain=max(server.majors) < major)


def own_not_null(table: Relation, partitioned: bool, server: Server) -> Iterator[Refusal]:  # noqa: FBT001 - of the table
    """What PostgreSQL says to NOT NULL NO INHERIT."""
    yield from not_before(18, "42601", "a NOT NULL is inherited by all children", server)
    if partitioned:
        yield Refusal("0A000", f"{table.text} is partitioned: its NOT NULL cannot be NO INHERIT")


def unknown_forms(constraint: Constraint, server: Server) -> Iterator[Refusal]:
    """What of the constraint is a syntax error on the server."""
    if isinstance(constraint, Unique) and constraint.without_overlaps:
        yield from not_before(18, "42601", "there is no WITHOUT OVERLAPS", server)
        if len(constraint.columns) < 2:
            yield Refusal("42601", "WITHOUT OVERLAPS needs another column beside its own")
    if isinstance(constraint, ForeignKey) and constraint.period:
        yield from not_before(18, "42601", "there is no PERIOD of a foreign key", server)
    if isinstance(constraint, Unique) and not constraint.nulls_distinct:
        yield from not_before(15, "42601", "NULLs are always distinct", server)
    if isinstance(constraint, Check | ForeignKey) and not constraint.enforced:
        yield from not_before(
            18, "42601", "there is no NOT ENFORCED: constraints are always enforced", server
        )


def in_order(constraints: Iterable[Constraint]) -> list[Constraint]:
    """As the server makes those of one definition, which decides about the numbers in generated names.

    Of two that make the same columns unique it makes one, under the first name that is given.
    """
    uniques: dict[Unique, Unique] = {}
    others: list[Constraint] = []
    for constraint in sorted(constraints, key=lambda c: not (isinstance(c, Unique) and c.primary)):
        if not isinstance(constraint, Unique):
            others.append(constraint)
        elif (same := uniques.get(alike := replace(constraint, name="", primary=False))) is not None:
            uniques[alike] = replace(same, name=same.name or constraint.name)
        else:
            uniques[alike] = constraint
    checks = [c for c in others if isinstance(c, Check)]
    excludes = [c for c in others if isinstance(c, Exclude)]
    return [*checks, *uniques.values(), *excludes, *(c for c in others if isinstance(c, ForeignKey))]
