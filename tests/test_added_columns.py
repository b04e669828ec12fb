"""What constraints over a column that the same migration has added refuse of code that does not know it."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.terminal import here
from tests.test_once import TIMEOUT, findings

GIVEN = """
CREATE TABLE b (id int PRIMARY KEY);
CREATE TABLE a (n int);
INSERT INTO b VALUES (1), (2);
INSERT INTO a VALUES (1);
"""
ADDED = "ALTER TABLE a ADD COLUMN x int;"
FILLED = ADDED + "UPDATE a SET x = 1;"
SET = "ALTER TABLE a ALTER COLUMN x SET NOT NULL;"
CHECK = "ALTER TABLE a ADD CHECK (x IS NOT NULL) NOT VALID;"
KEY = "ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b"
#: What code does that knows nothing of the column.
INSERT, DELETE, UPDATE = (
    "INSERT INTO a (n) VALUES (1), (1)", "DELETE FROM b WHERE id = 1", "UPDATE b SET id = 3 WHERE id = 1",
)  # fmt: skip
TRIGGER = """
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := 2; RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION fill();
"""
#: With what is refused of these three.
CASES = {
    FILLED + SET: (INSERT,),
    FILLED + "ALTER TABLE a RENAME x TO y;" + SET.replace(" x ", " y "): (INSERT,),
    FILLED + CHECK: (INSERT,),
    FILLED + "ALTER TABLE a ADD PRIMARY KEY (x);": (INSERT,),
    f"DO $$ BEGIN {FILLED} END $$;" + SET: (INSERT,),
    ADDED + "DO $$ BEGIN UPDATE a SET x = 1; END $$;" + SET: (INSERT,),
    "ALTER TABLE a ADD COLUMN x int DEFAULT 1; ALTER TABLE a ALTER COLUMN x DROP DEFAULT;" + SET: (INSERT,),
    "ALTER TABLE a ADD COLUMN x int DEFAULT NULL; UPDATE a SET x = 1;" + SET: (INSERT,),
    FILLED + "ALTER TABLE a ALTER COLUMN x SET DEFAULT 1;" + SET: (),
    "ALTER TABLE a ADD COLUMN x int DEFAULT 1;" + SET: (),
    "ALTER TABLE a ADD COLUMN x int DEFAULT 1;" + CHECK: (),
    "CREATE DOMAIN one AS int DEFAULT 1; ALTER TABLE a ADD COLUMN x one;" + SET: (),
    FILLED + TRIGGER + SET: (),
    TRIGGER + FILLED + SET: (),
    FILLED + KEY: (DELETE, UPDATE),
    FILLED + KEY + " ON DELETE CASCADE": (UPDATE,),
    FILLED + KEY + " ON DELETE SET NULL ON UPDATE CASCADE": (),
    ADDED + KEY: (),
    FILLED + "CREATE TABLE c (id int PRIMARY KEY); INSERT INTO c VALUES (1);" + KEY.replace(" b", " c"): (),
    FILLED + "ALTER TABLE a ADD UNIQUE (x);": (),
    FILLED + "CREATE UNIQUE INDEX ON a (x);": (),
}
#: Of these it hangs on what somebody else has written: a trigger may fill it, the default may be no key of b.
UNSURE = frozenset(
    {
        FILLED + TRIGGER + SET,
        TRIGGER + FILLED + SET,
        "ALTER TABLE a ADD COLUMN x int DEFAULT 1;" + CHECK,
        f"DO $$ BEGIN {FILLED} END $$;" + SET,
    }
)


@pytest.mark.majors
@pytest.mark.parametrize(("sql", "refused"), CASES.items())
def test_what_is_refused_of_code_that_leaves_it_out(
    tmp_path: Path, conn: psycopg.Connection, sql: str, refused: tuple[str, ...]
) -> None:
    told = [one for one in findings(tmp_path, TIMEOUT + sql) if one["family"] == "breaking"]
    rules = {one["rule"]: one["severity"] for one in told}

    conn.execute(GIVEN)
    conn.execute(sql.encode())
    seen = []
    for statement in (INSERT, DELETE, UPDATE):
        try:
            with conn.transaction(force_rollback=True):
                conn.execute(statement.encode())
        except psycopg.IntegrityError:
            seen.append(statement)
    assert tuple(seen) == refused
    if sql in UNSURE:
        assert rules.get("tightened") == "depends"
    elif INSERT in refused:
        assert rules.get("required-column") == "error"
        assert "tightened" not in rules
    else:
        assert "required-column" not in rules
        messages = "".join(one["message"] for one in told if one["rule"] == "tightened")
        assert ("DELETE" in messages, "UPDATE of the key" in messages) == (
            DELETE in refused,
            UPDATE in refused,
        )
        assert bool(messages) == bool(refused)


PROVED = "ALTER TABLE a VALIDATE CONSTRAINT a_x_check;"
#: Whether it fails where the table has rows, as far as nobody but the script fills the column.
FAILING = {
    ADDED + SET: True,
    "ALTER TABLE a ADD COLUMN x int, ALTER COLUMN x SET NOT NULL;": True,
    ADDED + "ALTER TABLE a ALTER COLUMN x SET DEFAULT 1;" + SET: True,
    ADDED + "ALTER TABLE a RENAME x TO y;" + SET.replace(" x ", " y "): True,
    ADDED + "ALTER TABLE a ADD CHECK (x IS NOT NULL);": True,
    ADDED + CHECK + PROVED: True,
    ADDED + "ALTER TABLE a ADD PRIMARY KEY (x);": True,
    ADDED + "UPDATE b SET id = 3 WHERE id = 1;" + SET: True,
    FILLED + SET: False,
    FILLED + CHECK + PROVED: False,
    ADDED + CHECK: False,
    ADDED + "ALTER TABLE a ADD CHECK (x > 0);": False,
    "ALTER TABLE a ADD COLUMN x int DEFAULT 1;" + SET: False,
    "ALTER TABLE a ADD COLUMN x int GENERATED ALWAYS AS (n) STORED;" + SET: False,
    ADDED + "ALTER TABLE a ALTER COLUMN n SET NOT NULL;": False,
    ADDED + "DO $$ BEGIN UPDATE a SET x = 1; END $$;" + SET: False,
    "CREATE TABLE c (n int);" + (ADDED + SET).replace(" a ", " c "): False,
}


@pytest.mark.majors
@pytest.mark.parametrize(("sql", "failing"), FAILING.items())
def test_what_fails_over_rows_in_which_nothing_has_filled_it(
    tmp_path: Path, conn: psycopg.Connection, sql: str, *, failing: bool
) -> None:
    told = [one for one in findings(tmp_path, TIMEOUT + sql) if one["rule"] == "required-column"]

    assert [one["severity"] for one in told if "fails as soon as" in one["message"]] == ["error"] * failing
    for rows, fails in (("", False), ("INSERT INTO a VALUES (1);", failing)):
        seen = ""
        try:
            with conn.transaction(force_rollback=True):
                conn.execute((GIVEN.replace("INSERT INTO a VALUES (1);", rows) + sql).encode())
        except psycopg.IntegrityError as error:
            seen = error.sqlstate or ""
        assert seen in (("23502", "23514") if fails else ("",))


def test_where_a_later_phase_begins_the_rows_may_have_been_filled(tmp_path: Path) -> None:
    files = [tmp_path / "0001_a.sql", tmp_path / "0002_b.sql"]
    files[0].write_text(TIMEOUT + ADDED)
    files[1].write_text("-- schemaguard: phase=contract\n" + TIMEOUT + SET)

    told = json.loads(here("lint", *files, "--format", "json", cwd=tmp_path).stdout)["findings"]

    assert [one for one in told if "fails as soon as" in one["message"]] == []


@pytest.mark.parametrize(
    ("sql", "severity"), [(SET, "error"), (CHECK, "error"), ("-- schemaguard: phase=contract\n" + SET, None)]
)
@pytest.mark.parametrize("together", [True, False])
def test_an_earlier_migration_of_the_release_may_have_added_it(
    tmp_path: Path, sql: str, severity: str | None, *, together: bool
) -> None:
    files = [tmp_path / "0001_a.sql", tmp_path / "0002_b.sql", tmp_path / "0003_c.sql"]
    for file, text in zip(files, (GIVEN, FILLED, sql), strict=True):
        file.write_text(TIMEOUT + text)
    asked = files[1:] if together else files[2:]

    told = json.loads(here("lint", *asked, "--format", "json", cwd=tmp_path).stdout)["findings"]
    rules = {one["rule"]: one["severity"] for one in told if one["path"].endswith("c.sql")}

    assert (rules.get("required-column"), rules.get("tightened")) == (
        (severity, None) if together else (None, severity and "depends")
    )
