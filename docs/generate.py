"""Writes the pages that come from the code: rules and recipes, docs/costs.md, docs/cli.md, docs/config.md,
docs/preflight.md.

    python docs/generate.py           writes them
    python docs/generate.py --check   says which differ, and which links of any page lead nowhere

Own formatting, not argparse's: that differs between versions of Python and widths of terminals.
"""

import argparse
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import costs
import recipes

from schemaguard import cli, explain
from schemaguard.config import settings
from schemaguard.postgres.preflight import CHECKS, name_of
from schemaguard.rules import own_rules

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = "<!-- Made by docs/generate.py: change the code, then `make docs`. -->\n\n"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    if not arguments.parse_args().check:
        write(pages())
        return 0
    wrong = [*differing(pages()), *dead_links()]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    made = {DOCS / "rules" / f"{rule.name}.md": explain.page(rule) for rule in own_rules()}
    for name, text in explain.BUILT_IN.items():
        made[DOCS / "rules" / f"{name}.md"] = f"# {name}\n\n{text}"
    made[DOCS / "rules" / "README.md"] = "\n".join(rules_index()) + "\n"
    made[DOCS / "costs.md"] = costs.page()
    made |= recipes.pages()
    made[DOCS / "cli.md"] = "\n".join(command_line()) + "\n"
    made[DOCS / "config.md"] = "\n".join(configuration()) + "\n"
    made[DOCS / "preflight.md"] = "\n".join(before_the_first_step()) + "\n"
    return {path: MADE + text for path, text in made.items()}


def rules_index() -> Iterator[str]:
    yield "# Rules"
    family = ""
    for rule in sorted(own_rules(), key=lambda rule: (rule.family, rule.name)):
        if rule.family != family:
            family = rule.family
            yield from ("", f"## {family.replace('_', ' ').capitalize()}", "")
            yield from ("| rule | finds | |", "|---|---|---|")
        yield f"| [{rule.name}]({rule.name}.md) | {rule.summary} | {rule.rule.severity.value} |"
    yield from ("", "## Always", "", "| finding | means |", "|---|---|")
    for name, text in explain.BUILT_IN.items():
        yield f"| [{name}]({name}.md) | {' '.join(text.split('.', 1)[0].split())}. |"


def command_line() -> Iterator[str]:
    top = cli.parser()
    yield from ("# The command line", "", "```text", *(top.description or "").splitlines())
    yield from ("", *(top.epilog or "").splitlines(), "```")
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from ("", f"## schemaguard {name}", "", (command.description or "").strip())
                yield from arguments_of(command)
                yield from actions_of(command, name)


def actions_of(command: argparse.ArgumentParser, of: str) -> Iterator[str]:
    for actions in command._actions:
        if isinstance(actions, argparse._SubParsersAction):
            for name, action in actions.choices.items():
                yield from ("", f"### schemaguard {of} {name}", "", (action.description or "").strip())
                yield from arguments_of(action)


def arguments_of(command: argparse.ArgumentParser) -> Iterator[str]:
    shown = [
        action
        for action in command._actions
        if action.help is not argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)
    ]
    yield from ("", "| argument | meaning |", "|---|---|")
    for action in shown:
        value = value_of(action)
        words = [f"`{option}{' ' + value if value else ''}`" for option in action.option_strings]
        meaning = (action.help or "") % {"default": action.default, "prog": "schemaguard"}
        yield f"| {', '.join(words) or f'`{value}`'} | {' '.join(meaning.split())} |".replace("\\|", "|")


def value_of(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices is not None:
        return ", ".join(str(choice) for choice in action.choices)
    metavar = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    return " ".join(metavar) if isinstance(metavar, tuple) else metavar


def configuration() -> Iterator[str]:
    yield from ("# Configuration", "")
    yield "`[tool.schemaguard]` in `pyproject.toml`, or the same settings at the top of `schemaguard.toml`."
    yield "Options of the command line win over both."
    yield from ("", "| setting | default | meaning |", "|---|---|---|")
    for name, (default, explanation) in settings().items():
        shown = "not set" if default is None else f"`{json.dumps(default)}`"
        yield f"| `{name.replace('_', '-')}` | {shown} | {explanation} |"


def before_the_first_step() -> Iterator[str]:
    yield from ("# What is looked at before the first step", "")
    yield "`schemaguard apply` looks at these, in this order, and changes nothing meanwhile;"
    yield "[how it is shown, and who decides](apply.md#before-the-first-step)."
    for check in CHECKS:
        yield from ("", f"## {name_of(check)}", "", inspect.cleandoc(check.__doc__ or ""))


def write(made: dict[Path, str]) -> None:
    for path in surplus(made):
        path.unlink()
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def differing(made: dict[Path, str]) -> Iterator[str]:
    for path in surplus(made):
        yield f"{path.relative_to(ROOT)}: comes from nothing; `make docs` removes it"
    for path, text in made.items():
        if not path.exists() or path.read_text() != text:
            yield f"{path.relative_to(ROOT)}: is not what the code says; `make docs` writes it"


def surplus(made: dict[Path, str]) -> list[Path]:
    written = (page for folder in ("rules", "recipes") for page in (DOCS / folder).glob("*.md"))
    return sorted(set(written) - made.keys())


def dead_links() -> Iterator[str]:
    for page in sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]):
        prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
            if "://" not in target and not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: {target} does not exist"


if __name__ == "__main__":
    sys.exit(main())
