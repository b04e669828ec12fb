"""Small Alembic projects, written into a directory, and what is read from them."""

from pathlib import Path
from textwrap import dedent

from schemaguard.sources.alembic_project import find_project, read_project
from schemaguard.text import Place, Source

INI = "[alembic]\nscript_location = %(here)s/migrations\n"


class Revisions:
    """A project that is written revision by revision."""

    def __init__(self, root: Path, *, ini: str = INI, environment: str = "") -> None:
        self.root = root
        self.versions = root / "migrations" / "versions"
        self.versions.mkdir(parents=True, exist_ok=True)
        (root / "alembic.ini").write_text(ini)
        (root / "migrations" / "env.py").write_text(dedent(environment))
        self.last: str | None = None

    def add(
        self,
        name: str,
        upgrade: str = "pass",
        *,
        after: str | tuple[str, ...] | None = None,
        top: str = "",
        downgrade: str = "pass",
    ) -> Path:
        """Write a revision; it follows the one written before unless ``after`` says otherwise."""
        down = self.last if after is None else after
        head = "import sqlalchemy as sa\nfrom alembic import op\n\n"
        head += f"revision = {name!r}\ndown_revision = {down!r}\n"
        body = "".join(
            f"\n\ndef {function}():\n" + _indented(code)
            for function, code in (("upgrade", upgrade), ("downgrade", downgrade))
        )
        path = self.versions / f"{name}.py"
        path.write_text(head + dedent(top) + body)
        self.last = name
        return path


def _indented(code: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in dedent(code).strip("\n").split("\n"))


def read(revisions: Revisions, **options: bool | float | str) -> dict[str, Source]:
    project = find_project(revisions.root)
    assert project is not None
    sources = read_project(project, **options)  # type: ignore[arg-type]
    return {source.revision or source.path: source for source in sources}


def texts(source: Source) -> list[str]:
    return [" ".join(piece.text.split()) for piece in source.pieces]


def shown(place: Place) -> str:
    """The text at a place."""
    lines = Path(place.path).read_text().split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


def messages(source: Source) -> list[str]:
    return [problem.message for problem in source.problems]
