"""A sealed workload is read as it was, and a changed one is refused."""

from pathlib import Path

import pytest

from schemaguard.compat.workload import read_workload, write_workload
from schemaguard.compat.workload_sealed import sealed
from schemaguard.errors import InputError
from tests.compat.test_workload import WORKLOAD


def test_a_sealed_workload_is_read_as_the_directory_is(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)
    (tmp_path / "w.jsonl").write_text(sealed(WORKLOAD), encoding="utf-8")

    assert read_workload(tmp_path / "w.jsonl") == read_workload(tmp_path / "w") == WORKLOAD


def test_equal_workloads_make_equal_bytes(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)
    text = sealed(WORKLOAD)
    (tmp_path / "w.jsonl").write_text(text, encoding="utf-8")

    assert sealed(read_workload(tmp_path / "w")) == sealed(read_workload(tmp_path / "w.jsonl")) == text


def test_statements_are_in_order_and_the_seal_is_last() -> None:
    lines = sealed(WORKLOAD).splitlines()

    assert '"rec":"head"' in lines[0]
    assert '"rec":"seal"' in lines[-1]
    assert len(lines) == 2 + len(WORKLOAD.statements)


@pytest.mark.parametrize("lost", range(4))
def test_a_lost_line_is_noticed(tmp_path: Path, lost: int) -> None:
    lines = sealed(WORKLOAD).splitlines(keepends=True)
    (tmp_path / "w").write_text("{}\n" * (lost == 0) + "".join(lines[:lost] + lines[lost + 1 :]))

    with pytest.raises(InputError, match="the seal does not fit"):
        read_workload(tmp_path / "w")


@pytest.mark.parametrize(
    ("old", "new"),
    [("shop_app", "postgres"), ('"null":true', '"null":false'), ('"sha256":"', '"sha256":"0'), ("}\n", "}")],
)
def test_a_change_is_noticed(tmp_path: Path, old: str, new: str) -> None:
    changed = sealed(WORKLOAD).replace(old, new)
    (tmp_path / "w").write_text(changed)

    assert changed != sealed(WORKLOAD)
    with pytest.raises(InputError, match="the seal does not fit"):
        read_workload(tmp_path / "w")
