"""What happens to all partitions of a table is one finding."""

from schemaguard.costs import Scan
from schemaguard.lint import Reported, lint
from schemaguard.names import Relation
from schemaguard.rule import Severity
from schemaguard.rules import default_rules
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.testing import RUNNER

GIVEN = """
CREATE TABLE visit (id bigint, day date, note text) PARTITION BY RANGE (day);
CREATE TABLE visit_a PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visit_b PARTITION OF visit FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')
    PARTITION BY LIST (id);
CREATE TABLE visit_b_1 PARTITION OF visit_b FOR VALUES IN (1);
CREATE TABLE account (id bigint PRIMARY KEY);
"""
A, B = Relation("public", "visit_a"), Relation("public", "visit_b_1")
CHECKED = "ALTER TABLE visit ADD CONSTRAINT noted CHECK (note <> '');"


def found(sql: str, rule: str, server: Server | None = None) -> list[Reported]:
    frames = frames_of(sql, given=GIVEN, server=server, timeouts=RUNNER)
    return [reported for reported in lint(frames, default_rules()) if reported.rule == rule]


def test_partitions_at_all_depths_are_told_together() -> None:
    (finding,) = found(CHECKED, "scanning-check")

    assert finding.message == "checks every row of 2 partitions of public.visit while no query can use it"
    assert {cost.table for cost in (finding.because, *finding.also) if isinstance(cost, Scan)} == {A, B}


def test_one_partition_keeps_its_name() -> None:
    (finding,) = found("ALTER TABLE visit_b ADD CONSTRAINT noted CHECK (note <> '');", "scanning-check")

    assert "public.visit_b_1" in finding.message
    assert finding.also == ()


def test_what_is_said_of_other_tables_stays_apart() -> None:
    assert len(found(f"{CHECKED} ALTER TABLE account ADD CHECK (id > 0);", "scanning-check")) == 2


def test_sizes_are_added_up() -> None:
    server = Server(bytes={A: 30_000_000_000, B: 60_000_000_000}, rows={A: 1_000_000, B: 2_000_000})

    (finding,) = found(CHECKED, "scanning-check", server)

    assert finding.estimate is not None
    assert (finding.estimate.bytes, finding.estimate.rows) == (90_000_000_000, 3_000_000)
    assert "90 GB" in finding.message


def test_one_large_partition_makes_it_an_error() -> None:
    server = Server(bytes={A: 8_000, B: 60_000_000_000}, rows={A: 1, B: 2_000_000})

    (finding,) = found(CHECKED, "scanning-check", server)

    assert finding.severity is Severity.ERROR


def test_rows_of_partitions_are_those_of_the_whole() -> None:
    (finding,) = found("TRUNCATE visit;", "truncated-table")

    assert "public.visit " in finding.message


def test_an_update_of_a_partitioned_table_is_found() -> None:
    (finding,) = found("UPDATE visit SET note = 'x';", "update-of-all-rows")

    assert "2 partitions of public.visit" in finding.message


def test_work_on_several_tables_under_a_lock_is_said_once() -> None:
    given = """
    CREATE TABLE lead (id bigint PRIMARY KEY, note text);
    CREATE TABLE call (id bigint, lead bigint REFERENCES lead ON DELETE CASCADE);
    CREATE TABLE mail (id bigint, lead bigint REFERENCES lead ON DELETE CASCADE);
    CREATE TABLE account (id bigint PRIMARY KEY);
    """
    sql = "BEGIN; ALTER TABLE account ADD COLUMN a int; DELETE FROM lead; COMMIT;"
    frames = frames_of(sql, given=given, timeouts=RUNNER)

    (finding,) = (one for one in lint(frames, default_rules()) if one.rule == "work-while-locked")

    tables = "public.call, public.lead and public.mail"
    assert finding.message == f"works on all of {tables} while its transaction keeps public.account locked"
    assert len({cost.table for cost in (finding.because, *finding.also) if isinstance(cost, Scan)}) == 3


def test_a_table_that_becomes_a_part_of_an_old_one_is_no_longer_young() -> None:
    attach = "ALTER TABLE visit ATTACH PARTITION new FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');"
    given = """
    CREATE TABLE visit (id bigint, day date, note text) PARTITION BY RANGE (day);
    """
    made = "CREATE TABLE new (id bigint, day date, note text); "
    index = "CREATE INDEX ON new (id);"

    def blocking(sql: str) -> list[Reported]:
        frames = frames_of(sql, given=given, timeouts=RUNNER)
        return [one for one in lint(frames, default_rules()) if one.rule == "blocking-index"]

    assert blocking(made + index + attach) == []
    assert len(blocking(made + attach + index)) == 1
