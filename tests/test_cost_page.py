"""The page docs/costs.md that is made of the corpus."""

import importlib.util
import re
from pathlib import Path

FILE = Path(__file__).parents[1] / "docs" / "costs.py"


def page() -> str:
    spec = importlib.util.spec_from_file_location("docs_costs", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: str = module.page()
    return made


def test_the_page_tells_of_each_form_its_locks_its_work_and_who_waits() -> None:
    said = page()

    plain = r"`CREATE INDEX ON \w+ \(\w+\)` \| SHARE on \w+ \| builds an index on \w+ \| \*\*writes, until"
    gentle = (
        r"`CREATE INDEX CONCURRENTLY .*` \| SHARE UPDATE EXCLUSIVE on \w+ \| builds .*; waits .* \| nobody \|"
    )
    assert re.search(plain, said)
    assert re.search(gentle, said)
    assert re.search(r"NULLS NOT DISTINCT\S* \(15 to 18\) \|", said)


def test_the_page_stays_readable() -> None:
    lines = page().splitlines()
    rows = [line for line in lines if line.startswith("|")]

    assert all(line.replace("\\|", "").count("|") in (3, 5) for line in rows)
    assert max(map(len, lines)) < 1000
    assert len({line for line in lines if line.startswith("## ")}) > 5
