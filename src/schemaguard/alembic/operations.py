"""Operations for those who write revisions by hand. Importing this registers them with Alembic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from alembic.operations import MigrateOperation, Operations
from alembic.util import CommandError

if TYPE_CHECKING:
    from schemaguard.plan.synced import Synced


class SqlType(Protocol):
    """A type of SQLAlchemy's."""

    def compile(self, dialect: Any) -> str:
        """The type as SQL."""


@Operations.register_operation("backfill")
class BackfillOp(MigrateOperation):
    """Columns get a value in each row where they have none, in batches."""

    def __init__(
        self,
        table_name: str,
        values: Mapping[str, str],
        *,
        where: str | None = None,
        down: Mapping[str, str] | None = None,
        schema: str | None = None,
    ) -> None:
        self.table_name = table_name
        self.values = values
        self.where = where
        self.down = down or {}
        self.schema = schema

    @classmethod
    def backfill(
        cls,
        operations: Operations,
        table_name: str,
        values: Mapping[str, str],
        # Not by keyword only: the functions that Alembic 1.8 makes of it would lose them.
        where: str | None = None,
        down: Mapping[str, str] | None = None,
        schema: str | None = None,
    ) -> None:
        """
        Fill the columns where they are NULL, one after the other, each batch of 1000 rows in a transaction.

        Stopped, it goes on with what is left. ``values`` are SQL over the row; ``where`` says for which rows.
        ``down`` is for `schemaguard split`: how columns that go follow from the new ones.
        """
        operations.invoke(cls(table_name, values, where=where, down=down, schema=schema))


@Operations.implementation_for(BackfillOp)
def _send(operations: Operations, backfill: BackfillOp) -> None:
    from schemaguard.plan.operations import Filled
    from schemaguard.plan.write_alembic import without_parameters

    expressions = (*backfill.values.items(), *backfill.down.items())
    _be_sql(f"op.backfill({backfill.table_name!r})", backfill.values, *expressions, ("where", backfill.where))
    # An UPDATE in one transaction would hold each row until all are done.
    with operations.get_context().autocommit_block():
        for place, (column, value) in enumerate(backfill.values.items()):
            filled = Filled(
                table=backfill.table_name,
                column=column,
                value=value,
                where=backfill.where,
                down={} if place else backfill.down,
                schema=backfill.schema,
            )
            operations.execute(without_parameters(filled.sent))


@Operations.register_operation("create_sync_trigger")
class CreateSyncTriggerOp(MigrateOperation):
    """New columns and the old ones that they take the place of are kept in step, whoever writes."""

    def __init__(
        self,
        table_name: str,
        values: Mapping[str, str],
        types: Mapping[str, str | SqlType | type[SqlType]],
        *,
        down: Mapping[str, str] | None = None,
        schema: str | None = None,
        release: str | None = None,
        conflict: str = "new",
    ) -> None:
        self.table_name = table_name
        self.values = values
        self.types = types
        self.down = down or {}
        self.schema = schema
        self.release = release
        self.conflict = conflict

    @classmethod
    def create_sync_trigger(
        cls,
        operations: Operations,
        table_name: str,
        values: Mapping[str, str],
        types: Mapping[str, Any],
        down: Mapping[str, str] | None = None,
        schema: str | None = None,
        release: str | None = None,
        conflict: str = "new",
    ) -> None:
        """
        Make the function and the triggers that keep new columns in step with old ones, as split does.

        ``values``: how the new columns follow from the row; ``down``: how the old ones, which go in the end,
        follow from the new. Without ``down`` the new ones are only filled.
        ``types``: of each column that these name, as SQL or as SQLAlchemy's.
        ``release`` tells two of a table apart. ``conflict``: which form counts, "new" or "old", where one
        statement writes both and they contradict each other; or "error": that statement fails.
        """
        operations.invoke(
            cls(table_name, values, types, down=down, schema=schema, release=release, conflict=conflict)
        )

    def synced(self, operations: Operations) -> Synced:
        """What it is to the rest of the package."""
        from schemaguard.plan.synced import Synced

        dialect = operations.get_context().dialect
        return Synced(
            table=self.table_name,
            schema=_schema(operations, self.schema),
            values=dict(self.values),
            types={name: _type(said, dialect) for name, said in self.types.items()},
            down=dict(self.down),
            release=self.release or "",
            conflict=self.conflict,
        )


@Operations.register_operation("drop_sync_trigger")
class DropSyncTriggerOp(MigrateOperation):
    """The function and the triggers of create_sync_trigger go."""

    def __init__(self, table_name: str, *, schema: str | None = None, release: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema
        self.release = release

    @classmethod
    def drop_sync_trigger(
        cls, operations: Operations, table_name: str, schema: str | None = None, release: str | None = None
    ) -> None:
        """Take away what create_sync_trigger made of the same table, schema and release."""
        operations.invoke(cls(table_name, schema=schema, release=release))


@Operations.implementation_for(CreateSyncTriggerOp)
def _create(operations: Operations, created: CreateSyncTriggerOp) -> None:
    from schemaguard.errors import InputError
    from schemaguard.plan.write_alembic import without_parameters

    called = f"op.create_sync_trigger({created.table_name!r})"
    _be_sql(called, created.values, *created.values.items(), *created.down.items())
    try:
        sent = created.synced(operations).sent
    except InputError as error:
        raise CommandError(f"{called}: {error}") from error
    for statement in sent:
        operations.execute(without_parameters(statement))


@Operations.implementation_for(DropSyncTriggerOp)
def _drop(operations: Operations, dropped: DropSyncTriggerOp) -> None:
    from schemaguard.plan.synced import Unsynced
    from schemaguard.plan.write_alembic import without_parameters

    schema = _schema(operations, dropped.schema)
    unsynced = Unsynced(table=dropped.table_name, schema=schema, release=dropped.release or "")
    for statement in unsynced.sent:
        operations.execute(without_parameters(statement))


def _be_sql(called: str, values: Mapping[str, str], *said: tuple[str, str | None]) -> None:
    """CommandError where there are no values, or one of what is said is no expression."""
    if not values:
        raise CommandError(f"{called} has no values")
    for name, text in said:
        if text is not None and (not text.strip() or "\n" in text):
            raise CommandError(f"{called}: {name} is no SQL on one line")


def _schema(operations: Operations, schema: str | None) -> str:
    # As a statement without a schema finds it; what is written as SQL has no connection to ask.
    return schema or operations.get_context().dialect.default_schema_name or "public"


def _type(said: str | SqlType | type[SqlType], dialect: Any) -> str:
    if isinstance(said, str):
        return said
    return (said() if isinstance(said, type) else said).compile(dialect=dialect)
