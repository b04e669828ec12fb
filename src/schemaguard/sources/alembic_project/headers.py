"""What a revision's file says of itself, read without running it: its id, what it follows, its labels."""

import ast
import re
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase

_ID = re.compile(rb"^revision\s*(?::[^=\n]+)?=", re.MULTILINE)
_FIELDS = ("revision", "down_revision", "depends_on", "branch_labels", "schemaguard_phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A revision's place in the history."""

    path: Path
    #: The revision's id; None when it cannot be read.
    id: str | None
    down: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    phase: Phase | None = None
    #: Where ``down_revision`` is written.
    down_line: int = 1
    #: Whether its downgrade() does anything, be it to say that it cannot.
    taken_back: bool = True
    #: What is wrong, and in which line and column.
    problem: str = ""
    problem_line: int = 1
    problem_column: int = 1


class _Unclear(Exception):
    """A field is not a literal."""


def is_revision(path: Path) -> bool:
    """Whether a Python file looks like a revision."""
    try:
        return _ID.search(path.read_bytes()) is not None
    except OSError:
        return False


def read_header(path: Path) -> Header | None:
    """A file's header; None when it is no revision but a helper beside them."""
    content = path.read_bytes()
    try:
        tree = ast.parse(content, str(path))
    except SyntaxError as error:
        return Header(
            path=path,
            id=_id_by_text(content),
            problem=f"not valid Python: {error.msg}",
            problem_line=error.lineno or 1,
            problem_column=error.offset or 1,
        )
    except ValueError as error:
        return Header(path=path, id=None, problem=f"not valid Python: {error}")
    fields = _assigned(tree)
    if "revision" not in fields:
        if not any(isinstance(node, ast.FunctionDef) and node.name == "upgrade" for node in tree.body):
            return None
        return Header(path=path, id=None, problem="has upgrade() but no `revision`: Alembic refuses it")
    try:
        values = {name: _value(node, fields) for name, node in fields.items()}
        phase = _phase(values)
    except _Unclear as error:
        return Header(path=path, id=_id_by_text(content), problem=str(error))
    return Header(
        path=path,
        id=values["revision"][0] if values["revision"] else None,
        down=values.get("down_revision", ()),
        depends_on=values.get("depends_on", ()),
        labels=values.get("branch_labels", ()),
        phase=phase,
        taken_back=_is_taken_back(tree),
        down_line=fields["down_revision"].lineno if "down_revision" in fields else fields["revision"].lineno,
        problem="" if values["revision"] else "has no id: `revision` is None",
    )


def _is_taken_back(tree: ast.Module) -> bool:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            return not all(
                isinstance(line, ast.Pass | ast.Return)
                or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                for line in node.body
            )
    return False


def _id_by_text(content: bytes) -> str | None:
    found = re.search(rb"^revision\s*(?::[^=\n]+)?=\s*['\"]([^'\"\n]+)['\"]", content, re.MULTILINE)
    return found.group(1).decode("utf-8", "replace") if found else None


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                found[target.id] = value
    return {name: value for name, value in found.items() if name in _FIELDS} | {
        name: value
        for name, value in found.items()
        if any(
            isinstance(other, ast.Name) and other.id == name
            for f in _FIELDS
            if f in found
            for other in ast.walk(found[f])
        )
    }


def _value(node: ast.expr, names: dict[str, ast.expr]) -> tuple[str, ...]:
    """A field as a tuple of strings: it may be None, one, or several, or another variable."""
    match node:
        case ast.Constant(value=None):
            return ()
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return tuple(value for item in items for value in _value(item, names))
        case ast.Name(id=name) if name in names and names[name] is not node:
            return _value(names[name], names)
        case _:
            raise _Unclear(
                f"`{ast.unparse(node)}` is not a literal: the revision's place in the history is unknown"
            )


def _phase(values: dict[str, tuple[str, ...]]) -> Phase | None:
    if values.get("schemaguard_phase"):
        text = values["schemaguard_phase"][0]
        try:
            return Phase(text)
        except ValueError:
            known = ", ".join(phase.value for phase in Phase)
            raise _Unclear(f"schemaguard_phase is {text!r}: it must be one of {known}") from None
    for label in values.get("branch_labels", ()):
        for word in re.split(r"[^a-z]+", label.lower()):
            if word in {phase.value for phase in Phase}:
                return Phase(word)
    return None
