"""No danger missed, no false alarm, on the cases that linters get wrong."""

import pytest

from tests.subtle.ask import ask
from tests.subtle.cases import CASES, Case


@pytest.mark.parametrize("case", [pytest.param(case, id=case.title) for case in CASES])
def test_the_answer_is_right(case: Case) -> None:
    answer = ask(case)

    assert answer.right, str(answer)


def test_there_are_both_kinds_of_them() -> None:
    dangerous = [case for case in CASES if case.reported]
    safe = [case for case in CASES if not case.reported and not case.depends]

    assert len(dangerous) >= 80
    assert len(safe) >= 34
