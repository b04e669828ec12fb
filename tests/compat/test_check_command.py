"""`schemaguard check` as people run it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.postgres.embedded import Server

SCHEMA = """
CREATE TABLE account (id bigserial PRIMARY KEY, name text NOT NULL, email text UNIQUE);
"""
BASELINE = """
-- name: get_account
SELECT id, name FROM account WHERE id = :id;
-- name: add_account
INSERT INTO account (name, email) VALUES (:name, :email) RETURNING id;
"""
CANARY = """
-- name: get_vips
SELECT id, name FROM account WHERE vip;
-- name: make_vip
UPDATE account SET vip = :vip WHERE id = :id;
"""
Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Runs the command with these files there, and gives what it prints as JSON, and its exit code."""
    monkeypatch.chdir(tmp_path)
    files = {
        "schema.sql": SCHEMA,
        "old.sql": BASELINE,
        "new.sql": CANARY,
        "m/001_account.sql": SCHEMA,
        "m/002_vip.sql": "ALTER TABLE account ADD COLUMN vip boolean;",
    }
    (tmp_path / "m").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    def run(*arguments: str) -> dict[str, Any]:
        capsys.readouterr()
        code = main(["check", *arguments, "--shadow-url", server.url("postgres"), "--format", "json"])
        printed = capsys.readouterr()
        told: dict[str, Any] = json.loads(printed.out) if printed.out else {"error": printed.err}
        return {**told, "code": code}

    return run


BOTH = ("--baseline", "old.sql", "--canary", "new.sql")


def test_a_release_is_checked_against_its_history(check: Check) -> None:
    told = check("m/002_vip.sql", *BOTH)

    assert told["code"] == 0
    assert [state["id"] for state in told["states"]] == ["S0", "E1"]
    assert told["states"][1]["sql"].startswith("ALTER TABLE account ADD COLUMN vip boolean")
    assert set(told["acts"].values()) == {"yes"}
    seen = {(c["workload"], c["state"], c["history"], c["session"]) for c in told["cells"]}
    assert {
        ("baseline", "E1", h, s) for h in ("legacy", "baseline", "canary", "both") for s in ("new", "warm")
    } <= seen
    assert {c["statement"] for c in told["cells"]} == {"get_account", "add_account", "get_vips", "make_vip"}


@pytest.mark.parametrize("empty", ["old.sql", "new.sql"])
def test_an_empty_file_of_statements_is_unknown(check: Check, empty: str) -> None:
    Path(empty).write_text("-- none yet\n")

    told = check("m/002_vip.sql", *BOTH)

    assert told["code"] == 3
    assert "unknown" in told["acts"].values()


def test_the_release_is_all_that_follows(check: Check) -> None:
    told = check("m", "--from", "001_account", *BOTH)

    assert told["code"] == 0
    assert [state["id"] for state in told["states"]] == ["S0", "E1"]
    assert "nothing follows 002_vip" in check("m", "--from", "002_vip", *BOTH)["error"]
    assert "there is no migration 7" in check("m", "--from", "7", *BOTH)["error"]


def test_a_plan_is_checked_over_a_schema(
    check: Check, capsys: pytest.CaptureFixture[str], server: Server
) -> None:
    shadow = ("--shadow-url", server.url("postgres"))
    assert main(["split", "m/002_vip.sql", "--format", "json", *shadow]) == 0
    Path("plan.json").write_text(capsys.readouterr().out)

    assert check("--plan", "plan.json", "--schema", "schema.sql", *BOTH)["code"] == 0
    assert "--plan needs --schema" in check("--plan", "plan.json", *BOTH)["error"]
    Path("plan.json").write_text("{}")
    broken = check("--plan", "plan.json", "--schema", "schema.sql", *BOTH)
    assert broken["code"] == 2
    assert "plan.json" in broken["error"]
    assert broken["error"].count("Make one with `schemaguard split --format json`.") == 1


def test_rows_of_ones_own_are_there_before(check: Check) -> None:
    Path("m/002_vip.sql").write_text("ALTER TABLE account ADD CHECK (name <> 'nobody');")
    Path("rows.sql").write_text("INSERT INTO account (id, name) VALUES (77, 'nobody');")
    update = "-- name: touch\nUPDATE account SET email = email || '' WHERE id = 77;"
    Path("old.sql").write_text(update)

    told = check("m/002_vip.sql", "--naive", "--rows", "rows.sql", "--baseline", "old.sql")

    assert told["code"] == 3
    assert any("23514" in note for note in told["notes"])


def test_what_no_plan_can_be_made_of_is_checked_as_it_stands(check: Check) -> None:
    Path("m/002_vip.sql").write_text("ALTER TABLE account ADD COLUMN vip boolean; DROP SCHEMA other CASCADE;")

    told = check("m/002_vip.sql", *BOTH)

    assert told["code"] in (1, 3)
    assert told["notes"][0].startswith("checked as it stands, for no plan can be made of it")


