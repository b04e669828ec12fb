"""Run in the application's interpreter: what its mapped classes ask of the database, as SQLAlchemy writes it.

For each class: its columns by key, an INSERT with all columns and one without those that have a default in
the database, an UPDATE and a DELETE by key; for each table between two classes, INSERT and DELETE.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The types that drivers declare; of others, strings for example, they leave it to the server.
_DECLARED = {
    "SMALLINT": "int2",
    "INTEGER": "int4",
    "BIGINT": "int8",
    "BOOLEAN": "bool",
    "NUMERIC": "numeric",
    "FLOAT": "float8",
    "DOUBLE PRECISION": "float8",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMP WITHOUT TIME ZONE": "timestamp",
    "INTERVAL": "interval",
    "UUID": "uuid",
    "BYTEA": "bytea",
}
_DRIVERS = ("psycopg", "psycopg2", "asyncpg")


def main() -> None:
    """The name of what has the classes, the root of the source, and where the answer goes."""
    name, root, out = sys.argv[1:]
    sys.path[:0] = [root, os.path.join(root, "src")]
    module, _, inside = name.partition(":")
    try:
        found = importlib.import_module(module)
        for part in inside.split(".") if inside else ():
            found = getattr(found, part)
    except Exception as error:  # noqa: BLE001 - whatever the application raises
        _answer(out, {"error": f"{name} cannot be imported: {type(error).__name__}: {error}"})
        return
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    dialect = _dialect()
    classes = sorted(
        _mappers(found), key=lambda mapper: (mapper.class_.__module__, mapper.class_.__qualname__)
    )
    notes = [note for mapper in classes for note in _notes(mapper, dialect, root)]
    _answer(out, {"file": sys.modules[module].__file__ or "", "classes": len(classes), "notes": notes})


def _answer(out: str, what: dict[str, Any]) -> None:
    with open(out, "w", encoding="utf-8") as file:
        json.dump(what, file)


def _dialect() -> Any:
    """That of the driver which is installed: drivers differ in the casts that are written for them."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import NoSuchModuleError

    for driver in _DRIVERS:
        if importlib.util.find_spec(driver):
            try:
                return make_url(f"postgresql+{driver}://").get_dialect()()
            except NoSuchModuleError:
                # SQLAlchemy 1.4 does not know the newest.
                continue
    return make_url("postgresql+psycopg2://").get_dialect()()


def _mappers(found: Any) -> set[Any]:
    """Those of a base class or registry, or of all that are in a module."""
    own = _registry(found)
    among = [own] if own is not None else [_registry(value) for value in vars(found).values()]
    return {mapper for registry in among if registry is not None for mapper in registry.mappers}


def _registry(value: Any) -> Any:
    from sqlalchemy.orm import registry

    if isinstance(value, registry):
        return value
    # Of Flask-SQLAlchemy, the base is the Model of the extension.
    base = value if isinstance(value, type) else getattr(value, "Model", None)
    found = getattr(base, "registry", None)
    return found if isinstance(found, registry) else None


def _notes(mapper: Any, dialect: Any, root: str) -> Iterator[dict[str, Any]]:
    from sqlalchemy import Table

    asked = list(_of_class(mapper))
    for table in mapper.tables:
        if isinstance(table, Table):
            asked += _of_table(mapper, table)
    for relation in mapper.relationships:
        if isinstance(relation.secondary, Table):
            asked += [(f"{relation.key}.{what}", *rest) for what, *rest in _between(relation.secondary)]
    place, name = _place(mapper.class_, root), mapper.class_.__name__
    for what, statement, columns in asked:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        yield from _forms(compiled, dialect, {"place": place, "name": f"{name}.{what}"})


def _of_class(mapper: Any) -> Iterator[tuple[str, Any, Any]]:
    from sqlalchemy import select
    from sqlalchemy.orm import undefer

    yield "get", select(mapper.class_).options(undefer("*")).where(*_by_key(mapper.primary_key)), None


def _of_table(mapper: Any, table: Any) -> Iterator[tuple[str, Any, Any]]:
    from sqlalchemy import delete, insert, update

    mapped = set(mapper.columns)
    columns = [column for column in table.columns if column in mapped and _is_sent(column)]
    counted = (
        table.autoincrement_column if hasattr(table, "autoincrement_column") else table._autoincrement_column
    )
    given = [column for column in columns if column is not counted]
    needed = [column for column in given if column.server_default is None]
    for some in [given] if needed == given else [given, needed]:
        made = [column for column in table.columns if column in mapped and column not in some]
        # What the database makes is asked for at once, as SQLAlchemy 2 does unless it is told otherwise.
        back = made if mapper.eager_defaults else [column for column in made if column.primary_key]
        statement = insert(table).returning(*back) if back else insert(table)
        yield "insert", statement, [column.key for column in some]
    key = list(table.primary_key) or list(mapper.primary_key)
    if mapper.version_id_col is not None and mapper.version_id_col.table is table:
        key.append(mapper.version_id_col)
    changed = [column.key for column in columns if not column.primary_key]
    if changed:
        yield "update", update(table).where(*_by_key(key)), changed
    yield "delete", delete(table).where(*_by_key(key)), None


def _between(table: Any) -> Iterator[tuple[str, Any, Any]]:
    from sqlalchemy import delete, insert

    columns = [column for column in table.columns if column.foreign_keys]
    yield "insert", insert(table), [column.key for column in columns]
    yield "delete", delete(table).where(*_by_key(columns)), None


def _is_sent(column: Any) -> bool:
    """Whether the database does not make it always itself."""
    return column.computed is None and not (column.identity is not None and column.identity.always)


def _by_key(columns: Any) -> list[Any]:
    from sqlalchemy import bindparam

    return [column == bindparam(f"key_{column.key}", type_=column.type) for column in columns]


def _forms(compiled: Any, dialect: Any, more: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statement with values, and with NULL in each column that may hold it."""
    escaped = getattr(compiled, "escaped_bind_names", None) or {}
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    table = getattr(compiled.statement, "table", None)
    nullable = set() if table is None else {column.key for column in table.columns if column.nullable}
    types, with_nulls = {}, {}
    for number, bind in enumerate(names, 1):
        written = compiled.binds[bind].type.dialect_impl(dialect).compile(dialect=dialect)
        key = str(number) if compiled.positional else escaped.get(bind, bind)
        types[key] = [_DECLARED.get(written.partition("(")[0].strip(), ""), False]
        with_nulls[key] = ["", True] if bind in nullable else types[key]
    for known in (types, with_nulls):
        yield {
            "sql": str(compiled),
            "style": "numeric_dollar" if compiled.positional else "pyformat",
            "driver": f"{dialect.driver} (models)",
            "types": known,
            "objects": {},
            "many": False,
            **more,
        }


def _place(class_: Any, root: str) -> str:
    try:
        path = os.path.relpath(inspect.getsourcefile(class_) or "", root).replace(os.sep, "/")
        line = inspect.getsourcelines(class_)[1]
    except (OSError, TypeError, ValueError):
        return ""
    return f"{class_.__module__.replace('.', '/')}:{line}" if path.startswith("..") else f"{path}:{line}"


if __name__ == "__main__":
    main()
