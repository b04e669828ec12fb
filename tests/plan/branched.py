"""An Alembic project whose releases are split one after another, onto two branches."""

import io
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from alembic.config import CommandLine, Config
from sqlalchemy.exc import SQLAlchemyError

from schemaguard.cli import main

ENVIRONMENT = """
import os
from alembic import context

options = {"target_metadata": None, "transaction_per_migration": True}
if context.is_offline_mode():
    context.configure(url="postgresql://", **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    from sqlalchemy import create_engine, pool

    with create_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
"""

BEFORE = """
op.execute("CREATE TABLE customer (id int PRIMARY KEY, mail text)")
op.execute("CREATE TABLE orders (id int PRIMARY KEY, currency text)")
op.execute("CREATE TABLE item (id int PRIMARY KEY, kg int)")
"""
ROWS = """
INSERT INTO customer SELECT n, 'c' || n FROM generate_series(1, 2500) AS n;
INSERT INTO orders SELECT n, CASE n % 2 WHEN 0 THEN 'EUR' END FROM generate_series(1, 2500) AS n;
INSERT INTO item SELECT n, n FROM generate_series(1, 10) AS n;
"""
RELEASES = {
    "0002": """
op.alter_column("customer", "mail", new_column_name="email")
""",
    "0003": """
op.execute("UPDATE orders SET currency = 'EUR' WHERE currency IS NULL")
op.alter_column("orders", "currency", nullable=False)
""",
    "0004": """
op.add_column("customer", sa.Column("nick", sa.Text()))
op.add_column("item", sa.Column("grams", sa.Integer()))
op.execute("UPDATE item SET grams = kg * 1000")
# schemaguard: down = grams / 1000
op.drop_column("item", "kg")
""",
}


class Said(NamedTuple):
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


class Branched:
    """The project in ``root``; what is split takes the place of the original."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions = root / "migrations" / "versions"
        self.versions.mkdir(parents=True)
        (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
        (root / "migrations" / "env.py").write_text(ENVIRONMENT)
        self.write("0001", None, BEFORE)

    def write(self, name: str, follows: object, upgrade: str, *, more: str = "") -> Path:
        """A revision as people write it."""
        body = "".join(f"    {line}\n" for line in upgrade.strip().splitlines())
        path = self.versions / f"{name}.py"
        path.write_text(
            f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision = {name!r}\n"
            f"down_revision = {follows!r}\n{more}\n\ndef upgrade():\n{body}\n\ndef downgrade():\n"
            "    raise RuntimeError('no way back')\n"
        )
        return path

    def split(self, revision: Path, *options: str, shadow: str = "") -> Said:
        """What `schemaguard split --write --layout branches` says; nothing in the project is changed.

        ``shadow``: the server on which the plan is proved; "": it is not.
        """
        command = ["split", str(revision), "--layout", "branches", "--write", str(self.root / "written")]
        command += ["--shadow-url", shadow] if shadow else ["--unproved"]
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*command, *options])
        return Said(code, out.getvalue(), err.getvalue())

    def release(self, name: str, follows: object, upgrade: str = "") -> None:
        """Write a release as people do, and put what it is split into in its place."""
        original = self.write(name, follows, upgrade or RELEASES[name])
        done = self.split(original)
        assert done.returncode == 0, done.stderr
        original.unlink()
        for file in (self.root / "written").glob(f"{name}_*.py"):
            shutil.copy(file, self.versions)

    def alembic(self, url: str, *arguments: str) -> str:
        """Run Alembic in this process, and return what it prints.

        Another process takes half a second to begin; in `Generated` each command has one.
        """
        command = CommandLine(prog="alembic")
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stderr(said):
            patch.chdir(self.root)
            patch.setenv("DATABASE_URL", url)
            # A file that is written twice in a second has the same time and size.
            patch.setattr(sys, "dont_write_bytecode", True)
            options = command.parser.parse_args(arguments)
            config = Config("alembic.ini", cmd_opts=options, stdout=said, output_buffer=said)
            try:
                command.run_cmd(config, options)
            except (SystemExit, SQLAlchemyError) as error:
                raise AssertionError(f"{said.getvalue()}{error}") from error
        return said.getvalue()
