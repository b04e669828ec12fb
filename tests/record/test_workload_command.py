"""schemaguard workload: what its actions print and write."""

import json
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.compat.workload import Cover, Parameter, Workload, query, read_workload, write_workload

FIND = query(
    "SELECT id FROM t WHERE a = $1", "shop.find", [Parameter(("int2",), null=True)], origin=("a.py:3",)
)
WIDER = query("SELECT id, b FROM t WHERE a = $1", "shop.find", [Parameter(("int4",))])
ADD = query("INSERT INTO t VALUES ($1)", "shop.add", many=True)
OLD = Workload(version="7", app="shop", driver="psycopg 3.3", statements=(FIND,), cover=Cover(("a.py:3",)))
NEW = Workload(
    version="8",
    app="shop",
    role="shop_app",
    statements=tuple(sorted((WIDER, ADD), key=lambda statement: statement.id)),
    unrecorded=("a template string sent at a.py:9",),
    cover=Cover(("a.py:3",), ("a.py:9", "b.py:1")),
)


@pytest.fixture(autouse=True)
def workloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_workload(Path("old"), OLD)
    write_workload(Path("new"), NEW)
    Path("named.sql").write_text("-- name: shop.find\nSELECT id FROM t WHERE a = %(a)s;\n")


def test_show_tells_what_is_there_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "show", "new"]) == 0

    shown = capsys.readouterr().out
    for part in (
        "shop 8\n",
        "role        shop_app\n",
        "statements  2 (1 insert, 1 select)\n",
        "call sites  1 of 3 reached\n",
        "    $1 ?; many rows\n",
        "not recorded\n  a template string sent at a.py:9\n",
        "not reached\n  a.py:9\n  b.py:1\n",
    ):
        assert part in shown


def test_show_as_json_has_the_statements_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "show", "old", "--format", "json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert shown["version"] == 1
    assert shown["workload"]["cover"] == {"call_sites_seen": ["a.py:3"], "call_sites_unseen": []}
    (statement,) = shown["workload"]["statements"]
    assert (statement["sql"], statement["params"]) == (FIND.sql, [{"t": ["int2"], "null": True}])


def test_diff_shows_what_came_and_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "diff", "old", "new"]) == 0

    shown = capsys.readouterr().out
    assert "+ shop.add insert" in shown
    assert "  - SELECT id FROM t WHERE a = $1\n  + SELECT id , b FROM t WHERE a = $1\n" in shown
    assert "parameters: $1 int2 or null -> $1 int4\n" in shown
    assert shown.endswith("1 added, 0 removed, 1 changed\n")


def test_diff_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "diff", "old", "new", "--format", "json"]) == 0

    shown = json.loads(capsys.readouterr().out)
    assert [statement["name"] for statement in shown["added"]] == ["shop.add"]
    assert shown["changed"][0]["before"]["sql"] == FIND.sql


@pytest.mark.parametrize(("after", "code"), [("old", 0), ("new", 1)])
def test_diff_has_an_exit_code_on_request(after: str, code: int) -> None:
    assert main(["workload", "diff", "old", after, "--exit-code"]) == code


def test_merge_writes_one_of_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "merge", "old", "new", "--out", "both"]) == 2
    assert "more than one version: 7, 8" in capsys.readouterr().err
    assert main(["workload", "merge", "old", "new", "named.sql", "--version", "9", "--out", "both"]) == 0

    both = read_workload(Path("both"))
    assert (both.version, len(both.statements)) == ("9", 3)
    assert both.cover == Cover(("a.py:3",), ("a.py:9", "b.py:1"))


def test_seal_makes_a_file_that_is_a_workload() -> None:
    assert main(["workload", "seal", "new", "--out", "new.jsonl"]) == 0
    assert main(["workload", "seal", "new.jsonl", "--out", "again.jsonl"]) == 0

    assert read_workload(Path("new.jsonl")) == NEW
    assert Path("new.jsonl").read_bytes() == Path("again.jsonl").read_bytes()


def test_what_is_no_workload_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workload", "show", "nowhere"]) == 2
    assert "there is no workload" in capsys.readouterr().err
