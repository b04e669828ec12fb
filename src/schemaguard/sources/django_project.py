"""The migrations of a Django project: rendered in a child process, placed in their files."""

import ast
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from schemaguard.errors import InputError, UsageError
from schemaguard.sources.alembic_project.child import EXTRACTOR, interpreter
from schemaguard.sources.alembic_project.places import RevisionFile, Span
from schemaguard.sources.asked import Asked
from schemaguard.sources.files import shown
from schemaguard.sql.split import Cut, split
from schemaguard.text import Piece, Place, Problem, Source

#: Seconds in which all migrations are rendered.
TIME_LIMIT = 300.0


def read_django(settings: str, paths: Sequence[Path], *, python: str | None, major: int) -> Asked:
    """All migrations, in the order in which `migrate` runs them; asked about are those in the paths.

    This **runs the project's code**: its settings, models and migrations. No database is asked.
    InputError where it cannot be run, or none of its migrations is in the paths.
    """
    for path in paths:
        if not path.exists():
            raise InputError("there is no such file or directory", path=str(path))
    home = next((folder for folder in _up(paths[0]) if (folder / "manage.py").is_file()), None)
    rendered = _rendered(settings, home or Path.cwd(), interpreter(python), major)
    blocks = count()
    sources = tuple(_source(one, blocks) for one in rendered)
    within = [place for place, source in enumerate(sources) if _is_in(source, paths)]
    if not within:
        raise InputError(
            f"no migration of {settings} is here",
            path=", ".join(map(str, paths)),
            advice="Name the project's directory, an app, or migrations.",
        )
    if all(path.is_file() for path in paths):
        return Asked(sources, frozenset(within))
    asked_about = {sources[place].path for place in within}
    return Asked(sources, past=frozenset(source.path for source in sources) - asked_about)


def _up(path: Path) -> Iterator[Path]:
    absolute = path.absolute()
    yield from (absolute, *absolute.parents)


def _is_in(source: Source, paths: Sequence[Path]) -> bool:
    """Whether it is one of the project's own in the paths: what is installed there is somebody else's."""
    file = Path(source.path).resolve()
    if "site-packages" in file.parts and not any("site-packages" in path.resolve().parts for path in paths):
        return False
    return any(file.is_relative_to(path.resolve()) for path in paths)


def _rendered(settings: str, home: Path, python: str, major: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="schemaguard-") as folder:
        answer = Path(folder, "answer.json")
        script = EXTRACTOR / "django_migrations.py"
        try:
            done = subprocess.run(
                [python, str(script), settings, str(home), str(major * 10_000), str(answer)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=TIME_LIMIT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(f"takes longer than {TIME_LIMIT:.0f} s to render", path=settings) from error
        except OSError as error:
            raise UsageError(f"{python} cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise InputError(
                f"its migrations cannot be rendered: {said[-1] if said else 'it ends without a word'}",
                path=settings,
                advice="Name the settings as in DJANGO_SETTINGS_MODULE, the project's directory as PATH, "
                "and its interpreter with --python.",
            )
        found: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))
        return found


def _source(one: dict[str, Any], blocks: Iterator[int]) -> Source:
    path = Path(one["path"])
    file = RevisionFile(path, shown(path))
    spans = _spans(file.tree, len(one["operations"]))
    whole = next(blocks)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    approximate: list[str] = []
    each = list(zip(one["operations"], spans, strict=True))
    for operation, span in each:
        block = whole if one["atomic"] else next(blocks) if operation["atomic"] else None
        pieces += _pieces(file, operation["sql"], span, block)
        if operation["problem"]:
            problems.append(Problem(message=operation["problem"], place=file.call(span)))
        if operation["unseen"]:
            approximate.append(f"line {span[0]}: {operation['unseen']}")
    for operation, span in each:
        late = [sql for statements in operation["late"] for sql in statements]
        pieces += _pieces(file, late, span, whole if one["atomic"] else None)
    return Source(
        path=file.shown,
        pieces=tuple(pieces),
        revision=one["name"],
        follows=tuple(one["follows"]),
        problems=tuple(problems),
        approximate=tuple(approximate),
    )


def _spans(tree: ast.Module, number: int) -> list[Span]:
    """Where the operations are: each in its place in the list, or all at whatever makes them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "operations" for target in targets):
                if isinstance(node.value, ast.List) and len(node.value.elts) == number:
                    return [_span(element) for element in node.value.elts]
                return [_span(node)] * number
    return [(1, -1, 1, -1)] * number


def _span(node: ast.expr | ast.stmt) -> Span:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0


def _pieces(file: RevisionFile, statements: Sequence[str], span: Span, block: int | None) -> Iterator[Piece]:
    comments = file.comments([span])
    for sql in statements:
        for cut in split(sql, in_psql=False):
            if isinstance(cut, Cut):
                text = sql[cut.start : cut.end]
                place = _place(file, text, span)
                call = file.call(span)
                yield Piece(
                    text=text,
                    place=place,
                    block=block,
                    comments=(*comments, *cut.comments),
                    through=() if place == call else (call,),
                )


def _place(file: RevisionFile, text: str, span: Span) -> Place:
    """Where the SQL stands in the operation, or else the operation."""
    offsets = file.statement(text, [span])
    if offsets:
        return file.lines.place(file.shown, offsets[0][0], offsets[-1][1])
    loose = file.loosely(text, [span])
    return file.lines.place(file.shown, *loose) if loose else file.call(span)
