"""Where a new workload takes the place of an old one."""

import shutil
import sys
from pathlib import Path

from schemaguard.compat.workload import HEADER, Workload, write_workload
from schemaguard.errors import InputError, NotEnoughEvidence


def must_be_ours(out: Path) -> None:
    """Only a workload may be overwritten."""
    if out.is_dir() and any(out.iterdir()) and not (out / HEADER).is_file():
        raise InputError(
            "is a directory with something else in it than a workload",
            path=str(out),
            advice="name a new directory: the old content would be lost",
        )
    if out.exists() and not out.is_dir():
        raise InputError("is a file, and a workload is a directory", path=str(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error}", path=str(out.parent)) from error


def keep(out: Path, workload: Workload) -> None:
    """Write the workload; the one that was there is gone when the new one is whole."""
    must_be_ours(out)
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    write_workload(fresh, workload)
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)


def finish(out: Path, workload: Workload, *, what: str, advice: str) -> int:
    """Write what was recorded, if anything was, and tell of what could not be; the exit code."""
    if not workload.statements and not workload.unrecorded:
        raise NotEnoughEvidence(f"{what} sent no statement that could be recorded", advice=advice)
    keep(out, workload)
    print(  # noqa: T201
        f"schemaguard: {len(workload.statements)} statements recorded in {out}", file=sys.stderr
    )
    for one in workload.unrecorded:
        print(f"schemaguard: not recorded: {one}", file=sys.stderr)  # noqa: T201
    return 0
