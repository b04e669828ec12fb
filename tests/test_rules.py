"""All rules: their pages, their examples, and a server that says whether they are right."""

from typing import ClassVar

from schemaguard.rules import own_rules
from schemaguard.testing import RuleTests


class TestRules(RuleTests):
    rules: ClassVar = own_rules()
