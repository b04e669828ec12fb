"""Each convention that a linter holds people to is reported where it is broken, and nowhere else."""

import pytest

from tests.union.cases import DANGERS, NOT_OURS, Danger
from tests.union.hygiene_cases import CONVENTIONS, ELSEWHERE, WITHIN
from tests.union.test_union import CONVENTION, NAMES, reported


def named(danger: Danger) -> str:
    return f"{danger.name}: {danger.sql}"[:100]


@pytest.mark.parametrize("danger", CONVENTIONS, ids=named)
def test_what_is_against_a_convention_is_reported(danger: Danger) -> None:
    found = reported(danger, by_default=False)

    assert danger.rules <= {one.rule for one in found}, [(one.rule, one.message) for one in found]


@pytest.mark.parametrize("danger", WITHIN, ids=named)
def test_what_is_within_it_is_not(danger: Danger) -> None:
    found = reported(danger, by_default=False)

    assert [(one.rule, one.message) for one in found if one.rule in danger.rules] == []


def test_each_convention_stands_in_one_table() -> None:
    reported_here = {danger.name for danger in CONVENTIONS}
    conventions = {name for name, axes in NAMES.items() if CONVENTION in axes.split(",")}
    by_others = NOT_OURS.keys() | {danger.name for danger in DANGERS}

    assert reported_here & ELSEWHERE.keys() == set()
    assert {danger.name for danger in WITHIN} <= reported_here
    assert conventions - by_others <= reported_here | ELSEWHERE.keys() <= conventions
