"""
Flyway: ``V1.2__name.sql`` by version, then ``R__name.sql`` by name.

A file runs in one transaction, unless it holds a statement of which Flyway
knows that it cannot, or ``V1.2__name.sql.conf`` says ``executeInTransaction=false``.
Statements of both kinds in one file Flyway refuses, unless ``mixed`` is set.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from schemaguard.sources.decode import read_text
from schemaguard.sources.layout import Layout, in_order, listed, sql_files
from schemaguard.sources.script import Parts, Script, Sent, one_transaction, source
from schemaguard.sql.lexer import scan
from schemaguard.sql.split import Cut
from schemaguard.text import Problem, Source

_NAME = re.compile(r"([VUB])([0-9]+(?:[._][0-9]+)*)__.*\.(sql|java)|(R)__.*\.(?:sql|java)")
# Callbacks that run whenever the others do.
_BEFORE = re.compile(r"before(?:Each)?Migrate(?:__.*)?\.sql")
_AFTER = re.compile(r"after(?:Each)?Migrate(?:Applied)?(?:__.*)?\.sql")
_PLACEHOLDER = re.compile(r"\$\{[^}\n]+\}")
_MIXED = re.compile(r"^\s*(?:flyway\.)?mixed\s*=\s*\"?true", re.MULTILINE | re.IGNORECASE)
_CONFIGURATION = ("flyway.toml", "flyway.conf", "conf/flyway.conf", "conf/flyway.toml")

# What Flyway takes for impossible in a transaction. It is not all that is: Flyway runs
# REINDEX TABLE CONCURRENTLY in a transaction, where it fails.
_ALONE = re.compile(
    r"(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|ALTER SYSTEM\b|VACUUM\b|DISCARD ALL\b"
    r"|(?:CREATE|DROP)(?: UNIQUE)? INDEX CONCURRENTLY\b|REINDEX(?: VERBOSE)? (?:SCHEMA|DATABASE|SYSTEM)\b"
)


def _holds(directory: Path) -> bool:
    if any(_NAME.fullmatch(path.name) for path in sql_files(directory)):
        return True
    # Flyway looks below its locations, too, and `db/migration` is the usual one.
    usual = directory.name in ("migration", "migrations") and directory.parent.name in ("db", "resources")
    return usual and any(_NAME.fullmatch(path.name) for path in directory.rglob("*.sql"))


def _migrations(directory: Path) -> list[Path]:
    files = _below(directory)
    named = [(path, found) for path in files if (found := _NAME.fullmatch(path.name))]
    versions = {path: _version(found[2]) for path, found in named if found[1] in ("V", "B")}
    versioned = in_order((path for path, found in named if found[1] == "V"), versions.__getitem__)
    baselines = sorted((path for path, found in named if found[1] == "B"), key=versions.__getitem__)
    # A baseline stands for the versions up to its own, for those who begin there: it is read
    # only where these are not kept any more.
    oldest = versions[versioned[0]] if versioned else None
    start = [path for path in baselines if oldest is None or versions[path] < oldest][-1:]
    repeatable = sorted((path for path, found in named if found[4]), key=lambda path: path.name)
    before = [path for path in files if _BEFORE.fullmatch(path.name)]
    after = [path for path in files if _AFTER.fullmatch(path.name)]
    return [*before, *start, *versioned, *repeatable, *after]


def _below(directory: Path) -> list[Path]:
    found: list[Path] = []
    for path in listed(directory):
        if path.is_dir() and not path.is_symlink():
            found += _below(path) if not path.name.startswith(".") else []
        elif path.is_file():
            found.append(path)
    return found


def _version(written: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.split(r"[._]", written)]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _home(path: Path) -> Path:
    tops = (parent for parent in path.parents if parent.name in ("migration", "migrations"))
    return next((top for top in tops if top.parent.name in ("db", "resources")), path.parent)


def _read(script: Script, blocks: Iterator[int]) -> Source:
    if script.file.suffix == ".java":
        return script.unread("a migration written in Java: what it runs is not known")
    parts = script.cut()
    settings = _settings(script)
    alone = [_cannot_in_transaction(script, cut) for cut in parts.cuts]
    in_transaction = (
        settings.get("executeintransaction", "false" if any(alone) else "true").lower() != "false"
    )
    sent = one_transaction(script, parts.cuts, blocks) if in_transaction else [Sent()] * len(alone)
    mixed = "executeintransaction" in settings or not any(alone) or all(alone) or _allows_mixed(script.file)
    return source(
        script,
        parts,
        sent,
        problems=[] if mixed else [_refused(script, parts, alone)],
        approximate=_filled_in(script.text) if settings.get("placeholderreplacement") != "false" else (),
    )


def _settings(script: Script) -> dict[str, str]:
    """What ``V1__name.sql.conf`` says."""
    said = script.beside(f"{script.file.name}.conf")
    lines = [line.partition("=") for line in (said or "").splitlines()]
    return {key.strip().lower(): value.strip() for key, equals, value in lines if equals}


def _outside(script: Script) -> dict[Path, str]:
    name = f"{script.file.name}.conf"
    said = script.beside(name) or ""
    if "executeintransaction" in _settings(script):
        return {}
    gap = "" if said.endswith("\n") or not said else "\n"
    return {script.file.with_name(name): f"{said}{gap}executeInTransaction=false\n"}


def _cannot_in_transaction(script: Script, cut: Cut) -> bool:
    words = islice(scan(script.text, cut.start, cut.end), 4)
    return _ALONE.match(" ".join(token.upper for token in words)) is not None


def _allows_mixed(file: Path) -> bool:
    configured = (parent / name for parent in list(file.absolute().parents)[:6] for name in _CONFIGURATION)
    return any(_MIXED.search(read_text(path, str(path))) for path in configured if path.is_file())


def _refused(script: Script, parts: Parts, alone: Sequence[bool]) -> Problem:
    first = parts.cuts[alone.index(True)]
    return script.problem(
        "Flyway refuses this file: this statement cannot run in a transaction, others in the file can; "
        "put it into a file of its own",
        first.start,
        first.end,
    )


def _filled_in(text: str) -> tuple[str, ...]:
    names = dict.fromkeys(_PLACEHOLDER.findall(text)) if "${" in text else {}
    return tuple(f"Flyway fills in {name}" for name in names)


LAYOUT = Layout(
    files="V1__name.sql and R__name.sql (Flyway)",
    holds=_holds,
    migrations=_migrations,
    is_one=lambda path, text: _NAME.fullmatch(path.name) is not None,  # noqa: ARG005 - the name is enough
    home=_home,
    read=_read,
    outside=_outside,
)
