"""The schemas that are kept: the same as those of a run through the whole history, whatever has changed."""

import random
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from schemaguard import kept
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.commands.past_schema import schema_after
from schemaguard.interpret import interpret
from schemaguard.names import Relation
from schemaguard.packed import packed, unpacked
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.sources import read_paths
from schemaguard.sql import read_source
from schemaguard.text import Source

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.sql"))
LONG = 60


def whole(value: object) -> object:
    """All of a value: also the fields that do not count when two are compared, and the order of mappings."""
    if isinstance(value, dict):
        return [(whole(name), whole(item)) for name, item in value.items()]
    if isinstance(value, frozenset):
        return sorted(repr(whole(item)) for item in value)
    if isinstance(value, tuple):
        return tuple(whole(item) for item in value)
    if is_dataclass(value):
        return type(value), [(field.name, whole(getattr(value, field.name))) for field in fields(value)]
    return type(value), value


def again(value: Any) -> Any:
    """What is left of it in a file."""
    return unpacked(*packed(value))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_every_schema_of_the_corpus_is_the_same_again(file: Path) -> None:
    given, _, sql = file.read_text().partition("\n-- given\n")[2].partition("-- script\n")

    for schema in {id(frame.after): frame.after for frame in frames_of(sql, given=given)}.values():
        assert whole(again(schema)) == whole(schema)


def test_every_schema_of_a_rules_example_is_the_same_again() -> None:
    examples = [(named.rule.given, example) for named in all_rules() for example in named.rule.examples]
    assert len(examples) > 400

    for given, example in examples:
        schema = frames_of(example.sql, given=given, phase=example.phase)[-1].after
        assert whole(again(schema)) == whole(schema), example.sql


def test_a_value_of_others_is_refused() -> None:
    for strange in (Path(), [1], {1}, object(), (1, [2]), Relation("public", Path())):  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            packed(strange)


