"""A migration's declared phase: what it silences, and what it does not."""

import pytest

from schemaguard.lint import lint
from schemaguard.phase import Phase
from schemaguard.rules import all_rules
from schemaguard.scripts import frames_of
from schemaguard.server import Limits, Server
from schemaguard.settings import Timeouts

GIVEN = "CREATE TABLE account (id bigint PRIMARY KEY, email text, age int); CREATE TABLE other (id int);"
NAMED = ("later-phase", "large-release")
RULES = [rule for rule in all_rules() if rule.rule.default or rule.name in NAMED]


def found(sql: str, phase: Phase, server: Server | None = None) -> set[str]:
    frames = frames_of(sql, given=GIVEN, phase=phase, server=server, timeouts=Timeouts(lock=2000))
    return {finding.rule for finding in lint(frames, RULES)}


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("ALTER TABLE account DROP COLUMN email", "dropped-column"),
        ("DROP TABLE account", "dropped-table"),
        ("ALTER TABLE account RENAME COLUMN email TO mail", "renamed-column"),
        ("ALTER TABLE account ALTER COLUMN age TYPE text", "changed-type"),
        ("ALTER TABLE account ADD CHECK (age > 17) NOT VALID", "tightened"),
    ],
)
def test_contract_silences_what_breaks_old_code_and_only_contract_does(sql: str, rule: str) -> None:
    assert rule in found(sql, Phase.EXPAND)
    assert rule in found(sql, Phase.BACKFILL)
    assert rule not in found(sql, Phase.CONTRACT)


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX ON account (email)", "blocking-index"),
        ("ALTER TABLE account ALTER COLUMN email SET NOT NULL", "set-not-null"),
        ("ALTER TABLE account ADD CHECK (age > 17)", "scanning-check"),
        ("ALTER TABLE account ALTER COLUMN age TYPE text", "rewriting-type-change"),
        ("BEGIN; CREATE INDEX CONCURRENTLY i ON account (email)", "concurrently-in-transaction"),
    ],
)
@pytest.mark.parametrize("phase", Phase)
def test_no_phase_silences_what_makes_others_wait(sql: str, rule: str, phase: Phase) -> None:
    assert rule in found(sql, phase)


@pytest.mark.parametrize(
    ("sql", "phase"),
    [
        ("ALTER TABLE account ADD COLUMN fax text", Phase.EXPAND),
        ("CREATE INDEX CONCURRENTLY i ON account (email)", Phase.EXPAND),
        ("UPDATE account SET age = 1", Phase.BACKFILL),
        ("DELETE FROM account WHERE id = 1", Phase.BACKFILL),
        ("ALTER TABLE account DROP COLUMN email", Phase.CONTRACT),
        ("ALTER TABLE account ALTER COLUMN email SET NOT NULL", Phase.CONTRACT),
    ],
)
def test_the_phase_is_derived_from_what_the_statement_does(sql: str, phase: Phase) -> None:
    (frame,) = frames_of(sql, given=GIVEN)

    assert frame.derived_phase is phase


def test_rows_are_moved_in_no_earlier_phase_than_backfill() -> None:
    sql = "UPDATE account SET age = 1 WHERE id = 3"

    assert "later-phase" in found(sql, Phase.EXPAND)
    assert "later-phase" not in found(sql, Phase.BACKFILL)
    assert "later-phase" not in found(sql, Phase.CONTRACT)


def test_how_much_a_release_may_change_the_project_says() -> None:
    sql = "ALTER TABLE account ADD COLUMN a int, ADD COLUMN b int, ADD COLUMN c int"

    assert "large-release" not in found(sql, Phase.EXPAND)
    assert "large-release" in found(sql, Phase.EXPAND, Server(limits=Limits(max_changes=2)))
    assert "large-release" not in found(sql, Phase.EXPAND, Server(limits=Limits(max_changes=3)))


def test_tables_are_counted_by_themselves() -> None:
    sql = """
    CREATE TABLE visit (id int);
    ALTER TABLE account ADD COLUMN a int;
    ALTER TABLE account ADD COLUMN b int;
    """
    one = Server(limits=Limits(max_tables=1))

    assert "large-release" not in found(sql, Phase.EXPAND, one)
    assert "large-release" in found(sql + "ALTER TABLE other ADD a int", Phase.EXPAND, one)
