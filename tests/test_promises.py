"""Every promise names a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEPT_BY = re.findall(r"`((?:src|tests|bench)/[^`]+)`", (ROOT / "docs" / "promises.md").read_text())


@pytest.mark.parametrize("named", [name for name in KEPT_BY if not name.startswith("tests/test_promises")])
def test_the_test_that_keeps_a_promise_exists(named: str) -> None:
    path, _, test = named.partition("::")

    assert (ROOT / path).is_file()
    assert not test or f"def {test}(" in (ROOT / path).read_text()
