"""PostgreSQL's own regression tests, read by us and by PostgreSQL's parser: python bench/regress.py DIRECTORY

DIRECTORY is anything that holds .sql files, such as the unpacked source of PostgreSQL; with --fetch the
source of Debian's postgresql-15 is downloaded there first (apt-get source; never vendored). Each statement
is split off by us; then PostgreSQL's parser must find exactly one statement in it, and in what we read of it
the same as we do, or we say that we cannot read it. Prints what is different, and what is unread, by kind.
Exits 1 if anything is different or crashed.
"""

import argparse
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.changes.base import Unread
from schemaguard.sql.grammar import read_text
from schemaguard.sql.lexer import LexError, tokens
from schemaguard.sql.split import Cut, split
from tests.oracle_facts import accepted, compare

DEBIAN = """deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
http://deb.debian.org/debian bookworm main
"""


@dataclass(slots=True)
class Found:
    """What came up."""

    verdicts: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)
    different: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fetch", action="store_true", help="download Debian's source package into it first")
    parser.add_argument("--show", type=int, default=40, help="how many differences and kinds to print")
    asked = parser.parse_args()
    if asked.fetch:
        fetch(asked.directory)
    files = sorted(asked.directory.rglob("*.sql"))
    if not files:
        print(f"no .sql files in {asked.directory}; --fetch downloads them")
        return 2
    found = Found()
    for file in files:
        for text in statements(file.read_text(errors="replace")):
            judge(text, f"{file.name}", found)
    report(found, len(files), asked.show)
    return int(bool(found.different))


def statements(script: str) -> Iterator[str]:
    """What we split off."""
    for part in split(script, in_psql=True):
        if isinstance(part, Cut):
            yield script[part.start : part.end]


def judge(text: str, place: str, found: Found) -> None:
    """One statement, by both parsers."""
    node = accepted(text)
    try:
        changes = read_text(text)
    except Exception as error:  # noqa: BLE001 - a crash is what we look for
        found.verdicts["crash"] += 1
        found.different.append(f"{place}: crash {error!r}: {text[:300]}")
        return
    if node is None:
        # A mistake that is made on purpose, or a variable of psql.
        found.verdicts["no statement of PostgreSQL 18"] += 1
        return
    verdict = compare(changes, node)
    found.verdicts[verdict.partition(":")[0]] += 1
    if verdict == "unread":
        kind = " ".join(words(text)[:2])
        found.unread[kind] += 1
        # What EXPLAIN or PREPARE would run is inside of another change.
        reasons = (change.reason for change in changes if isinstance(change, Unread))
        found.reasons.setdefault(kind, next(reasons, "in what it would run"))
    elif verdict not in ("equal", "untold"):
        found.different.append(f"{place}: {verdict}\n      {text[:300]}")


def words(text: str) -> list[str]:
    try:
        return [token.upper for token in tokens(text)]
    except LexError:
        return ["?"]


def report(found: Found, files: int, show: int) -> None:
    for line in found.different[:show]:
        print(line)
    print(f"\n{files} files, {sum(found.verdicts.values())} statements: {dict(found.verdicts)}")
    print("unread, by first words:")
    for kind, count in found.unread.most_common(show):
        print(f"  {count:6} {kind:30} {found.reasons[kind][:90]}")


def fetch(directory: Path) -> None:
    """The regression tests out of Debian's source package, without any change to the machine's sources."""
    lists = directory / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    sources = directory / "sources.list"
    sources.write_text(DEBIAN)
    options = ["-o", f"Dir::Etc::sourcelist={sources.resolve()}", "-o", "Dir::Etc::sourceparts=-"]
    options += ["-o", f"Dir::State::lists={lists.resolve()}"]
    subprocess.run(["apt-get", *options, "update", "-qq"], cwd=directory, check=True)
    subprocess.run(
        ["apt-get", *options, "source", "-qq", "--download-only", "postgresql-15"], cwd=directory, check=True
    )
    (archive,) = directory.glob("postgresql-15_*.orig.tar.*")
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isfile() and "/sql/" in member.name and member.name.endswith(".sql"):
                packed.extract(member, directory, filter="data")


if __name__ == "__main__":
    sys.exit(main())
