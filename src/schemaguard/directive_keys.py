"""What a comment that speaks to us may begin with: ``schemaguard: KEY = ...``."""

from collections.abc import Sequence

#: Those that a plan is made by.
PLANNED_BY = ("up", "down", "null", "conflict", "fire", "stored", "tombstone")
#: All of them.
KEYS = ("phase", "allow", *PLANNED_BY)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """What to say of a word that is none of the known ones."""
    import difflib  # Only a typing error needs it.

    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
