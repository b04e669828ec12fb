"""PostgreSQL's SQLAlchemy dialect whose catalog is the history, and the engine on top of it."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy
from sqlalchemy import event, exc
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import NullPool
from sqlalchemy.types import NullType

from .catalog import Index, Table
from .driver import Connection, Recorder, module
from .world import World

MULTI = (
    *("columns", "pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints"),
    *("table_comment", "table_options"),
)
SHORT = {
    *("varchar:character varying", "int:integer", "int4:integer", "int8:bigint", "int2:smallint"),
    *("bool:boolean", "decimal:numeric", "float8:double precision", "float4:real", "char:character"),
    *("timestamp:timestamp without time zone", "timestamptz:timestamp with time zone"),
    *("time:time without time zone", "timetz:time with time zone", "float:double precision"),
}
SPELLING = dict(pair.split(":") for pair in SHORT)


LEVELS = ("SERIALIZABLE", "READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "AUTOCOMMIT")


#: Untyped: what SQLAlchemy 1.4 and 2 say of its methods differs.
Postgres: Any = PGDialect


class HistoryDialect(Postgres):  # type: ignore[misc]
    """Reflection is answered by a ``World``; everything else is PostgreSQL as SQLAlchemy knows it."""

    driver = "psycopg2"
    default_paramstyle = "pyformat"
    supports_statement_cache = True
    supports_sane_multi_rowcount = False
    #: As psycopg2 does: many rows of one INSERT are one statement.
    use_insertmanyvalues_wo_returning = True
    recorder: Recorder | None = None

    @property
    def world(self) -> World:
        """Who answers. There is none while the engine connects, when nothing is reflected."""
        assert self.recorder is not None
        assert self.recorder.world is not None
        return self.recorder.world

    #: What SQLAlchemy 1.4 and what 2 ask when a level is set.
    _isolation_lookup = frozenset(LEVELS)

    def get_isolation_level_values(self, dbapi_conn: Any) -> tuple[str, ...]:
        return LEVELS

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def get_isolation_level(self, dbapi_connection: Any) -> str:
        return "AUTOCOMMIT" if dbapi_connection.autocommit else "READ COMMITTED"

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return self.world.has_table(schema, table_name)

    def has_type(self, connection: Any, type_name: str, schema: str | None = None, **kw: Any) -> bool:
        return self.world.has_type(type_name)

    def has_sequence(self, connection: Any, sequence_name: str, schema: str | None = None, **kw: Any) -> bool:
        return self.world.has_sequence(schema, sequence_name)

    def has_index(
        self, connection: Any, table_name: str, index_name: str, schema: str | None = None, **kw: Any
    ) -> bool:
        table = self.world.table(schema, table_name)
        return table is not None and index_name in table.indexes

    def has_schema(self, connection: Any, schema: str, **kw: Any) -> bool:
        if schema != "public":
            self.world.unknown(f"whether schema {schema} exists")
        return True

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        self.world.unknown("which schemas exist")
        return ["information_schema", "public"]

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return self.world.table_names(schema)

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        self.world.unknown("which views exist")
        return sorted(name for _, name in self.world.catalog.views)

    def get_sequence_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        self.world.unknown("which sequences exist")
        return sorted(name for _, name in self.world.catalog.sequences)

    def get_enums(self, connection: Any, schema: str | None = None, **kw: Any) -> list[dict[str, Any]]:
        self.world.unknown("which enum types exist")
        return [
            {"name": name, "schema": "public", "visible": True, "labels": list(labels)}
            for name, labels in self.world.catalog.types.items()
        ]

    def _table(self, table_name: str, schema: str | None) -> Table:
        table = self.world.table(schema, table_name)
        if table is None:
            raise exc.NoSuchTableError(table_name)
        return table

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        found = []
        for column in self._table(table_name, schema).columns.values():
            described: dict[str, Any] = {
                "name": column.name,
                "type": sql_type(self, column.type),
                "nullable": column.nullable,
                "default": column.default,
                "autoincrement": column.serial,
                "comment": None,
            }
            if column.generated:
                described["computed"] = {"sqltext": column.generated, "persisted": True}
            if column.identity:
                described["identity"] = {"always": column.identity == "always"}
            found.append(described)
        return found

    def get_pk_constraint(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        name, columns = self._table(table_name, schema).primary_key or (None, [])
        return {"constrained_columns": list(columns), "name": name, "comment": None}

    def get_foreign_keys(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "constrained_columns": list(key.columns),
                "referred_schema": key.table[0] or None,
                "referred_table": key.table[1],
                "referred_columns": list(key.referred),
                "options": dict(key.options),
                "comment": None,
            }
            for name, key in sorted(self._table(table_name, schema).foreign_keys.items())
        ]

    def get_indexes(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        return [
            _described_index(name, index)
            for name, index in sorted(self._table(table_name, schema).indexes.items())
        ]

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        return [
            {"name": name, "column_names": list(columns), "comment": None}
            for name, columns in sorted(self._table(table_name, schema).uniques.items())
        ]

    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[dict[str, Any]]:
        return [
            {"name": name, "sqltext": text, "comment": None}
            for name, text in sorted(self._table(table_name, schema).checks.items())
        ]

    def get_table_comment(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        self._table(table_name, schema)
        return {"text": None}

    def get_table_options(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> dict[str, Any]:
        return {}


# SQLAlchemy 2 asks for many tables at once; its own fallback asks for one after the other, here.
for _plural in MULTI:
    _fallback = getattr(DefaultDialect, "get_multi_" + _plural, None)
    if _fallback is not None:
        setattr(HistoryDialect, "get_multi_" + _plural, _fallback)


def _described_index(name: str, index: Index) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": name,
        "unique": index.unique,
        "column_names": list(index.columns),
        "include_columns": [],
        "dialect_options": {"postgresql_using": index.method} if index.method != "btree" else {},
    }
    if None in index.columns:
        described["expressions"] = list(index.expressions)
    if index.where:
        described["dialect_options"]["postgresql_where"] = index.where
    if index.of_constraint:
        described["duplicates_constraint"] = name
    return described


def sql_type(dialect: Any, text: str) -> Any:
    """The SQLAlchemy type for a type's text; NullType when it knows none, as in its own reflection."""
    match = re.match(r"(?P<name>[^(\[]*)(?:\((?P<args>[\d, ]*)\))?(?P<tail>[^\[]*)(?P<array>\[\])?", text)
    assert match is not None
    name = (match.group("name") + match.group("tail")).strip().lower()
    kind = dialect.ischema_names.get(SPELLING.get(name, name))
    if kind is None:
        return NullType()
    arguments = [int(x) for x in (match.group("args") or "").split(",") if x.strip()]
    zoned = {"timezone": True} if name.endswith(("with time zone", "tz")) else {}
    try:
        made = kind(*arguments, **zoned)
    except TypeError:
        made = kind()
    return sqlalchemy.ARRAY(made) if match.group("array") else made


def engine(recorder: Recorder) -> tuple[Any, Any]:
    """An engine whose statements go to ``recorder``, and its dialect."""
    registry.impls["postgresql.schemaguard"] = lambda: HistoryDialect
    driver = module(lambda *_, **__: Connection(recorder))
    made = sqlalchemy.create_engine(
        "postgresql+schemaguard://localhost/database", module=driver, poolclass=NullPool
    )
    made.dialect.recorder = recorder  # type: ignore[attr-defined]

    def expect(_conn: Any, cursor: Any, _sql: Any, _params: Any, context: Any, _many: Any) -> None:
        """Tell the cursor which columns SQLAlchemy will look for in the result."""
        columns = getattr(getattr(context, "compiled", None), "_result_columns", None)
        cursor.columns = [str(column[0]) for column in columns] if columns else None

    event.listen(made, "before_cursor_execute", expect)
    # The first connection asks for the server's version and settings: that is nobody's migration.
    recorder.world = None
    made.connect().close()
    return made, made.dialect
