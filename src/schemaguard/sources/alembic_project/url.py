"""The database that an Alembic project itself names: in alembic.ini, or in env.py out of the environment."""

import ast
import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemaguard.errors import UsageError
from schemaguard.sources.alembic_project.layout import Project

OPTION = "sqlalchemy.url"


def url_of(project: Project) -> str | None:
    """The project's PostgreSQL URL; None: it names none.

    env.py is read and never run. UsageError where it computes the URL in a way that cannot be read:
    what alembic.ini says is another database then.
    """
    for value in _set_in(project.environment):
        url = _text(value, os.environ)
        if url is None:
            raise UsageError(
                f"{project.environment} computes the database's URL, and is not run",
                advice="Give --database-url, or set SCHEMAGUARD_DATABASE_URL.",
            )
        return url if url.startswith("postgres") else None
    url = _in_ini(project)
    return url if url and url.startswith("postgres") else None


def _in_ini(project: Project) -> str | None:
    if project.ini is None:
        return None
    parser = configparser.ConfigParser({"here": str(project.ini.parent.absolute())})
    try:
        parser.read_string(project.ini.read_text(encoding="utf-8"), str(project.ini))
        return parser.get(project.section, OPTION, fallback=None)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise _unreadable(project.ini, error) from None  # It may quote a password.


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{path} cannot be read for the database's URL: {type(error).__name__}",
        advice="Mend it, or give --database-url, or set SCHEMAGUARD_DATABASE_URL.",
    )


def _set_in(environment: Path | None) -> Iterator[ast.expr]:
    """What env.py makes the URL, as it is written; the last first."""
    if environment is None:
        return
    try:
        tree = ast.parse(environment.read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        raise _unreadable(environment, error) from None
    names = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in reversed(list(ast.walk(tree))):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="set_main_option" | "set_section_option"),
                args=[*_, ast.Constant(value="sqlalchemy.url"), value],
            ):
                yield names.get(value.id, value) if isinstance(value, ast.Name) else value


def _text(value: ast.expr, environment: Mapping[str, str]) -> str | None:
    """A literal, or what a variable of the environment says; None: something else."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Call(func=ast.Attribute(value=inner, attr="replace"), args=[ast.Constant(value="%"), _]):
            # Of what ConfigParser would take for its own.
            return _text(inner, environment)
        case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
            return environment.get(name)
        case ast.Call(
            func=ast.Attribute(attr="getenv")
            | ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"),
            args=[ast.Constant(value=str(name)), *default],
        ):
            return environment.get(name) or (_text(default[0], environment) if default else None)
        case _:
            return None
