"""What status says, for people."""

from collections.abc import Iterator
from typing import Any

from schemaguard.report.colour import Paint

NOTHING = "no release was begun on this database"
COLOURS = {"done": "green", "found": "green", "failed": "red", "running": "yellow", "undone": "yellow"}


def lines(found: dict[str, Any], paint: Paint) -> Iterator[str]:
    """The lines, without their ends."""
    runner, asked = found["runner"], found["request"]
    if runner:
        where = (
            f"pid {runner['pid']}, user {runner['user']}, from {runner['address']}, since {runner['since']}"
        )
        yield f"{paint('a runner works', 'yellow')}: {where}"
        yield from (f"  it waits for {who}" for who in runner["waits_for"])
    if asked:
        yield f"{paint('asked', 'yellow')}: {asked['wish']}, by {asked['by']} at {asked['at']}"
    for release in found["releases"]:
        state = "" if release["state"] == "begun" else f" {release['state']}"
        yield paint(release["release"], bold=True) + state
        for step in release["steps"]:
            yield from _step(step, paint, active=runner is not None)
        if release["state"] == "begun":
            gate = release["contract"]
            yield f"  contract: {gate['answer']} ({'; '.join(gate['reasons'])})"
    if not found["releases"]:
        asked = found["only"]
        yield f"release {asked} was never begun on this database" if asked else NOTHING


def _step(step: dict[str, Any], paint: Paint, *, active: bool) -> Iterator[str]:
    # What runs without a runner was killed: the next run takes it up.
    state = "stopped" if step["state"] == "running" and not active else step["state"]
    colour = COLOURS.get(step["state"], "dim")
    yield f"  {step['phase']:<9}{paint(state.ljust(8), colour)} {step['title']}{_rows(step)}"
    if step["error"]:
        yield f"           {step['error']}"


def _rows(step: dict[str, Any]) -> str:
    if step["rows"] is None or step["state"] not in ("running", "failed"):
        return ""
    estimate = step["rows_estimate"]
    if not estimate:
        return f" ({step['rows']:,} rows)"
    return f" ({step['rows']:,} of about {estimate:,} rows, {min(1.0, step['rows'] / estimate):.0%})"
