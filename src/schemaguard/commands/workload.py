"""
Look at workloads, compare them, put them together, seal them.

A workload is a directory that was recorded, a sealed file of one, or a file of named
statements.

  schemaguard workload show workloads/1.4
  schemaguard workload diff workloads/1.4 workloads/1.5
  schemaguard workload merge shard-1 shard-2 --out workloads/1.4
  schemaguard workload seal workloads/1.4 --out shop-1.4.jsonl
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

HELP = "look at recorded SQL, compare, merge and seal it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    show = actions.add_parser("show", help="what is in a workload", description=_show.__doc__)
    show.add_argument("workload", type=Path)
    _add_format(show)

    diff = actions.add_parser("diff", help="what one has and the other has not", description=_diff.__doc__)
    diff.add_argument("before", type=Path)
    diff.add_argument("after", type=Path)
    diff.add_argument("--exit-code", action="store_true", help="1 when they differ, as git diff does")
    _add_format(diff)

    merge = actions.add_parser("merge", help="several become one", description=_merge.__doc__)
    merge.add_argument("workloads", type=Path, nargs="+", metavar="workload")
    merge.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the whole is written")
    merge.add_argument("--app", default="", metavar="NAME", help="needed when they do not agree on it")
    merge.add_argument("--version", default="", metavar="V", help="likewise")
    merge.add_argument("--role", default="", metavar="NAME", help="likewise")

    seal = actions.add_parser("seal", help="one file, with a digest", description=_seal.__doc__)
    seal.add_argument("workload", type=Path)
    seal.add_argument("--out", type=Path, required=True, metavar="FILE", help="where it is written")


def run(arguments: argparse.Namespace) -> int:
    """0; of ``diff --exit-code`` 1 when something differs."""
    match arguments.action:
        case "show":
            return _show(arguments)
        case "diff":
            return _diff(arguments)
        case "merge":
            return _merge(arguments)
        case _:
            return _seal(arguments)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def _show(arguments: argparse.Namespace) -> int:
    """What is in a workload: its header, its statements, what could not be recorded or was not reached."""
    from schemaguard.compat.workload import read_workload
    from schemaguard.report.colour import paint_for
    from schemaguard.report.workload import render_workload, workload_json

    workload = read_workload(arguments.workload)
    if arguments.format == "json":
        sys.stdout.write(workload_json(workload) + "\n")
    else:
        sys.stdout.writelines(render_workload(workload, paint_for(sys.stdout, arguments.color)))
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    """The statements that are new, gone or changed from one workload to another. The exit code is 0."""
    from schemaguard.compat.workload import read_workload
    from schemaguard.compat.workload_diff import difference
    from schemaguard.report.colour import paint_for
    from schemaguard.report.workload import difference_json, render_difference

    found = difference(read_workload(arguments.before), read_workload(arguments.after))
    if arguments.format == "json":
        sys.stdout.write(difference_json(found) + "\n")
    else:
        sys.stdout.writelines(render_difference(found, paint_for(sys.stdout, arguments.color)))
    return 1 if found and arguments.exit_code else 0


def _merge(arguments: argparse.Namespace) -> int:
    """All that any of the workloads has, such as those of the parts of a test suite, in whatever order."""
    from schemaguard.compat.workload import read_workload
    from schemaguard.compat.workload_merge import merged
    from schemaguard.record.output import keep

    whole = merged(
        map(read_workload, arguments.workloads),
        app=arguments.app,
        version=arguments.version,
        role=arguments.role,
    )
    keep(arguments.out, whole)
    sys.stderr.write(f"schemaguard: {len(whole.statements)} statements in {arguments.out}\n")
    return 0


def _seal(arguments: argparse.Namespace) -> int:
    """One file of JSON lines for a release: equal workloads make equal bytes, and a change is noticed."""
    from schemaguard.compat.workload import read_workload
    from schemaguard.compat.workload_sealed import sealed

    arguments.out.write_bytes(sealed(read_workload(arguments.workload)).encode())
    return 0
