"""The pages docs/recipes/*.md: how a change is made gently, one from each docs/recipes/*.sql beside it.

The plan is made as for users. That it keeps its promises, tests/plan/test_recipes.py proves on each major.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.recipe import LockClass, Scope, Step
from schemaguard.scripts import frames_of
from schemaguard.server import MAJORS, Server
from schemaguard.text import Source
from schemaguard.way_back import texts

SOURCES = Path(__file__).parent / "recipes"
WHEN = {
    Phase.EXPAND: "Expand: before the new code is deployed",
    Phase.BACKFILL: "Backfill: while the old code runs",
    Phase.CONTRACT: "Contract: when no old code runs any more",
}
README = """\
# Recipes

What `schemaguard split` makes of a change that running code would feel, step by step, with the locks that
each step takes and the way back. Every plan here is proved on PostgreSQL 14 to 18: killed at each step, taken
back, and its end compared with the migration's own.

"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A change, as its file tells of it."""

    name: str
    title: str
    prose: str
    before: str
    migration: str

    def plan(self, major: int) -> Plan:
        """The release in steps."""
        server = Server(major=major)
        frames = frames_of(self.migration, given=self.before, server=server)
        source = Source(path=f"{self.name}.sql", pieces=tuple(f.statement.piece for f in frames))
        return make_plan(frames, release=self.name, source=source, server=server)


def recipes() -> list[Recipe]:
    """All of them, by their names."""
    return [read(path) for path in sorted(SOURCES.glob("*.sql"))]


def read(path: Path) -> Recipe:
    """Title, prose, and the two scripts."""
    head, rest = path.read_text().split("\n-- before\n")
    before, migration = rest.split("\n-- migration\n")
    title, *prose = (line.removeprefix("--").strip() for line in head.strip().splitlines())
    return Recipe(path.stem, title, "\n".join(prose).strip(), before, migration)


def pages() -> dict[Path, str]:
    """Each page with its text."""
    made = {SOURCES / f"{recipe.name}.md": "\n".join(page(recipe)) + "\n" for recipe in recipes()}
    lines = "".join(f"- [{recipe.title}]({recipe.name}.md)\n" for recipe in recipes())
    return {**made, SOURCES / "README.md": README + lines}


def page(recipe: Recipe) -> Iterator[str]:
    yield from (f"# {recipe.title}", "", recipe.prose, "", "## The migration as people write it", "")
    yield from ("```sql", recipe.before.strip(), "```", "", "```sql", recipe.migration.strip(), "```")
    plans = {major: recipe.plan(major) for major in MAJORS}
    alike: dict[tuple[object, ...], list[int]] = {}
    for major, plan in plans.items():
        alike.setdefault((tuple(map(shown, plan.steps)), plan.notes), []).append(major)
    for majors in alike.values():
        of = f" on PostgreSQL {span(majors)}" if len(alike) > 1 else ""
        yield from ("", f"## In steps{of}", *steps(plans[majors[0]]))


def span(majors: list[int]) -> str:
    return f"{majors[0]} to {majors[-1]}" if len(majors) > 1 else str(majors[0])


def shown(step: Step) -> tuple[object, ...]:
    return step.title, step.statements, step.locks, step.undo


def steps(plan: Plan) -> Iterator[str]:
    for phase in Phase:
        if plan.of(phase):
            yield from ("", f"### {WHEN[phase]}", "")
        for number, step in enumerate(plan.of(phase), start=1):
            yield f"{number}. **{step.title}**"
            yield from (f"   {line}".rstrip() for line in facts(step))
    if plan.notes:
        yield from ("", "### Mind", "", *(f"- {note}" for note in plan.notes))


def facts(step: Step) -> Iterator[str]:
    """What it sends, what it locks, and the way back."""
    if not step.statements:
        yield from ("", "A question; nothing is changed.")
        return
    yield from ("", "```sql")
    for statement in step.statements:
        yield from f"{statement.strip()};".splitlines()
    yield from ("```", "")
    modes = ", ".join(f"{mode.value} on `{table.text}`" for table, mode in step.locks) or "none on a table"
    waits = "taken without queueing" if step.lock_class is LockClass.BLOCKING else "others go on"
    yield f"- Locks: {modes}{f'; {waits}' if step.locks else ''}"
    if step.scope is Scope.BATCHES:
        yield "- In small batches, each its own transaction"
    elif step.scope is Scope.ALONE:
        yield "- Outside any transaction"
    match step.undo:
        case None:
            yield "- No way back"
        case ():
            yield "- Nothing to take back"
        case _:
            back = (f"`{' '.join(statement.split())}`" for statement in texts(step.undo))
            yield f"- Back: {'; '.join(back)}"
