"""[tool.schemaguard] in pyproject.toml, or schemaguard.toml: read, checked, explained."""

import re
from collections.abc import Mapping
from dataclasses import field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from schemaguard.dataclass import dataclass
from schemaguard.errors import ConfigError, nearest
from schemaguard.phase import Phase
from schemaguard.server import MAJORS, NAMED, Conventions, Limits

FAIL_ON = ("error", "warning", "depends")
ALEMBIC_LAYOUTS = ("linear", "branches")


def _setting(default: Any, explanation: str) -> Any:
    return field(default=default, metadata={"explanation": explanation})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a project sets once. Options on the command line win."""

    #: Where it was read; None: nowhere.
    path: Path | None = None
    pg: int | None = _setting(
        None, "The PostgreSQL major of production. Without it lint answers for the worst of 14 to 18."
    )
    ignore: tuple[str, ...] = _setting((), "Names of rules or families that do not speak.")
    start_after: tuple[str, ...] = _setting(
        (),
        "The revision or file up to which all is history, and not judged; of several heads a list.",
    )
    select: tuple[str, ...] = _setting(
        (), "Names of rules, or families, that speak though they are off by default."
    )
    accepted: str | None = _setting(
        None, "The file of findings that are accepted, made by `lint --write-accepted`; from here."
    )
    severity: tuple[tuple[str, str], ...] | None = _setting(
        None,
        "How severe what rules or families find is, where that is certain:"
        ' `severity = {missing-lock-timeout = "error", hygiene = "depends"}`.',
    )
    fail_on: str = _setting(
        "error", "The mildest severity with which lint exits 1: error, warning or depends."
    )
    lock_timeout: int | None = _setting(
        None,
        "Milliseconds of lock_timeout that your tool sets before each migration (in Alembic's env.py, say).",
    )
    time_zone: str | None = _setting(
        None, "The time zone of the sessions that migrate; UTC makes timestamp to timestamptz free."
    )
    python: str | None = _setting(
        None,
        "The interpreter of the project's own environment, in which its Alembic revisions are rendered.",
    )
    phases: tuple[tuple[Phase, str], ...] | None = _setting(
        None,
        'Files that declare their phase by where they are: `phases = {contract = ["migrations/contract/*"]}`,'
        " patterns relative to this file. What a migration says of itself wins.",
    )
    alembic_layout: str = _setting(
        "linear",
        "How split revisions follow each other: linear (one head), or branches (labels expand and contract).",
    )
    alembic_contracted: str | None = _setting(
        None,
        "With branches: the last contract that is done in every database. What is split from now on depends"
        " on it, and is not tried before it.",
    )
    small_table_rows: int = _setting(
        Limits().small_table_rows,
        "With --database-url: what blocks is a warning on a table of no more rows, and no error.",
    )
    max_changes: int | None = _setting(
        None, "Switches on large-release: so many changes to existing tables are one release's at most."
    )
    max_tables: int | None = _setting(
        None, "Switches on large-release: so many existing tables are changed by one release at most."
    )
    names: tuple[tuple[str, str], ...] | None = _setting(
        None,
        'Switches on misnamed: patterns of names, `names = {table = "[a-z_]+s", index = "ix_{table}_.*"}`;'
        f" of {', '.join(NAMED)}.",
    )
    required_columns: tuple[str, ...] | None = _setting(
        None, 'Switches on missing-column: the columns that each table has, `["created_at"]`.'
    )
    max_index_columns: int | None = _setting(
        None, "Switches on wide-index: so many columns an index has at most, unless it is unique."
    )
    tombstones: bool = _setting(
        False,
        "The columns and tables that a split release drops get another name first, which can be taken back;"
        " its last steps remove them.",
    )
    role: str | None = _setting(None, "With --database-url: the role that the session becomes (SET ROLE).")
    time_limit: float = _setting(30.0, "Seconds that one Alembic revision may take to render.")

    def phase_of(self, file: str) -> Phase | None:
        """The phase that the file declares by where it is; of several patterns the first counts."""
        if self.phases is None or self.path is None:
            return None
        path, home = Path(file).resolve(), self.path.resolve().parent
        if not path.is_relative_to(home):
            return None
        shown = path.relative_to(home).as_posix()
        return next((phase for phase, pattern in self.phases if fnmatchcase(shown, pattern)), None)

    @property
    def accepted_file(self) -> Path | None:
        """Where accepted findings are."""
        return self.path.parent / self.accepted if self.path and self.accepted else None

    @property
    def limits(self) -> Limits:
        """What the project calls small, and what too much."""
        default = Limits()
        return Limits(
            small_table_rows=self.small_table_rows,
            max_changes=self.max_changes or default.max_changes,
            max_tables=self.max_tables or default.max_tables,
        )

    @property
    def conventions(self) -> Conventions:
        """What the project has agreed on."""
        default = Conventions()
        return Conventions(
            names=self.names or default.names,
            required_columns=self.required_columns or default.required_columns,
            max_index_columns=self.max_index_columns or default.max_index_columns,
        )

    @property
    def chosen(self) -> frozenset[str]:
        """The rules that are off by default and speak all the same."""
        switches = {
            "large-release": (self.max_changes, self.max_tables),
            "misnamed": (self.names,),
            "missing-column": (self.required_columns,),
            "wide-index": (self.max_index_columns,),
        }
        on = (rule for rule, values in switches.items() if any(value is not None for value in values))
        return frozenset((*self.select, *on))


def settings() -> dict[str, tuple[Any, str]]:
    """Each setting's default and explanation, for the reference."""
    return {
        f.name: (f.default, f.metadata["explanation"]) for f in fields(Config) if "explanation" in f.metadata
    }


