"""``pytest --schemaguard-record DIR``: what the tests ask of the database becomes a workload.

Without the option nothing of schemaguard is imported beside this module.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

_TO = "SCHEMAGUARD_RECORD_TO"
_INJECTED = str(Path(__file__).parent / "injected")
_notes: pytest.StashKey[Path] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("schemaguard")
    group.addoption("--schemaguard-record", metavar="DIR", help="write the SQL that the tests send to DIR")
    group.addoption("--schemaguard-version", metavar="V", default="", help="default: the commit")
    group.addoption("--schemaguard-role", metavar="NAME", default="", help="the application's in production")


def pytest_configure(config: pytest.Config) -> None:
    # The workers of xdist have the hooks from their start, as all processes that are started from here.
    if not config.getoption("schemaguard_record") or hasattr(config, "workerinput"):
        return
    from schemaguard.errors import InputError
    from schemaguard.record.output import must_be_ours

    if _TO in os.environ:
        raise pytest.UsageError("--schemaguard-record is not needed below `schemaguard record`")
    try:
        must_be_ours(Path(config.getoption("schemaguard_record")))
    except InputError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_notes] = Path(tempfile.mkdtemp(prefix="schemaguard-record-"))
    os.environ[_TO] = str(config.stash[_notes])
    os.environ["SCHEMAGUARD_RECORD_ROOT"] = str(Path.cwd())
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_INJECTED, os.environ.get("PYTHONPATH")]))
    sys.path.append(_INJECTED)
    import schemaguard_hook  # type: ignore[import-not-found]  # in that directory

    schemaguard_hook.install()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """When the workers of xdist have ended, too."""
    if _notes not in session.config.stash:
        return
    from schemaguard.record.merge import lines_of, merge
    from schemaguard.record.names import Names
    from schemaguard.record.output import keep

    config = session.config
    out = Path(config.getoption("schemaguard_record"))
    names = Names("", config.getoption("schemaguard_version"), config.getoption("schemaguard_role"))
    # From now on, nothing is written down.
    os.environ.pop(_TO)
    try:
        if exitstatus:
            _say(config, "nothing is recorded: the workload of half a test run would be half a workload")
            return
        workload = merge(lines_of(config.stash[_notes]), names.found(), source=Path.cwd())
    finally:
        shutil.rmtree(config.stash[_notes], ignore_errors=True)
    if not workload.statements and not workload.unrecorded:
        _say(config, "the tests sent no statement that could be recorded")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return
    keep(out, workload)
    _say(config, f"{len(workload.statements)} statements recorded in {out}")
    for one in workload.unrecorded:
        _say(config, f"not recorded: {one}")


def _say(config: pytest.Config, text: str) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"\nschemaguard: {text}")
