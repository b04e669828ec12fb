"""What an Alembic revision says of its place, read without running it."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.text import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What the original revision says of its place; the values as Python source."""

    revision: str
    down_revision: str
    branch_labels: str
    depends_on: str
    title: str
    #: The one revision that it follows; None: none, or several.
    follows: str | None = None


def read_original(text: str, path: str) -> Original:
    """Read, without running it, where a revision stands."""
    try:
        module = ast.parse(text, filename=path)
    except SyntaxError as error:
        raise InputError(f"is no Python: {error.msg}", path=path, line=error.lineno or 0) from error
    found: dict[str, ast.expr] = {}
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case _:
                pass  # Imports and functions say nothing of it.
    revision = found.get("revision")
    if not isinstance(revision, ast.Constant) or not isinstance(revision.value, str):
        raise InputError("sets no `revision`", path=path, advice="Write revision = '...' in it.")
    place = {name: _source(found.get(name)) for name in _PLACE}
    title = (ast.get_docstring(module) or revision.value).strip().splitlines()[0].rstrip(".")
    before = found.get("down_revision")
    follows = before.value if isinstance(before, ast.Constant) and isinstance(before.value, str) else None
    return Original(revision=revision.value, title=title, follows=follows, **place)


def original_of(source: Source) -> Original:
    """Where the revision stands. InputError where its file cannot be read."""
    try:
        text = Path(source.path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=source.path) from error
    return read_original(text, source.path)


def one_original(originals: Sequence[Original]) -> Original:
    """Revisions that follow each other, as one: it stands where the first does, and is called as the last."""
    first, last = originals[0], originals[-1]
    if first is last:
        return first
    wanted = [name for each in originals for name in names_in(each.depends_on)]
    inside = {each.revision for each in originals}
    return replace(
        first,
        revision=last.revision,
        title=last.title,
        depends_on=names(dict.fromkeys(name for name in wanted if name not in inside)),
    )


def names_in(source: str) -> tuple[str, ...]:
    """The revisions that a piece of Python source names: None, one, or several."""
    value = ast.literal_eval(source)
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def names(revisions: Iterable[str]) -> str:
    """The same as Python source."""
    all_of_them = [quoted(revision) for revision in revisions]
    if len(all_of_them) > 1:
        return f"({', '.join(all_of_them)})"
    return all_of_them[0] if all_of_them else "None"


def _source(value: ast.expr | None) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return quoted(value.value)
    return "None" if value is None else ast.unparse(value)


_PLACE = ("down_revision", "branch_labels", "depends_on")


def quoted(text: str) -> str:
    """A Python string, in double quotes where that needs no more escapes."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    if '"' not in escaped:
        return f'"{escaped}"'
    return repr(text)
