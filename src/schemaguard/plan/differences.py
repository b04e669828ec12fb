"""What is not the same in two plans of a release."""

from collections.abc import Iterator
from dataclasses import fields

from schemaguard.plan.plan import Plan
from schemaguard.recipe import Step


def differences(one: Plan, other: Plan) -> Iterator[str]:
    """A line for each step that only one of them has, or that is another in each."""
    before, after = ({step.id: step for step in plan.steps} for plan in (one, other))
    for id_ in before:
        if id_ not in after:
            yield f"- {id_}: {before[id_].title}"
    for id_ in after:
        if id_ not in before:
            yield f"+ {id_}: {after[id_].title}"
        elif unlike := _unlike(before[id_], after[id_]):
            yield f"~ {id_}: another {', '.join(unlike)}"
    order = [id_ for id_ in after if id_ in before]
    if order != [id_ for id_ in before if id_ in after]:
        yield "~ the steps have another order"
    for name in ("starts_from", "ends_at", "revision_before", "revision_after"):
        if getattr(one, name) != getattr(other, name):
            yield f"~ {name}: {getattr(one, name)} became {getattr(other, name)}"


def same(one: Plan, other: Plan) -> tuple[str, ...]:
    """The ids of the steps that do the same in both."""
    after = {step.id: step for step in other.steps}
    return tuple(step.id for step in one.steps if step.id in after and not _unlike(step, after[step.id]))


def _unlike(one: Step, other: Step) -> list[str]:
    """The fields that differ, but for those that only people read."""
    names = (field.name for field in fields(Step) if field.name not in ("title", "holds"))
    return [name for name in names if getattr(one, name) != getattr(other, name)]
