"""A rule's page in a terminal."""

from schemaguard.explain import page
from schemaguard.report.colour import Paint
from schemaguard.report.page import terminal
from schemaguard.rules import all_rules

MARKDOWN = """# a-rule

One sentence
which goes on, and on, and on, to be broken anew with `two words` in it.

## Why

- a point that is so long that it has to go on in another line of the page
- another

```sql
SELECT 1;
```

**Bad: straight away**
**Good: later** (phase=contract)
"""


def shown(markdown: str, *, width: int = 60, colour: bool = False) -> list[str]:
    return list(terminal(markdown, width=width, paint=Paint(colour)))


def test_paragraphs_are_broken_anew_and_examples_are_marked() -> None:
    assert shown(MARKDOWN) == [
        "a-rule",
        "",
        "One sentence which goes on, and on, and on, to be broken",
        "anew with `two words` in it.",
        "",
        "WHY",
        "",
        "- a point that is so long that it has to go on in another",
        "  line of the page",
        "- another",
        "",
        "    SELECT 1;",
        "",
        "  BAD  straight away",
        "  GOOD later (phase=contract)",
    ]


def test_colour_takes_the_place_of_backticks() -> None:
    said = "\n".join(shown(MARKDOWN, colour=True))

    assert "`" not in said
    assert "\x1b[36mtwo words\x1b[0m" in said
    assert "\x1b[31;1mBAD \x1b[0m straight away" in said


def test_every_page_fits_its_terminal() -> None:
    for rule in all_rules():
        prose = [line for line in shown(page(rule), width=70) if not line.startswith(" ")]

        assert [line for line in prose if len(line) > 70 and "`" not in line] == []
