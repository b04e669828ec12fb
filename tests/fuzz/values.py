"""Types, values, conditions and index expressions, as strange as people write them."""

from dataclasses import dataclass

from schemaguard.column_types import Type
from schemaguard.names import quote
from schemaguard.schema import ColumnState
from tests.fuzz.draw import Draw

#: What is there before any script, and is no part of the model.
SETUP = """
CREATE SCHEMA app;
CREATE SCHEMA "My Schema";
CREATE SEQUENCE counter;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN word AS text;
CREATE DOMAIN present AS text NOT NULL DEFAULT 'x';
"""
DOMAINS = ("positive", "word", "present")

TYPES = {
    "number": (
        "int", "integer", "bigint", "smallint", "int4", "numeric", "numeric(10,2)", "numeric(12,2)", "real",
        "double precision", "decimal(8)", "float(20)", "positive",
    ),
    "text": (
        "text", "varchar", "varchar(20)", "varchar(40)", "character varying(10)", "char(5)", "char", "word",
        "present", "name",
    ),
    "time": (
        "timestamp", "timestamptz", "timestamp(3)", "date", "timestamp with time zone",
        "timestamptz(3)",
    ),
    "span": ("interval", "interval(3)", "interval day to second"),
    "boolean": ("boolean", "bool"),
    "uuid": ("uuid",),
    "json": ("jsonb", "json"),
    "array": ("int[]", "text[]", "varchar(10)[]", "integer array"),
    "bits": ("bit(3)", "varbit", "varbit(8)", "bytea"),
    "net": ("inet", "cidr"),
    "mood": ("mood",),
}  # fmt: skip

_KINDS = {
    "number": ("integer", "bigint", "smallint", "numeric", "real", "double precision", "positive"),
    "text": ("text", "character varying", "character", "word", "present", "name", "bpchar"),
    "time": ("timestamp without time zone", "timestamp with time zone", "date"),
    "boolean": ("boolean",),
    "uuid": ("uuid",),
    "json": ("json", "jsonb"),
    "bits": ("bit", "bit varying", "bytea"),
    "net": ("inet", "cidr"),
    "mood": ("mood",),
}