def read_config(start: Path, explicit: Path | None = None) -> Config:
    """The settings for ``start``: of the named file, or the nearest above. ConfigError: they are wrong."""
    if explicit is not None:
        return _checked(explicit, _table(explicit) or {})
    directory = start.resolve()
    for folder in (directory, *directory.parents):
        for name in ("schemaguard.toml", "pyproject.toml"):
            path = folder / name
            if path.is_file() and (table := _table(path)) is not None:
                return _checked(path, table)
        if (folder / ".git").exists():
            break
    return Config()


def _table(path: Path) -> Mapping[str, Any] | None:
    import tomllib  # Where there are no settings, nobody pays for it.

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is not TOML: {error}", path=str(path)) from error
    if path.name == "pyproject.toml":
        table = document.get("tool", {}).get("schemaguard")
        return table if isinstance(table, dict) else None
    return document


def _checked(path: Path, table: Mapping[str, Any]) -> Config:
    known = settings()
    values: dict[str, Any] = {"path": path}
    for written, value in table.items():
        name = written.replace("-", "_")
        if name not in known:
            near = nearest(name, known)
            raise ConfigError(
                f"there is no setting {written!r}",
                path=str(path),
                advice=f"Did you mean {near!r}?" if near else f"There are: {', '.join(known)}.",
            )
        values[name] = _value(path, name, value)
    return Config(**values)


def _value(path: Path, name: str, value: Any) -> Any:
    match name, value:
        case "pg", int() if value in MAJORS and not isinstance(value, bool):
            return value
        case (("ignore" | "select" | "start_after" | "required_columns"), list()) if all(
            isinstance(item, str) for item in value
        ):
            return tuple(value)
        case "start_after", str() if value:
            return (value,)
        case "names", dict() if (names := _patterns(value)) is not None:
            return names
        case "severity", dict() if all(said in FAIL_ON for said in value.values()):
            return tuple(value.items())
        case "phases", dict() if (phases := _phases(value)) is not None:
            return phases
        case "tombstones", bool():
            return value
        case "fail_on", str() if value in FAIL_ON:
            return value
        case "alembic_layout", str() if value in ALEMBIC_LAYOUTS:
            return value
        case (("lock_timeout" | "small_table_rows"), int()) if value >= 0 and not isinstance(value, bool):
            return value
        case (("max_changes" | "max_tables" | "max_index_columns"), int()) if value > 0 and not isinstance(
            value, bool
        ):
            return value
        case "time_limit", int() | float() if value > 0 and not isinstance(value, bool):
            return float(value)
        case (("accepted" | "time_zone" | "python" | "alembic_contracted" | "role"), str()) if value:
            return value
        case _:
            raise ConfigError(
                f"{name} = {value!r} is not possible", path=str(path), advice=settings()[name][1]
            )


def _phases(table: Mapping[str, Any]) -> tuple[tuple[Phase, str], ...] | None:
    """The patterns with their phases; None where the table is of another form."""
    found: list[tuple[Phase, str]] = []
    for name, patterns in table.items():
        phase = next((phase for phase in Phase if phase.value == name), None)
        if phase is None or not isinstance(patterns, list):
            return None
        if not all(isinstance(pattern, str) and pattern for pattern in patterns):
            return None
        found += [(phase, pattern) for pattern in patterns]
    return tuple(found)


def _patterns(table: Mapping[str, Any]) -> tuple[tuple[str, str], ...] | None:
    """The kinds with their patterns; None where one is no kind, or no pattern."""
    for kind, pattern in table.items():
        if kind not in NAMED or not isinstance(pattern, str):
            return None
        try:
            re.compile(pattern.replace("{table}", "").replace("{columns}", ""))
        except re.error:
            return None
    return tuple(table.items())
