"""Runs a command, such as a test suite, and keeps what it asks of the database as a workload."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from schemaguard.errors import InputError, UsageError
from schemaguard.record.merge import lines_of, merge
from schemaguard.record.names import Names
from schemaguard.record.output import finish, must_be_ours

_INJECTED = Path(__file__).parent / "injected"


def record_command(out: Path, names: Names, command: Sequence[str]) -> int:
    """Run the command; its exit code, and with 0 the workload is in ``out``."""
    if not command:
        raise UsageError(
            "no command to record", advice="schemaguard record --out workload -- pytest, for example"
        )
    must_be_ours(out)
    with tempfile.TemporaryDirectory(prefix="schemaguard-record-") as notes:
        paths = [str(_INJECTED), *filter(None, [os.environ.get("PYTHONPATH")])]
        hooked = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "SCHEMAGUARD_RECORD_TO": notes,
            "SCHEMAGUARD_RECORD_ROOT": str(Path.cwd()),
        }
        code = run_command(command, hooked)
        if code:
            return code
        workload = merge(lines_of(Path(notes)), names.found(), source=Path.cwd())
    return finish(
        out,
        workload,
        what=f"the command `{' '.join(command)}`",
        advice="recorded are Python processes that use psycopg 3, psycopg2, asyncpg or SQLAlchemy, "
        "and are not started with `python -I` or `-E`; does the command reach a PostgreSQL database? "
        "Programs in other languages are recorded with --wire",
    )


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Its exit code; of one that fails, it is said that nothing is recorded."""
    code = _run(command, environment)
    if code:
        print(  # noqa: T201
            f"schemaguard: nothing is recorded, because the command ended with exit code {code}: "
            "the workload of half a test run would be half a workload",
            file=sys.stderr,
        )
    return code


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise InputError(
            f"the command cannot be run: {error.strerror}: {command[0]}",
            advice="after `--`, write the command as you would type it",
        ) from error
    # Ctrl-C reaches the command, too: it is given the time to end as it wants to.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return 128 - code if code < 0 else code
