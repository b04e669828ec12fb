"""Findings that are accepted: kept in a file by what they are about, not by their line."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemaguard.commands.writing import write_whole
from schemaguard.errors import InputError
from schemaguard.lint import Reported
from schemaguard.report.findings import fingerprints, plural
from schemaguard.report.paths import from_root, root

#: So many of those that are no longer found are named.
_NAMED = 10
_KEYS = ("fingerprint", "rule", "path", "message")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Accepted:
    """One finding, as the file has it."""

    path: str
    rule: str
    fingerprint: str
    message: str


def read(file: Path) -> list[Accepted]:
    """What the file accepts. InputError where it cannot be read."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return [Accepted(**{key: str(one[key]) for key in _KEYS}) for one in document["accepted"]]
    except FileNotFoundError:
        raise InputError(
            "there is no such file", path=str(file), advice="--write-accepted makes it."
        ) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=str(file)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "is no list of accepted findings", path=str(file), advice="--write-accepted makes one anew."
        ) from error


def split(
    reported: Sequence[Reported], accepted: Sequence[Accepted], judged: Sequence[str]
) -> tuple[tuple[Reported, ...], list[Accepted]]:
    """The findings that nobody has accepted; and what is accepted in ``judged`` files, and not found."""
    known = {one.fingerprint for one in accepted}
    found = list(zip(reported, fingerprints(reported), strict=True))
    left = tuple(finding for finding, fingerprint in found if fingerprint not in known)
    there = {fingerprint for _, fingerprint in found}
    paths = {from_root(path) for path in judged}
    gone = [one for one in accepted if one.fingerprint not in there and (one.path in paths or _is_gone(one))]
    return left, gone


def _is_gone(one: Accepted) -> bool:
    return not (root() / one.path).exists()


def notes(file: Path, stale: Sequence[Accepted]) -> Iterator[str]:
    """What to say of those that are no longer found."""
    for one in stale[:_NAMED]:
        yield f"{file}: accepted and no longer found: {one.rule} in {one.path}: {one.message}"
    if stale:
        more = f"{len(stale) - _NAMED} more; " if len(stale) > _NAMED else ""
        yield f"{file}: {more}--write-accepted takes out what is no longer found"


def write(file: Path, reported: Sequence[Reported], judged: Sequence[str]) -> str:
    """Accept all that was found, keep what is accepted elsewhere, and say how much it is."""
    paths = {from_root(path) for path in judged}
    kept = [
        one for one in (read(file) if file.exists() else ()) if one.path not in paths and not _is_gone(one)
    ]
    found = [
        Accepted(
            path=from_root(finding.place.path),
            rule=finding.rule,
            fingerprint=fingerprint,
            message=finding.message,
        )
        for finding, fingerprint in zip(reported, fingerprints(reported), strict=True)
    ]
    rows = [{key: getattr(one, key) for key in _KEYS} for one in sorted({*kept, *found})]
    write_whole(file, json.dumps({"version": 1, "accepted": rows}, indent=2, ensure_ascii=False) + "\n")
    return f"{file}: {plural(len(rows), 'finding')} accepted"
