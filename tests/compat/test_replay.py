"""Witnesses, run again on an empty database: each shows what it tells."""

from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.compat.cells import Matrix
from schemaguard.compat.verdict import Red
from schemaguard.compat.witnesses import HEAD, NO_SCRIPT, witness_script
from schemaguard.errors import InputError, NotEnoughEvidence
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.replaying import replay
from tests.compat.test_classes import CASES, Case, matrix_of


def witnesses(matrix: Matrix, schema: str) -> list[str]:
    """Each once that a script can show: not so what is counted by places, which is another each time."""
    red = (cell for cell in matrix.cells if isinstance(cell.verdict, Red))
    scripts = dict.fromkeys(witness_script(matrix, cell, schema) for cell in red)
    return [script for script in scripts if not script.startswith(f"{HEAD}{NO_SCRIPT}")]


@pytest.mark.majors
@pytest.mark.parametrize("case", [case for case in CASES if case.expected], ids=lambda case: case.name)
def test_each_witness_shows_what_it_tells(server: Server, case: Case) -> None:
    scripts = witnesses(matrix_of(case, server), case.schema)

    found = {script: replay(script, server) for script in scripts}

    assert {script: one.told for script, one in found.items() if not one.reproduced} == {}


def test_what_is_mended_is_not_reproduced(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[0]
    script = witnesses(matrix_of(case, server), case.schema)[0]
    for name, text in (("red", script), ("mended", script.replace("ALTER TABLE u DROP email;", ""))):
        (tmp_path / name).write_text(text)
    shadow = ("--shadow-url", server.url("postgres"))

    assert main(["replay", str(tmp_path / "red"), *shadow]) == 0
    assert capsys.readouterr().out.startswith("reproduced: 42703")
    assert main(["replay", str(tmp_path / "mended"), *shadow]) == 1
    assert capsys.readouterr().out.startswith("not reproduced: not 42703: it works")


def test_what_no_script_can_show_is_told(server: Server) -> None:
    with pytest.raises(NotEnoughEvidence):
        replay(f"{HEAD}{NO_SCRIPT}a step is cancelled\nSELECT 1;\n", server)
    with pytest.raises(InputError):
        replay("SELECT 1;", server)
