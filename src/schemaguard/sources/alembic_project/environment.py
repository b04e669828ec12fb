"""What env.py says about transactions, found in its text: it is never run."""

import ast
from collections.abc import Iterator
from pathlib import Path

from schemaguard.dataclass import dataclass

#: How the names of modules begin that add operations.
_PLUGINS = ("alembic_", "schemaguard.alembic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The options of an env.py that change what revisions send, and how."""

    transaction_per_migration: bool = False
    transactional_ddl: bool = True
    #: The engine itself is in autocommit mode.
    autocommit: bool = False
    #: Alembic plug-ins that it imports: they add operations.
    plugins: tuple[str, ...] = ()


def read_environment(path: Path | None) -> Environment:
    """Read an env.py; where it says nothing, and where there is none, Alembic's defaults hold."""
    if path is None:
        return Environment()
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        # Alembic itself will not start; the revisions can be read all the same.
        return Environment()
    options = dict(_options(tree))
    return Environment(
        transaction_per_migration=_is_true(options.get("transaction_per_migration"), default=False),
        transactional_ddl=_is_true(options.get("transactional_ddl"), default=True),
        autocommit=_is_text(options.get("isolation_level"), "AUTOCOMMIT"),
        plugins=tuple(sorted(set(_plugins(tree)))),
    )


def _options(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every keyword of a call and key of a dictionary, but those in functions for offline mode."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef) and "offline" in child.name:
            continue
        match child:
            case ast.keyword(arg=str(name), value=value):
                yield name, value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value
            case _:
                pass
        yield from _options(child)


def _is_true(value: ast.expr | None, *, default: bool) -> bool:
    match value:
        case ast.Constant(value=bool(given)):
            return given
        case _:
            # Computed when it runs: the default, which for transactions is the longer one.
            return default


def _is_text(value: ast.expr | None, text: str) -> bool:
    return isinstance(value, ast.Constant) and value.value == text


def _plugins(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name.startswith(_PLUGINS))
            case ast.ImportFrom(module=str(module), level=0) if module.startswith(_PLUGINS):
                yield module
            case _:
                pass
