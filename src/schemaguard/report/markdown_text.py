"""Text in comments below pull requests: nothing in it means anything, and it is no longer than it may be."""

import re
from collections.abc import Iterable, Iterator

#: Characters of a comment: there is a limit.
ROOM = 60_000

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>&~@:-])")
_FENCE = re.compile("`{3,}")


def fitting(lines: Iterable[str]) -> str:
    """The lines; where they are too many, those before the part that would go beyond the limit."""
    text = "".join(f"{line}\n" for line in lines)
    if len(text) <= ROOM:
        return text
    cut = "\n\n(cut: it is longer than a comment may be)\n"
    return text[: ROOM - len(cut)].rpartition("\n\n<details>")[0] + cut


def fenced(sql: str) -> Iterator[str]:
    """The SQL as it is, between fences that are longer than any in it."""
    fence = "`" * max((len(run) + 1 for run in _FENCE.findall(sql)), default=3)
    yield from (f"{fence}sql", sql.rstrip(), fence)


def short(text: str) -> str:
    """Plain, and no longer than a few lines."""
    return plain(text if len(text) <= 400 else f"{text[:400]}...")


def plain(text: str) -> str:
    """In one line, and nothing in it means anything in Markdown or HTML."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
