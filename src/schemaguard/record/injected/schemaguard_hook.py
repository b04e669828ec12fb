"""Hooks into the application's database drivers, as soon as it imports them.

psycopg 3, psycopg2 and asyncpg are hooked themselves. What goes through SQLAlchemy to
asyncpg or to any other driver is taken from SQLAlchemy's events.
"""

from __future__ import annotations

import importlib.machinery
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemaguard.record.injected import schemaguard_notes as notes
    from schemaguard.record.injected import schemaguard_values as values
else:
    import schemaguard_notes as notes
    import schemaguard_values as values


def install() -> None:
    """From now on, hook the drivers when they are imported; those that are already, at once."""
    watched = {}
    for name, hook in _HOOKS.items():
        if name in sys.modules:
            hook(sys.modules[name])
        else:
            watched[name] = hook
    sys.meta_path.insert(0, _Watch(watched))


class _Watch:
    """Finds nothing itself: it has the others find a driver, and hooks it once it has run."""

    def __init__(self, hooks: dict[str, Any]) -> None:
        self.hooks = hooks

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        del target
        hook = self.hooks.pop(name, None)
        if hook is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            self.hooks[name] = hook
            return None
        run = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            run(module)
            hook(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _hook_psycopg(psycopg: Any) -> None:
    driver = f"psycopg {psycopg.__version__}"
    for kind in (psycopg.Cursor, psycopg.ServerCursor):
        kind.execute = _around(kind.execute, driver, many=False)
    for kind in (psycopg.AsyncCursor, psycopg.AsyncServerCursor):
        kind.execute = _around_async(kind.execute, driver, many=False)
    psycopg.Cursor.executemany = _around(psycopg.Cursor.executemany, driver, many=True)
    psycopg.AsyncCursor.executemany = _around_async(psycopg.AsyncCursor.executemany, driver, many=True)
    for kind in (psycopg.Cursor, psycopg.AsyncCursor):
        kind.stream = _before(kind.stream, driver)
        kind.copy = _before(kind.copy, driver)


def _around(method: Any, driver: str, *, many: bool) -> Any:
    def recorded(cursor: Any, query: Any, params: Any = None, *rest: Any, **options: Any) -> Any:
        params = values.kept(params, many)
        try:
            result = method(cursor, query, *_given(params), *rest, **options)
        except Exception as error:
            _note_psycopg(cursor, query, params, driver, many, error)
            raise
        _note_psycopg(cursor, query, params, driver, many)
        return result

    return values.named_as(method, recorded)


def _around_async(method: Any, driver: str, *, many: bool) -> Any:
    async def recorded(cursor: Any, query: Any, params: Any = None, *rest: Any, **options: Any) -> Any:
        params = values.kept(params, many)
        try:
            result = await method(cursor, query, *_given(params), *rest, **options)
        except Exception as error:
            _note_psycopg(cursor, query, params, driver, many, error)
            raise
        _note_psycopg(cursor, query, params, driver, many)
        return result

    return values.named_as(method, recorded)


def _before(method: Any, driver: str) -> Any:
    def recorded(cursor: Any, query: Any, params: Any = None, *rest: Any, **options: Any) -> Any:
        _note_psycopg(cursor, query, params, driver, False)
        return method(cursor, query, *_given(params), *rest, **options)

    return values.named_as(method, recorded)


def _given(params: Any) -> tuple[Any, ...]:
    # psycopg 3.3 refuses even None beside a template string.
    return () if params is None else (params,)


def _note_psycopg(
    cursor: Any, query: Any, params: Any, driver: str, many: bool, error: Exception | None = None
) -> None:
    try:
        _note_as_sent(cursor, query, params, driver, many, error)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, the application goes on
        # That something is missing is written down, and keeps the workload from being green.
        notes.give_up(f"a statement ({type(trouble).__name__}: {trouble})", driver)


def _note_as_sent(
    cursor: Any, query: Any, params: Any, driver: str, many: bool, error: Exception | None
) -> None:
    if values.refused(error):
        return
    if isinstance(query, bytes):
        query = query.decode()
    elif hasattr(query, "as_string"):
        query = query.as_string(cursor)
    if not isinstance(query, str):
        notes.give_up("a template string", driver)
        return
    names = {base.__name__ for base in type(cursor).__mro__}
    if "RawCursor" in names or "AsyncRawCursor" in names or "RawServerCursor" in names:
        style = "numeric_dollar"
    else:
        style = "pyformat" if params is not None else "literal"
    declare = values.literal_types if any("ClientCursor" in name for name in names) else _declared_types
    rows = list(params)[: notes.ROWS] if many and params is not None else [params]
    for row in rows:
        notes.note(query, style, driver, declare(cursor, row), values.keyed(row), many=many)


def _declared_types(cursor: Any, params: Any) -> dict[str, tuple[str, bool]]:
    """What the driver will declare each parameter to be: the same as it does, with its own converter."""
    from psycopg.adapt import PyFormat, Transformer

    keyed = values.keyed(params)
    if not keyed:
        return {}
    transformer = Transformer.from_context(cursor)
    dumped = transformer.dump_sequence(list(keyed.values()), [PyFormat.AUTO] * len(keyed))
    known = cursor.adapters.types
    found = {}
    for key, oid, value in zip(keyed, transformer.types or (), dumped):
        info = known.get(oid) if oid else None
        name = "" if info is None else info.name + ("[]" if info.array_oid == oid else "")
        found[key] = (name, value is None)
    return found


def _hook_sqlalchemy(sqlalchemy: Any) -> None:
    def after_cursor_execute(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        del context
        dialect = connection.dialect
        # These are hooked themselves.
        if dialect.name != "postgresql" or dialect.driver in ("psycopg", "psycopg_async", "psycopg2"):
            return
        # What SQLAlchemy puts around a driver of asyncio has no version.
        module = sys.modules.get(dialect.driver)
        driver = f"{dialect.driver} {getattr(module, '__version__', '')}".split(" (")[0].strip()
        declare = values.nothing_declared if dialect.driver == "asyncpg" else values.literal_types
        rows = list(parameters)[: notes.ROWS] if executemany else [parameters]
        for row in rows:
            notes.note(
                statement,
                dialect.paramstyle,
                driver,
                declare(cursor, row),
                values.keyed(row),
                many=executemany,
            )

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "after_cursor_execute", after_cursor_execute)


def _hook_psycopg2(psycopg2: Any) -> None:
    import schemaguard_psycopg2  # type: ignore[import-not-found]  # beside this file

    schemaguard_psycopg2.hook(psycopg2)


def _hook_psycopg2_extras(extras: Any) -> None:
    import schemaguard_psycopg2

    schemaguard_psycopg2.hook_extras(extras)


def _hook_asyncpg(asyncpg: Any) -> None:
    import schemaguard_asyncpg  # type: ignore[import-not-found]  # beside this file

    schemaguard_asyncpg.hook(asyncpg)


_HOOKS = {
    "psycopg": _hook_psycopg,
    "psycopg2": _hook_psycopg2,
    "psycopg2.extras": _hook_psycopg2_extras,
    "asyncpg": _hook_asyncpg,
    "sqlalchemy": _hook_sqlalchemy,
}
