"""Operations for those who write revisions by hand. Importing this registers them with Alembic."""

from __future__ import annotations

from collections.abc import Mapping

from alembic.operations import MigrateOperation, Operations
from alembic.util import CommandError


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

    if not backfill.values:
        raise CommandError(f"op.backfill({backfill.table_name!r}) has no values")
    for name, text in (*backfill.values.items(), *backfill.down.items(), ("where", backfill.where)):
        if text is not None and (not text.strip() or "\n" in text):
            raise CommandError(f"op.backfill({backfill.table_name!r}): {name} is no SQL on one line")
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
