"""The calls in the application's source that send a statement, and which of them a recording reached."""

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from schemaguard.compat.workload import Cover
from schemaguard.compat.workload_merge import by_place

#: Methods and functions that nothing but a database is likely to have.
_SENDING = frozenset(
    "execute executemany exec_driver_sql scalar scalars stream_scalars fetchval fetchrow copy_expert "
    "callproc execute_batch execute_values".split()
)
_OTHERS = frozenset(("node_modules", "site-packages", "build", "dist"))


def cover_of(root: Path, places: Iterable[str]) -> Cover | None:
    """What was reached of the source below ``root`` without tests and migrations; None: no call is there."""
    lines: dict[str, set[int]] = {}
    for place in places:
        path, _, line = place.rpartition(":")
        lines.setdefault(path, set()).add(int(line or 0))
    seen: set[str] = set()
    unseen: set[str] = set()
    for file in _sources(root):
        path = file.relative_to(root).as_posix()
        for first, last in _calls(file):
            reached = not lines.get(path, set()).isdisjoint(range(first, last + 1))
            (seen if reached else unseen).add(f"{path}:{first}")
    return Cover(_in_order(seen), _in_order(unseen - seen)) if seen or unseen else None


def _sources(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name not in _OTHERS
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in files:
            path = Path(folder) / name
            in_tests, _, _ = by_place(f"{path.relative_to(root).as_posix()}:1")
            if name.endswith(".py") and not in_tests:
                yield path


def _calls(file: Path) -> set[tuple[int, int]]:
    """The first and the last line of each; none in a migration, nor where Python cannot read it."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    nodes = list(ast.walk(tree))
    if any(_imports_alembic(node) for node in nodes):
        return set()
    return {
        (node.lineno, node.end_lineno or node.lineno)
        for node in nodes
        if isinstance(node, ast.Call) and _name(node.func) in _SENDING
    }


def _imports_alembic(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module=str(module)):
            return module.partition(".")[0] == "alembic"
        case ast.Import(names=names):
            return any(one.name.partition(".")[0] == "alembic" for one in names)
        case _:
            return False


def _name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def _in_order(places: set[str]) -> tuple[str, ...]:
    return tuple(sorted(places, key=lambda place: (by_place(place), place)))
