"""How long it takes, said as an order of magnitude."""

import pytest

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan
from schemaguard.estimates import counted, estimate, is_small
from schemaguard.lint import Reported, lint
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Limits, Server

ACCOUNT = Relation("public", "account")
AX = LockMode.ACCESS_EXCLUSIVE


@pytest.mark.parametrize(
    ("cost", "size", "said"),
    [
        (Scan(ACCOUNT, AX), 12_000_000_000, "about 40 s for 12 GB"),
        (Scan(ACCOUNT, AX), 8192, "less than a second for 8 kB"),
        (Scan(ACCOUNT, AX), 0, "less than a second for 0 kB"),
        (Rewrite(ACCOUNT, AX), 12_345_678_901, "about 4 minutes for 12 GB"),
        (BuildIndex(ACCOUNT, AX), 1_500_000_000_000, "about 8 hours for 1.5 TB"),
        (BuildIndex(ACCOUNT, AX), 250_000_000, "about 5 s for 250 MB"),
    ],
)
def test_the_time_is_said_with_the_size(cost: Cost, size: int, said: str) -> None:
    found = estimate(cost, Server(bytes={ACCOUNT: size}))

    assert found is not None
    assert found.text == said


def test_nothing_is_said_of_what_does_not_grow_or_is_not_known() -> None:
    assert estimate(Lock(ACCOUNT, AX), Server(bytes={ACCOUNT: 1})) is None
    assert estimate(Scan(ACCOUNT, AX), Server()) is None


def test_a_table_whose_rows_are_not_known_is_not_small() -> None:
    assert not is_small(Scan(ACCOUNT, AX), Server(bytes={ACCOUNT: 0}))
    assert is_small(Scan(ACCOUNT, AX), Server(rows={ACCOUNT: 10_000}))
    assert not is_small(Scan(ACCOUNT, AX), Server(rows={ACCOUNT: 10_001}))


def test_rows_are_counted_with_two_digits() -> None:
    assert counted(12_345) == "about 12,000 rows"


def found(rows: int, limit: int = 10_000) -> Reported:
    server = Server(rows={ACCOUNT: rows}, bytes={ACCOUNT: rows * 100}, limits=Limits(small_table_rows=limit))
    frames = frames_of("CREATE INDEX i ON account (a)", before=SchemaState(), server=server)
    return next(one for one in lint(frames, all_rules()) if one.rule == "blocking-index")


def test_what_blocks_a_large_table_is_an_error_and_says_how_long() -> None:
    finding = found(50_000_000)

    assert finding.severity is Severity.ERROR
    assert finding.message.endswith("until the index is built: about 100 s for 5 GB, about 50,000,000 rows")


def test_what_blocks_a_small_table_is_a_warning_and_says_the_number() -> None:
    finding = found(1234)

    assert finding.severity is Severity.WARNING
    assert finding.message.endswith(": less than a second for 123 kB, about 1,200 rows")


def test_what_is_small_the_project_says() -> None:
    assert found(1234, limit=1000).severity is Severity.ERROR
