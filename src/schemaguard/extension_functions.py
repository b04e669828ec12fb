"""Functions of extensions that compute a value of what they are given: contrib's, and pgvector's.

A function of the same name that the schema knows comes first: who asks here has not found one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from schemaguard.schema import Volatility

_KINDS = {"immutable": Volatility.CONSTANT, "stable": Volatility.STABLE, "volatile": Volatility.VOLATILE}


def of_extension(name: str) -> Volatility | None:
    """How volatile the functions of that name are; None: no extension that is known has one."""
    return _table().get(name)


@cache
def _table() -> dict[str, Volatility]:
    import json  # Of most files no function is asked.

    return by_name(json.loads(Path(__file__).with_name("extension_functions.json").read_text()))


def by_name(read: Mapping[str, str]) -> dict[str, Volatility]:
    """Names to how volatile they are, of a table that has the names of each kind in a line."""
    return {name: kind for key, kind in _KINDS.items() for name in read[key].split()}
