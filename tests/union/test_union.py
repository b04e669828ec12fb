"""Each danger that a linter looks for is found by the rules that are to find it, and no other is made up."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.lint import Reported, lint
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.scripts import pieces_of, schema_of
from schemaguard.server import Server
from schemaguard.settings import Timeouts
from schemaguard.sql import read
from tests.union.cases import DANGERS, NOT_OURS, Danger

#: The axes and the short name of each row, in the order of the list from which they are.
ROWS = [line.split("\t") for line in (Path(__file__).parent / "names.txt").read_text().splitlines()]
NAMES = {name: axes for axes, name in ROWS}
CONVENTION = "d"


def frames(danger: Danger) -> list[Frame]:
    pieces = [replace(p, block=1) if danger.one_string else p for p in pieces_of(danger.sql)]
    return list(
        interpret(
            [read(piece) for piece in pieces],
            schema_of(danger.given),
            Server(major=danger.pg, minor=danger.minor) if danger.pg else None,
            timeouts=Timeouts(lock=danger.lock_timeout, statement=0),
            phase=danger.phase,
        )
    )


def reported(danger: Danger, *, by_default: bool) -> list[Reported]:
    rules = [named for named in all_rules() if named.rule.default or not by_default]
    return list(lint(frames(danger), rules))


def told(danger: Danger) -> str:
    return f"{danger.name}: {danger.sql}"[:100]


FOUND = [danger for danger in DANGERS if danger.rules]
NONE = [danger for danger in DANGERS if not danger.rules]


@pytest.mark.parametrize("danger", FOUND, ids=told)
def test_the_danger_is_found(danger: Danger) -> None:
    found = reported(danger, by_default=False)

    assert danger.rules <= {one.rule for one in found}, [(one.rule, one.message) for one in found]


@pytest.mark.parametrize("danger", NONE, ids=told)
def test_no_danger_is_made_up(danger: Danger) -> None:
    found = reported(danger, by_default=True)

    assert [(one.rule, one.message) for one in found if one.severity is not Severity.DEPENDS] == []


def test_each_row_stands_in_one_table() -> None:
    ours = {danger.name for danger in DANGERS}
    conventions = {name for name, axes in NAMES.items() if axes == CONVENTION}

    assert len(NAMES) == 176
    assert ours & NOT_OURS.keys() == set()
    assert ours | NOT_OURS.keys() == NAMES.keys() - conventions
