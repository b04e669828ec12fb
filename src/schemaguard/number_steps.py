"""A column that numbers the rows, identity or serial, added without writing the table anew.

With a constant for default the rows that are there have a value at once, unwritten. So the column is
NOT NULL from the start, and may become what it is to be in the same transaction: rows to come get their
numbers from its sequence, and those that are there, one by one, afterwards. (Measured on 14 to 18.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schemaguard.batched_steps import in_batches
from schemaguard.conditions import (
    all_of,
    column_exists,
    column_has_default,
    column_is_identity,
    either,
    negated,
    no_row,
    regclass,
    relation_exists,
)
from schemaguard.holdings import of_numbers
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, generated, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Backfill, Step
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.steps import at_once, ensure, slug

_OWNED = "EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {table} AND relowner = current_user::regrole)"
# nextval() asks for a right of its own, which an identity does not.
_USABLE = (
    "NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r JOIN pg_catalog.pg_class AS c"
    " ON c.oid = {table} OR c.oid IN (SELECT relid FROM pg_partition_tree({table}))"
    " WHERE NOT r.rolsuper AND has_any_column_privilege(r.oid, c.oid, 'INSERT')"
    " AND NOT pg_has_role(r.oid, c.relowner, 'USAGE')"
    " AND NOT pg_has_role(r.oid, 'pg_write_all_data', 'USAGE')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl AS d, aclexplode(d.defaclacl) AS given"
    " WHERE d.defaclobjtype = 'S' AND d.defaclrole = c.relowner"
    " AND d.defaclnamespace IN (0, c.relnamespace) AND given.privilege_type IN ('USAGE', 'UPDATE')"
    " AND CASE given.grantee WHEN 0 THEN true ELSE pg_has_role(r.oid, given.grantee, 'USAGE') END))"
)
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


def unnumbered(column: ColumnState) -> int | None:
    """A value that its sequence never gives; None: it gives every value of the type."""
    bits = _BITS.get(str(column.type), 0)
    numbers = column.numbers
    lowest, highest = (-(2**bits), -1) if numbers.down else (1, 2**bits - 1)
    least = lowest if numbers.least is None else numbers.least
    most = highest if numbers.most is None else numbers.most
    if not least <= 0 <= most:
        return 0
    if least > -(2**bits):
        return least - 1
    return most + 1 if most < 2**bits - 1 else None


def numbered(table: Relation, column: ColumnState, schema: SchemaState) -> tuple[Step, ...]:
    """The steps: the column with its sequence, and the numbers of the rows that are there."""
    of, none = Column(table, column.name), unnumbered(column)
    assert none is not None
    add = f"ALTER TABLE {table} ADD COLUMN {quote(column.name)} {column.type} NOT NULL DEFAULT {none}"
    taken = schema.relation_names(table.schema)
    sequence = table.sibling(generated(table.name, (column.name,), "seq", taken))
    serial = column.is_serial
    before, after = _serial(of, sequence, str(column.type)) if serial else _identity(of, column)
    return (
        *(_questions(of, sequence) if serial else ()),
        replace(
            at_once(
                slug(table.name, "add", column.name),
                f"add {column.name} to {table.text}, which numbers rows to come; it is {none} in those there",
                Phase.EXPAND,
                (*before, add, *after),
                probe=column_has_default(of) if serial else column_is_identity(of),
                locks=((table, LockMode.ACCESS_EXCLUSIVE),),
                undo=(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {quote(column.name)}",),
            ),
            holds=(of_numbers(of, none),),
        ),
        _number(of, str(column.type), none),
    )


def _identity(of: Column, column: ColumnState) -> tuple[Sequence[str], Sequence[str]]:
    assert column.identity is not None
    alter = f"ALTER TABLE {of.table} ALTER COLUMN {quote(of.name)}"
    options = f" ({column.numbers.text})" if column.numbers.text else ""
    kind = column.identity.value.upper()
    return (), (f"{alter} DROP DEFAULT", f"{alter} ADD GENERATED {kind} AS IDENTITY{options}")


def _serial(of: Column, sequence: Relation, type_: str) -> tuple[Sequence[str], Sequence[str]]:
    next_ = f"nextval({literal(str(sequence))}::regclass)"
    return (f"CREATE SEQUENCE {sequence} AS {type_}",), (
        f"ALTER TABLE {of.table} ALTER COLUMN {quote(of.name)} SET DEFAULT {next_}",
        f"ALTER SEQUENCE {sequence} OWNED BY {of}",
    )


def _questions(of: Column, sequence: Relation) -> Iterator[Step]:
    """What must be so for a sequence that is no identity's."""
    table, done = of.table, column_has_default(of)
    conditions = {
        f"no other relation is called {sequence.text}": negated(relation_exists(sequence)),
        f"{table.text} belongs to who runs the release, as its sequence will": _OWNED.format(
            table=regclass(table)
        ),
        f"who may insert into {table.text} may use the sequences that its owner makes (ALTER DEFAULT"
        " PRIVILEGES GRANT USAGE ON SEQUENCES); GENERATED AS IDENTITY needs no such right": _USABLE.format(
            table=regclass(table)
        ),
    }
    for word, (title, condition) in zip(("name", "owner", "usage"), conditions.items(), strict=True):
        yield ensure(
            slug(table.name, of.name, "sequence", word), title, Phase.EXPAND, either(done, condition)
        )


def _number(of: Column, type_: str, none: int) -> Step:
    """The rows that are there get numbers as if they came now."""
    where = f"{quote(of.name)} = {none}"
    return in_batches(
        slug(of.table.name, "number", of.name),
        f"give {of.text} a number where it is {none}",
        Phase.BACKFILL,
        all_of(column_exists(of), no_row(of.table, where, {of.name: type_})),
        Backfill(table=of.table, values={of.name: "DEFAULT"}, where=where),
    )


def until_numbered(table: Relation, column: ColumnState) -> str:
    """What the user should know of the time before that."""
    return (
        f"{Column(table, column.name).text} is {unnumbered(column)} in the rows that are there until the"
        " backfill has numbered them; rows that come get their numbers from the first step on. Deploy code"
        " that reads it after the backfill."
    )
