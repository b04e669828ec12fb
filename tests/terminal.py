"""Commands as one types them, over one database and a directory of migrations."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from schemaguard.cli import main


def here(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command in this process, for another one takes its time to begin."""
    out, err = StringIO(), StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([*map(str, words)])
        except SystemExit as wrong_usage:
            code = int(wrong_usage.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


class Terminal:
    """What stands in ``folder`` is 0001.sql, 0002.sql and so on."""

    def __init__(self, url: str, folder: Path, *scripts: str) -> None:
        self.url, self.folder = url, folder
        for number, script in enumerate(scripts, start=1):
            (folder / f"{number:04}.sql").write_text(script)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that others are beside."""
        return subprocess.Popen(
            [sys.executable, "-m", "schemaguard", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**os.environ, **self._variables},
        )

    def __call__(self, *words: str, code: int = 0, stream: str = "") -> str:
        """What is said where it ends with that exit code: on stderr, if that is not 0, or on ``stream``."""
        with variables(self._variables):
            done = here(*words, cwd=self.folder)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if (stream or ("err" if code else "out")) == "out" else done.stderr

    @property
    def _variables(self) -> Mapping[str, str]:
        return {"SCHEMAGUARD_DATABASE_URL": self.url, "NO_COLOR": "1"}


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """The environment with these as well."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
