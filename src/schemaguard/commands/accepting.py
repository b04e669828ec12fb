"""Findings that are accepted: kept in a file by what they are about, not by their line."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from schemaguard.commands.linting import Linted
from schemaguard.commands.writing import must_be_writable, write_whole
from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError, UsageError
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


def without_accepted(result: Linted, file: Path) -> Linted:
    """Without the findings that the file accepts, and with notes about those that are no longer found."""
    left, stale = _split(result.reported, _read(file), _paths(result))
    return replace(result, reported=left, notes=(*result.notes, *_notes(file, stale)))


def accept(result: Linted, file: Path | None) -> str:
    """Accept all that was found, keep what is accepted elsewhere, and say how much it is."""
    if file is None:
        raise UsageError(
            "--write-accepted needs a file", advice="Name it with --accepted FILE, or in the settings."
        )
    must_be_writable(file)
    rows = sorted({*_kept(file, _paths(result)), *_found(result.reported)})
    listed = [{key: getattr(one, key) for key in _KEYS} for one in rows]
    write_whole(file, json.dumps({"version": 1, "accepted": listed}, indent=2, ensure_ascii=False) + "\n")
    return f"{file}: {plural(len(rows), 'finding')} accepted"


def _paths(result: Linted) -> set[str]:
    """The files that were judged."""
    return {from_root(source.path) for source, _ in result.linted}


def _kept(file: Path, judged: set[str]) -> Iterator[Accepted]:
    """What is accepted in files that are there, and were not judged."""
    for one in _read(file) if file.exists() else ():
        if one.path not in judged and not _is_gone(one):
            yield one


def _found(reported: Sequence[Reported]) -> Iterator[Accepted]:
    for finding, fingerprint in zip(reported, fingerprints(reported), strict=True):
        yield Accepted(
            path=from_root(finding.place.path),
            rule=finding.rule,
            fingerprint=fingerprint,
            message=finding.message,
        )


def _read(file: Path) -> list[Accepted]:
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


def _split(
    reported: Sequence[Reported], accepted: Sequence[Accepted], judged: set[str]
) -> tuple[tuple[Reported, ...], list[Accepted]]:
    """The findings that nobody has accepted; and what is accepted in ``judged`` files, and not found."""
    known = {one.fingerprint for one in accepted}
    found = list(zip(reported, fingerprints(reported), strict=True))
    left = tuple(finding for finding, fingerprint in found if fingerprint not in known)
    there = {fingerprint for _, fingerprint in found}
    gone = [one for one in accepted if one.fingerprint not in there and (one.path in judged or _is_gone(one))]
    return left, gone


def _is_gone(one: Accepted) -> bool:
    return not (root() / one.path).exists()


def _notes(file: Path, stale: Sequence[Accepted]) -> Iterator[str]:
    """What to say of those that are no longer found."""
    for one in stale[:_NAMED]:
        yield f"{file}: accepted and no longer found: {one.rule} in {one.path}: {one.message}"
    if stale:
        more = f"{len(stale) - _NAMED} more; " if len(stale) > _NAMED else ""
        yield f"{file}: {more}--write-accepted takes out what is no longer found"
