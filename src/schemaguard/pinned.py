"""Which columns a condition allows one value only, so that an index can find the rows."""

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


def pinned(condition: str) -> frozenset[str]:
    """The columns of ``a = 1 AND b IN (2, 3)``. Any other form: none, since nobody knows."""
    found: set[str] = set()
    at = 0
    while one := _ONE.match(condition, at):
        name = one["name"]
        found.add(name[1:-1].replace('""', '"') if name.startswith('"') else name.lower())
        if one.end() == len(condition):
            return frozenset(found)
        following = _AND.match(condition, one.end())
        if following is None:
            break
        at = following.end()
    return frozenset()
