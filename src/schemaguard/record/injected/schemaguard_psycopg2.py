"""Hooks into psycopg2, whose classes are written in C: connections are made of subclasses of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.record.injected import schemaguard_notes as notes
    from schemaguard.record.injected import schemaguard_values as values
else:
    import schemaguard_notes as notes
    import schemaguard_values as values

_driver = "psycopg2"
_made: dict[Any, Any] = {}
#: Set while psycopg2.extras writes the values into texts of its own.
_within = threading.local()


def hook(psycopg2: Any) -> None:
    """Connections and cursors are of our classes from now on, below those of the application."""
    global _driver  # noqa: PLW0603
    _driver = f"psycopg2 {psycopg2.__version__.split(' (')[0]}"
    extensions = psycopg2.extensions
    connect = psycopg2._connect
    cursors = _cursors(extensions.cursor)
    connections = _connections(extensions.connection, extensions.cursor, cursors)

    def recorded(dsn: Any, connection_factory: Any = None, **options: Any) -> Any:
        factory = _below(connection_factory or extensions.connection, connections)
        return connect(dsn, connection_factory=factory, **options)

    # What connect() itself calls: whoever has imported that function calls this, too.
    psycopg2._connect = recorded


def hook_extras(extras: Any) -> None:
    """These write the values of many rows into one text."""
    batch, many = extras.execute_batch, extras.execute_values

    def execute_batch(cur: Any, sql: Any, argslist: Any, *rest: Any, **options: Any) -> Any:
        rows = values.kept(argslist, True)
        with _noted(cur, sql, rows):
            return batch(cur, sql, rows, *rest, **options)

    def execute_values(
        cur: Any, sql: Any, argslist: Any, template: Any = None, *rest: Any, **options: Any
    ) -> Any:
        rows = values.kept(argslist, True)
        with _noted(cur, _with_row(cur, sql, template, rows), rows):
            return many(cur, sql, rows, template, *rest, **options)

    extras.execute_batch = values.named_as(batch, execute_batch)
    extras.execute_values = values.named_as(many, execute_values)


@contextmanager
def _noted(cursor: Any, query: Any, rows: Any) -> Iterator[None]:
    """Notes the statement that all rows are sent with, and not the texts made of it."""
    error: BaseException | None = None
    _within.extras = True
    try:
        yield
    except Exception as raised:
        error = raised
        raise
    finally:
        _within.extras = False
        _note(cursor, query, rows, many=True, error=error)


def _with_row(cursor: Any, query: Any, template: Any, rows: Any) -> Any:
    """The text with the form of one row where ``%s`` stands for all of them."""
    text = _text(cursor, query)
    if not len(rows):
        return text
    form = _text(cursor, template) if template else "(" + ", ".join(["%s"] * len(rows[0])) + ")"
    return text.replace("%s", form, 1)


def _below(factory: Any, ours: Any) -> Any:
    """The application's class, with ours between it and psycopg2's."""
    if not isinstance(factory, type):
        notes.give_up("what is sent by a connection or cursor whose factory is no class", _driver)
        return factory
    if issubclass(factory, ours):
        return factory
    if (factory, ours) not in _made:
        bases = (ours,) if issubclass(ours, factory) else (factory, ours)
        _made[factory, ours] = type(factory.__name__, bases, {"__module__": factory.__module__})
    return _made[factory, ours]


def _connections(base: Any, plain: Any, cursors: Any) -> Any:
    class Connection(base):  # type: ignore[misc]
        def cursor(self, name: Any = None, cursor_factory: Any = None, *rest: Any, **options: Any) -> Any:
            factory = _below(cursor_factory or self.cursor_factory or plain, cursors)
            return super().cursor(name, factory, *rest, **options)

    return Connection


def _cursors(base: Any) -> Any:
    def around(method: Any, many: bool) -> Any:
        def recorded(cursor: Any, query: Any, vars: Any = None) -> Any:  # noqa: A002 - psycopg2's
            given = values.kept(vars, many)
            error: BaseException | None = None
            try:
                return method(cursor, query, given)
            except Exception as raised:
                error = raised
                raise
            finally:
                _note(cursor, query, given, many=many, error=error)

        return values.named_as(method, recorded)

    def copy(method: Any, text_of: Any) -> Any:
        def recorded(cursor: Any, first: Any, second: Any, *rest: Any, **options: Any) -> Any:
            _note(cursor, text_of(first, second, options), None)
            return method(cursor, first, second, *rest, **options)

        return values.named_as(method, recorded)

    def callproc(cursor: Any, procname: Any, parameters: Any = (), /) -> Any:
        if hasattr(parameters, "keys"):
            arguments = ", ".join(f'"{key}" := %({key})s' for key in parameters)
        else:
            arguments = ", ".join(["%s"] * len(parameters))
        _note(cursor, f"SELECT * FROM {procname}({arguments})", parameters)
        return base.callproc(cursor, procname, parameters)

    content = {
        "execute": around(base.execute, False),
        "executemany": around(base.executemany, True),
        "copy_expert": copy(base.copy_expert, lambda sql, _, __: sql),
        "copy_from": copy(base.copy_from, lambda _, table, more: _copy(table, more, "FROM STDIN")),
        "copy_to": copy(base.copy_to, lambda _, table, more: _copy(table, more, "TO STDOUT")),
        "callproc": callproc,
    }
    return type("Cursor", (base,), content)


def _copy(table: str, options: dict[str, Any], end: str) -> str:
    columns = ", ".join(f'"{column}"' for column in options.get("columns") or ())
    return f'COPY "{table}" {f"({columns}) " if columns else ""}{end}'


def _text(cursor: Any, query: Any) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return str(query.as_string(cursor) if hasattr(query, "as_string") else query)


def _note(
    cursor: Any, query: Any, params: Any, *, many: bool = False, error: BaseException | None = None
) -> None:
    if getattr(_within, "extras", False) or values.refused(error):
        return
    try:
        text = _text(cursor, query)
        if isinstance(query, bytes) and params is None:
            # As mogrify() makes them: no value may be kept.
            if notes.uses(text):
                notes.give_up("a statement with its values in it (mogrify)", _driver)
            return
        style = "pyformat" if params is not None else "literal"
        for row in list(params)[: notes.ROWS] if many else [params]:
            known = values.literal_types(cursor, row)
            notes.note(text, style, _driver, known, values.keyed(row), many=many)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, the application goes on
        notes.give_up(f"a statement ({type(trouble).__name__}: {trouble})", _driver)
