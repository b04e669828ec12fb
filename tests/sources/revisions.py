"""Small Alembic projects, written into a directory."""

from pathlib import Path
from textwrap import dedent

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
        head = f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\ndown_revision = {down!r}\n"
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