@pytest.mark.parametrize("name", ["os:system", "schemaguard.kept:keep", "schemaguard.names:Nothing", ""])
def test_nothing_but_our_own_classes_is_made(name: str) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        unpacked([name], (3, "true"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where schemas are kept."""
    monkeypatch.setenv("SCHEMAGUARD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "schemas"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A directory of migrations, of which each needs what is before it."""
    directory = tmp_path / "migrations"
    directory.mkdir()
    for number in range(LONG):
        made = f"CREATE TABLE t{number} (id bigint PRIMARY KEY, a int NOT NULL DEFAULT {number}, b text);"
        changed = (
            f"ALTER TABLE t{number // 2} ADD COLUMN c{number} int REFERENCES t{number - 1};" if number else ""
        )
        (directory / f"{number:03}_m.sql").write_text(f"{made}\n{changed if number else ''}\n")
    return directory


class Runs:
    """Runs through a history, and what was run through."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.steps = 0

    def after(self, *, of: str = "", anew: bool = False, most: int | None = None) -> SchemaState:
        (asked,) = read_paths([self.directory])
        self.steps = 0
        return schema_after(asked.sources[:most], of, self.step, anew=anew)

    def step(self, source: Source, schema: SchemaState) -> SchemaState:
        self.steps += 1
        frames = list(interpret(read_source(source), schema))
        return frames[-1].after if frames else schema


def test_what_is_known_is_not_run_through_again(history: Path, place: Path) -> None:
    runs = Runs(history)

    first = runs.after()
    assert runs.steps == LONG
    second = runs.after()
    assert runs.steps == 0

    assert whole(first) == whole(second)
    assert len(list(place.iterdir())) == 1


def test_of_a_longer_history_only_the_rest_is_run_through(history: Path, place: Path) -> None:
    runs = Runs(history)
    runs.after(most=40)
    runs.after()
    assert runs.steps == LONG - 40
    assert len(list(place.iterdir())) == 1  # The rest was short.
    assert whole(runs.after()) == whole(runs.after(anew=True))


@pytest.mark.usefixtures("place")
def test_of_a_shorter_history_nothing_is_known(history: Path) -> None:
    runs = Runs(history)
    runs.after()

    assert whole(runs.after(most=50)) == whole(runs.after(most=50, anew=True))


def test_a_short_history_is_not_kept(history: Path, place: Path) -> None:
    Runs(history).after(most=20)

    assert not place.exists()


def test_anew_keeps_nothing_and_looks_at_nothing(history: Path, place: Path) -> None:
    runs = Runs(history)
    runs.after(anew=True)
    assert not place.exists()

    runs.after()
    runs.after(anew=True)
    assert runs.steps == LONG


@pytest.mark.usefixtures("place")
def test_another_server_is_another_schema(history: Path) -> None:
    runs = Runs(history)
    runs.after(of="14")
    runs.after(of="18")

    assert runs.steps == LONG


def change(history: Path, number: int, text: str) -> None:
    next(history.glob(f"{number:03}_*")).write_text(text)


@pytest.mark.parametrize(
    "changed",
    [
        lambda history: change(history, 0, "CREATE TABLE t0 (id text PRIMARY KEY);"),
        lambda history: change(history, 30, "DROP TABLE t3 CASCADE;"),
        lambda history: change(history, 59, "ALTER TABLE t1 RENAME TO t_one;"),
        lambda history: change(history, 30, "BEGIN; DROP TABLE t3 CASCADE; ROLLBACK;"),
        lambda history: (history / "010_m.sql").rename(history / "010_z.sql"),
        lambda history: (history / "010_m.sql").rename(history / "090_m.sql"),
        lambda history: (history / "045_m.sql").unlink(),
        lambda history: (history / "010_a.sql").write_text("CREATE TYPE mood AS ENUM ('a', 'b');"),
    ],
    ids=["first", "middle", "last", "rolled-back", "same-order", "other-order", "gone", "new"],
)
@pytest.mark.usefixtures("place")
def test_whatever_changes_the_schema_is_the_one_of_now(
    history: Path, changed: Callable[[Path], object]
) -> None:
    runs = Runs(history)
    runs.after()

    changed(history)

    assert whole(runs.after()) == whole(runs.after(anew=True))


@pytest.mark.parametrize("seed", range(3))
def test_files_that_are_damaged_or_of_somebody_else_do_not_matter(
    history: Path, place: Path, seed: int
) -> None:
    draw = random.Random(seed)
    runs = Runs(history)
    right = whole(runs.after())
    (file,) = place.iterdir()
    content = file.read_bytes()
    middle = draw.randrange(len(content))
    for damaged in (
        b"",
        content[:middle],
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        draw.randbytes(500),
    ):
        file.write_bytes(damaged)
        assert whole(runs.after()) == right
        assert runs.steps == LONG


@pytest.mark.parametrize(
    "strange",
    [
        None,
        (),
        (1, 2),
        ([], 5),
        ([], (0, 1)),
        ([], (9, 1)),
        (["os:system"], (3, "true")),
        (["schemaguard.names:Relation"], (3, "public", "t")),
        (["schemaguard.schema.state:SchemaState"], (3, 1)),
    ],
)
def test_what_is_no_schema_is_not_taken_for_one(history: Path, place: Path, strange: object) -> None:
    runs = Runs(history)
    right = whole(runs.after())
    (file,) = place.iterdir()
    kept.keep(str(file), strange, 10)

    assert whole(runs.after()) == right
    assert runs.steps == LONG


def test_lint_finds_the_same_in_a_known_history(history: Path, place: Path) -> None:
    last = history / f"{LONG:03}_last.sql"
    last.write_text(
        "ALTER TABLE t1 ALTER COLUMN a TYPE bigint;\nDROP TABLE t2;\nALTER TABLE gone ADD x int;\n"
    )
    anew = lint_paths([last], asking=Asking(anew=True))
    assert not place.exists()

    assert lint_paths([last]).reported == anew.reported
    assert len(list(place.iterdir())) == 1
    assert lint_paths([last]).reported == anew.reported
    assert (
        lint_paths([last], major=14).reported
        == lint_paths([last], major=14, asking=Asking(anew=True)).reported
    )
    assert len({one.rule for one in anew.reported}) >= 3
