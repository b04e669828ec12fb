"""A project's revisions as sources: read, put in order, run in a child process, and placed in their files."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from schemaguard.sources.alembic_project import child
from schemaguard.sources.alembic_project.blocks import Blocks
from schemaguard.sources.alembic_project.environment import Environment, read_environment
from schemaguard.sources.alembic_project.headers import Header, read_header
from schemaguard.sources.alembic_project.layout import Project
from schemaguard.sources.alembic_project.naming import Naming, find_naming
from schemaguard.sources.alembic_project.order import Ordered, ordered
from schemaguard.sources.alembic_project.places import RevisionFile, Span
from schemaguard.sources.directives import Directive, directives
from schemaguard.sources.files import shown
from schemaguard.sources.script import no_way_back
from schemaguard.sql.split import Bad, Cut, split
from schemaguard.text import Piece, Place, Problem, Source

_CONSTRAINT = re.compile(r"CONSTRAINT|PRIMARY\s+KEY|UNIQUE|REFERENCES|CHECK", re.IGNORECASE)


def read_project(
    project: Project,
    *,
    python: str | None = None,
    time_limit: float = 60.0,
    downgrade: bool = False,
) -> list[Source]:
    """
    The project's revisions, each after what it rests on; with ``downgrade`` their downgrades, newest first.

    This **runs the project's code**: each revision's ``upgrade()``, and whatever it imports, in a child
    process (of ``python``, if that is named) with our environment variables and whatever network and files
    this process may use. env.py is not run and no database is asked. A revision may take ``time_limit``
    seconds. One that cannot be read is a Source with a Problem, and the others go on.
    """
    history = ordered(read_headers(project))
    environment = read_environment(project.environment)
    runnable = [item for item in history if item.runnable]
    naming = find_naming(project.environment, _roots(project))
    answers = _answers(
        project, runnable, environment, naming, python=python, time_limit=time_limit, downgrade=downgrade
    )
    blocks = Blocks(environment)
    sources = []
    with closing(answers):
        for item in reversed(history) if downgrade else history:
            answer = answers.of(item.header.id or "") if item.runnable else None
            sent = None
            if answer is not None:
                sent = answer.downgrade or answer.upgrade if downgrade else answer.upgrade
            source = _source(item, sent, blocks)
            sources.append(source if naming.certain else _with_unknown_names(source))
    return sources


def read_headers(project: Project) -> list[Header]:
    """What the project's revisions say of themselves; nothing is run."""
    return [header for file in _files(project) if (header := read_header(file)) is not None]


def _files(project: Project) -> list[Path]:
    found = []
    for directory in project.versions:
        pattern = "**/*.py" if project.recursive else "*.py"
        found += [
            file
            for file in sorted(directory.glob(pattern))
            if file.is_file() and file.name != "__init__.py" and not file.name.startswith(".")
        ]
    return found


def _answers(
    project: Project,
    runnable: Sequence[Ordered],
    environment: Environment,
    naming: Naming,
    *,
    python: str | None,
    time_limit: float,
    downgrade: bool,
) -> child.Child:
    packages = [package for directory in project.versions if (package := _top_package(directory)) is not None]
    paths = [str(item.header.path.absolute()) for item in runnable]
    request = child.request(
        revisions=[(item.header.id or "", path) for item, path in zip(runnable, paths, strict=True)],
        files=paths,
        first_paths=[str(path.absolute()) for path in project.path],
        paths=[str(package.parent) for package in packages],
        roots=[str(root) for root in (*_roots(project), *project.versions, *project.path)],
        plugins=list(environment.plugins),
        ini=str(project.ini.absolute()) if project.ini else None,
        section=project.section,
        transactional_ddl=environment.transactional_ddl,
        naming_convention=dict(naming.convention),
        engines=list(project.engines),
        downgrade=downgrade,
        limit=time_limit,
    )
    return child.Child(request, child.interpreter(python), time_limit)


def _roots(project: Project) -> list[Path]:
    """The directories of the project's own code."""
    packages = [package for directory in project.versions if (package := _top_package(directory)) is not None]
    return sorted({project.root.absolute(), *packages})


def _with_unknown_names(source: Source) -> Source:
    """The source, marked if it makes constraints, whose names nobody can be sure of."""
    if not any(_CONSTRAINT.search(piece.text) for piece in source.pieces):
        return source
    reason = "the names of constraints depend on a naming convention, and the project has several"
    return replace(source, approximate=(*source.approximate, reason))


