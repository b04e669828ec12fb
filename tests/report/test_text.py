"""The report for people, as it stands in golden/: NAME.sql is linted, and NAME.txt is what is said.

After a change that is meant, look at what is different, then: SCHEMAGUARD_GOLDEN=write pytest tests/report
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from schemaguard.commands.linting import Linted, lint_paths
from schemaguard.interpret import interpret
from schemaguard.lint import Reported, lint
from schemaguard.names import Relation
from schemaguard.report.colour import Paint
from schemaguard.report.json import render as render_json
from schemaguard.report.text import render, verbose
from schemaguard.rules import default_rules
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.sources.files import read_sql_file
from schemaguard.sql import read_source
from tests.sources.revisions import Revisions

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(file.stem for file in GOLDEN.glob("*.sql"))
#: A new rule may have to say something of the golden files, too, and changes no golden report.
SHOWN = frozenset(
    """blocking-index concurrently-in-transaction dropped-column missing-lock-timeout rewriting-column
    scanning-check set-not-null tightened unread""".split()
)
PLAIN = Paint(on=False)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown from the directory of the golden files."""
    monkeypatch.chdir(GOLDEN)


def kept(reported: Iterable[Reported]) -> list[Reported]:
    return [finding for finding in reported if finding.rule in SHOWN]


def text_of(result: Linted, *, width: int | None = None, paint: Paint = PLAIN) -> str:
    lines = render(
        kept(result.reported),
        migrations=len(result.linted),
        statements=sum(len(frames) for _, frames in result.linted),
        paint=paint,
        width=width,
    )
    return "".join(f"{line}\n" for line in lines)


def golden(name: str, said: str) -> str:
    """The golden file; with SCHEMAGUARD_GOLDEN=write it is what is said now, to be looked at in the diff."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("SCHEMAGUARD_GOLDEN") == "write":
        file.write_text(said)
    return file.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_the_golden_one(name: str) -> None:
    said = text_of(lint_paths([Path(f"{name}.sql")]))

    assert said == golden(name, said)


def test_on_a_narrow_terminal_sentences_are_broken_and_sql_is_not() -> None:
    said = text_of(lint_paths([Path("several_actions.sql")]), width=60)

    assert said == golden("several_actions_narrow", said)
    sentences = [line for line in said.splitlines() if re.match(r"  \w|    \w+ (?!TABLE)", line)]
    assert all(len(line) <= 60 for line in sentences if ": UPDATE" not in line and ": ALTER" not in line)


def test_a_revision_shows_the_line_of_python_and_what_it_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    revisions = Revisions(tmp_path)
    revisions.add("a1", "op.create_index(\n    'account_email',\n    'account',\n    ['email'],\n)")

    said = text_of(lint_paths([Path("migrations/versions/a1.py")]))
    monkeypatch.chdir(GOLDEN)

    assert said == golden("revision", said)


def test_with_sizes_the_time_is_said() -> None:
    def findings() -> Iterator[str]:
        account = Relation("public", "account")
        server = Server(rows={account: 80_000_000}, bytes={account: 12_000_000_000})
        source = read_sql_file(Path("several_actions.sql"))
        frames = list(interpret(read_source(source), SchemaState(), server))
        found = kept(lint(frames, default_rules()))
        yield from render(found, migrations=1, statements=len(frames), paint=PLAIN)

    said = "".join(f"{line}\n" for line in findings())

    assert said == golden("several_actions_sized", said)


def test_verbose_tells_each_statement_with_its_phase() -> None:
    result = lint_paths([Path("several_actions.sql")])

    [(_, frames)] = result.linted
    said = "".join(f"{line}\n" for line in verbose(frames, PLAIN))

    assert said == golden("several_actions_verbose", said)


def test_colour_adds_colour_and_nothing_else() -> None:
    result = lint_paths([Path("several_actions.sql")])
    coloured = text_of(result, paint=Paint(on=True))

    assert "\x1b[31" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == text_of(result)


def test_a_file_that_is_gone_has_its_findings_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text("ALTER TABLE account DROP COLUMN fax;")
    result = lint_paths([file])
    file.unlink()

    said = text_of(result)

    assert "dropped-column" in said
    assert "  sends: ALTER TABLE account DROP COLUMN fax\n" in said


def test_json_has_the_place_of_the_action() -> None:
    result = lint_paths([Path("several_actions.sql")])

    document = json.loads(render_json(result.linted, result.reported, major=None))
    places = {
        finding["rule"]: finding["action"] for finding in document["findings"] if finding["rule"] in SHOWN
    }
    assert places["dropped-column"] == {"line": 8, "column": 38, "end_line": 8, "end_column": 54}
    assert places["rewriting-column"] == {"line": 6, "column": 5, "end_line": 7, "end_column": 34}
