"""Which types a foreign key can compare: every other pair PostgreSQL refuses (42804).

Both sides are compared with an operator of the referenced index's family, or the referring
value is converted by an implicit cast. (The same on 14 to 18; a test tries all pairs.)
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import ForeignKey, SchemaState

#: Types that one family of operators compares.
_FAMILIES = (
    ("smallint", "integer", "bigint"),
    ("real", "double precision"),
    ("text", "character varying", "character"),
    ("date", "timestamp without time zone", "timestamp with time zone"),
    ("inet", "cidr"),
    ("bit", "bit varying"),
)
#: A referring type and those that it becomes by itself.
_BECOMES = {
    "smallint": ("numeric", "real", "double precision", "oid"),
    "integer": ("numeric", "real", "double precision", "oid"),
    "bigint": ("numeric", "real", "double precision", "oid"),
    "numeric": ("real", "double precision"),
    "time without time zone": ("time with time zone", "interval"),
}
#: The types of which all this is known.
KNOWN = tuple(
    dict.fromkeys(
        [name for family in _FAMILIES for name in family]
        + "numeric oid boolean uuid bytea interval".split()
        + ["time without time zone", "time with time zone"]
    )
)


def comparable(referring: Type, referred: Type) -> bool:
    """Whether a foreign key can go from one to the other; True as well where that is not known."""
    names = (referring.name, referred.name)
    if referring.array or referred.array or not set(names) <= set(KNOWN) or names[0] == names[1]:
        return True
    if any(set(names) <= set(family) for family in _FAMILIES):
        return True
    return referred.name in _BECOMES.get(referring.name, ())


def type_refusals(table: Relation, key: ForeignKey, schema: SchemaState) -> Iterator[Refusal]:
    """What PostgreSQL says to a key between columns that cannot be compared."""
    primary = schema.known(key.target).primary_key
    targets = key.target_columns or (primary.columns if primary else ())
    for own_name, other_name in zip(key.columns, targets, strict=False):
        own, other = schema.known(table).column(own_name), schema.known(key.target).column(other_name)
        if own and other and own.type and other.type and not comparable(own.type, other.type):
            why = f"{own_name} of {table.text} is {own.type}, {other_name} of {key.target.text} {other.type}"
            yield Refusal("42804", f"{why}: foreign key {key.name} cannot compare them".replace("  ", " "))
