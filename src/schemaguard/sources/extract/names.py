"""What a revision's source says without being run: names, and DDL that it may or may not reach."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

NAME = re.compile(r"[^\W\d]\w{0,62}\Z")
CREATES = re.compile(
    r"\bCREATE\s+(?:UNLOGGED\s+)?(?:TABLE|TYPE)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"?\w+\"?\.)?\"?(?P<name>\w+)",
    re.IGNORECASE,
)
RENAMES = re.compile(r"\bRENAME\s+TO\s+\"?(?P<name>\w+)", re.IGNORECASE)
DDL_TEXT = re.compile(r"\b(CREATE|ALTER|DROP)\s", re.IGNORECASE)
TABLE_CALLS = {"create_table", "drop_table", "rename_table"}
DDL_CALLS = TABLE_CALLS | {
    *("add_column", "drop_column", "alter_column", "create_index", "drop_index", "create_unique_constraint"),
    *("create_foreign_key", "create_check_constraint", "create_primary_key", "create_exclude_constraint"),
    *("drop_constraint", "create_all", "create", "drop"),
}
BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.IfExp, ast.comprehension, ast.BoolOp, ast.ExceptHandler)
LOOPS = (ast.For, ast.While)


class Doubtful(NamedTuple):
    """Names that a revision may have made or removed: anything, and tables."""

    names: set[str]
    tables: set[str]


def strings(tree: ast.AST) -> set[str]:
    """Every string constant that could be a name."""
    return {value for value in _texts(tree) if NAME.match(value)}


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def created(tree: ast.AST) -> set[str]:
    """The tables and types that a revision creates, or renames into being, if it is run."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = _called(node)
            wanted = {"create_table": 0, "rename_table": 1}.get(called)
            if wanted is not None and len(node.args) > wanted:
                found |= strings(node.args[wanted])
            if called.lower() == "enum":
                found |= {x for k in node.keywords if k.arg == "name" for x in strings(k.value)}
    for text in _texts(tree):
        found |= {match.group("name") for match in (*CREATES.finditer(text), *RENAMES.finditer(text))}
    return found


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _is_ddl(node: ast.Call) -> bool:
    called = _called(node)
    if called in ("execute", "exec_driver_sql", "text", "DDL"):
        texts = list(_texts(node))
        return any(DDL_TEXT.search(text) for text in texts) or (called != "text" and not texts)
    return isinstance(node.func, ast.Attribute) and called in DDL_CALLS


def everything(tree: ast.AST) -> Doubtful:
    """All that a revision mentions, of which nobody knows how far it got."""
    tables: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in TABLE_CALLS:
            tables |= {x for argument in node.args[:2] for x in strings(argument)}
    return Doubtful(strings(tree), tables | created(tree))


def undecided(tree: ast.Module, entry: str, sure_lines: set[int], unknown_line: int) -> Doubtful:
    """
    The names in DDL that an unknown answer may have decided about.

    ``entry`` is the function that ran; ``sure_lines`` are lines whose statements were sent before anything
    unknown was met, which happened in line ``unknown_line`` of ``entry``.
    """
    found = Doubtful(set(), set())
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        returns = any(isinstance(node, ast.Return) for node in ast.walk(function))
        for call, above in _calls(function, ()):
            if not _is_ddl(call) or call.lineno in sure_lines:
                continue
            end = call.end_lineno or call.lineno
            looped = any(isinstance(node, LOOPS) for node in above)
            if function.name == entry:
                decided = end < unknown_line and not looped
                certain = not returns and not any(isinstance(node, BRANCHES) for node in above)
                if decided or certain:
                    continue
            elif not _mentions(tree, function.name):
                continue
            fixed = all(isinstance(x, ast.Constant) for x in call.args[:1])
            found.names.update(strings(call) if fixed else strings(tree))
            if _called(call) in TABLE_CALLS:
                found.tables.update(x for argument in call.args[:2] for x in strings(argument))
    return found


def _mentions(tree: ast.Module, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _calls(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[tuple[ast.Call, tuple[ast.AST, ...]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, above
        yield from _calls(child, (*above, child))


def imported(tree: ast.Module) -> set[str]:
    """The modules that a revision imports directly."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found
