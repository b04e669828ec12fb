"""`schemaguard apply` and what it finds before the first step: what is printed, who decides, what is run."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main

BASE = "CREATE TABLE customer (id bigint PRIMARY KEY);"


@pytest.fixture
def migration(tmp_path: Path) -> Path:
    (tmp_path / "0001_base.sql").write_text(BASE)
    path = tmp_path / "0002_email.sql"
    path.write_text("ALTER TABLE customer ADD COLUMN email text;")
    return path


@pytest.fixture
def shop(database_with: Callable[[str], str]) -> str:
    return database_with(BASE)


def command(migration: Path, url: str, *options: str) -> list[str]:
    return ["apply", str(migration), "--phase", "expand", "--database-url", url, *options]


def made_in(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname = 'schemaguard' UNION ALL"
            " SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('customer') AND attname = 'email'"
        )
        return [name for (name,) in rows]


def test_what_is_in_order_is_shown_only_when_asked_for(
    migration: Path, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(migration, shop)) == 0
    quiet = capsys.readouterr().out
    assert main(command(migration, shop, "--verbose")) == 0
    verbose = capsys.readouterr().out

    assert "ok " not in quiet
    assert "ok drift: The tables are as the migrations before this release leave them" in verbose


def test_a_refusal_comes_before_anything_is_made(
    migration: Path, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(shop, autocommit=True) as conn:
        conn.execute("ALTER TABLE customer ADD COLUMN phone text")

    assert main(command(migration, shop)) == 1
    assert "+ public.customer: column phone text" in capsys.readouterr().err
    assert main(command(migration, shop, "--dry-run")) == 1
    assert "--   + public.customer: column phone text" in capsys.readouterr().out
    assert made_in(shop) == []


@contextmanager
def dumped(url: str) -> Iterator[None]:
    """Somebody dumps the database: a warning, and in the way of the step."""
    with closing(psycopg.connect(url, application_name="pg_dump")) as dump:
        dump.execute("SELECT FROM customer")
        yield


def test_without_a_terminal_it_goes_on_after_a_warning(
    migration: Path, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hurried = command(migration, shop, "--lock-deadline", "0.2")
    with dumped(shop):
        assert main([*hurried, "--dry-run"]) == 0
        assert "-- warning dumps: a dump runs" in capsys.readouterr().out
        assert made_in(shop) == []
        assert main(hurried) == 4

    assert "warning dumps: a dump runs" in capsys.readouterr().out
    assert made_in(shop) == ["schemaguard"]


def test_without_a_terminal_it_does_not_begin_what_would_stand_still(
    migration: Path, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = command(migration, shop, "--long-transaction", "0", "--lock-deadline", "0.2")
    with closing(psycopg.connect(shop, application_name="forgotten")) as holder:
        holder.execute("SELECT FROM customer")

        assert main(waiting) == 1
        stopped = capsys.readouterr()
        assert made_in(shop) == []
        assert main([*waiting, "--yes"]) == 4

    assert "a step would stand still" in stopped.err
    assert "forgotten" in stopped.out


@pytest.mark.parametrize(("answer", "code", "made"), [("\n", 1, []), ("y\n", 4, ["schemaguard"])])
def test_on_a_terminal_somebody_decides(
    migration: Path, shop: str, *, answer: str, code: int, made: list[str]
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    with dumped(shop):
        done = subprocess.run(
            [sys.executable, "-m", "schemaguard", *command(migration, shop, "--lock-deadline", "0.2")],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    os.close(theirs)

    assert (done.returncode, made_in(shop)) == (code, made), done.stderr
    assert "Go on? [y/N]" in shown


def test_programs_are_told_of_each_check(
    migration: Path, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(migration, shop, "--format", "json")) == 0

    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first = [event for event in events if event["kind"] == "preflight"]
    assert events[: len(first)] == first
    assert {event["severity"] for event in first} == {"plain"}
    assert {"server-version", "drift", "rights", "room"} <= {event["check"] for event in first}
