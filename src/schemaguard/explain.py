"""A rule becomes its page, for the terminal and docs/rules/."""

from collections.abc import Iterator
from textwrap import dedent

from schemaguard.rule import Bad, Example, NamedRule, Phase

#: What is reported without a rule's file.
BUILT_IN = {
    "unread": """\
The statement, or a part of it, was not understood, so nothing is known of what it does.

What cannot be read is never passed in silence. Look at it by hand; if it is safe, allow it where it
stands, with the reason: `-- schemaguard: allow unread (only a comment on a table)`.
""",
    "unexplained": """\
Others have to wait for a time that grows with the table, or running code loses something that it
needs, and no rule has an explanation. The JSON output's `because` says what it is.
""",
    "approximate": """\
The Alembic revision asks the database, or something that is not installed here, and what it then
sends may differ from the SQL that was linted. Render it in the project's own interpreter
(`--python`), or look at it by hand.
""",
    "broken-statement": """\
With `--baseline`: a statement of the code that runs was tried on a shadow database, after this one. It worked
before and does not work any more, or does something else, and no rule had foreseen it.

`schemaguard check` shows it at each state, with a script that reproduces it.
""",
    "no-way-back": """\
Where it is selected: a migration does something, and does not say how to take it back.

An Alembic revision without a downgrade(), or with one that does nothing; a migration of golang-migrate,
dbmate, goose or Diesel without its other half. A downgrade() that raises says so, and is not
reported.
""",
    "several-heads": """\
Where it is selected: a history of Alembic revisions ends in several heads, and no branch has a label.

Two branches of the code have each added a revision to the same one. `alembic upgrade head` refuses
that; which of the two comes first nobody has said. Merge them (`alembic merge`), or put one behind the
other.
""",
    "idle-allow": """\
Where it is selected: a comment allows a rule that does not report the statement, or does not exist.

It was right once, or is misspelt. What it would allow one day, nobody will see.
""",
}


def page(named: NamedRule) -> str:
    """The page as Markdown."""
    return "\n".join(_lines(named)) + "\n"


def _lines(named: NamedRule) -> Iterator[str]:
    rule = named.rule
    yield f"# {named.name}"
    yield ""
    yield named.page.strip()
    yield ""
    yield f"Family {named.family.replace('_', ' ')}, {rule.severity.value}, since {rule.since}."
    yield ""
    yield "## Examples"
    if rule.given:
        yield ""
        yield "Each begins with:"
        yield ""
        yield from _sql(rule.given)
    for example in rule.examples:
        yield ""
        yield f"**{'Bad' if isinstance(example, Bad) else 'Good'}: {example.title}**{_note(example)}"
        yield ""
        yield from _sql(example.sql)
    yield ""
    yield f"To allow it where it is meant: `-- schemaguard: allow {named.name} (the reason)`."


def _note(example: Example) -> str:
    notes = [] if example.phase is Phase.EXPAND else [f"phase={example.phase.value}"]
    if not isinstance(example, Bad) and example.ends_elsewhere:
        notes.append(example.ends_elsewhere)
    if isinstance(example, Bad) and example.refused:
        notes.append(f"the server refuses it with SQLSTATE {example.refused}")
    return f" ({'; '.join(notes)})" if notes else ""


def _sql(text: str) -> Iterator[str]:
    yield "```sql"
    yield from dedent(text).strip().splitlines()
    yield "```"
