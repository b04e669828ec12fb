"""What NULL means in two forms of the same facts."""

from collections.abc import Iterator

from schemaguard.names import quote
from schemaguard.phase import Phase
from schemaguard.recipe import Pair, Step
from schemaguard.schema import SchemaState
from schemaguard.sql.words import named
from schemaguard.steps import ensure, listed, slug


def what_null_means(pair: Pair, before: SchemaState) -> Iterator[Step]:
    """A question: of a row with NULL in both forms it must be known whether it is still to be filled.

    It is not where NULL becomes a value on the way there, and NULL becomes NULL on the way back.
    """
    columns = {column.name: column for column in before.known(pair.table).columns}
    types = {name: str(columns[name].type) for name in pair.old} | dict(pair.new)
    texts = (*pair.up.values(), *pair.down.values())
    others = {name for text in texts for name in named(text, columns)} - types.keys()
    if not pair.down or pair.required or others or any(columns[name].not_null for name in pair.old):
        return
    empty = ", ".join(f"NULL::{type_} AS {quote(name)}" for name, type_ in types.items())
    becomes = " OR ".join(f"({text}) IS NOT NULL" for text in pair.up.values())
    returns = " AND ".join(f"({text}) IS NULL" for text in pair.down.values())
    new = listed(tuple(pair.new))
    yield ensure(
        slug(pair.table.name, *pair.new, "null"),
        f"NULL in {listed(pair.old)} of {pair.table.text} stays NULL in {new}, or NULL there is a value here:"
        " rows that are still to be filled could not be told from others",
        Phase.EXPAND,
        f"NOT EXISTS (SELECT FROM (SELECT {empty}) AS empty WHERE ({becomes}) AND {returns})",
    )
