"""Hooks into asyncpg where it is used directly; below SQLAlchemy, that tells what it sends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemaguard.record.injected import schemaguard_notes as notes
    from schemaguard.record.injected import schemaguard_values as values
else:
    import schemaguard_notes as notes
    import schemaguard_values as values

_driver = "asyncpg"


def hook(asyncpg: Any) -> None:
    """Connections (pools use them, too) and prepared statements."""
    global _driver  # noqa: PLW0603
    _driver = f"asyncpg {asyncpg.__version__}"
    connection = asyncpg.connection.Connection
    prepared = asyncpg.prepared_stmt.PreparedStatement
    for name in ("execute", "fetch", "fetchval", "fetchrow", "copy_from_query"):
        _wrap(connection, name, _of_query)
    for name in ("executemany", "fetchmany"):
        _wrap(connection, name, _of_query, many=True)
    for name in ("fetch", "fetchval", "fetchrow"):
        _wrap(prepared, name, _of_prepared)
    for name in ("executemany", "fetchmany"):
        _wrap(prepared, name, _of_prepared, many=True)
    for name, end in (
        ("copy_from_table", "TO STDOUT"),
        ("copy_to_table", "FROM STDIN"),
        ("copy_records_to_table", "FROM STDIN"),
    ):
        _wrap(connection, name, _of_copy(end))
    connection.cursor = _before(connection.cursor, _of_query)
    prepared.cursor = _before(prepared.cursor, _of_prepared)


def _wrap(kind: Any, name: str, statement: Any, *, many: bool = False) -> None:
    method = getattr(kind, name, None)
    if method is None:  # an older asyncpg
        return

    async def recorded(owner: Any, *given: Any, **options: Any) -> Any:
        if _by_a_library():
            return await method(owner, *given, **options)
        if many:
            place = 0 if statement is _of_prepared else 1
            given = tuple(values.kept(one, n == place) for n, one in enumerate(given))
        error: BaseException | None = None
        try:
            return await method(owner, *given, **options)
        except Exception as raised:
            error = raised
            raise
        finally:
            _note(statement(owner, given, options), many=many, error=error)

    setattr(kind, name, values.named_as(method, recorded))


def _before(method: Any, statement: Any) -> Any:
    def recorded(owner: Any, *given: Any, **options: Any) -> Any:
        if not _by_a_library():
            _note(statement(owner, given, options))
        return method(owner, *given, **options)

    return values.named_as(method, recorded)


def _by_a_library() -> bool:
    """SQLAlchemy tells itself what it sends; what a pool resets is no need of the code."""
    frame = sys._getframe(2)
    module = str(frame.f_globals.get("__name__", ""))
    return module.startswith("sqlalchemy.") or (
        module == "asyncpg.connection" and "reset" in frame.f_code.co_name
    )


def _of_query(owner: Any, given: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    del owner
    named = [options[name] for name in ("query", "command", "args") if name in options]
    text, *rest = (*given, *named)
    return text, tuple(rest)


def _of_prepared(owner: Any, given: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    return owner.get_query(), (*given, *(options[name] for name in ("args",) if name in options))


def _of_copy(end: str) -> Any:
    def statement(owner: Any, given: tuple[Any, ...], options: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
        del owner
        table = given[0] if given else options["table_name"]
        schema = f'"{options["schema_name"]}".' if options.get("schema_name") else ""
        columns = ", ".join(f'"{column}"' for column in options.get("columns") or ())
        return f'COPY {schema}"{table}" {f"({columns}) " if columns else ""}{end}', ()

    return statement


def _note(
    statement: tuple[str, tuple[Any, ...]], *, many: bool = False, error: BaseException | None = None
) -> None:
    if values.refused(error):
        return
    try:
        text, given = statement
        rows = list(given[0])[: notes.ROWS] if many else [given]
        for row in rows:
            known = values.nothing_declared(None, row)
            notes.note(text, "numeric_dollar", _driver, known, values.keyed(row), many=many)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, the application goes on
        notes.give_up(f"a statement ({type(trouble).__name__}: {trouble})", _driver)
