"""Explain a rule: why it is there, what to do instead, and examples that have run on PostgreSQL."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from schemaguard.errors import nearest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

HELP = "why a rule is there, and what to do instead"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("rule", metavar="RULE", help="a rule's name; `schemaguard rules` lists them")


def run(arguments: argparse.Namespace) -> int:
    """0; UsageError for a name that no rule has."""
    for line in explained(arguments.rule):
        sys.stdout.write(line + "\n")
    return 0


def explained(name: str, color: str = "auto") -> Iterator[str]:
    """The rule's page for a terminal. UsageError for a name that no rule has."""
    from schemaguard.errors import UsageError
    from schemaguard.explain import BUILT_IN, page
    from schemaguard.report.colour import paint_for
    from schemaguard.report.page import WIDEST, terminal
    from schemaguard.rules import all_rules

    rules = {rule.name: rule for rule in all_rules()}
    if name in BUILT_IN:
        text = f"# {name}\n\n{BUILT_IN[name]}"
    elif name in rules:
        text = page(rules[name])
    else:
        near = nearest(name, [*rules, *BUILT_IN])
        raise UsageError(
            f"there is no rule {name!r}",
            advice=f"Did you mean {near!r}?" if near else "`schemaguard rules` lists them.",
        )
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    return iter(terminal(text, width=width, paint=paint_for(sys.stdout, color)))
