"""Facts for the oracle, a module a kind of statement; ``tests/oracle_facts.py`` asks each of them.

A module may have ``said(change)``, our fact of a change; ``truth(node)``, PostgreSQL's facts of a
statement; and ``action(node, command)``, its fact of an action of ALTER TABLE. Each gives None for
what it does not know.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def modules() -> tuple[ModuleType, ...]:
    """All of them, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)
