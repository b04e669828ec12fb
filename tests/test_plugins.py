"""Rules of others: a package that is installed, found, asked, explained, and tested with our harness."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULE = (ROOT / "docs" / "adding-a-rule.md").read_text().split("```python\n", 1)[1].split("\n```", 1)[0]
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme-rules"
version = "1"
"""
#: The smallest that can build a wheel: nothing has to be fetched for it.
BACKEND = """\
import zipfile

def build_wheel(directory, settings=None, metadata=None):
    name, info = "acme_rules-1-py3-none-any.whl", "acme_rules-1.dist-info"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        for file in ("__init__.py", "hash_index.py"):
            wheel.write(f"acme_rules/{file}")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: acme-rules\\nVersion: 1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[schemaguard.rules]\\nacme = acme_rules\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has installed a package with one rule."""
    source = tmp_path_factory.mktemp("source")
    (source / "acme_rules").mkdir()
    (source / "acme_rules" / "__init__.py").write_text("")
    (source / "acme_rules" / "hash_index.py").write_text(RULE)
    (source / "pyproject.toml").write_text(PROJECT)
    (source / "backend.py").write_text(BACKEND)
    target = tmp_path_factory.mktemp("target")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target"]
    subprocess.run([*pip, str(target), str(source)], check=True, timeout=100)
    return target


def run(target: Path, *words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(target), str(ROOT / "src"), str(ROOT)))
    return subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
    )


def schemaguard(target: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return run(target, "schemaguard", *words)


def test_a_rule_that_is_installed_is_one_of_all(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE INDEX CONCURRENTLY i ON account USING hash (email);")

    listed = json.loads(schemaguard(installed, "rules", "--format", "json").stdout)
    assert [(rule["name"], rule["family"]) for rule in listed][-1] == ("hash-index", "acme")
    assert "It knows no order" in schemaguard(installed, "explain", "hash-index").stdout
    assert "hash-index" not in schemaguard(installed, "lint", file).stdout  # It is off by default.
    for chosen in ("hash-index", "acme"):
        done = schemaguard(installed, "lint", file, "--select", chosen, "--format", "sarif")
        [run_] = json.loads(done.stdout)["runs"]
        assert [rule["id"] for rule in run_["tool"]["driver"]["rules"]] == ["hash-index"]
    assert (
        "Did you mean 'hash-index'?" in schemaguard(installed, "lint", file, "--ignore", "hash-indx").stderr
    )


def test_what_is_changed_in_a_plugin_is_asked_anew(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE INDEX CONCURRENTLY i ON account USING hash (email);")
    asked = ("lint", file, "--select", "acme")
    module = installed / "acme_rules" / "hash_index.py"

    assert "finds equal values only" in schemaguard(installed, *asked).stdout
    module.write_text(RULE.replace("finds equal values only", "finds next to nothing"))
    assert "finds next to nothing" in schemaguard(installed, *asked).stdout
    module.write_text(RULE)


def test_it_has_the_same_harness(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["schemaguard.testing"]\n')
    (tmp_path / "test_acme.py").write_text(
        "import acme_rules\n"
        "from schemaguard.rules import rules_in\n"
        "from schemaguard.testing import RuleTests\n\n"
        "class TestAcme(RuleTests):\n"
        '    rules = tuple(rules_in(acme_rules, "acme"))\n'
    )
    words = ("-q", "-p", "no:randomly", "-k", "not postgres", str(tmp_path), f"--rootdir={tmp_path}")
    done = run(installed, "pytest", *words, cwd=tmp_path)

    assert "4 passed, 2 deselected" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("__init__.py", "import nothing_like_it", "ModuleNotFoundError"),
        ("hash_index.py", "RULE = 3", "is no Rule"),
        ("hash_index.py", "", "has no attribute 'RULE'"),
        ("set_not_null.py", RULE, "there is 'set-not-null' already"),
    ],
)
def test_rules_that_cannot_be_used_are_told(
    installed: Path, tmp_path: Path, file: str, text: str, said: str
) -> None:
    target = tmp_path / "target"
    for path in installed.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = target / path.relative_to(installed)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (target / "acme_rules" / file).write_text(text)

    done = schemaguard(target, "rules")
    assert done.returncode == 2
    assert "the rules of plugin 'acme' (acme_rules) cannot be used: " in done.stderr
    assert said in done.stderr
