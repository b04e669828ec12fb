"""One file a rule. The file's name is the rule's name, its folder the family, its docstring the page."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from schemaguard.plugins import broken, plugged
from schemaguard.rule import NamedRule, Rule


@cache
def own_rules() -> tuple[NamedRule, ...]:
    """Every rule of the package, by family and name."""
    families = sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    return tuple(
        rule
        for family in families
        for rule in rules_in(importlib.import_module(f"{__name__}.{family.name}"), family.name)
    )


@cache
def all_rules() -> tuple[NamedRule, ...]:
    """Those of the package, and those that others have installed. UsageError where these cannot be used."""
    found = list(own_rules())
    taken = {rule.name for rule in found} | {rule.family for rule in found}
    for family, package in plugged():
        try:
            rules = list(rules_in(package, family))
        except Exception as error:
            raise broken(family, package.__name__, f"{type(error).__name__}: {error}") from error
        for name in (family, *(rule.name for rule in rules)):
            if name in taken:
                raise broken(family, package.__name__, f"there is {name!r} already")
            taken.add(name)
        found += rules
    return tuple(found)


def rules_in(package: ModuleType, family: str) -> Iterator[NamedRule]:
    """The rules of one package, each a module with its RULE."""
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        rule = importlib.import_module(f"{package.__name__}.{module.name}")
        if not isinstance(rule.RULE, Rule):
            raise TypeError(f"RULE of {rule.__name__} is no Rule")
        yield NamedRule(module.name.replace("_", "-"), family, rule.__doc__ or "", rule.RULE)


def default_rules() -> tuple[NamedRule, ...]:
    """Those that nobody has to choose."""
    return tuple(named for named in all_rules() if named.rule.default)
