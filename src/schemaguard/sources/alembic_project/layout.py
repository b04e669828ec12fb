"""Where an Alembic project keeps its revisions: alembic.ini, pyproject.toml, or a bare versions directory."""

import configparser
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import ConfigError, InputError
from schemaguard.sources.alembic_project.headers import is_revision

#: So far up from a versions directory its alembic.ini is looked for.
_LEVELS_UP = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One history of revisions."""

    #: The directory of the file that configures it, or of the revisions when none does.
    root: Path
    #: The directories that hold the revisions.
    versions: tuple[Path, ...]
    #: Revisions are also in the subdirectories of ``versions``.
    recursive: bool = False
    #: alembic.ini and the section of it; None when there is none.
    ini: Path | None = None
    section: str = "alembic"
    #: env.py, which is read but never run.
    environment: Path | None = None
    #: What Alembic would put at the front of ``sys.path``.
    path: tuple[Path, ...] = ()
    #: The databases of a multi-database project, as ``upgrade(engine_name)`` gets them.
    engines: tuple[str, ...] = ()


def find_projects(path: Path) -> tuple[Project, ...]:
    """
    The histories at ``path``: a project directory, its alembic.ini or pyproject.toml, a versions
    directory, or one revision of it. Empty when there is none.
    """
    if path.is_file():
        if path.suffix == ".ini":
            return tuple(_from_ini(path))
        if path.name == "pyproject.toml":
            return tuple(_from_toml(path))
        if path.suffix == ".py" and is_revision(path):
            return _of_versions(path.parent)
        return ()
    if not path.is_dir():
        return ()
    for name, read in (("pyproject.toml", _from_toml), ("alembic.ini", _from_ini)):
        if (path / name).is_file():
            found = tuple(read(path / name))
            if found:
                return found
    if _holds_revisions(path):
        return _of_versions(path)
    if _holds_revisions(path / "versions"):
        return _of_versions(path / "versions")
    return ()


def find_project(path: Path) -> Project | None:
    """The history at ``path``; the first one, if a configuration names several."""
    return next(iter(find_projects(path)), None)


def _holds_revisions(directory: Path) -> bool:
    return directory.is_dir() and any(is_revision(file) for file in sorted(directory.glob("*.py")))


def _of_versions(directory: Path) -> tuple[Project, ...]:
    """The project that claims a versions directory, or one made of the directory alone."""
    for above in [directory, *directory.resolve().parents][: _LEVELS_UP + 1]:
        for name, read in (("pyproject.toml", _from_toml), ("alembic.ini", _from_ini)):
            if not (above / name).is_file():
                continue
            # A project further up that cannot be read has no say about this directory.
            try:
                found = tuple(read(above / name))
            except InputError:
                continue
            claiming = [project for project in found if _claims(project, directory)]
            if claiming:
                return tuple(claiming)
    environment = directory.parent / "env.py"
    return (
        Project(
            root=directory.parent,
            versions=(directory,),
            environment=environment if environment.is_file() else None,
        ),
    )


def _claims(project: Project, directory: Path) -> bool:
    inner = directory.resolve()
    above = {inner, *inner.parents} if project.recursive else {inner}
    return any(versions.resolve() in above for versions in project.versions)


def _from_ini(file: Path) -> Iterator[Project]:
    parser = configparser.ConfigParser({"here": str(file.parent.absolute())})
    try:
        parser.read_string(file.read_text(encoding="utf-8"), str(file))
        sections = {
            name: dict(parser.items(name))
            for name in parser.sections()
            if parser.has_option(name, "script_location")
        }
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {_said(error)}", path=str(file)) from error
    for name, options in sections.items():
        yield _project(file, options, ini=file, section=name)


def _said(error: configparser.Error | UnicodeDecodeError) -> str:
    """The error without what it quotes of the file: that may be a part of a password."""
    match error:
        case configparser.InterpolationError(section=section, option=option):
            return f"{option} of [{section}] has a % that stands for nothing; write it as %%"
        case configparser.MissingSectionHeaderError(lineno=line):
            return f"line {line} is in no section"
        case configparser.ParsingError(errors=lines):
            return f"line {', '.join(str(line) for line, _ in lines)} is no setting"
        case _:
            return " ".join(str(error).split())


def _from_toml(file: Path) -> Iterator[Project]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("alembic", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path=str(file)) from error
    if "script_location" not in table:
        return
    here = str(file.parent.absolute())
    options: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, list):
            options[key] = "\n".join(str(item) for item in value)
        elif isinstance(value, str):
            options[key] = value
        elif isinstance(value, bool):
            options[key] = str(value).lower()
    if isinstance(table.get("version_locations"), list) or isinstance(table.get("prepend_sys_path"), list):
        options["path_separator"] = "newline"
    options = {key: value.replace("%(here)s", here).replace("%%", "%") for key, value in options.items()}
    ini = file.parent / "alembic.ini"
    yield _project(file, options, ini=ini if ini.is_file() else None, section="alembic")


def _project(file: Path, options: Mapping[str, str], *, ini: Path | None, section: str) -> Project:
    root = file.parent
    location = _located(root, options["script_location"])
    if not location.is_dir():
        raise ConfigError(
            f"the script_location of [{section}] leads to {location}: there is no directory {location.name}",
            path=str(file),
        )
    separator = options.get("path_separator") or options.get("version_path_separator")
    listed = _listed(options.get("version_locations", ""), separator)
    versions = tuple(_located(root, entry) for entry in listed) or (location / "versions",)
    missing = next((directory for directory in versions if not directory.is_dir()), None)
    if missing is not None:
        raise ConfigError(
            f"the revisions of [{section}] should be in {missing}: no such directory", path=str(file)
        )
    environment = location / "env.py"
    return Project(
        root=root,
        versions=versions,
        recursive=options.get("recursive_version_locations", "").lower() in ("true", "1", "yes", "on"),
        ini=ini,
        section=section,
        environment=environment if environment.is_file() else None,
        path=tuple(
            _located(root, entry) for entry in _listed(options.get("prepend_sys_path", ""), separator)
        ),
        engines=tuple(re.split(r"[,\s]+", options["databases"].strip())) if options.get("databases") else (),
    )


def _listed(text: str, separator: str | None) -> list[str]:
    """Alembic's lists: their separator is configured; in old files white space, commas and colons serve."""
    pattern = {
        "os": re.escape(os.pathsep),
        "space": r"\s+",
        "newline": r"\n",
        ":": ":",
        ";": ";",
    }.get(separator or "", r"[,\s]+|:(?!\w+/)")
    return [entry.strip() for entry in re.split(pattern, text) if entry.strip()]


def _located(root: Path, text: str) -> Path:
    """A path relative to ``root``, or ``package:path`` with the package found beside or in src/."""
    package, colon, rest = text.partition(":")
    if colon and re.fullmatch(r"\w+(\.\w+)*", package):
        relative = Path(*package.split("."), *rest.split("/"))
        places = [root / relative, root / "src" / relative, root.parent / relative]
        return next((place for place in places if place.is_dir()), places[0])
    return Path(os.path.normpath(root / text))
