"""What was found before the first step is shown, and somebody or nobody decides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.values import seconds

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from schemaguard.postgres.preflight import Finding
    from schemaguard.report.colour import Paint


def add_preflight(parser: argparse.ArgumentParser) -> None:
    """Declare what is said and done about findings."""
    parser.add_argument("--yes", action="store_true", help="go on whatever the preflight warns of")
    parser.add_argument("--verbose", action="store_true", help="show what the preflight finds in order, too")
    parser.add_argument(
        "--long-transaction",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="the age from which on a transaction that is in the way is warned of (60)",
    )


def allowing(arguments: argparse.Namespace, paint: Paint) -> Callable[[tuple[Finding, ...]], None]:
    """What hears the findings before the first step: Refused where nothing is to be run."""

    def allow(findings: tuple[Finding, ...]) -> None:
        from schemaguard.postgres.preflight import Severity, refused

        refusal = refused(findings)
        if arguments.format == "json":
            show_events(findings)
        else:
            # A refusal is told by the error.
            show(
                (one for one in findings if one.severity is not Severity.REFUSE),
                paint,
                verbose=arguments.verbose,
            )
        if refusal is not None:
            raise refusal
        _ask([one for one in findings if one.severity is Severity.WARN], arguments)

    return allow


def show(findings: Iterable[Finding], paint: Paint, *, verbose: bool, before: str = "") -> None:
    """Print them, ``before`` ahead of each line; without ``verbose`` not what is in order."""
    from schemaguard.postgres.preflight import Severity
    from schemaguard.report.preflight import render

    told = (one for one in findings if verbose or one.severity is not Severity.PLAIN)
    for line in render(told, paint):
        sys.stdout.write(f"{before}{line}\n")
    sys.stdout.flush()


def show_events(findings: Iterable[Finding]) -> None:
    """Print all of them, an event a line."""
    from schemaguard.report.preflight import event

    for finding in findings:
        sys.stdout.write(event(finding) + "\n")
    sys.stdout.flush()


def _ask(warnings: list[Finding], arguments: argparse.Namespace) -> None:
    """Ask whoever sits there. Without anybody it goes on, unless it would only stand still."""
    from schemaguard.errors import Refused

    if not warnings or arguments.yes:
        return
    if arguments.format == "text" and sys.stdin.isatty() and sys.stdout.isatty():
        sys.stdout.write("Go on? [y/N] ")
        sys.stdout.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Refused("nothing was run", advice="See to the warnings above, or give --yes.")
        return
    standing = [one.sentence for one in warnings if one.waits]
    if standing:
        raise Refused(
            f"a step would stand still, and nobody knows until when: {'; '.join(standing)}",
            advice="Nothing was run. End what is in the way, or give --yes to go on all the same.",
        )
