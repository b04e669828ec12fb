"""
Sqitch: ``deploy/name.sql`` in the order of ``sqitch.plan``, run by psql.

Each statement is committed by itself, unless the script has its own BEGIN. A
change that was reworked has its earlier form in ``deploy/name@tag.sql``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from schemaguard.errors import InputError
from schemaguard.sources.decode import read_text
from schemaguard.sources.layout import Layout, natural
from schemaguard.sources.script import Script, by_psql, source
from schemaguard.text import Source

_SECTION = re.compile(r"^\s*\[\s*([^\]]+?)\s*\]", re.MULTILINE)
_SETTING = re.compile(r"^\s*(top_dir|plan_file|deploy_dir)\s*=\s*\"?(.*?)\"?\s*$", re.MULTILINE)
_CHANGE = re.compile(r"[+-]?\s*([^\s@#%:\[+-][^\s@#:\[]*)")
_TAG = re.compile(r"@([^\s@#:\[]+)")


def _settings(root: Path) -> dict[str, str]:
    """The settings of the section ``[core]``."""
    path = root / "sqitch.conf"
    if not path.is_file():
        return {}
    text = read_text(path, str(path))
    sections = list(_SECTION.finditer(text))
    ends = [*(section.start() for section in sections[1:]), len(text)]
    core = [text[s.end() : end] for s, end in zip(sections, ends, strict=False) if s[1] == "core"]
    return dict(_SETTING.findall("\n".join(core)))


def _plan(root: Path) -> Path:
    settings = _settings(root)
    return root / settings.get("plan_file", str(Path(settings.get("top_dir", ".")) / "sqitch.plan"))


def _deploy(root: Path) -> Path:
    settings = _settings(root)
    return root / settings.get("deploy_dir", str(Path(settings.get("top_dir", ".")) / "deploy"))


def _is_root(directory: Path) -> bool:
    return any((directory / name).is_file() for name in ("sqitch.plan", "sqitch.conf"))


def _root(path: Path) -> Path | None:
    """The project that holds the file or directory. Only what it deploys belongs to it."""
    for parent in (path, *path.parents):
        if _is_root(parent):
            deploy = _deploy(parent)
            return parent if path in (parent, deploy) or deploy in path.parents else None
    return None


def _home(path: Path) -> Path:
    return _root(path) or path.parent


def _migrations(directory: Path) -> list[Path]:
    root = _home(directory / "any.sql") if _root(directory) is None else _home(directory)
    plan, deploy = _plan(root), _deploy(root)
    if not plan.is_file():
        return sorted(deploy.rglob("*.sql"), key=natural)
    files = [deploy / f"{name}.sql" for name in _planned(read_text(plan, str(plan)))]
    for file in files:
        if not file.is_file():
            raise InputError(f"names a change without its script {file}", path=str(plan))
    return files


def _planned(plan: str) -> list[str]:
    """The scripts' names, in the order of the plan."""
    names: list[str] = []
    #: Where each change is whose first later tag is not yet known.
    untagged: dict[str, list[int]] = {}
    tags: dict[int, str] = {}
    for line in (line.strip() for line in plan.splitlines()):
        if tag := _TAG.match(line):
            for place in (place for places in untagged.values() for place in places):
                tags.setdefault(place, tag[1])
            untagged.clear()
        elif line and line[0] not in "#%" and (change := _CHANGE.match(line)) and not line.startswith("-"):
            untagged.setdefault(change[1], []).append(len(names))
            names.append(change[1])
    last = {name: place for place, name in enumerate(names)}
    return [
        name if last[name] == place or place not in tags else f"{name}@{tags[place]}"
        for place, name in enumerate(names)
    ]


def _read(script: Script, blocks: Iterator[int]) -> Source:
    parts = script.cut(in_psql=True)
    root = _root(script.file)
    unordered = root is not None and not _plan(root).is_file()
    return source(
        script,
        parts,
        by_psql(script, parts.cuts, blocks),
        approximate=("sqitch.plan is missing: the order is by name",) if unordered else (),
    )


LAYOUT = Layout(
    files="deploy/*.sql with sqitch.plan (Sqitch)",
    holds=lambda directory: _root(directory) is not None,
    migrations=_migrations,
    is_one=lambda path, text: _root(path) is not None,  # noqa: ARG005 - the place decides
    home=_home,
    read=_read,
)
