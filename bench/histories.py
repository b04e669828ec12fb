"""
How much of real Alembic histories is read exactly.

Downloads the wheels of five applications (never vendored), installs each with its dependencies into
an environment of its own, as its users have it, and reads every revision directory in it. Prints for
each history how many revisions were rendered exactly, approximately, and not at all, with the causes.
Exits 1 if something crashed, or if more than 30 % of all revisions are not exact.

    python bench/histories.py [--cache DIR] [--bare] [PROJECT ...]

``--bare`` installs no dependencies: the revisions are read from the unpacked wheels in our own
interpreter, with stand-ins for what is missing.
"""

import argparse
import os
import re
import subprocess
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemaguard.sources.alembic_project import find_project, read_project
from schemaguard.text import Source

LIMIT = 0.30

#: The distribution, and environment variables without which the application refuses to be imported.
PROJECTS: dict[str, dict[str, str]] = {
    "apache-airflow-core": {},
    "mlflow": {},
    "dagster": {},
    "langflow-base": {},
    "open-webui": {"WEBUI_SECRET_KEY": "for the benchmark"},
}
#: A release may need a sibling that the registry lacks: any version of it will do for the migrations.
OVERRIDES = "mlflow-skinny>=3\nmlflow-tracing>=3\n"

CAUSES = (
    (r"the rows of|how many rows", "loops over rows, or counts them"),
    (r"this history does not", "asks about tables that the history does not create"),
    (r"which tables exist", "asks which tables exist, and does otherwise for unknown ones"),
    (r"not exactly known", "asks about what an inexact revision may have done"),
    (r"cannot be imported", "uses a module that cannot be imported"),
    (r"which .* exist|whether", "asks about schemas, views, types"),
    (r"parameter of type", "has a parameter without a literal"),
)


@dataclass(slots=True)
class Count:
    """What became of a history's revisions."""

    name: str
    exact: int = 0
    approximate: int = 0
    unread: int = 0
    statements: int = 0
    seconds: float = 0.0
    crashes: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    @property
    def revisions(self) -> int:
        return self.exact + self.approximate + self.unread

    def add(self, source: Source) -> None:
        self.statements += len(source.pieces)
        if source.problems:
            self.unread += 1
            message = source.problems[0].message
            self.causes[f"unread: {message[:90]}"] += 1
            self.details.append(f"unread {source.revision}: {message}")
        elif source.approximate:
            self.approximate += 1
            self.causes[cause(source.approximate)] += 1
            self.details.append(f"approximate {source.revision}: {source.approximate[0]}")
        else:
            self.exact += 1

    def line(self) -> str:
        total = self.revisions or 1
        return (
            f"{self.name:<34}{self.revisions:>6}{self.exact:>7}{self.exact / total:>7.0%}"
            f"{self.approximate:>13}{self.unread:>8}{self.crashes:>7}{self.statements:>12}"
            f"{self.seconds:>7.1f} s"
        )


def cause(reasons: Sequence[str]) -> str:
    """The first cause that any of the reasons has."""
    for pattern, name in CAUSES:
        if any(re.search(pattern, reason) for reason in reasons):
            return name
    return reasons[0]


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def wheel_of(name: str, cache: Path) -> Path:
    """The project's wheel, downloaded once."""
    pattern = name.replace("-", "_") + "-*.whl"
    wheels = cache / "wheels"
    if not list(wheels.glob(pattern)):
        run(
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            str(wheels),
            name,
        )
    return max(wheels.glob(pattern), key=lambda path: path.stat().st_mtime)


def unpacked(wheel: Path, cache: Path) -> Path:
    """The wheel's content."""
    directory = cache / "unpacked" / wheel.stem
    if not directory.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory)
    return directory


def installed(wheel: Path, cache: Path) -> tuple[Path, str]:
    """The site-packages of an environment with the wheel and its dependencies, and its interpreter."""
    uv = cache / "uv" / "bin" / "uv"
    if not uv.exists():
        run(sys.executable, "-m", "venv", str(cache / "uv"))
        run(str(cache / "uv" / "bin" / "python"), "-m", "pip", "install", "-q", "uv")
    environment = cache / "environments" / wheel.stem
    python = environment / "bin" / "python"
    done = environment / "installed"
    if not done.exists():
        overrides = cache / "overrides.txt"
        overrides.write_text(OVERRIDES)
        run(str(uv), "venv", "-q", "--clear", "--python", sys.executable, str(environment))
        # A history that asks for its driver's module while it is read gets the usual one.
        run(
            *(str(uv), "pip", "install", "-q", "--python", str(python), "--override", str(overrides)),
            *(str(wheel), "psycopg2-binary"),
        )
        done.touch()
    (packages,) = environment.glob("lib/python*/site-packages")
    return packages, str(python)


def versions_of(wheel: Path, root: Path) -> Iterator[Path]:
    """Every revision directory that the wheel brings."""
    with zipfile.ZipFile(wheel) as archive:
        directories = {
            str(Path(name).parent) for name in archive.namelist() if re.search(r"/versions/[^/]+\.py$", name)
        }
    for directory in sorted(directories):
        project = find_project(root / directory)
        # The application may have other directories of that name.
        if project is not None:
            yield root / directory


def measure(name: str, cache: Path, *, bare: bool) -> Iterator[Count]:
    wheel = wheel_of(name, cache)
    python = None
    if bare:
        root = unpacked(wheel, cache)
    else:
        root, python = installed(wheel, cache)
    os.environ.update(PROJECTS[name])
    for directory in versions_of(wheel, root):
        count = Count(f"{wheel.name.partition('-py')[0]} {directory.parent.name}")
        began = time.monotonic()
        try:
            project = find_project(directory)
            assert project is not None
            for source in read_project(project, python=python):
                count.add(source)
        except Exception:  # noqa: BLE001 - a crash is what is looked for: count it, show it, go on
            traceback.print_exc()
            count.crashes += 1
        count.seconds = time.monotonic() - began
        yield count


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "schemaguard" / "histories"
    parser.add_argument("projects", nargs="*", choices=[*PROJECTS, []], metavar="PROJECT")
    parser.add_argument("--cache", type=Path, default=default)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--details", action="store_true", help="name each revision that is not exact")
    options = parser.parse_args()
    (options.cache / "wheels").mkdir(parents=True, exist_ok=True)

    print(
        f"{'history':<34}{'revs':>6}{'exact':>14}{'approximate':>13}{'unread':>8}{'crash':>7}{'statements':>12}{'time':>9}"
    )
    counts = []
    for name in options.projects or PROJECTS:
        for count in measure(name, options.cache, bare=options.bare):
            print(count.line(), flush=True)
            for text in count.details if options.details else ():
                print(f"    {text}")
            counts.append(count)
    total = Count("all")
    for count in counts:
        for attribute in ("exact", "approximate", "unread", "statements", "crashes", "seconds"):
            setattr(total, attribute, getattr(total, attribute) + getattr(count, attribute))
        total.causes.update(count.causes)
    print(total.line())
    print("\nwhy not exact:")
    for text, number in total.causes.most_common():
        print(f"{number:>6}  {text}")
    share = (total.approximate + total.unread) / (total.revisions or 1)
    print(
        f"\napproximate or unread: {share:.1%} of {total.revisions} revisions (allowed: {LIMIT:.0%});"
        f" crashes: {total.crashes}"
    )
    return int(bool(total.crashes) or share > LIMIT or not total.revisions)


if __name__ == "__main__":
    sys.exit(main())
