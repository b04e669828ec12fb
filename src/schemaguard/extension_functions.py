"""Functions of extensions that compute a value of what they are given: contrib's, and pgvector's.

A function of the same name that the schema knows comes first: who asks here has not found one.
"""

import json
from functools import cache
from importlib.resources import files

from schemaguard.schema import Volatility

_KINDS = {"immutable": Volatility.CONSTANT, "stable": Volatility.STABLE, "volatile": Volatility.VOLATILE}


def of_extension(name: str) -> Volatility | None:
    """How volatile the functions of that name are; None: no extension that is known has one."""
    return _table().get(name)


@cache
def _table() -> dict[str, Volatility]:
    text = files("schemaguard").joinpath("extension_functions.json").read_text()
    read: dict[str, str] = json.loads(text)
    return {name: kind for key, kind in _KINDS.items() for name in read[key].split()}
