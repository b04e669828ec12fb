"""Scripts of which each statement is run: PostgreSQL does what we say, and has afterwards what we say.

A script begins with a line on what it is about. Its lines ``-- given`` and ``-- script`` part the schema
before it from what is tried. ``-- time zone X`` sets the session's. ``-- from 18, before it 42601`` says
since when there is such a thing, and how older servers refuse it. A comment ``more is said than seen:``
beside a statement gives the reason for a cost that the server does not have.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import refusal
from schemaguard.postgres.witness import Witnessed, witness, wrong_costs, wrong_schema
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of, pieces_of

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.sql"))
TOO_MUCH = "more is said than seen:"


@dataclass(frozen=True)
class Script:
    """A file of the corpus."""

    given: str
    sql: str
    time_zone: str
    since: int
    refused_before: str


def script_of(file: Path) -> Script:
    head, _, rest = file.read_text().partition("\n-- given\n")
    given, _, sql = rest.partition("-- script\n")
    zone = re.search(r"^-- time zone (\S+)$", head, re.MULTILINE)
    since = re.search(r"^-- from (\d+), before it (\w+)$", head, re.MULTILINE)
    return Script(
        given=given,
        sql=sql,
        time_zone=zone[1] if zone else "UTC",
        since=int(since[1]) if since else 0,
        refused_before=since[2] if since else "",
    )


def wrong(seen: Witnessed) -> list[str]:
    costs = wrong_costs(seen)
    if any(comment.startswith(TOO_MUCH) for comment in seen.frame.statement.piece.comments):
        covered = [line for line in costs if line.startswith("said, not seen")]
        costs = [line for line in costs if line not in covered] if covered else ["nothing too much is said"]
    shape = wrong_schema(seen.frame.after, seen.after)
    said, there = comments(seen.frame.after), comments(seen.after)
    if not shape and said != there:
        shape = [f"comments said {said}, seen {there}"]
    return costs + [f"{line} -- {seen.frame.statement.text}" for line in shape]


def comments(schema: SchemaState) -> dict[str, str]:
    """What is said of tables and columns, by their names."""
    tables = {table.text: state.comment for table, state in schema.tables.items()}
    columns = {f"{t.text}.{c.name}": c.comment for t, state in schema.tables.items() for c in state.columns}
    return {name: comment for name, comment in (tables | columns).items() if comment}


@pytest.mark.majors
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_postgres_does_and_has_what_we_say(
    file: Path, major: int, database_with: Callable[[str], str]
) -> None:
    script = script_of(file)
    with connect(database_with(script.given), repeats=True) as conn:
        conn.execute("SELECT set_config('timezone', %s, false)", (script.time_zone,))
        if major < script.since:
            assert refusal(conn, [piece.text for piece in pieces_of(script.sql)]) == script.refused_before
            return

        assert "\n".join(line for seen in witness(conn, script.sql) for line in wrong(seen)) == ""


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_corpus_is_read_whole(file: Path) -> None:
    script = script_of(file)
    frames = frames_of(script.sql, given=script.given)

    assert frames
    assert [(frame.statement.text, frame.unread) for frame in frames if frame.unread] == []
