"""The rule that docs/adding-a-rule.md writes is tested as all rules are."""

import re
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import ClassVar

from schemaguard.rule import NamedRule
from schemaguard.rules import all_rules
from schemaguard.testing import RuleTests

PAGE = (Path(__file__).parents[1] / "docs" / "adding-a-rule.md").read_text()


def worked_example() -> NamedRule:
    family, name = re.findall(r"make new-rule NAME=(\w+)/(\w+)", PAGE)[0]
    [code] = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    spec = spec_from_loader(name, loader=None)
    assert spec is not None
    module = module_from_spec(spec)
    exec(compile(code, f"{name}.py", "exec"), module.__dict__)
    return NamedRule(name.replace("_", "-"), family, module.__doc__ or "", module.RULE)


class TestWorkedExample(RuleTests):
    rules: ClassVar = (worked_example(),)


def test_the_worked_example_is_of_a_family_that_is_there() -> None:
    assert worked_example().family in {rule.family for rule in all_rules()}


def test_the_page_names_how_to_run_it() -> None:
    assert f"ARGS='-k {worked_example().name}'" in PAGE
