"""The recipes in the documentation: the plan of each is proved."""

import re
from pathlib import Path

import pytest

from schemaguard.postgres.embedded import Server
from tests.fuzz.releases import Fate, Release, outcome

SOURCES = sorted((Path(__file__).parents[2] / "docs" / "recipes").glob("*.sql"))


@pytest.mark.majors
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_plan_of_each_page_keeps_what_it_promises(path: Path, server: Server) -> None:
    _, given, migration = re.split(r"\n-- (?:before|migration)\n", path.read_text())

    came = outcome(Release(0, given, (migration.strip().removesuffix(";"),)), server, server.major)

    assert came.fate is Fate.PROVED, came.why
