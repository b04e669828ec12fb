"""What an expression says of columns, and what PostgreSQL calls it."""

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression says of columns."""

    #: Cannot be null where it is true or null.
    holds: frozenset[str] = _NONE
    #: Cannot be null where it is false or null.
    fails: frozenset[str] = _NONE
    #: The columns, if it is nothing but a column, or a row of columns.
    named: frozenset[str] = _NONE
    is_row: bool = False
    #: What PostgreSQL calls it in the name of an index (FigureColname); "": nothing.
    label: str = ""
    #: Whether a cast leaves the label alone.
    firm: bool = True

    @property
    def single(self) -> frozenset[str]:
        """The column, if it is nothing but one.

        Of a row nothing follows from NOT ((a, b) IS NULL), for one of them would be
        enough; and a row in a row is one value, whatever is in it.
        """
        return _NONE if self.is_row else self.named

    @property
    def negated(self) -> "Meaning":
        """What its negation says."""
        return Meaning(self.fails, self.holds)


SILENT = Meaning()
#: What the catalog calls types whose names in SQL are other ones.
_CATALOG_NAMES = {
    "integer": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "bit varying": "varbit",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}


def cast(meaning: Meaning, kind: Type) -> Meaning:
    if meaning.label and meaning.firm:
        return Meaning(label=meaning.label)
    name = "interval" if kind.name.startswith("interval ") else _CATALOG_NAMES.get(kind.name, kind.name)
    return Meaning(label=name.rpartition(".")[2].strip('"'), firm=False)
