"""Runs the tests of ``sql/`` on other versions of sqlglot: the lowest, some between, and the compiled one.

python bench/sqlglot_versions.py              about a minute each; exit 1 if one fails
python bench/sqlglot_versions.py 27.0.0       only that one
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).parent.parent
VERSIONS = ("sqlglot==27.0.0", "sqlglot==28.10.0", "sqlglot==29.0.0", "sqlglot==30.0.0", "sqlglot[c]>=30,<31")


def main() -> int:
    """Install each beside the environment, before which it is found, and run the tests."""
    wanted = [f"sqlglot=={version}" for version in sys.argv[1:]] or VERSIONS
    failed = []
    for version in wanted:
        with tempfile.TemporaryDirectory() as place:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", place, version]
            subprocess.run(pip, check=True)
            tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sql"]
            done = subprocess.run(tests, cwd=HOME, env={**os.environ, "PYTHONPATH": place}, check=False)
        print(f"{version}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            failed.append(version)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
