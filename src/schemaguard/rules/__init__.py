"""One file a rule. The file's name is the rule's name, its folder the family, its docstring the page."""

import importlib
import pkgutil
from functools import cache

from schemaguard.rule import NamedRule


@cache
def all_rules() -> tuple[NamedRule, ...]:
    """Every rule of the package, by family and name."""
    found = []
    for family in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        package = importlib.import_module(f"{__name__}.{family.name}")
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
            rule = importlib.import_module(f"{package.__name__}.{module.name}")
            found.append(NamedRule(module.name.replace("_", "-"), family.name, rule.__doc__ or "", rule.RULE))
    return tuple(found)


def default_rules() -> tuple[NamedRule, ...]:
    """Those that nobody has to choose."""
    return tuple(named for named in all_rules() if named.rule.default)
