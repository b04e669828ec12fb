"""The harness: what rules and changes say, held against a server. A pytest plugin for anybody's rules.

In a test module of yours, with ``pytest_plugins = ["schemaguard.testing"]`` in its conftest.py:

    class TestMyRules(RuleTests):
        rules = (NamedRule("my-rule", "mine", my_rule.__doc__, my_rule.RULE),)
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import ClassVar

import pytest

from schemaguard.dataclass import dataclass
from schemaguard.lint import lint
from schemaguard.postgres import embedded
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import refusal
from schemaguard.postgres.witness import server_of, witness, wrong_costs, wrong_schema
from schemaguard.rule import Bad, Example, Good, NamedRule, Severity
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of, pieces_of, schema_of
from schemaguard.server import MAJORS, Server
from schemaguard.settings import Timeouts

#: Examples run as under the runner, which sets both.
RUNNER = Timeouts(lock=2_000, statement=0)


_NUMBERS = pytest.StashKey["count[int]"]()


@dataclass(frozen=True, slots=True)
class Case:
    """An example with the rule that it is of."""

    named: NamedRule
    example: Example

    def __str__(self) -> str:
        return f"{self.named.name}-{self.example.title.replace(' ', '-')}"


class RuleTests:
    """What is tested of each rule without anybody writing a test. Subclass it, and say which rules."""

    rules: ClassVar[Sequence[NamedRule]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each rule, or for each of its examples."""
        if "named" in metafunc.fixturenames:
            metafunc.parametrize("named", self.rules, ids=[named.name for named in self.rules])
        if "case" in metafunc.fixturenames:
            cases = [Case(named, example) for named in self.rules for example in named.rule.examples]
            metafunc.parametrize("case", cases, ids=str)

    def test_the_page_is_whole(self, named: NamedRule) -> None:
        assert named.summary.endswith("."), "the first line is a sentence"
        assert len(named.summary) <= 80, "the first line fits a terminal"
        assert "\n## Why\n" in named.page
        assert "\n## Instead\n" in named.page
        kinds = {type(example) for example in named.rule.examples}
        assert kinds == {Bad, Good}, "there are bad examples and good ones"
        assert (named.rule.check is None) != (named.rule.check_script is None)

    def test_bad_is_reported_and_good_is_not(self, case: Case) -> None:
        reported = self._reported(case)
        strict = {name for name, severity in reported if severity is not Severity.DEPENDS}
        found = {name for name, _ in reported}

        if isinstance(case.example, Bad):
            assert case.named.name in found
            assert strict <= {case.named.name}, "no other rule reports it"
        else:
            assert not strict
            assert case.named.name not in found

    @pytest.mark.majors
    def test_postgres_does_and_has_what_we_say(self, case: Case, database_with: Callable[[str], str]) -> None:
        assert self._wrong(case, database_with) == ""

    def test_good_ends_where_bad_ends(self, named: NamedRule) -> None:
        ends = {
            example.title: frames_of(example.sql, given=named.rule.given, server=_server(example))[-1].after
            for example in named.rule.examples
            if not (example.ends_elsewhere or (isinstance(example, Bad) and example.refused))
        }
        first, *others = ends.items()

        assert "\n".join(line for other in others for line in _apart(first, other)) == ""

    def _reported(self, case: Case) -> set[tuple[str, Severity]]:
        rules = [named for named in self._all() if named.rule.default or named == case.named]
        frames = frames_of(
            case.example.sql,
            given=case.named.rule.given,
            phase=case.example.phase,
            server=_server(case.example),
            timeouts=RUNNER,
        )
        return {(reported.rule, reported.severity) for reported in lint(frames, rules)}

    def _all(self) -> Sequence[NamedRule]:
        known = all_rules()
        return [*known, *(named for named in self.rules if named not in known)]

    def _wrong(self, case: Case, database_with: Callable[[str], str]) -> str:
        """Where the server's costs, and its schema after each statement, are not what we say of them."""
        given, sql = case.named.rule.given, case.example.sql
        with connect(database_with(given), repeats=True) as conn:
            if server_of(conn).major not in case.example.on:
                return ""
            if isinstance(case.example, Bad) and case.example.refused:
                refused = refusal(conn, [piece.text for piece in pieces_of(sql)])
                return "" if refused == case.example.refused else f"refused with {refused or 'nothing'}"
            before = read_schema(conn)
            wrong = wrong_schema(schema_of(given), before)
            for seen in witness(conn, sql, phase=case.example.phase, before=before):
                wrong += wrong_costs(seen) + wrong_schema(seen.frame.after, seen.after)
        return "\n".join(wrong)


def _server(example: Example) -> Server | None:
    """The one that an example is about, where it is not about all."""
    return None if example.on == MAJORS else Server(major=example.on[-1])


def _apart(one: tuple[str, SchemaState], other: tuple[str, SchemaState]) -> list[str]:
    lines = wrong_schema(one[1], other[1])
    return [f"{other[0]!r} is seen to end elsewhere than {one[0]!r} said: {line}" for line in lines]


# The plugin


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of tests that are worth a run on each major."""
    config.addinivalue_line("markers", "majors: runs on every tested major version of PostgreSQL")


@pytest.fixture(scope="session")
def schemaguard_server() -> Iterator[embedded.Server]:
    """An embedded server of our own."""
    with embedded.start() as server:
        yield server


@pytest.fixture
def database_with(
    schemaguard_server: embedded.Server, request: pytest.FixtureRequest
) -> Callable[[str], str]:
    """Makes a fresh database, runs a script in it, and tells its DSN."""

    def fresh(script: str) -> str:
        numbers = request.config.stash.setdefault(_NUMBERS, count(1))
        dsn = schemaguard_server.create_database(f"test_{next(numbers)}")
        with connect(dsn) as conn:
            conn.execute(script.encode())
        return dsn

    return fresh
