"""The lines of a file that a finding is about, with what is meant underlined."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from schemaguard.lint import Reported
from schemaguard.text import Lines, Place

#: So many lines of one statement are shown.
MOST = 6
#: A line that is longer is cut.
WIDEST = 160


#: What an editor holds of files, unsaved.
_HELD: dict[str, Lines] = {}


def hold(path: str, text: str) -> None:
    """Show this in place of what the file says."""
    _HELD[path] = Lines(text)


def excerpt(finding: Reported) -> Iterator[str]:
    """The lines, numbered; nothing where the file is gone."""
    lines = _read(finding.place.path)
    if not lines or finding.place.line > len(lines.starts):
        return
    place = finding.place
    text = [line.rstrip("\r") for line in lines.text.split("\n")]
    span = _span(finding, lines)
    last = place.end_line - 1 if place.end_column == 1 and place.end_line > place.line else place.end_line
    if span is None:
        yield from _numbered(text, range(place.line, min(last, place.line + MOST - 1, len(text)) + 1))
        if last > place.line + MOST - 1:
            yield "        ..."
        return
    (line, column), (end_line, end_column) = span
    if line > place.line:
        yield from _numbered(text, range(place.line, place.line + 1))
    if line > place.line + 1:
        yield "        ..."
    for number in range(line, min(end_line, line + MOST - 1) + 1):
        shown = text[number - 1]
        begin = column - 1 if number == line else len(shown) - len(shown.lstrip())
        end = end_column - 1 if number == end_line else len(shown.rstrip())
        yield from _numbered(text, range(number, number + 1))
        if begin < min(end, WIDEST):
            blank = "".join("\t" if sign == "\t" else " " for sign in shown[:begin])
            yield f"        | {blank}{'^' * (min(end, WIDEST) - begin)}"


def pointed(finding: Reported) -> str:
    """Where to look: at the action that it is about, if the statement has several."""
    return str(action_place(finding) or finding.place)


def action_place(finding: Reported) -> Place | None:
    """Where the action is that it is about, if the statement has several and stands in the file."""
    lines = _read(finding.place.path)
    span = _span(finding, lines) if lines is not None else None
    if span is None:
        return None
    (line, column), (end_line, end_column) = span
    return Place(path=finding.place.path, line=line, column=column, end_line=end_line, end_column=end_column)


def sent(finding: Reported) -> str:
    """The statement on one line, where it is not what the file says at that place."""
    lines = _read(finding.place.path)
    if not finding.sql or (lines is not None and _offset(finding, lines) is not None):
        return ""
    flat = " ".join(finding.sql.split())
    return flat if len(flat) <= WIDEST else flat[: WIDEST - 3] + "..."


def _numbered(text: list[str], numbers: range) -> Iterator[str]:
    for number in numbers:
        line = text[number - 1]
        yield f"  {number:>5} | {line if len(line) <= WIDEST else line[: WIDEST - 3] + '...'}".rstrip()


def _span(finding: Reported, lines: Lines) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where the action is within the file."""
    if finding.within is None:
        return None
    offset = _offset(finding, lines)
    if offset is None:
        return None
    begin, end = finding.within
    return lines.position(offset + begin), lines.position(offset + end)


def _offset(finding: Reported, lines: Lines) -> int | None:
    """Where the statement begins in the file; None where the file says something else there."""
    if not finding.sql or finding.place.line > len(lines.starts):
        return None
    offset = lines.starts[finding.place.line - 1] + finding.place.column - 1
    return offset if lines.text.startswith(finding.sql, offset) else None


def _read(path: str) -> Lines | None:
    if path in _HELD:
        return _HELD[path]
    file = Path(path).absolute()
    try:
        about = file.stat()
        return _lines(file, about.st_mtime_ns, about.st_size)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _lines(file: Path, *_state: int) -> Lines:
    """The file as it is in that state: while somebody writes it, it is read again."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        return Lines(opened.read())
