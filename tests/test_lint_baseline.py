"""lint --baseline: what the code that runs really needs decides what breaks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemaguard.cli import main
from schemaguard.postgres.embedded import Server

SCHEMA = """
CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL, fax text, email text);
CREATE TABLE archive (id bigint, name text, fax text, email text);
"""
Lint = Callable[..., dict[str, Any]]


@pytest.fixture
def lint(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Lint:
    """Lints a migration beside the code that sends these statements: the findings by rule, the exit code."""
    monkeypatch.chdir(tmp_path)
    Path("schema.sql").write_text(SCHEMA)

    def run(migration: str, *statements: str, phase: str = "expand") -> dict[str, Any]:
        named = "".join(f"-- name: ask_{n}\n{sql};\n" for n, sql in enumerate(statements))
        Path("live.sql").write_text(named)
        Path("change.sql").write_text(f"-- schemaguard: phase={phase}\nSET lock_timeout = '1s';\n{migration}")
        capsys.readouterr()
        words = ["lint", "change.sql", "--schema", "schema.sql", "--baseline", "live.sql"]
        code = main([*words, "--format", "json", "--shadow-url", server.url("postgres")])
        printed = capsys.readouterr()
        findings = json.loads(printed.out)["findings"] if printed.out else []
        return {"rules": {f["rule"]: f for f in findings}, "code": code, "error": printed.err}

    return run


READS = "SELECT id, name FROM account WHERE id = $1"
READS_FAX = "SELECT fax FROM account WHERE id = $1"
COPIES = "INSERT INTO archive SELECT * FROM account WHERE id = $1"


def test_what_no_live_code_uses_may_be_dropped(lint: Lint) -> None:
    assert lint("ALTER TABLE account DROP COLUMN fax;", READS)["rules"] == {}
    assert lint("ALTER TABLE account RENAME COLUMN fax TO telefax;", READS)["rules"] == {}
    assert lint("DROP TABLE archive;", READS)["code"] == 0


def test_what_live_code_uses_is_told_with_the_code_that_does(lint: Lint) -> None:
    told = lint("ALTER TABLE account DROP COLUMN fax;", READS, READS_FAX)

    assert told["code"] == 1
    assert list(told["rules"]) == ["dropped-column"]
    assert "baseline live: ask_1 fails" in told["rules"]["dropped-column"]["message"]


def test_what_no_rule_foresees_is_told_all_the_same(lint: Lint) -> None:
    told = lint("ALTER TABLE account ADD COLUMN vip boolean;", READS, COPIES)

    assert told["code"] == 1
    assert list(told["rules"]) == ["broken-statement"]
    message = told["rules"]["broken-statement"]["message"]
    assert "baseline live: ask_1 breaks" in message
    assert "42601" in message
    assert lint("ALTER TABLE account ADD COLUMN vip boolean;", READS)["rules"] == {}


def test_a_comment_allows_it(lint: Lint) -> None:
    allowed = "-- schemaguard: allow broken-statement (the archive is off)\n"

    assert lint(allowed + "ALTER TABLE account ADD COLUMN vip boolean;", COPIES)["rules"] == {}


def test_what_breaks_between_two_commits_only_is_seen_by_nobody(lint: Lint) -> None:
    rename = "ALTER TABLE account RENAME TO customer;"
    view = "CREATE VIEW account AS SELECT * FROM customer;"

    assert "renamed-table" not in lint(f"BEGIN; {rename} {view} COMMIT;", READS)["rules"]
    assert "renamed-table" in lint(f"{rename} {view}", READS)["rules"]


def test_each_statement_has_its_own_answer(lint: Lint) -> None:
    told = lint("ALTER TABLE account DROP COLUMN email; ALTER TABLE account DROP COLUMN fax;", READS_FAX)

    assert told["rules"]["dropped-column"]["statement"] == 3


def test_beside_old_code_also_a_contract_migration_breaks_it(lint: Lint) -> None:
    drop = "ALTER TABLE account DROP COLUMN fax;"

    assert lint(drop, READS, phase="contract")["rules"] == {}
    told = lint(drop, READS_FAX, phase="contract")
    assert list(told["rules"]) == ["broken-statement"]
    assert "42703" in told["rules"]["broken-statement"]["message"]


def test_what_may_mean_something_else_depends(lint: Lint) -> None:
    wider = "ALTER TABLE archive ADD COLUMN more text; ALTER TABLE account ADD COLUMN vip text DEFAULT 'no';"
    told = lint(wider, COPIES)

    assert told["code"] == 0
    assert told["rules"]["broken-statement"]["severity"] == "depends"


@pytest.mark.parametrize("statements", [(), ("SELECT nothing FROM nowhere",), (READS, "SELEC 1")])
def test_nothing_is_clean_for_lack_of_data(lint: Lint, statements: tuple[str, ...]) -> None:
    told = lint("ALTER TABLE account DROP COLUMN fax;", *statements)

    assert list(told["rules"]) == ["dropped-column"]
    assert "code that uses the whole schema" in told["rules"]["dropped-column"]["message"]


def test_what_does_not_go_together_is_refused(
    lint: Lint, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lint("SELECT 1;", READS)

    for words, told in (
        (["change.sql", "--shadow-url", "x"], "--shadow-url is for --baseline"),
        (["change.sql", "--baseline", "live.sql", "--database-url", "x"], "--schema"),
        (["change.sql", "--baseline", "none.sql"], "there is no workload"),
    ):
        assert main(["lint", *words]) == 2
        assert told in capsys.readouterr().err
    (tmp_path / "m").mkdir()
    for number in (1, 2):
        (tmp_path / f"m/00{number}_x.sql").write_text("SELECT 1;")
    assert main(["lint", "m", "--baseline", "live.sql"]) == 2
    assert "about one release" in capsys.readouterr().err
