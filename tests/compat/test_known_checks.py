"""The checker's cache: a kept matrix is what a new check gives, and never another question's."""

import json
import marshal
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from schemaguard import kept
from schemaguard.cli import main
from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State
from schemaguard.compat.verdict import Unknown, badness
from schemaguard.compat.witnesses import witness_script
from schemaguard.compat.workload import Parameter, Workload, query
from schemaguard.phase import Phase
from schemaguard.postgres import known_checks
from schemaguard.postgres.check_states import Builder, Servers
from schemaguard.postgres.connect import connect
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.known_checks import known_check
from schemaguard.postgres.shadow import NamedServer, built_with

SCHEMA = """
CREATE TABLE account (id bigserial PRIMARY KEY, name text NOT NULL, mail text UNIQUE, age int);
CREATE TABLE apart (id int PRIMARY KEY);
"""
FIND = "SELECT id, name FROM account WHERE id = $1"
ADD = "INSERT INTO account (name, mail) VALUES ($1, $2)"
ASK_AGE = "SELECT age FROM account WHERE id = $1"
COUNT = "SELECT count(*) FROM apart"
LOST = "SELECT id FROM nowhere"
VIP = "SELECT id FROM account WHERE vip"
STATES = (
    State(name="vip", title="vip", phase=Phase.EXPAND, sql=("ALTER TABLE account ADD COLUMN vip boolean",)),
    State(name="age", title="age", phase=Phase.CONTRACT, sql=("ALTER TABLE account DROP COLUMN age",)),
)


def code(side: Side, *statements: str) -> Participant:
    queries = tuple(query(sql, f"statement {n}") for n, sql in enumerate(statements))
    return Participant(side, Workload(version="1", driver="psycopg 3", statements=queries))


OLD, NEW = code(Side.BASELINE, FIND, ADD, ASK_AGE, LOST, COUNT), code(Side.CANARY, FIND, ADD, VIP)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where matrices are kept."""
    monkeypatch.setenv("SCHEMAGUARD_CACHE_DIR", str(tmp_path))
    return tmp_path / "checks"


class Asked:
    """Checks that were made anew, in place of which there is a matrix without cells, or with these."""

    def __init__(self) -> None:
        self.times = 0
        self.cells: tuple[Cell, ...] = ()

    def __call__(
        self,
        _server: Servers,
        _before: str | Builder,
        states: Sequence[State],
        participants: Sequence[Participant],
        *,
        written_for: Sequence[State] | None = None,
        known: Matrix | None = None,
    ) -> Matrix:
        assert known is None, "what is made up here is nothing to go on from"
        self.times += 1
        made = (BEFORE, *states)
        notes = (f"made {self.times}", f"written for {len(written_for or ())}")
        return Matrix(states=made, participants=tuple(participants), cells=self.cells, notes=notes)


@pytest.fixture
def asked(place: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Counts them."""
    counted = Asked()
    monkeypatch.setattr(known_checks, "check_states", counted)
    assert not place.exists()
    return counted


