"""Which columns a condition allows one value only, or a number of values, so that few rows fulfil it."""

import re

_NAME = r'(?:[A-Za-z_]\w*|"(?:[^"]|"")+")'
# No fractions and no other casts: an integer that is compared with a numeric is cast, and no index is of use.
_CONSTANT = r"-?\d+|'(?:[^'\\]|'')*'(?:::(?:uuid|int|integer|bigint|smallint))?"
_VALUE = rf"(?:{_CONSTANT}|\$\d+|:[A-Za-z_]\w*|%\([A-Za-z_]\w*\)s|\?)"
_ONE = re.compile(
    rf"\s*(?:{_NAME}\s*\.\s*)?(?P<name>{_NAME})\s*(?:=\s*{_VALUE}|IN\s*\(\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*\))\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"AND\b", re.IGNORECASE)

_LIMITED = re.compile(
    rf"(?:{_NAME}\s*\.\s*)?(?P<name>{_NAME})\s*(?:IN\s*|=\s*ANY\s*\(\s*ARRAY\s*)\((?P<query>\s*SELECT\b.*)"
    r"\bLIMIT\s+(?P<most>\d+)(?:\s+FOR\s+(?:NO\s+KEY\s+)?UPDATE)?(?:\s+SKIP\s+LOCKED|\s+NOWAIT)?[\s)]*",
    re.IGNORECASE | re.DOTALL,
)


def pinned(condition: str) -> frozenset[str]:
    """The columns of ``a = 1 AND b IN (2, 3)``. Any other form: none, since nobody knows."""
    found: set[str] = set()
    at = 0
    while one := _ONE.match(condition, at):
        found.add(_folded(one["name"]))
        if one.end() == len(condition):
            return frozenset(found)
        following = _AND.match(condition, one.end())
        if following is None:
            break
        at = following.end()
    return frozenset()


def limited(condition: str) -> tuple[str, int] | None:
    """The column and the number of ``a IN (SELECT ... LIMIT 100)``; None: of any other form."""
    one = _LIMITED.fullmatch(condition.strip())
    if one is None or not _is_closed(one["query"]):
        return None
    return _folded(one["name"]), int(one["most"])


def _is_closed(text: str) -> bool:
    """Whether no parenthesis ends in it that has begun before it."""
    depth = 0
    for sign in re.sub(r"'(?:[^']|'')*'", "", text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
