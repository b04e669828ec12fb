"""The harness: what rules and changes say, held against a server. A pytest plugin for anybody's rules.

In a test module of yours, with ``pytest_plugins = ["schemaguard.testing"]`` in its conftest.py:

    class TestMyRules(RuleTests):
        rules = (NamedRule("my-rule", "mine", my_rule.__doc__, my_rule.RULE),)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import ClassVar

import pytest

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, hangs_on
from schemaguard.errors import InputError
from schemaguard.interpret import Frame, Timeouts, interpret
from schemaguard.lint import lint
from schemaguard.phase import Phase
from schemaguard.postgres import embedded
from schemaguard.postgres.catalog import Connection, read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import observe, refusal
from schemaguard.rule import Bad, Example, Good, NamedRule, Severity
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState, TableState
from schemaguard.server import MAJORS, Server
from schemaguard.sql import read
from schemaguard.sql.split import Cut, split
from schemaguard.text import Lines, Piece

#: Examples run as under the runner, which sets both.
RUNNER = Timeouts(lock=2_000, statement=0)


def frames_of(
    sql: str,
    *,
    given: str = "",
    phase: Phase = Phase.EXPAND,
    server: Server | None = None,
    timeouts: Timeouts | None = None,
    before: SchemaState | None = None,
) -> list[Frame]:
    """Read and interpret a script, on the schema ``before`` it or on the one that ``given`` makes."""
    if before is None:
        before = schema_of(given)
    statements = [read(piece) for piece in pieces_of(sql)]
    return list(interpret(statements, before, server, timeouts=timeouts, phase=phase))


def schema_of(sql: str) -> SchemaState:
    """The schema that a script makes of an empty database; an error where a part of it cannot be read."""
    empty = SchemaState(complete=True)
    frames = list(interpret([read(piece) for piece in pieces_of(sql)], empty))
    for frame in frames:
        for unread in frame.unread:
            raise InputError(f"the schema cannot be told from {frame.statement.text!r}: {unread.reason}")
    return frames[-1].after if frames else empty


def pieces_of(sql: str, path: str = "script.sql") -> Iterator[Piece]:
    """The statements of a script, each by itself (autocommit)."""
    lines = Lines(sql)
    for part in split(sql, in_psql=False):
        if isinstance(part, Cut):
            place = lines.place(path, part.start, part.end)
            yield Piece(text=sql[part.start : part.end], place=place, comments=part.comments)
        elif message := getattr(part, "message", ""):
            raise InputError(message, path=path, line=lines.position(part.start)[0])


_NUMBERS = pytest.StashKey["count[int]"]()


# Against a server


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A frame and what the server did and had after its statement."""

    frame: Frame
    costs: frozenset[Cost]
    after: SchemaState
    #: The SQLSTATE with which the server refused it; "" if it did not.
    refused: str = ""


def witness(conn: Connection, sql: str, *, phase: Phase = Phase.EXPAND) -> Iterator[Witnessed]:
    """Run a script statement by statement on a database that is as before it."""
    # The catalog is read after each statement, which takes half the time when the queries are planned once.
    conn.prepare_threshold = 5
    for frame in frames_of(sql, server=server_of(conn), before=read_schema(conn), phase=phase):
        if frame.refused:
            refused = _refused(conn, frame)
            yield Witnessed(frame, frozenset(), read_schema(conn), refused)
        else:
            costs = observe(conn, frame.statement.text)
            yield Witnessed(frame, costs, read_schema(conn))


def _refused(conn: Connection, frame: Frame) -> str:
    """The SQLSTATE with which a statement is refused; an open transaction goes on as if it had not come."""
    if not frame.in_transaction:
        return refusal(conn, [frame.statement.text])
    conn.execute("SAVEPOINT before_refusal")
    refused = refusal(conn, [frame.statement.text])
    conn.execute("ROLLBACK TO before_refusal")
    return refused


