"""How the tool of a migration writes down, in a table of its own, that the migration is done."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

from schemaguard.plan import stamps
from schemaguard.plan.stamps import FlywayFile, Stamp
from schemaguard.sources.decode import read_text
from schemaguard.sources.files import all_layouts, detect_layout
from schemaguard.text import Source

_NUMBER = re.compile(r"[0-9]+")
_FLYWAY = re.compile(r"V(?P<version>[0-9]+(?:[._][0-9]+)*)__(?P<description>.*)\.sql")
_LINES = re.compile(r"\r\n|\r|\n")


def stamps_of(sources: Sequence[Source], revision_before: str | None) -> tuple[Stamp, ...]:
    """What the migrations of a release are to leave there; () for files that no tool keeps account of."""
    last = sources[-1].revision
    if last is not None:
        return (stamps.alembic(revision_before, last),)
    paths = [Path(source.path) for source in sources]
    if not all(path.is_file() for path in paths):
        return ()
    layout = detect_layout(paths[0])
    if layout not in ("golang_migrate", "dbmate", "flyway"):
        return ()
    home = all_layouts()[layout].home(paths[0].absolute())
    earlier: Path | None = None
    for path in all_layouts()[layout].migrations(home):
        if path.samefile(paths[0]):
            break
        if layout != "flyway" or _FLYWAY.fullmatch(path.name):
            earlier = path
    match layout:
        case "golang_migrate":
            return (
                stamps.golang_migrate(int(_number(earlier)) if earlier else None, int(_number(paths[-1]))),
            )
        case "dbmate":
            return (stamps.dbmate(_number(earlier) if earlier else None, tuple(map(_number, paths))),)
        case _:
            files = [file for path in paths if (file := _flyway(path, home)) is not None]
            before = _flyway(earlier, home) if earlier else None
            return (stamps.flyway(before.version if before else None, tuple(files)),) if files else ()


def _number(path: Path) -> str:
    found = _NUMBER.match(path.name)
    return found[0] if found else ""


def _flyway(path: Path, home: Path) -> FlywayFile | None:
    """None: it is no versioned migration."""
    found = _FLYWAY.fullmatch(path.name)
    if found is None:
        return None
    checksum = 0
    for line in _LINES.split(read_text(path, str(path)).removeprefix("\ufeff")):
        checksum = zlib.crc32(line.encode(), checksum)
    return FlywayFile(
        version=found["version"].replace("_", "."),
        description=found["description"].replace("_", " "),
        script=path.absolute().relative_to(home).as_posix(),
        checksum=checksum - (1 << 32) if checksum >> 31 else checksum,
    )
