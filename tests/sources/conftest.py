"""An empty Alembic project."""

from pathlib import Path

import pytest

from tests.sources.revisions import Revisions


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    return Revisions(tmp_path)
