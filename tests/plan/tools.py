"""Migration tools: how a migration of theirs looks, and what they send to the server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemaguard.scripts import pieces_of
from schemaguard.sources.goose_file import read_goose


def _as_it_is(text: str) -> str:
    return text


def _one_by_one(text: str) -> Iterator[str]:
    return (piece.text for piece in pieces_of(text))


def _goose(text: str) -> Iterator[str]:
    """Piece by piece, as goose cuts it."""
    return (text[start:end] for start, end in read_goose(text).pieces)


def _dbmate(text: str) -> Iterator[str]:
    up = text.split("-- migrate:up", 1)[1].split("\n", 1)[1]
    yield up.split("-- migrate:down")[0]


def _dbmate_down(text: str) -> Iterator[str]:
    yield text.split("-- migrate:down", 1)[1].split("\n", 1)[1]


def _goose_down(text: str) -> Iterator[str]:
    return _goose("-- +goose NO TRANSACTION\n-- +goose Up\n" + text.split("-- +goose Down", 1)[1])


def _the_file(text: str) -> Iterator[str]:
    yield text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What it makes of a file."""

    #: The files of the migrations before, and of the release.
    before: str
    original: str
    #: The directory of migrations, from the project's root.
    home: str = "."
    wrap: Callable[[str], str] = _as_it_is
    sends: Callable[[str], Iterator[str]]
    #: The file that takes a migration back, and what is sent of it; None: the tool takes nothing back.
    down: Callable[[Path], Path] | None = None
    sends_down: Callable[[str], Iterator[str]] = _the_file
    #: Other files of the project.
    more: tuple[tuple[str, str], ...] = ()

    def migrations(self, project: Path) -> list[Path]:
        """The files that do something, in their order."""
        pattern = {"up.sql": "*/up.sql", "migration.sql": "*/migration.sql"}.get(
            Path(self.original).name, "*.sql"
        )
        found = sorted((project / self.home).glob(pattern))
        return [path for path in found if not path.name.endswith(".down.sql")]


PLAN = "%syntax-version=1.0.0\n%project=shop\n\nbefore 2024-01-31T12:00:00Z A <a@b.c>\n"
TOOLS = {
    "plain": Tool(before="0001_before.sql", original="0002_release.sql", sends=_one_by_one),
    "sqitch": Tool(
        before="deploy/before.sql",
        original="deploy/release.sql",
        home="deploy",
        sends=_one_by_one,
        down=lambda path: path.parents[1] / "revert" / path.name,
        sends_down=_one_by_one,
        more=(("sqitch.plan", PLAN + "release 2024-02-01T12:00:00Z A <a@b.c>\n"),),
    ),
    "flyway": Tool(
        before="V1__before.sql",
        original="V2__release.sql",
        sends=_one_by_one,
        more=(("V2__release.sql.conf", "executeInTransaction=false\n"),),
    ),
    "golang_migrate": Tool(
        before="000001_before.up.sql",
        original="000002_release.up.sql",
        sends=_the_file,
        down=lambda path: path.with_name(path.name.replace(".up.", ".down.")),
    ),
    "goose": Tool(
        before="20240131235958_before.sql",
        original="20240131235959_release.sql",
        wrap=lambda text: f"-- +goose Up\n{text}",
        sends=_goose,
        down=lambda path: path,
        sends_down=_goose_down,
    ),
    "dbmate": Tool(
        before="20240131235958_before.sql",
        original="20240131235959_release.sql",
        wrap=lambda text: f"-- migrate:up\n{text}\n-- migrate:down\n",
        sends=_dbmate,
        down=lambda path: path,
        sends_down=_dbmate_down,
    ),
    "diesel": Tool(
        before="2024-01-31-235958_before/up.sql",
        original="2024-01-31-235959_release/up.sql",
        sends=_the_file,
        down=lambda path: path.with_name("down.sql"),
    ),
    "prisma": Tool(
        before="20240131235958_before/migration.sql",
        original="20240131235959_release/migration.sql",
        sends=_the_file,
    ),
}
