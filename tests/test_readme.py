"""What the README shows is what the program says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block with its output."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_the_readme_has_a_transcript() -> None:
    assert BLOCKS


@pytest.mark.parametrize("block", BLOCKS)
def test_a_transcript_is_what_the_program_says(block: str, tmp_path: Path) -> None:
    for command, shown in commands(block):
        words = shlex.split(command)
        if words[0] == "cat":
            file = tmp_path / words[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(shown)
            continue
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert done.stdout == shown
        assert done.stderr == ""
