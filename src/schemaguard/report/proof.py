"""What a plan was held to on a shadow database, for people and as JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping

from schemaguard import __version__
from schemaguard.names import literal
from schemaguard.plan import Plan
from schemaguard.plan.proof import Claim, Lost, Proof
from schemaguard.report.colour import Paint
from schemaguard.steps import listed


def render_proof(plan: Plan, proof: Proof, paint: Paint) -> Iterator[str]:
    """Every claim, step by step, and the sum."""
    titles = {step.id: step.title for step in plan.steps}
    step = None
    for claim in sorted(proof.claims, key=lambda claim: _place(plan, claim)):
        if claim.step != step:
            step = claim.step
            yield paint(titles.get(step, f"release {plan.release}"), bold=True)
        yield from _claim(claim, paint)
    yield from (f"{paint('note', 'cyan')}  {note}" for note in (*proof.notes, *row_notes(proof)))
    yield sum_of(proof, paint)


def render_broken(plan: Plan, proof: Proof, paint: Paint) -> Iterator[str]:
    """The claims that do not hold, each with its step."""
    titles = {step.id: step.title for step in plan.steps}
    for claim in proof.broken:
        yield paint(titles.get(claim.step, f"release {plan.release}"), bold=True)
        yield from _claim(claim, paint)


def row_notes(proof: Proof) -> Iterator[str]:
    """What is to be known of rows before the plan is used, even where it holds."""
    for table in proof.without_rows:
        yield f"{table} had no rows, for all that were made up are refused: what becomes of rows is untried"
    yield from lossy_notes(proof)


def lossy_notes(proof: Proof) -> Iterator[str]:
    """What is lost on the way to the new form and back, each with its examples."""
    for lossy in proof.lossy:
        said = (
            f"{lossy.table}: {lossy.rows} of {lossy.of} rows do not come back from {listed(lossy.new)}"
            f" with the same {listed(lossy.old)}. They are made up: see whether yours hold such values"
        )
        lines = [said, *(f"  {_example(lost)}" for lost in lossy.examples)]
        yield "\n    ".join(lines)


def _example(lost: Lost) -> str:
    if lost.error:
        return f"{_values(lost.old)}: {lost.error}"
    return " -> ".join(map(_values, (lost.old, lost.new, lost.again)))


def _values(values: Mapping[str, str | None]) -> str:
    return ", ".join(
        f"{column} = {'NULL' if value is None else literal(value)}" for column, value in values.items()
    )


def sum_of(proof: Proof, paint: Paint) -> str:
    """A line about all of it."""
    where = f"on PostgreSQL {proof.major} with {proof.rows} rows"
    if proof.broken:
        broken = f"{len(proof.broken)} of {len(proof.claims)} claims do not hold"
        return f"{paint('not proved', 'red', bold=True)} {where}: {broken}"
    how = "killed at every step and gone on with, it ends where the migration itself ends"
    return f"{paint('proved', 'green', bold=True)} {where}: {how} ({len(proof.claims)} claims)"


def proof_json(plan: Plan, proof: Proof) -> str:
    """The same for programs."""
    whole = {
        "version": 1,
        "schemaguard": __version__,
        "release": plan.release,
        "plan": plan.digest,
        "proved": not proof.broken,
        **dataclasses.asdict(proof),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _place(plan: Plan, claim: Claim) -> int:
    """Where a claim comes: the steps in their order, then the whole."""
    return next((at for at, step in enumerate(plan.steps) if step.id == claim.step), len(plan.steps))


def _claim(claim: Claim, paint: Paint) -> Iterator[str]:
    if not claim.wrong:
        yield f"  {paint('ok', 'green')}  {claim.what}"
        return
    yield f"  {paint('NO', 'red', bold=True)}  {claim.what}"
    yield from (f"        {line}" for line in claim.wrong)
