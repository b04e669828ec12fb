"""Calls of functions in expressions: which there are, and whether we know what they do."""

from schemaguard.call_routines import Call
from schemaguard.names import Relation
from schemaguard.schema import Volatility
from schemaguard.sql import functions
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import COLUMNS_ONLY, RESERVED
from schemaguard.sql.lexer import Kind

#: Words before parentheses that call nothing, after these words or signs.
_NO_CALL = {
    "OVER": (")",),
    "FILTER": (")",),
    "ZONE": ("TIME",),
    # Types of two words and more, as in character varying (40) and interval day to second (3).
    "VARYING": ("CHARACTER", "CHAR", "NCHAR", "BIT"),
    "SECOND": ("TO", "INTERVAL"),
    "BY": ("GROUP", "ORDER", "PARTITION", "DISTINCT"),
    "SETS": ("GROUPING",),
}
#: Functions that come with PostgreSQL and run a query given as text, or touch tables given by name.
_HIDDEN = frozenset(
    """query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
    table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml
    database_to_xmlschema database_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema ts_stat ts_rewrite
    set_config pg_import_system_collations brin_summarize_new_values brin_summarize_range
    brin_desummarize_range gin_clean_pending_list pg_restore_relation_stats pg_clear_relation_stats
    pg_restore_attribute_stats pg_clear_attribute_stats binary_upgrade_create_empty_extension""".split()
)


def own_syntax(cursor: Cursor) -> None:
    """FROM and WHERE in parentheses: of extract(year FROM x), and of FILTER (WHERE x)."""
    depth, place = 0, cursor.at
    while place > 0:
        place -= 1
        depth += {"(": -1, ")": 1}.get(cursor.words[place], 0)
        if depth < 0:
            before = cursor.words[place - 1] if place else ""
            wanted = "WHERE" if before == "FILTER" else "FROM"
            if cursor.word == wanted and before in (
                "FILTER", "EXTRACT", "SUBSTRING", "TRIM", "OVERLAY",
            ):  # fmt: skip
                return
            break
    raise cursor.expected("an expression")


def calls(cursor: Cursor, *, grouping: bool) -> bool:
    """Whether the name that comes next, before parentheses, is that of a function."""
    token, word = cursor.tokens[cursor.at], cursor.word
    if token.kind not in (Kind.WORD, Kind.QUOTED):
        return False
    before = cursor.words[cursor.at - 1] if cursor.at else ""
    start = cursor.at
    while start >= 2 and cursor.words[start - 1] == ".":
        start -= 2
    # A type, or another name with those of its columns.
    if start and cursor.words[start - 1] in ("::", "AS"):
        return False
    if before != "." and (word in RESERVED or word in COLUMNS_ONLY):
        return False
    if grouping and word in ("ROLLUP", "CUBE"):
        return False
    return before not in _NO_CALL.get(word, ())


def known_function(path: list[str]) -> bool:
    """Whether it comes with PostgreSQL and touches no relation that its call does not show."""
    if path[:-1] not in ([], ["pg_catalog"]):
        return False
    return path[-1] not in _HIDDEN and functions.of_function(path[-1]) is not Volatility.UNKNOWN


def call_at(cursor: Cursor, path: list[str]) -> Call:
    """The call of that name, whose last word comes next, before its values."""
    *schema, name = path[-2:]
    # What comes with PostgreSQL is found before all others of its name.
    schema = schema or ["pg_catalog"] * _comes_along(name)
    routine = Relation(schema[0], name) if schema else Relation("public", name, qualified=False)
    ahead = cursor.copy()
    ahead.at += 1
    within = ahead.inside()
    if "VARIADIC" in within.words[within.at : within.stop]:
        return Call(routine, None)
    return Call(routine, 0 if within.done else len(within.parts()))


def _comes_along(name: str) -> bool:
    """Whether PostgreSQL has a function of that name."""
    return name in _HIDDEN or functions.of_function(name) is not Volatility.UNKNOWN


def is_system(table: Relation, *, qualified: bool) -> bool:
    """Whether it is one of PostgreSQL's own relations, which nobody waits for."""
    if qualified:
        return table.schema in ("pg_catalog", "information_schema")
    return table.name.startswith("pg_")