def test_statements_run_with_the_rights_of_the_role(check: Check, conn: psycopg.Connection) -> None:
    role = f"app_{conn.info.dbname}"
    conn.execute(f'CREATE ROLE "{role}"'.encode())
    grants = f'GRANT SELECT ON account TO "{role}";'
    Path("granted.sql").write_text(SCHEMA + grants)

    told = check("m/002_vip.sql", "--schema", "granted.sql", "--baseline", "old.sql", "--role", role)

    green = {c["statement"]: c["verdict"] for c in told["cells"] if c["state"] == "S0"}
    assert green == {"get_account": "TESTED", "add_account": "UNKNOWN"}
    assert "42501" in next(c["reason"] for c in told["cells"] if c["statement"] == "add_account")
    missing = check(
        "m/002_vip.sql", "--schema", "granted.sql", "--baseline", "old.sql", "--role", "nobody_at_all"
    )
    assert missing["code"] == 0 or 'there is no role "nobody_at_all"' in missing["error"]
    conn.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"'.encode())


def test_a_session_that_is_open_fails_at_a_star_and_its_witness_shows_it(
    check: Check, conn: psycopg.Connection
) -> None:
    Path("old.sql").write_text("-- name: all\nSELECT * FROM account WHERE id = :id;")

    told = check("m/002_vip.sql", "--baseline", "old.sql", "--driver", "asyncpg 0.30")

    red = [c for c in told["cells"] if c["verdict"] == "RED"]
    assert {(c["state"], c["session"], c["level"], c["detector"], c["sqlstate"]) for c in red} == {
        ("E1", "warm", "WARM", "warm", "0A000")
    }
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        conn.execute(red[0]["witness"].encode())
    assert check("m/002_vip.sql", "--baseline", "old.sql", "--driver", "psycopg2")["code"] == 0


def test_a_page_is_written_beside_what_is_printed(check: Check) -> None:
    Path("m/002_vip.sql").write_text("ALTER TABLE account DROP COLUMN name;")

    told = check("m/002_vip.sql", "--naive", "--baseline", "old.sql", "--html", "page.html")

    page = Path("page.html").read_text()
    assert told["code"] == 1
    assert page.count('<details class="statement" open>') == 2
    assert "CREATE TABLE account (id bigserial PRIMARY KEY" in page
    early = check("m/002_vip.sql", "--baseline", "old.sql", "--html", "nowhere/page.html")
    assert early["code"] == 2


@pytest.mark.usefixtures("check")
def test_a_cell_is_explained(capsys: pytest.CaptureFixture[str], server: Server) -> None:
    Path("m/002_vip.sql").write_text("ALTER TABLE account DROP COLUMN name;")
    told = ("check", "m/002_vip.sql", "--naive", "--baseline", "old.sql", "--explain")
    shadow = ("--shadow-url", server.url("postgres"))

    assert main([*told, "get_account@E1:legacy", *shadow]) == 1
    printed = capsys.readouterr().out
    assert "where it must work" in printed
    assert "SELECT id, name FROM account WHERE id = $1" in printed
    assert main([*told, "get_acount@E1", *shadow]) == 2
    assert "Did you mean `get_account`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("format_", "begins"), [("junit", "<?xml"), ("markdown", "### ✅ schemaguard check")]
)
@pytest.mark.usefixtures("check")
def test_other_programs_get_their_formats(
    capsys: pytest.CaptureFixture[str], server: Server, format_: str, begins: str
) -> None:
    shadow = ("--shadow-url", server.url("postgres"))

    assert main(["check", "m/002_vip.sql", *BOTH, "--format", format_, *shadow]) == 0
    assert capsys.readouterr().out.startswith(begins)


ACCEPT = """
[[accept]]
statement = "{statement}"
by = "ada"
reason = "off until Friday"
until = {until}
{more}
"""


@pytest.fixture
def broken(check: Check) -> Callable[..., dict[str, Any]]:
    """A release that breaks get_account, with what is accepted of it."""
    Path("m/003_drop.sql").write_text("ALTER TABLE account DROP COLUMN name;")
    Path("canary.sql").write_text("-- name: count\nSELECT count(*) FROM account;")
    Path("old.sql").write_text("-- name: get_account\nSELECT id, name FROM account;")

    def run(statement: str = "get_account", until: str = "2999-12-31", more: str = "") -> dict[str, Any]:
        Path("accepted.toml").write_text(ACCEPT.format(statement=statement, until=until, more=more))
        words = ("--naive", "--baseline", "old.sql", "--canary", "canary.sql", "--accepted", "accepted.toml")
        return check("m/003_drop.sql", *words)

    return run


@pytest.mark.parametrize("more", ["", 'state = "E1"', 'state = "statement-01"'])
def test_what_somebody_answers_for_counts_as_green(broken: Callable[..., dict[str, Any]], more: str) -> None:
    told = broken(more=more)

    assert told["code"] == 0
    verdicts = {cell["verdict"] for cell in told["cells"] if cell["statement"] == "get_account"}
    assert "ACCEPTED" in verdicts


def test_it_counts_no_more_when_it_has_run_out_and_elsewhere(broken: Callable[..., dict[str, Any]]) -> None:
    assert broken(until="2020-01-31")["code"] == 1
    assert broken(more='state = "S0"')["code"] == 1
    assert broken("count")["code"] == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"statement": "get_acount"}, "Did you mean get_account?"),
        ({"more": 'state = "E9"'}, "accepts the state E9"),
        ({"more": "whatever = 1"}, "unknown key: whatever"),
        ({"until": '"soon"'}, "lacks until"),
        ({"until": "soon"}, "is not TOML"),
        ({"more": "[other]"}, "has other"),
    ],
)
def test_what_cannot_be_accepted_is_told(
    broken: Callable[..., dict[str, Any]], given: dict[str, str], told: str
) -> None:
    answer = broken(**given)

    assert answer["code"] == 2
    assert told in answer["error"]