@pytest.mark.majors
def test_a_kept_matrix_is_the_fresh_one_cell_by_cell(
    server: Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = known_check(server, SCHEMA, STATES, (OLD, NEW))
    assert len(list(place.iterdir())) == 1
    monkeypatch.setattr(known_checks, "check_states", None)

    known = known_check(server, SCHEMA, STATES, (OLD, NEW))

    assert {badness(cell.verdict) for cell in fresh.cells} == {0, 1, 3, 4}
    assert fresh.writes.keys() == {Side.BASELINE, Side.CANARY}
    # Fields that are left out of comparisons count, too.
    assert [repr(cell) for cell in known.cells] == [repr(cell) for cell in fresh.cells]
    assert repr(replace(known, cells=())) == repr(replace(fresh, cells=()))
    red = [n for n, cell in enumerate(fresh.cells) if badness(cell.verdict) == 4]
    scripts = [[witness_script(one, one.cells[n], SCHEMA) for n in red] for one in (known, fresh)]
    assert scripts[0] == scripts[1]


def _typed(participant: Participant) -> Participant:
    first, *others = participant.workload.statements
    typed = replace(first, parameters=(Parameter(types=("int4",)),))
    return Participant(participant.side, replace(participant.workload, statements=(typed, *others)))


def _said(**more: object) -> tuple[Participant, Participant]:
    return Participant(OLD.side, replace(OLD.workload, **more)), NEW  # type: ignore[arg-type]


OTHERS: dict[str, tuple[object, ...]] = {
    "the schema before": (f"{SCHEMA} CREATE TABLE more ();", STATES, (OLD, NEW)),
    "rows": (built_with(SCHEMA, "INSERT INTO account (name) VALUES ('a')"), STATES, (OLD, NEW)),
    "the SQL of a state": (SCHEMA, (replace(STATES[0], sql=("SELECT 1",)), STATES[1]), (OLD, NEW)),
    "a state's phase": (SCHEMA, (STATES[0], replace(STATES[1], phase=Phase.EXPAND)), (OLD, NEW)),
    "whether a state failed": (SCHEMA, (replace(STATES[0], failed=True), STATES[1]), (OLD, NEW)),
    "one state more": (SCHEMA, STATES[:1], (OLD, NEW)),
    "a statement": (SCHEMA, STATES, (code(Side.BASELINE, ADD), NEW)),
    "a parameter's type": (SCHEMA, STATES, (_typed(OLD), NEW)),
    "the role": (SCHEMA, STATES, _said(role="postgres")),
    "the driver": (SCHEMA, STATES, _said(driver="psycopg2 2.9")),
    "what could not be recorded": (SCHEMA, STATES, _said(unrecorded=("a.py:1",))),
    "who takes part": (SCHEMA, STATES, (OLD,)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_question_is_asked_anew(server: Server, asked: Asked, other: tuple[object, ...]) -> None:
    known_check(server, SCHEMA, STATES, (OLD, NEW))

    known_check(server, *other)  # type: ignore[arg-type]

    assert asked.times == 2


@pytest.mark.usefixtures("asked")
def test_where_the_canary_is_held_against_another_end_it_is_asked_anew(server: Server) -> None:
    known_check(server, SCHEMA, STATES, (OLD, NEW))

    told = known_check(server, SCHEMA, STATES, (OLD, NEW), written_for=STATES[:1])

    assert told.notes == ("made 2", "written for 1")


@pytest.mark.parametrize(
    ("change", "undo"),
    [
        ("CREATE ROLE somebody_else", "DROP ROLE somebody_else"),
        ("ALTER ROLE ALL SET work_mem = '9MB'", "ALTER ROLE ALL RESET work_mem"),
        ("ALTER DATABASE template1 CONNECTION LIMIT 9", "ALTER DATABASE template1 CONNECTION LIMIT -1"),
    ],
)
def test_another_server_is_asked_anew(server: Server, asked: Asked, change: str, undo: str) -> None:
    known_check(server, SCHEMA, STATES, (OLD, NEW))
    with connect(server.dsn()) as conn:
        conn.execute(change.encode())
        try:
            known_check(server, SCHEMA, STATES, (OLD, NEW))
        finally:
            conn.execute(undo.encode())
        assert asked.times == 2

    known_check(server, SCHEMA, STATES, (OLD, NEW))

    assert asked.times == 2


class _Tomorrow(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_Tomorrow":
        return cls(2100, 1, 1, tzinfo=tz or UTC)


@pytest.mark.parametrize("what", ["our files", "the day", "the server's files"])
def test_what_changes_around_it_is_asked_anew(
    server: Server, asked: Asked, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    known_check(server, SCHEMA, STATES, (OLD, NEW))
    match what:
        case "our files":
            monkeypatch.setattr(kept, "own_files", lambda: iter([("cli.py", 1, 1)]))
        case "the day":
            monkeypatch.setattr(known_checks, "datetime", _Tomorrow)
        case _:
            monkeypatch.setattr(known_checks, "_files", lambda place: iter([(place, 1, 1)]))

    known_check(server, SCHEMA, STATES, (OLD, NEW))

    assert asked.times == 2


def _cut(content: bytes) -> bytes:
    return content[:-1]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _of_another(content: bytes) -> bytes:
    question, *more = marshal.loads(content[16:])
    body = marshal.dumps((bytes(len(question)), *more))
    whole: bytes = kept.digest(body) + body
    return whole


def _of_another_form(content: bytes) -> bytes:
    question, _, course = marshal.loads(content[16:])
    body = marshal.dumps((question, ([(0, 9, 9, 9, 9, 9)], [], [], (), (), []), course))
    whole: bytes = kept.digest(body) + body
    return whole


def _nothing(_: bytes) -> bytes:
    return b""


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("damage", [_cut, _flipped, _of_another, _of_another_form, _nothing])
def test_damage_is_noticed_and_mended(server: Server, place: Path, damage: Callable[[bytes], bytes]) -> None:
    known_check(server, SCHEMA, STATES, (OLD, NEW))
    (file,) = place.iterdir()
    file.write_bytes(damage(file.read_bytes()))

    told = [known_check(server, SCHEMA, STATES, (OLD, NEW)).notes[0] for _ in range(2)]

    assert told == ["made 2", "made 2"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT pg_read_file('/etc/hostname')",
        "COPY account FROM '/tmp/account'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'",
        "CREATE FOREIGN TABLE far () SERVER there",
    ],
)
def test_what_can_look_beyond_the_database_is_never_kept(
    server: Server, asked: Asked, place: Path, text: str
) -> None:
    known_check(server, f"{SCHEMA} {text};", STATES, (OLD, NEW))
    known_check(server, SCHEMA, (replace(STATES[0], sql=(text,)),), (OLD, NEW))
    known_check(server, SCHEMA, STATES, (code(Side.BASELINE, text), NEW))

    assert asked.times == 3
    assert not place.exists()


def test_of_a_server_that_is_not_ours_nothing_is_kept(server: Server, asked: Asked, place: Path) -> None:
    for _ in range(2):
        known_check(NamedServer(server.url()), SCHEMA, STATES, (OLD, NEW))

    assert asked.times == 2
    assert not place.exists()


def test_what_the_machine_lacked_at_that_moment_is_not_kept(
    server: Server, asked: Asked, place: Path
) -> None:
    verdict = Unknown("the server could not finish: 57014 canceling statement due to statement timeout")
    asked.cells = (Cell(participant=OLD, state=STATES[0], verdict=verdict),)

    known_check(server, SCHEMA, STATES, (OLD, NEW))

    assert not place.exists()


def test_where_there_is_no_place_it_is_asked_each_time(server: Server, asked: Asked, place: Path) -> None:
    place.write_text("a file where the directory should be")

    for _ in range(2):
        known_check(server, SCHEMA, STATES, (OLD, NEW))

    assert asked.times == 2


def test_the_command_gives_the_known_matrix_in_any_form_and_asks_anew_when_told(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("schema.sql").write_text(SCHEMA)
    Path("old.sql").write_text(f"-- name: find\n{FIND};\n")
    Path("m.sql").write_text("ALTER TABLE account ADD COLUMN vip boolean;")
    words = ["check", "m.sql", "--schema", "schema.sql", "--baseline", "old.sql", "--format", "json"]

    def notes(*more: str) -> list[str]:
        main([*words, *more])
        told: list[str] = json.loads(capsys.readouterr().out)["notes"]
        return told[:1]

    assert notes() == notes() == ["made 1"]
    assert main([*words[:-1], "text"]) == main(words) == 3
    assert asked.times == 1
    capsys.readouterr()
    # That is a check of its own.
    assert notes("--no-cache") == []
    assert notes() == ["made 1"]
