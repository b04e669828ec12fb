"""Whatever comes in, the linter ends by its own will, and loses no part of it."""

from itertools import islice

import pytest

from tests.fuzz.garbage import scripts, trouble_with

EACH = 5_000


@pytest.mark.parametrize("seed", range(4))
def test_garbage_neither_breaks_the_linter_nor_gets_lost(seed: int) -> None:
    tried = list(islice(scripts(seed), EACH))

    assert [trouble for script in tried if (trouble := trouble_with(script))] == []
    assert len(set(tried)) > EACH * 0.9


@pytest.mark.parametrize(
    "script",
    [
        "SELECT 4_$tag$",
        "CREATE VIEW v AS SELECT CASE a WHEN 1 THEN 2 END AS e FROM t) a b",
        'ALTER TABLE U&"\\zz" ADD a int',
        "SELECT '\ud800'",
    ],
)
def test_what_was_found_once_does_not_come_back(script: str) -> None:
    assert trouble_with(script) is None
