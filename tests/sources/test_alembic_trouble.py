"""Missing modules, broken and endless revisions: the rest goes on, and nothing is left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.revisions import Revisions, messages, read, shown, texts


def test_a_missing_module_makes_approximate_what_uses_it(revisions: Revisions) -> None:
    revisions.add(
        "only", "op.execute('SELECT 1')", top="import not_installed\nfrom not_installed import settings\n"
    )
    revisions.add(
        "logs", "logger.info('hello')\nop.execute('SELECT 1')", top="from not_installed.log import logger\n"
    )
    revisions.add(
        "calls", "if flag('x'):\n    op.execute('SELECT 1')", top="from not_installed import flag\n"
    )
    revisions.add("type", "op.add_column('a', sa.Column('b', Odd(3)))", top="from not_installed import Odd\n")

    found = read(revisions)

    assert found["only"].approximate == found["logs"].approximate == ()
    assert texts(found["calls"]) == ["SELECT 1"]
    assert "not_installed.flag cannot be imported here, and was called" in found["calls"].approximate[0]
    assert texts(found["type"]) == ["ALTER TABLE a ADD COLUMN b odd"]
    assert "used as a type" in found["type"].approximate[0]


def test_the_projects_own_modules_are_real(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path, ini="[alembic]\nscript_location = migrations\nprepend_sys_path = .\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    helpers = "import sqlalchemy, not_installed\n\ndef has(table, bind):\n"
    helpers += "    return sqlalchemy.inspect(bind).has_table(table)\n"
    (tmp_path / "shop" / "helpers.py").write_text(helpers)
    revisions.add("make", "op.create_table('a', sa.Column('id', sa.Integer))")
    revisions.add(
        "ask", "if has('a', op.get_bind()):\n    op.drop_table('a')", top="from shop.helpers import has\n"
    )

    source = read(revisions)["ask"]

    assert (texts(source), source.approximate) == (["DROP TABLE a"], ())


def test_a_revision_that_raises_is_a_problem_at_its_line_and_keeps_what_it_sent(revisions: Revisions) -> None:
    revisions.add("bad", "op.execute('SELECT 1')\nraise KeyError('SHOP_REGION')")
    revisions.add("good", "op.execute('SELECT 2')")

    found = read(revisions)

    assert messages(found["bad"]) == ["KeyError: 'SHOP_REGION'"]
    assert shown(found["bad"].problems[0].place) == "raise KeyError('SHOP_REGION')"
    assert texts(found["bad"]) == ["SELECT 1"]
    assert texts(found["good"]) == ["SELECT 2"]


def test_a_revision_that_is_not_python_is_a_problem_at_its_line(revisions: Revisions) -> None:
    path = revisions.add("bad")
    path.write_text(path.read_text() + "def broken(:\n")
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions)

    assert messages(found["bad"]) == ["not valid Python: invalid syntax"]
    assert found["bad"].problems[0].place.line == len(path.read_text().split("\n")) - 1
    assert texts(found["good"]) == ["SELECT 1"]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        import time; time.sleep(60)\n    except Exception:\n        pass",
    ],
)
def test_an_endless_revision_is_a_problem_and_the_rest_goes_on(revisions: Revisions, body: str) -> None:
    revisions.add("bad", body)
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions, time_limit=0.5)

    assert messages(found["bad"]) == ["upgrade() did not end within 0.5 seconds"]
    assert texts(found["good"]) == ["SELECT 1"]


def test_a_revision_that_cannot_be_interrupted_is_killed_and_the_rest_goes_on(
    revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schemaguard.sources.alembic_project.child.GRACE", 0.5)
    revisions.add("before", "op.create_table('a', sa.Column('id', sa.Integer))")
    revisions.add("bad", "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(60)")
    revisions.add("good", "assert sa.inspect(op.get_bind()).has_table('a')\nop.execute('SELECT 1')")

    found = read(revisions, time_limit=0.5)

    assert messages(found["bad"]) == ["did not end within 0.5 seconds, and had to be killed"]
    assert texts(found["before"]) == ["CREATE TABLE a ( id INTEGER )"]
    assert texts(found["good"]) == ["SELECT 1"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("import os\nos._exit(7)", "exit code 7"), ("raise SystemExit('no')", "SystemExit: no")],
)
def test_a_revision_that_ends_the_interpreter_is_a_problem_and_the_rest_goes_on(
    revisions: Revisions, body: str, said: str
) -> None:
    revisions.add("bad", body)
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions)

    assert said in messages(found["bad"])[0]
    assert texts(found["good"]) == ["SELECT 1"]


def test_what_a_revision_prints_and_reads_disturbs_nobody(
    revisions: Revisions, capfd: pytest.CaptureFixture[str]
) -> None:
    revisions.add("loud", "import os\nprint('x' * 100000)\nos.write(2, b'y' * 100000)\ninput()")

    source = read(revisions)["loud"]

    assert "EOF" in messages(source)[0]
    assert capfd.readouterr() == ("", "")


def test_reading_leaves_nothing_in_the_project(revisions: Revisions) -> None:
    revisions.add("one", "op.execute('SELECT 1')")
    before = sorted(revisions.root.rglob("*"))

    read(revisions)

    assert sorted(revisions.root.rglob("*")) == before


def test_nothing_is_left_running_after_ctrl_c(revisions: Revisions) -> None:
    revisions.add(
        "hangs",
        f"""
        import os, pathlib, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        pathlib.Path({str(revisions.root / "pids")!r}).write_text(f"{{os.getpid()}} {{child.pid}}\\n")
        time.sleep(600)
        """,
    )
    script = (
        "from pathlib import Path\n"
        "from schemaguard.sources.alembic_project import find_project, read_project\n"
        f"read_project(find_project(Path({str(revisions.root)!r})))\n"
    )

    pids = revisions.root / "pids"
    for signal_number in (2, 9):
        pids.unlink(missing_ok=True)
        reader = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
        assert comes_true(lambda: pids.exists() and pids.read_text().endswith("\n"))
        os.kill(reader.pid, signal_number)
        reader.wait()

        assert comes_true(lambda: not any(runs(int(pid)) for pid in pids.read_text().split()))


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether the condition holds within 20 seconds."""
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
    return True


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
