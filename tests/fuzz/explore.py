"""A seed becomes a script; scripts with a difference become small."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from psycopg.pq import TransactionStatus

from schemaguard.postgres.observe import Connection
from tests.fuzz.definitions import Definitions
from tests.fuzz.draw import Draw, Made
from tests.fuzz.statements import FUNCTIONS, Statements
from tests.fuzz.trial import Difference, Fate, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a seed made, as far as the server took it."""

    seed: int
    zone: str
    from_catalog: bool
    given: tuple[Made, ...]
    script: tuple[Made, ...]

    def __str__(self) -> str:
        lines = [
            f"-- seed {self.seed}, time zone {self.zone}, from the catalog: {self.from_catalog}",
            "-- given",
        ]
        lines += [f"{made.text};" for made in self.given]
        lines += ["-- script", *(f"{made.text};" for made in self.script)]
        return "\n".join(lines)


@dataclass(slots=True)
class Counts:
    """What came up."""

    scripts: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    differences: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Found:
    """A script with what is wrong at its end."""

    script: Script
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        wrong = "\n".join(f"-- {d.kind.value}: {d.line}" for d in self.differences)
        return f"{self.script}\n{wrong}\n"


def explore(conn: Connection, seed: int, counts: Counts) -> Found | None:
    """Draw a script while the server runs it; what is found, if anything is."""
    draw = Draw(seed)
    major = conn.info.server_version // 10_000
    zone = draw.one(("UTC", "UTC", "Europe/Paris"))
    from_catalog = draw.chance(0.5)
    trial = Trial(conn)
    trial.prepare(zone)
    counts.scripts += 1
    given: list[Made] = []
    script: list[Made] = []

    def found(differences: tuple[Difference, ...]) -> Found | None:
        if not differences:
            return None
        for difference in differences:
            counts.differences[difference.kind.value] += 1
        made = Script(
            seed=seed, zone=zone, from_catalog=from_catalog, given=tuple(given), script=tuple(script)
        )
        return Found(made, differences)

    given.extend(made for made in _given(draw, trial, major) if trial.give(made.text))
    if wrong := trial.begin(from_catalog=from_catalog):
        return found(tuple(wrong))
    for _ in range(draw.between(3, 12)):
        inside = conn.info.transaction_status is TransactionStatus.INTRANS
        made = Statements(draw, trial.catalog, major, inside).any()
        step = trial.step(made.text)
        _count(counts, trial, step.fate, step.why)
        counts.excused.update(step.excused)
        if step.fate is Fate.TAKEN or step.differences:
            script.append(made)
        if step.differences:
            return found(step.differences)
        if step.fate is Fate.LAST:
            break
    return found(tuple(trial.end()))


def _count(counts: Counts, trial: Trial, fate: Fate, why: str) -> None:
    counts.fates[fate.value] += 1
    if fate is Fate.TAKEN:
        counts.changes.update(type(effect.change).__name__ for effect in trial.frames[-1].effects)
    elif fate is Fate.UNREAD:
        counts.unread[why] += 1
    elif fate is Fate.REFUSED:
        counts.refused[why] += 1


def _given(draw: Draw, trial: Trial, major: int) -> Iterator[Made]:
    """Functions, tables with rows, indexes and keys."""
    yield from map(Made, FUNCTIONS)
    for _ in range(draw.between(2, 4)):
        definitions = Definitions(draw, trial.catalog, major)
        yield definitions.create_table(definitions.new_table(), calm=True)
    for _ in range(draw.between(0, 4)):
        definitions = Definitions(draw, trial.catalog, major)
        yield definitions.create_index(definitions.table())
    for _ in range(draw.between(0, 3)):
        yield Statements(draw, trial.catalog, major, in_transaction=False).alter_table()
    if draw.chance(0.7):
        for row in (1, 2, 1):
            statements = Statements(draw, trial.catalog, major, in_transaction=False)
            for table in statements.definitions.tables():
                yield statements.insert(table, row=row)


def replay(conn: Connection, script: Script) -> tuple[Difference, ...]:
    """What is wrong with a script at its first wrong statement; statements that are refused are left out."""
    trial = Trial(conn)
    trial.prepare(script.zone)
    for made in script.given:
        trial.give(made.text)
    if wrong := trial.begin(from_catalog=script.from_catalog):
        return tuple(wrong)
    for made in script.script:
        if differences := trial.step(made.text).differences:
            return differences
    return tuple(trial.end())


def minimise(conn: Connection, found: Found) -> Found:
    """The same difference with as few statements, and parts of them, as possible."""
    sorts = {difference.sort for difference in found.differences}

    def still(script: Script) -> tuple[Difference, ...]:
        differences = replay(conn, script)
        return differences if sorts & {difference.sort for difference in differences} else ()

    smallest = found
    shrunk = True
    while shrunk:
        shrunk = False
        for candidate in _smaller(smallest.script):
            if differences := still(candidate):
                smallest, shrunk = Found(candidate, differences), True
                break
    return smallest


def _smaller(script: Script) -> Iterator[Script]:
    def without(statements: tuple[Made, ...]) -> Iterator[tuple[Made, ...]]:
        for place in reversed(range(len(statements))):
            yield (*statements[:place], *statements[place + 1 :])
        for place in reversed(range(len(statements))):
            made = statements[place]
            for part in range(len(made.parts)) if len(made.parts) > 1 else ():
                yield (*statements[:place], made.without(part), *statements[place + 1 :])

    yield from (replace(script, script=smaller) for smaller in without(script.script))
    yield from (replace(script, given=smaller) for smaller in without(script.given))


__all__ = ["Counts", "Found", "Script", "explore", "minimise", "replay"]
