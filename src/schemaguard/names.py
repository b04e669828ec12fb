"""Names of PostgreSQL objects: folded, quoted, shortened and generated in one place."""

import re
from collections.abc import Iterable
from dataclasses import field

from schemaguard.dataclass import dataclass

#: NAMEDATALEN - 1 of every supported major.
MAX_BYTES = 63

# pg_get_keywords() of 18.4, categories R and T, which quote_identifier() quotes,
# and C (between, int...), which it quotes as well.
_KEYWORDS = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean
    both case cast char character check coalesce collate collation column concurrently constraint create
    cross current_catalog current_date current_role current_schema current_time current_timestamp
    current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch
    float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout
    int integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object
    json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left
    like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null
    nullif numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring symmetric
    system_user table tablesample then time timestamp to trailing treat trim true union unique user using
    values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable""".split()
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_WORD = re.compile(r'"(?:[^"]|"")+"|[^."]+')


def quote(identifier: str) -> str:
    """The identifier as SQL, quoted only where PostgreSQL's ``quote_ident`` quotes."""
    if _PLAIN.match(identifier) and identifier not in _KEYWORDS:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_all(identifiers: Iterable[str]) -> str:
    """The identifiers as SQL, separated by commas."""
    return ", ".join(quote(identifier) for identifier in identifiers)


def literal(value: str) -> str:
    """The text as an SQL string constant."""
    quoted = "'" + value.replace("'", "''") + "'"
    return " E" + quoted.replace("\\", "\\\\") if "\\" in value else quoted


def dollar_quoted(text: str, name: str) -> str:
    """The text as an SQL string constant in which nothing is escaped; its tag is ``name``, or one like it."""
    while f"${name}$" in text:
        name += "_"
    return f"${name}${text}${name}$"


def digest_of(*parts: str) -> str:
    """Eight characters that tell these from others, the same at all times and everywhere."""
    import hashlib  # Which loads OpenSSL: few need it.

    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


def shorten(identifier: str) -> str:
    """The identifier as PostgreSQL keeps it: at most 63 bytes, no character cut in two."""
    # Half of a surrogate pair no server takes; reading says so, and nothing here may fail of it.
    kept = identifier.encode(errors="surrogatepass")[:MAX_BYTES]
    return identifier if len(kept) < MAX_BYTES else kept.decode(errors="ignore")


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """A table, view, index or sequence: these share one namespace in each schema."""

    schema: str
    name: str
    #: False: written without a schema, so that the search path at the statement's moment decides.
    qualified: bool = field(default=True, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def text(self) -> str:
        """The name without quotes, as people and JSON want it."""
        return f"{self.schema}.{self.name}"

    def sibling(self, name: str) -> "Relation":
        """Another relation in the same schema."""
        return Relation(self.schema, name, self.qualified)


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column of a table."""

    table: Relation
    name: str

    def __str__(self) -> str:
        return f"{self.table}.{quote(self.name)}"

    @property
    def text(self) -> str:
        """The name without quotes, as people and JSON want it."""
        return f"{self.table.text}.{self.name}"


def named_relation(text: str, schema: str) -> Relation:
    """The relation that the text of a regclass constant names; without a schema of its own, in that one."""
    words = [
        word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
        for word in _WORD.findall(text)
    ]
    return Relation(words[0], words[1]) if len(words) == 2 else Relation(schema, words[-1])


def generated(table: str, columns: Iterable[str], label: str, taken: Iterable[str]) -> str:
    """The name that PostgreSQL gives an index or constraint which has none.

    As ChooseConstraintName and makeObjectName do it: parts are shortened, the
    longer first, so that all fits into 63 bytes; a number follows the label
    while the name is taken.
    """
    taken = set(taken)
    middle = "_".join(columns)
    for number in range(10_000):
        suffix = label + (str(number) if number else "")
        name = _object_name(table, middle, suffix)
        if name not in taken:
            return name
    raise AssertionError(f"ten thousand constraints like {table}_{middle}_{label}")


def _object_name(first: str, second: str, label: str) -> str:
    room = MAX_BYTES - len(label.encode()) - 1 - (1 if second else 0)
    a, b = first.encode(), second.encode()
    len_a, len_b = len(a), len(b)
    while len_a + len_b > room:
        if len_a > len_b:
            len_a -= 1
        else:
            len_b -= 1
    parts = [a[:len_a].decode(errors="ignore"), b[:len_b].decode(errors="ignore"), label]
    return "_".join(part for part in parts if part)
