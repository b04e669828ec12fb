"""What a comment that speaks to us begins with: ``schemaguard: KEY = ...``, and what only looks like it."""

import re
from collections.abc import Iterator, Sequence

from schemaguard.dataclass import dataclass
from schemaguard.errors import nearest

#: Those that a plan is made by.
PLANNED_BY = ("up", "down", "null", "conflict", "fire", "stored", "tombstone", "unused")
#: All of them.
KEYS = ("phase", "allow", *PLANNED_BY)
NAME = "schemaguard"

_LINE = re.compile(
    r"^[ \t\r\f\v*#-]*+(?P<name>[A-Za-z]{1,16}(?:[-_ ][A-Za-z]{1,16})?)[ \t]*+:(?P<said>.*)", re.MULTILINE
)
#: Prose goes on in another way.
_SAYS = re.compile(rf"(?:{'|'.join(KEYS)})\b|[a-z]+(?:\s+\S+)?\s*=")
#: How like our name another word is, of 1.
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Said:
    """What stands behind our name in a line of a comment, or behind a word that seems to mean it."""

    text: str
    #: What is wrong with the name; "": nothing.
    problem: str = ""


def said_to_us(comment: str) -> Iterator[Said]:
    """The lines of the comment that speak to us, each without our name."""
    for line in _LINE.finditer(comment):
        name, text = line["name"], line["said"].strip()
        if name.lower() == NAME:
            yield Said(text)
        elif _SAYS.match(text) and _is_near(name):
            yield Said(text, f"this is said to {name!r}; did you mean {NAME!r}?")


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """What to say of a word that is none of the known ones."""
    near = nearest(word.lower(), known, likeness=0.5)
    return f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"


def _is_near(name: str) -> bool:
    import difflib

    return difflib.SequenceMatcher(a=NAME, b=name.lower()).ratio() >= _ALIKE
