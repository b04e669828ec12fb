"""A release's expand beside contracts that are still to come: each order must lead to the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import psycopg

from schemaguard.compat.cells import State
from schemaguard.dataclass import dataclass
from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.postgres.as_written import spare
from schemaguard.postgres.connect import connect
from schemaguard.postgres.contents import unlike, varying
from schemaguard.postgres.moment import Moment
from schemaguard.postgres.shadow_databases import Builder, Servers, build, shadow_database
from schemaguard.postgres.shape import differences


@dataclass(frozen=True, slots=True)
class Part:
    """A phase of a release, as its revision sends it."""

    revision: str
    phase: Phase
    statements: tuple[str, ...]

    @property
    def name(self) -> str:
        """Such as ``the expand of 0017``."""
        return f"the {self.phase.value} of {self.revision}"

    @property
    def states(self) -> Iterator[State]:
        """What it leads through: after each transaction, after each statement that is sent by itself."""
        inside: list[str] | None = None
        for number, statement in enumerate(self.statements):
            word = statement.strip().rstrip(";").upper()
            if word == "BEGIN":
                inside = []
            elif word == "COMMIT" and inside is not None:
                yield State(name=f"{number}", title=self.name, sql=tuple(inside))
                inside = None
            elif inside is not None:
                inside.append(statement)
            else:
                yield State(name=f"{number}", title=self.name, sql=(statement,), alone=True)


@dataclass(frozen=True, slots=True)
class Clash:
    """A part of a release that must not run before a contract."""

    part: Part
    contract: Part
    #: What is otherwise if it does, a line each.
    why: tuple[str, ...]


def clash(
    server: Servers,
    before: Builder,
    parts: Sequence[Part],
    contracts: Sequence[Part],
    watch: Callable[[int, int, str], None],
) -> Clash | None:
    """The last of the contracts that has to come before one of the parts; None: there is none.

    ``before`` builds what is there when all earlier releases are expanded, and none of the contracts is done.
    The parts run in their order, and so do the contracts. Any two orders differ by exchanges of a part with
    the contract next to it: these are tried, wherever they can occur. ``watch`` is told of each contract.
    Refused where the parts fail after all contracts.
    """
    with (
        connect(server.dsn()) as over,
        shadow_database(server, None, over) as start,
        ExitStack() as all_of_it,
    ):
        _fill(server, start, before, [*contracts, *parts], over)
        orders = _Orders(server, over, parts)
        held = all_of_it.enter_context(ExitStack())
        here, found = orders.expanded(held, _Reached(start)), None
        for number, contract in enumerate(contracts, start=1):
            watch(number, len(contracts), f"the other way round with {contract.name}")
            following = all_of_it.enter_context(ExitStack())
            there = orders.expanded(following, orders.then(following, here[0], contract))
            found = orders.compare(here, there, contract) or found
            held.close()
            held, here = following, there
        if failed := next((each.why for each in here if each.why), ""):
            raise Refused(f"on a shadow database, after the contracts of earlier releases, {failed}")
        return found


def _fill(
    server: Servers, start: str, before: Builder, in_order: Sequence[Part], over: psycopg.Connection
) -> None:
    """Build what is there before, with the rows that none of the parts refuses."""
    rows = build(server, start, before)
    spare(server, start, [state for part in in_order for state in part.states], rows, over)


@dataclass(frozen=True, slots=True)
class _Reached:
    """A database, or why there is none."""

    database: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Orders:
    server: Servers
    over: psycopg.Connection
    parts: Sequence[Part]

    def then(self, stack: ExitStack, reached: _Reached, part: Part) -> _Reached:
        """A copy of the database in which the part has run, for as long as the stack lasts."""
        if reached.why:
            return reached
        copy = stack.enter_context(shadow_database(self.server, reached.database, self.over))
        with connect(self.server.dsn(copy)) as conn:
            try:
                for statement in part.statements:
                    conn.execute(statement.encode())
            except psycopg.Error as error:
                return _Reached("", f"{part.name} fails: {error.sqlstate} {str(error).splitlines()[0]}")
        return _Reached(copy)

    def expanded(self, stack: ExitStack, start: _Reached) -> list[_Reached]:
        """What is reached before the parts, and after each of them."""
        reached = [start]
        for part in self.parts:
            reached.append(self.then(stack, reached[-1], part))
        return reached

    def compare(self, here: Sequence[_Reached], there: Sequence[_Reached], contract: Part) -> Clash | None:
        """Whether the contract leads from ``here`` to ``there``, where the parts lead after it."""
        for place, part in enumerate(self.parts, start=1):
            if here[place].why:
                return Clash(part, contract, (here[place].why,))
            if there[place].why:
                # It is the one of a later contract that must not be first.
                return None
            if wrong := tuple(self._unlike(here, there[place], place, contract)):
                return Clash(part, contract, wrong)
        return None

    def _unlike(self, here: Sequence[_Reached], there: _Reached, place: int, contract: Part) -> Iterator[str]:
        with ExitStack() as stack:
            other = self.then(stack, here[place], contract)
            if other.why:
                yield other.why
                return
            said, seen = self._moment(there), self._moment(other)
            yield from differences(said.shape, seen.shape)
            wrong = list(unlike(said.contents, seen.contents))
            if wrong:
                # What is another value each time tells nothing.
                again = here[0]
                for part in (*self.parts[:place], contract):
                    again = self.then(stack, again, part)
                clocks = varying(seen.contents, self._moment(again).contents)
                wrong = list(unlike(said.contents, seen.contents, clocks))
            yield from wrong

    def _moment(self, reached: _Reached) -> Moment:
        with connect(self.server.dsn(reached.database)) as conn:
            return Moment.of(conn)
