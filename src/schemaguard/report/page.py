"""A rule's page for a terminal: paragraphs that fit, headings, examples marked bad and good."""

import re
from collections.abc import Iterator
from textwrap import wrap

from schemaguard.report.colour import Paint

#: Longer lines are hard to read, however wide the terminal is.
WIDEST = 88

_EXAMPLE = re.compile(r"\*\*(?P<kind>Bad|Good): (?P<title>.*)\*\*(?P<note>.*)\Z")
_CODE = re.compile(r"`([^`]+)`")
_COLOURS = {"Bad": "red", "Good": "green"}


def terminal(markdown: str, *, width: int, paint: Paint) -> Iterator[str]:
    """The lines of the page."""
    room = max(min(width, WIDEST), 40)
    paragraph: list[str] = []
    in_code = False
    for line in markdown.rstrip().splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            yield f"    {line}".rstrip()
        elif line and not line.startswith(("#", "**", "- ", "|")):
            paragraph.append(line.strip())
        else:
            yield from _paragraph(paragraph, room, paint)
            paragraph = [line.strip()] if line.startswith("- ") else []
            if not line.startswith("- "):
                yield from _line(line, paint)
    yield from _paragraph(paragraph, room, paint)


def _line(line: str, paint: Paint) -> Iterator[str]:
    if example := _EXAMPLE.match(line):
        mark = paint(example["kind"].upper().ljust(4), _COLOURS[example["kind"]], bold=True)
        yield f"  {mark} {example['title']}{example['note']}"
    elif line.startswith("# "):
        yield paint(line.removeprefix("# "), "magenta", bold=True)
    elif line.startswith("#"):
        yield paint(line.lstrip("# ").upper(), bold=True)
    else:
        yield line


def _paragraph(lines: list[str], room: int, paint: Paint) -> Iterator[str]:
    """The lines as one paragraph, broken anew. What stands in backticks stays whole."""
    if not lines:
        return
    text = _CODE.sub(lambda code: "`" + code[1].replace(" ", "\0") + "`", " ".join(lines))
    hanging = "  " if text.startswith("- ") else ""
    for line in wrap(text, room, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False):
        shown = line.replace("\0", " ")
        yield _CODE.sub(lambda code: paint(code[1], "cyan"), shown) if paint.on else shown
