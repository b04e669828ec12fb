"""Packages of rules that others have installed: entry points of the group ``schemaguard.rules``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from schemaguard.errors import UsageError

GROUP = "schemaguard.rules"


def plugged() -> Iterator[tuple[str, ModuleType]]:
    """Each package with the name under which it is installed. UsageError for one that cannot be loaded."""
    if not any(map(_announces, sys.path)):
        return
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP)):
        try:
            package = point.load()
        except Exception as error:
            raise broken(point.name, point.value, f"{type(error).__name__}: {error}") from error
        if not hasattr(package, "__path__"):
            raise broken(point.name, point.value, "it is no package: a rule is a module of one")
        yield point.name, package


def broken(name: str, value: str, why: str) -> UsageError:
    """What is wrong with a plugin."""
    return UsageError(
        f"the rules of plugin {name!r} ({value}) cannot be used: {why}",
        advice="Mend it, or uninstall it: rules that are installed do not stay silent.",
    )


def _announces(directory: str) -> bool:
    """Whether anything there has such rules. To look by ourselves takes a tenth of the time."""
    place = Path(directory)
    if place.absolute() == Path.cwd():
        return False
    try:
        infos = [info for info in place.iterdir() if info.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any(_says(info / "entry_points.txt") for info in infos)


def _says(file: Path) -> bool:
    try:
        return GROUP in file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
