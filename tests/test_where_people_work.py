"""The hooks, the action and the job, run as pre-commit, GitHub and GitLab run them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources.revisions import Revisions

ROOT = Path(__file__).parents[1]
#: All that the package is built from.
TREE = (
    ".pre-commit-hooks.yaml",
    "LICENSE",
    "README.md",
    "action.yml",
    "fixtures/shop",
    "pyproject.toml",
    "src",
)


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """In an environment in which nothing of this tree and no repository around it is known."""
    outer = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GITHUB_", "PYTHON", "SCHEMAGUARD_", "FORCE_COLOR"))
    }
    return subprocess.run(
        list(map(str, words)),
        cwd=cwd,
        env={**outer, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = run("git", *who, *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "more")
    return git(folder, "rev-parse", "HEAD")


def yaml(file: Path) -> Any:
    code = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    done = run(sys.executable, "-c", code, file, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """This tree as it is now, as a repository of its own."""
    place = tmp_path_factory.mktemp("tree") / "schemaguard"
    for name in TREE:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, place / name)
    git(place, "init", "--quiet", "--initial-branch=main")
    commit(place)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone of a project, with a branch that is checked out and adds a migration."""
    origin = tmp_path / "origin"
    (origin / "my migrations").mkdir(parents=True)
    (origin / "my migrations" / "0001.sql").write_text("DROP TABLE person;")
    git(origin, "init", "--quiet", "--initial-branch=main")
    commit(origin)
    git(tmp_path, "clone", "--quiet", "origin", "project")
    project = tmp_path / "project"
    git(project, "checkout", "--quiet", "-b", "branch")
    (project / "my migrations" / "0002.sql").write_text(
        "SET lock_timeout = '1s';\nCREATE INDEX ON account (email);"
    )
    commit(project)
    return project


def test_pre_commit_runs_the_hooks_on_what_is_staged(tree: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    revisions = Revisions(project)
    revisions.add("a1", "op.drop_table('old')")
    git(project, "init", "--quiet")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {tree}\n  rev: {git(tree, 'rev-parse', 'HEAD')}\n"
        "  hooks: [{id: schemaguard}, {id: schemaguard-alembic}]\n"
    )
    git(project, "add", "--all")
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    pre_commit = (sys.executable, "-m", "pre_commit")
    assert run(*pre_commit, "validate-manifest", tree / ".pre-commit-hooks.yaml", cwd=project).returncode == 0
    done = run(*pre_commit, "run", "--all-files", cwd=project, **home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "migrations/versions/a1.py:9:5: error dropped-table" in done.stdout
    commit(project)

    revisions.add("a2", "op.execute(\"SET lock_timeout = '1s'\")")
    (project / "sql").mkdir()
    (project / "sql" / "0001.up.sql").write_text("SET lock_timeout = '1s';\nDROP TABLE person;")
    (project / "sql" / "0001.down.sql").write_text("DROP TABLE nobody;")
    git(project, "add", "--all")
    done = run(*pre_commit, "run", cwd=project, **home)
    assert done.returncode == 1
    assert "sql/0001.up.sql:2:1: error dropped-table" in done.stdout
    assert "nobody" not in done.stdout
    assert "schemaguard lint (Alembic)...............................................Passed" in done.stdout
    assert run(*pre_commit, "run", cwd=project, SKIP="schemaguard", **home).returncode == 0


def test_pre_commit_runs_the_hook_on_a_django_project_as_the_page_says(tree: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    hook = page.split("Of a Django project", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    project = tmp_path / "project"
    folder = project / "shop" / "migrations"
    folder.mkdir(parents=True)
    for place in (project / "shop", folder):
        (place / "__init__.py").write_text("")
    (project / "manage.py").write_text("")
    (project / "shop" / "settings.py").write_text(
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"
        "INSTALLED_APPS = ['shop']\nSECRET_KEY = 'none'\n"
    )
    (folder / "0001_initial.py").write_text(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        "    operations = [migrations.RunSQL('DROP TABLE person')]\n"
    )
    git(project, "init", "--quiet")
    rev = git(tree, "rev-parse", "HEAD")
    config = f"repos:\n  - repo: {tree}\n    rev: {rev}\n    hooks:\n{hook}"
    (project / ".pre-commit-config.yaml").write_text(config)
    git(project, "add", "--all")
    environment = {
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = run(sys.executable, "-m", "pre_commit", "run", cwd=project, **environment)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "shop/migrations/0001_initial.py:5:38: error dropped-table" in done.stdout


def test_the_action_runs_and_shows_what_the_pull_request_adds(
    tree: Path, project: Path, tmp_path: Path
) -> None:
    action = yaml(tree / "action.yml")
    summary = tmp_path / "summary.md"
    summary.write_text("")
    given = {"paths": "my migrations\n", "sarif": "found.sarif", "options": "--ignore\ndropped-table"}
    inputs = {name: given.get(name, one["default"]) for name, one in action["inputs"].items()}
    github = {
        "GITHUB_ACTION_PATH": str(tree),
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(tmp_path),
    }

    def step(number: int) -> subprocess.CompletedProcess[str]:
        asked = action["runs"]["steps"][number]
        assert asked["shell"] == "bash"
        script = tmp_path / "step.sh"
        script.write_text(asked["run"])
        said: dict[str, str] = asked.get("env", {})
        for name, value in inputs.items():
            said = {key: text.replace(f"${{{{ inputs.{name} }}}}", value) for key, text in said.items()}
        assert not any("${{" in text for text in said.values())
        command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", script)
        return run(*command, cwd=project, **github, **said)

    assert len(action["runs"]["steps"]) == 2
    installed, linted = step(0), step(1)
    assert installed.returncode == 0, installed.stderr
    assert linted.returncode == 1, linted.stderr
    assert linted.stdout.splitlines()[0].startswith(
        "::error title=schemaguard blocking-index,file=my migrations/0002.sql,line=2,"
    )
    assert linted.stdout.splitlines()[1:] == ["1 migration, 2 statements: 1 error"]
    assert summary.read_text().startswith("### ❌ schemaguard lint\n")
    [result] = json.loads((project / "found.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "blocking-index"

    inputs["since"] = "nowhere"
    before = summary.read_text()
    wrong = step(1)
    assert wrong.returncode == 2
    assert "git: Needed a single revision" in wrong.stderr
    assert summary.read_text() == before
    inputs |= {"since": "HEAD"}
    assert step(1).returncode == 0
    gitlab(project, tmp_path / "schemaguard" / "bin", tree)


def gitlab(project: Path, programs: Path, tree: Path) -> None:
    """The job runs in the environment that the action has made, to spare another one."""
    job = yaml(ROOT / "docs" / "templates" / "gitlab-ci.yml")["schemaguard"]
    base = git(project, "merge-base", "origin/main", "HEAD")
    said = {
        **job["variables"],
        "SCHEMAGUARD_PACKAGE": str(tree),
        "SCHEMAGUARD_PATH": "my migrations",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    lines = "\n".join((*job["before_script"], *job["script"]))
    done = run("bash", "-eo", "pipefail", "-c", lines, cwd=project, **said)

    assert done.returncode == 1, done.stderr
    [report] = job["artifacts"]["reports"].values()
    [issue] = json.loads((project / report).read_text())
    assert issue["location"] == {"path": "my migrations/0002.sql", "lines": {"begin": 2, "end": 2}}


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-actions", "action.yml"), ("vendor.gitlab-ci", "docs/templates/gitlab-ci.yml")],
)
def test_the_files_are_valid(schema: str, file: str) -> None:
    done = run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file, cwd=ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
