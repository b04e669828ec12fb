"""Commands as one types them, over one database and a directory of migrations."""

import os
import subprocess
import sys
from pathlib import Path


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
            env={**os.environ, "SCHEMAGUARD_DATABASE_URL": self.url, "NO_COLOR": "1"},
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        """What is said where it ends with that exit code: on stderr, if that is not 0."""
        with self.start(*words) as process:
            try:
                out, err = process.communicate(timeout=90)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == code, out + err
        assert "Traceback" not in err
        return out if code == 0 else err