_CONSTANTS = {
    "number": ("0", "1", "7", "-3", "'12'", "2 + 3", "1.5", "(4)"),
    "text": (
        "'x'",
        "''",
        "'it''s'",
        "'a' || 'b'",
        "lower('X')",
        "E'\\n'",
        "'x'::varchar",
        "upper('y')::text",
    ),
    "time": ("'2024-01-01'", "now()", "CURRENT_TIMESTAMP", "now() + interval '1 day'", "CURRENT_DATE"),
    "span": ("'1 day'", "interval '1 hour'"),
    "boolean": ("true", "false", "'t'", "1 > 2"),
    "uuid": ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'::uuid"),
    "json": ("'{}'", "'[]'::jsonb", "'{\"a\": 1}'::json"),
    "array": ("'{}'", "ARRAY['1']", "'{1,2}'"),
    "bits": ("'101'", "B'101'"),
    "net": ("'10.0.0.0/8'", "'10.0.0.1/32'"),
    "mood": ("'sad'", "'happy'::mood"),
}
_VOLATILE = {
    "number": ("nextval('counter')", "random() * 5", "(random() * 9 + 1)::int", "any_number()", "one()"),
    "text": ("md5(random()::text)", "gen_random_uuid()::text", "timeofday()"),
    "time": ("clock_timestamp()", "timeofday()::timestamptz", "statement_timestamp()"),
    "uuid": ("gen_random_uuid()",),
    "boolean": ("random() > 0.5",),
}
_CONDITIONS = {
    "number": ("{0} > 0", "{0} >= 0 AND {0} < 1000", "{0} IN (1, 2, 3)", "{0} <> -1", "one() < {0}",
               "{0} BETWEEN -5 AND 50", "{0} = ANY (ARRAY[1, 2])"),
    "text": ("length({0}) < 100", "{0} <> ''", "{0} ~ '.*'", "{0} LIKE '%'", "{0} NOT LIKE 'zz%'",
             "{0} = lower({0})"),
    "time": ("{0} > '2000-01-01'", "{0} < '2100-01-01'"),
    "boolean": ("{0}", "NOT {0}", "{0} IS TRUE", "{0} IS NOT FALSE"),
}  # fmt: skip
_PRESENT = (
    "{0} IS NOT NULL", "NOT {0} IS NULL", "({0}) IS NOT NULL", "{0} IS DISTINCT FROM NULL",
    "NOT ({0} IS NULL)",
    "{0} NOTNULL", "({0} IS NOT NULL) IS TRUE", "{0} IS NOT NULL OR false", "num_nonnulls({0}) = 1",
    "coalesce({0} IS NOT NULL, false)", "CASE WHEN {0} IS NULL THEN false ELSE true END",
)  # fmt: skip
_COMPUTED = {
    "number": ("({0} + 1)", "(abs({0}))", "(({0} * 2) % 7)"),
    "text": ("lower({0})", "(lower({0}))", "length({0})", "({0} || 'x')", "coalesce({0}, '')", "md5({0})"),
    "time": ("(extract(year FROM {0}))", "date_trunc('day', {0})"),
    "boolean": ("(NOT {0})",),
}
_GENERATED = {
    "number": ("{0} * 2", "{0} + 1", "coalesce({0}, 0)", "abs({0})"),
    "text": ("upper({0})", "{0} || '!'", "length({0})"),
    "boolean": ("NOT {0}",),
}
_USING = {
    "number": ("{0}::text::{1}", "({0} + 1)::{1}", "{0}::{1}", "{0}", "CAST({0} AS {1})", "0"),
    "text": ("{0}::{1}", "trim({0})::{1}", "{0}", "NULLIF({0}, '')::{1}", "length({0})::{1}"),
    "time": ("{0}::{1}", "{0} AT TIME ZONE 'UTC'", "now()::{1}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Values:
    """Draws what stands in statements for values."""

    draw: Draw

    def type_of(self, kind: str) -> str:
        return self.draw.one(TYPES[kind])

    def kind(self) -> str:
        """Mostly the kinds with many expressions."""
        if self.draw.chance(0.7):
            return self.draw.one(("number", "number", "text", "text", "time", "boolean"))
        return self.draw.one(TYPES)

    def constant(self, kind: str) -> str:
        return self.draw.one(_CONSTANTS[kind])

    def default(self, kind: str, type_: str) -> str:
        # A domain's NULL is kept, which nobody can know of it.
        if self.draw.chance(0.08) and type_ not in DOMAINS:
            return self.draw.one(("NULL", "NULL", "(NULL)", "NULL::text"))
        if self.draw.chance(0.3) and kind in _VOLATILE:
            return self.draw.one(_VOLATILE[kind])
        return self.constant(kind)

    def condition(self, columns: dict[str, str]) -> str:
        """A condition on some of the columns, which are given with their kinds."""
        parts = [self._about(name, kind) for name, kind in self.draw.some(columns.items(), 1, 2)]
        joined = self.draw.one((" AND ", " AND ", " OR ")).join(parts)
        if self.draw.chance(0.08):
            joined = f"({joined}) AND ({self._about(*self.draw.one(columns.items()))})"
        return f"NOT ({joined})" if self.draw.chance(0.04) else joined

    def _about(self, name: str, kind: str) -> str:
        among = _CONDITIONS.get(kind, ())
        pattern = self.draw.one(among) if among and self.draw.chance(0.5) else self.draw.one(_PRESENT)
        return pattern.format(quote(name))

    def computed(self, name: str, kind: str) -> str:
        return self.draw.one(_COMPUTED.get(kind, ("({0} IS NULL)",))).format(quote(name))

    def generated(self, name: str, kind: str) -> str:
        return self.draw.one(_GENERATED.get(kind, ("({0} IS NULL)::int",))).format(quote(name))

    def using(self, name: str, old: str, target: str) -> str:
        patterns = _USING.get(old, ("{0}::{1}", "{0}::text::{1}", "NULL"))
        return self.draw.one(patterns).format(quote(name), target)


def kind_of(type_: Type | None) -> str:
    """What kind the type is of."""
    if type_ is None:
        return "text"
    if type_.array:
        return "array"
    if type_.name.startswith("interval"):
        return "span"
    return next((kind for kind, names in _KINDS.items() if type_.name in names), "text")


def kinds(columns: tuple[ColumnState, ...]) -> dict[str, str]:
    """The columns' names with their kinds."""
    return {column.name: kind_of(column.type) for column in columns}