def _top_package(versions: Path) -> Path | None:
    """The outermost package around a versions directory, which itself often is none."""
    inner = next((d for d in list(versions.absolute().parents)[:2] if (d / "__init__.py").is_file()), None)
    if inner is None:
        return None
    while (inner.parent / "__init__.py").is_file():
        inner = inner.parent
    return inner


def _source(item: Ordered, sent: child.Sent | None, blocks: Blocks) -> Source:
    header = item.header
    path = shown(header.path)
    follows = (*header.down, *header.depends_on)
    problems = [
        Problem(message=message, place=_line(header.path, path, line)) for message, line in item.problems
    ]
    if sent is None:
        return Source(
            path=path,
            pieces=(),
            revision=header.id,
            follows=follows,
            phase=header.phase,
            problems=tuple(problems),
        )
    file = RevisionFile(header.path, path)
    if sent.problem:
        problems.append(Problem(message=sent.problem, place=file.line(sent.line or 1)))
    pieces, bad = _pieces(file, sent, blocks)
    return Source(
        path=path,
        pieces=tuple(pieces),
        revision=header.id,
        follows=follows,
        phase=header.phase,
        problems=(*problems, *bad),
        approximate=sent.approximate,
        conventions=tuple(_conventions(item, file, does_something=bool(pieces))),
    )


def _conventions(item: Ordered, file: RevisionFile, *, does_something: bool) -> Iterator[tuple[str, Problem]]:
    if does_something and not item.header.taken_back:
        yield no_way_back(file.line(1))
    if item.beside:
        message = f"is one of several heads, beside {', '.join(item.beside)}: `alembic upgrade head` refuses"
        yield "several-heads", Problem(message=message, place=file.line(item.header.down_line))


def _line(path: Path, shown: str, line: int) -> Place:
    try:
        return RevisionFile(path, shown).line(line)
    except (SyntaxError, ValueError, OSError):
        return Place(path=shown, line=line, column=1, end_line=line, end_column=1)


def _pieces(file: RevisionFile, sent: child.Sent, blocks: Blocks) -> tuple[list[Piece], list[Problem]]:
    texts = [sql for sql, _, _ in sent.statements]
    numbers = blocks.of_revision(texts, [block for _, block, _ in sent.statements])
    pieces: list[Piece] = []
    problems: list[Problem] = []
    for (sql, _, spans), number in zip(sent.statements, numbers, strict=True):
        cuts = list(split(sql, in_psql=False))
        statements = [cut for cut in cuts if isinstance(cut, Cut)]
        if number is None and len(statements) > 1:
            # The server runs one message in one transaction, also when the connection is in autocommit mode.
            number = blocks.one()  # noqa: PLW2901
        offsets = file.statement(sql, spans)
        comments = file.comments(spans)
        problems += _wrong(comments, file.call(spans[0]) if spans else file.line(1))
        for cut in statements:
            text = sql[cut.start : cut.end]
            place = _place(file, text, cut, offsets, spans)
            calls = tuple(file.call(span) for span in reversed(spans))
            problems += _wrong(cut.comments, place)
            pieces.append(
                Piece(
                    text=text,
                    place=place,
                    block=number,
                    comments=(*comments, *cut.comments),
                    through=tuple(call for call in calls if call != place),
                )
            )
        problems += [
            Problem(message=cut.message, place=_place(file, "", cut, offsets, spans))
            for cut in cuts
            if isinstance(cut, Bad)
        ]
    # Several statements of one call have the same comments.
    return pieces, list(dict.fromkeys(problems))


def _wrong(comments: Iterable[str], place: Place) -> list[Problem]:
    """What is wrong with the directives in them."""
    said = (directive.problem or _misplaced(directive) for directive in directives(comments))
    return [Problem(message=f"schemaguard: {problem}", place=place) for problem in said if problem]


def _misplaced(directive: Directive) -> str:
    """Why a directive has no effect above an operation; empty: it has one."""
    if directive.phase is None:
        return ""
    beside = f'schemaguard_phase = "{directive.value}"'
    return f"the phase is the whole revision's: write {beside} beside its revision"


def _place(
    file: RevisionFile,
    text: str,
    cut: Cut | Bad,
    offsets: list[tuple[int, int]] | None,
    spans: Sequence[Span],
) -> Place:
    if offsets and cut.end > cut.start:
        return file.lines.place(file.shown, offsets[cut.start][0], offsets[cut.end - 1][1])
    loose = file.loosely(text, spans) if text else None
    if loose:
        return file.lines.place(file.shown, *loose)
    return file.call(spans[0]) if spans else file.line(1)
