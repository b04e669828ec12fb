"""Column types, spelled as PostgreSQL's ``format_type`` spells them."""

import re

from schemaguard.dataclass import dataclass
from schemaguard.names import quote

# Aliases to what format_type prints. (Measured: \dT and format_type on 14 to 18.)
_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "serial4": "serial",
    "serial8": "bigserial",
    "serial2": "smallserial",
    "varchar": "character varying",
    "char varying": "character varying",
    "national character varying": "character varying",
    "national char varying": "character varying",
    "nchar varying": "character varying",
    "char": "character",
    "nchar": "character",
    "national character": "character",
    "national char": "character",
    "bpchar": "bpchar",
    "bool": "boolean",
    "float": "double precision",
    "float8": "double precision",
    "float4": "real",
    "decimal": "numeric",
    "dec": "numeric",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
}
#: What serial types really are.
SERIALS = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}

#: What ``format_type`` calls the types of pg_catalog that a column can have (15, 16 and 18: the same).
_BUILT_IN = frozenset(
    " ".join(name.split())
    for name in """"char", aclitem, bigint, bit, bit varying, boolean, box, bpchar, bytea, character,
    character
    varying, cid, cidr, circle, date, datemultirange, daterange, double precision, inet, int4multirange,
    int4range, int8multirange, int8range, integer, interval, json, jsonb, jsonpath, line, lseg, macaddr,
    macaddr8, money, name, numeric, nummultirange, numrange, oid, path, pg_lsn, pg_snapshot, point,
    polygon, real, refcursor, regclass, regcollation, regconfig, regdictionary, regnamespace, regoper,
    regoperator, regproc, regprocedure, regrole, regtype, smallint, text, tid, time with time zone, time
    without time zone, timestamp with time zone, timestamp without time zone, tsmultirange, tsquery,
    tsrange, tstzmultirange, tstzrange, tsvector, txid_snapshot, uuid, xid, xid8, xml""".split(",")
)

# The names in pg_type, lower case as in the catalog, with what SQL's own names for them are.
_INTERNAL = frozenset(
    """bool bytea name int8 int2 int4 regproc text oid tid xid xid8 cid json xml pg_node_tree point lseg path
    box polygon line float4 float8 circle money macaddr macaddr8 inet cidr aclitem bpchar varchar date time
    timestamp timestamptz interval timetz bit varbit numeric refcursor regprocedure regoper regoperator
    regclass regcollation regtype regrole regnamespace uuid pg_lsn tsvector gtsvector tsquery regconfig
    regdictionary jsonb jsonpath txid_snapshot pg_snapshot int4range numrange tsrange tstzrange daterange
    int8range int4multirange nummultirange tsmultirange tstzmultirange datemultirange int8multirange
    oidvector int2vector""".split()
)

_ZONED = re.compile(r"(timestamp|time)( with(?:out)? time zone)\Z")
_MODIFIERS = re.compile(r"\([\d\s,]*\)")
#: An assignment rounds to these as a cast does, and refuses the same.
_ROUNDED = re.compile(r"numeric|time|interval")
#: What is of the type as it stands.
_CONSTANTS = {"text": re.compile(r"'(?:[^']|'')*'"), "boolean": re.compile("true|false", re.IGNORECASE)}
#: Of these a cast without a length would leave one character.
_WITHOUT_LENGTH = {"character": "bpchar", "bit": '"bit"'}


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its canonical name, its modifiers such as (20,), its array dimensions (0 or 1)."""

    name: str
    modifiers: tuple[str, ...] = ()
    array: bool = False

    def __str__(self) -> str:
        modifiers = f"({','.join(self.modifiers)})" if self.modifiers else ""
        zoned = _ZONED.match(self.name)
        spelled = f"{zoned[1]}{modifiers}{zoned[2]}" if zoned else self.name + modifiers
        return spelled + ("[]" if self.array else "")


def is_internal(name: str) -> bool:
    """Whether PostgreSQL itself has a type of that name, which is found before any user's."""
    return name in _INTERNAL


def canonical(name: str, modifiers: tuple[str, ...] = (), *, array: bool = False) -> Type:
    """The type that PostgreSQL makes of a built-in type's name, folded, one space between words."""
    if name == "float" and modifiers:
        return Type("real" if int(modifiers[0]) <= 24 else "double precision", (), array)
    known = _ALIASES.get(name, name)
    if known in ("character", "bit") and not modifiers:
        modifiers = ("1",)
    if known == "bpchar" and modifiers:
        known = "character"
    if known == "numeric" and len(modifiers) == 1:
        modifiers = (modifiers[0], "0")
    return Type(known, modifiers, array)


def as_assigned(text: str, type_: str) -> str:
    """The expression as a value of the type, not cut off: what is too long is refused later."""
    if (constant := _CONSTANTS.get(type_)) and constant.fullmatch(text):
        return text
    if _ROUNDED.match(type_):
        return f"({text})::{type_}"
    bare, array = _MODIFIERS.sub("", type_.removesuffix("[]")), "[]" if type_.endswith("[]") else ""
    return f"({text})::{_WITHOUT_LENGTH.get(bare, bare)}{array}"


def is_built_in(column_type: Type) -> bool:
    """Whether PostgreSQL brings the type along; any other may be a domain."""
    return column_type.name in _BUILT_IN or column_type.name.startswith("interval ")


def user_type(schema: str | None, name: str) -> str:
    """A user's type as ``format_type`` prints it: without its schema where that is public."""
    return quote(name) if schema in (None, "public", "pg_catalog") else f"{quote(schema or '')}.{quote(name)}"


def spelled(kind: Type) -> str:
    """The type as ``format_type`` spells it where no modifier counts."""
    name = "interval" if kind.name.startswith("interval ") else kind.name
    return str(Type(name, (), kind.array))
