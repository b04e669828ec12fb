"""Runs in the interpreter of a Django project: what each migration would send, as JSON into a file.

    python django_migrations.py SETTINGS DIRECTORY PG_VERSION FILE

No database is asked: an operation that wants to is told, and the others go on.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


class _Asks(Exception):
    """The operation asks the database."""


def main() -> None:
    settings, directory, version, file = sys.argv[1:]
    # The directory of this script has modules with names that others use, too.
    sys.path[0] = directory
    os.chdir(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    importlib.import_module("django").setup()
    connection = importlib.import_module("django.db").connection
    if connection.vendor != "postgresql":
        sys.exit(f"the default database of {settings} is {connection.vendor}, not PostgreSQL")
    connection.__dict__["pg_version"] = int(version)
    connection.connect = _refuse
    quote = connection.schema_editor(collect_sql=True).quote_value

    def compose(sql: str, params: Any) -> str:
        return sql if params is None else sql % tuple(map(quote, params))

    # Its own asks a cursor.
    connection.ops.compose_sql = compose
    Path(file).write_text(json.dumps(list(_migrations(connection))), encoding="utf-8")


def _refuse() -> None:
    raise _Asks("asks the database, which is not there when migrations are read")


def _migrations(connection: Any) -> Any:
    """Each migration in the order in which `migrate` runs them."""
    loader = importlib.import_module("django.db.migrations.loader").MigrationLoader(None)
    state = importlib.import_module("django.db.migrations.state").ProjectState(
        real_apps=loader.unmigrated_apps
    )
    done: set[Any] = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for key in loader.graph.forwards_plan(leaf):
            if key not in done:
                done.add(key)
                yield _migration(loader, loader.graph.nodes[key], state, connection)


def _migration(loader: Any, migration: Any, state: Any, connection: Any) -> dict[str, Any]:
    editor = connection.schema_editor(collect_sql=True, atomic=migration.atomic)
    editor.deferred_sql = []
    operations = [_operation(editor, migration, operation, state) for operation in migration.operations]
    late = []
    for number, statements in enumerate(operations):
        late += [(number, statement) for statement in statements.pop("deferred")]
    for number, statement in late:
        # What has been taken out of the list meanwhile is no longer wanted.
        if any(statement is kept for kept in editor.deferred_sql):
            operations[number]["late"].append(_collected(editor, lambda one=statement: editor.execute(one)))
    key = (migration.app_label, migration.name)
    parents = loader.graph.node_map[key].parents
    return {
        "name": f"{migration.app_label}.{migration.name}",
        "path": sys.modules[migration.__module__].__file__,
        "follows": [f"{parent.key[0]}.{parent.key[1]}" for parent in sorted(parents)],
        "atomic": bool(migration.atomic),
        "operations": operations,
    }


def _operation(editor: Any, migration: Any, operation: Any, state: Any) -> dict[str, Any]:
    before, seen = state.clone(), list(editor.deferred_sql)
    operation.state_forwards(migration.app_label, state)
    told: dict[str, Any] = {"sql": [], "late": [], "deferred": [], "problem": "", "unseen": ""}
    told["atomic"] = bool(operation.atomic or (migration.atomic and operation.atomic is not False))
    if not operation.reduces_to_sql:
        told["unseen"] = operation.describe()
        return told

    def run() -> None:
        operation.database_forwards(migration.app_label, editor, before, state)

    try:
        told["sql"] = _collected(editor, run)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        told["problem"] = f"{operation.describe()}: {str(error) or type(error).__name__}"
        editor.collected_sql = []
    told["deferred"] = [one for one in editor.deferred_sql if not any(one is old for old in seen)]
    return told


def _collected(editor: Any, run: Any) -> Any:
    editor.collected_sql = []
    run()
    return [line for line in editor.collected_sql if not line.startswith("--")]


if __name__ == "__main__":
    main()