def server_of(conn: Connection) -> Server:
    """What costs depend on."""
    row = conn.execute("SELECT current_setting('TimeZone')").fetchone()
    return Server(major=conn.info.server_version // 10_000, time_zone=row[0] if row else None)


def wrong_costs(witnessed: Witnessed) -> list[str]:
    """Costs that were seen and not said, and those that were said and not seen."""
    frame = witnessed.frame
    if frame.refused:
        said_states = {refusal.sqlstate for effect in frame.effects for refusal in effect.refusals}
        if witnessed.refused in said_states:
            return []
        return [f"refused with {said_states}, seen {witnessed.refused!r} -- {frame.statement.text}"]
    said, seen = _new(frame.costs, frame), _new(witnessed.costs, frame)
    # Which rows a query reads, and how, the planner decides by what is in the tables; locks
    # on the other ends of foreign keys are taken with the first row.
    if any(effect.change.moves_data or effect.change.planned for effect in frame.effects):
        wrong = [f"seen, not said: {cost}" for cost in seen if not _covered(cost, said)]
    else:
        wrong = [f"seen, not said: {cost}" for cost in seen - said]
        # What hangs on something that we do not know may also not come.
        wrong += [f"said, not seen: {cost}" for cost in said - seen if not hangs_on(cost)]
    return [f"{line} -- {frame.statement.text}" for line in sorted(wrong)]


def _new(costs: frozenset[Cost], frame: Frame) -> frozenset[Cost]:
    """Without the locks that the transaction has already or has stronger ones than: they do not show."""
    held = {lock.table: lock.mode.strength for lock in frame.held}
    return frozenset(
        cost
        for cost in costs
        if not (isinstance(cost, Lock) and held.get(cost.table, 0) >= cost.mode.strength)
    )


def _covered(cost: Cost, said: frozenset[Cost]) -> bool:
    match cost:
        case Lock(table, mode):
            return any(
                isinstance(c, Lock) and c.table == table and c.mode.strength >= mode.strength for c in said
            )
        case Scan(table):
            return any(isinstance(c, Scan | Rewrite | BuildIndex) and c.table == table for c in said)
        case Rewrite() | BuildIndex() | Wait():
            return cost in said


def wrong_schema(said: SchemaState, seen: SchemaState) -> list[str]:
    """Where two schemas differ, a line for each thing."""
    wrong = []
    for what in ("tables", "indexes", "views", "sequences", "types", "functions"):
        ours, theirs = getattr(said, what), getattr(seen, what)
        for name in sorted(ours.keys() | theirs.keys()):
            state = ours.get(name)
            # Of what is said not to be known whole nothing is said.
            if isinstance(state, TableState) and not state.complete and name in theirs:
                continue
            if ours.get(name) != theirs.get(name):
                wrong.extend(
                    _differing(f"{what} {getattr(name, 'text', name)}", ours.get(name), theirs.get(name))
                )
    if said.things != seen.things:
        more, less = set(said.things - seen.things), set(seen.things - said.things)
        wrong.append(f"things: said, not seen {more}, seen, not said {less}")
    return wrong


def _differing(name: str, said: object, seen: object) -> list[str]:
    if said is None or seen is None or type(said) is not type(seen):
        return [f"{name}: said {said}, seen {seen}"]
    wrong = []
    for field in fields(said):  # type: ignore[arg-type]  # a dataclass
        ours, theirs = getattr(said, field.name), getattr(seen, field.name)
        if field.compare and ours != theirs:
            # Of many columns or constraints only those that differ.
            if isinstance(ours, tuple) and set(ours) != set(theirs):
                ours, theirs = [o for o in ours if o not in theirs], [t for t in theirs if t not in ours]
            wrong.append(f"{name}.{field.name}: said {ours}, seen {theirs}")
    return wrong


# The tests that nobody writes


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
    def test_postgres_does_what_we_say(self, case: Case, database_with: Callable[[str], str]) -> None:
        assert self._wrong(case, database_with, wrong_costs) == ""

    @pytest.mark.majors
    def test_the_schema_is_what_we_say(self, case: Case, database_with: Callable[[str], str]) -> None:
        assert self._wrong(case, database_with, lambda seen: wrong_schema(seen.frame.after, seen.after)) == ""

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

    def _wrong(
        self, case: Case, database_with: Callable[[str], str], find: Callable[[Witnessed], list[str]]
    ) -> str:
        given, sql = case.named.rule.given, case.example.sql
        with connect(database_with(given)) as conn:
            if server_of(conn).major not in case.example.on:
                return ""
            if isinstance(case.example, Bad) and case.example.refused:
                refused = refusal(conn, [piece.text for piece in pieces_of(sql)])
                return "" if refused == case.example.refused else f"refused with {refused or 'nothing'}"
            wrong = wrong_schema(schema_of(given), read_schema(conn))
            wrong += [line for seen in witness(conn, sql, phase=case.example.phase) for line in find(seen)]
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
