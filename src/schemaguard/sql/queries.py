"""Queries: which relations they read, which functions they call, and what a WITH in them writes.

Only where a relation, a function or a query can stand is looked at; what expressions mean is not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from schemaguard.changes.base import Change
from schemaguard.names import Relation
from schemaguard.schema import Volatility
from schemaguard.sql import functions
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import COLUMNS_ONLY, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.table_functions import json_table, xml_table

#: What can follow the last part of a query, all of them reserved words.
_SET_OPERATIONS = ("UNION", "INTERSECT", "EXCEPT")
_TAIL = ("ORDER", "LIMIT", "OFFSET", "FETCH", "FOR")
_JOINS = ("INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "JOIN")
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")
#: Words before parentheses that call nothing, after these words or signs.
_NO_CALL = {
    "OVER": (")",),
    "FILTER": (")",),
    "ZONE": ("TIME",),
    "BY": ("GROUP", "ORDER", "PARTITION", "DISTINCT"),
    "SETS": ("GROUPING",),
}
#: What makes a table of a document.
_TABLE_FUNCTIONS = {"XMLTABLE": xml_table, "JSON_TABLE": json_table}
#: Functions that come with PostgreSQL and run a query given as text, or touch tables given by name.
_HIDDEN = frozenset(
    """query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml table_to_xmlschema
    table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml
    database_to_xmlschema database_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema ts_stat ts_rewrite
    set_config pg_import_system_collations brin_summarize_new_values brin_summarize_range
    brin_desummarize_range gin_clean_pending_list pg_restore_relation_stats pg_clear_relation_stats
    pg_restore_attribute_stats pg_clear_attribute_stats binary_upgrade_create_empty_extension""".split()
)


@dataclass(slots=True)
class Found:
    """What has been found so far in a statement."""

    reads: set[Relation] = field(default_factory=set)
    #: Whether rows are locked, by FOR UPDATE and the like.
    locks: bool = False
    #: Functions that do not come with PostgreSQL, or that do more than they say.
    unknown_calls: list[str] = field(default_factory=list)
    #: What the queries of a WITH write, in their order.
    writes: list[Change] = field(default_factory=list)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations, sorted."""
        return tuple(sorted(self.reads))


#: Reads a statement that writes inside of a WITH, where these names of queries are known.
Write = Callable[[Cursor, frozenset[str]], list[Change]]


class Queries:
    """Reads queries from cursors into ``found``."""

    __slots__ = ("found", "write")

    def __init__(self, found: Found, write: Write) -> None:
        self.found = found
        self.write = write

    def query(self, cursor: Cursor, known: frozenset[str]) -> None:
        """A whole query, up to the end."""
        if cursor.done:
            raise cursor.expected("a query")
        known = self.queries_before(cursor, known)
        self._term(cursor, known)
        while cursor.accept_one(*_SET_OPERATIONS):
            cursor.accept_one("ALL", "DISTINCT")
            self._term(cursor, known)
        self._tail(cursor, known)
        cursor.finish()

    def queries_before(self, cursor: Cursor, known: frozenset[str]) -> frozenset[str]:
        """WITH, if it comes next: the names of queries that are known after it."""
        if not cursor.accept("WITH"):
            return known
        recursive = cursor.accept("RECURSIVE")
        if recursive:
            known |= _names_ahead(cursor)
        while True:
            name = cursor.name("a query's name")
            if cursor.word == "(":
                cursor.names()
            cursor.expect("AS")
            if not cursor.accept("NOT", "MATERIALIZED"):
                cursor.accept("MATERIALIZED")
            self._one_before(cursor.inside(), known)
            _search_and_cycle(cursor)
            known |= {name}
            if not cursor.accept(","):
                return known

    def _one_before(self, within: Cursor, known: frozenset[str]) -> None:
        ahead = Cursor(within.text, within.tokens, within.words, within.at, within.stop)
        if ahead.word == "WITH":
            # Whether that writes only the word after it tells.
            Queries(Found(), lambda part, _: _skip(part)).queries_before(ahead, known)
        if ahead.word in _WRITES:
            self.found.writes += self.write(within, known)
        else:
            self.query(within, known)

    def _term(self, cursor: Cursor, known: frozenset[str]) -> None:
        match cursor.word:
            case "(":
                self.query(cursor.inside(), known)
            case "VALUES":
                cursor.expect("VALUES")
                cursor.listed(lambda: self.expressions(cursor.inside(), known))
            case "TABLE":
                cursor.expect("TABLE")
                self._table(cursor, known)
            case "SELECT":
                self._select(cursor.up_to(_end_of_select(cursor)), known)
            case _:
                raise cursor.expected("a query")

    def _select(self, cursor: Cursor, known: frozenset[str]) -> None:
        cursor.expect("SELECT")
        self.expressions(cursor.up_to(end_of_targets(cursor)), known)
        if cursor.word == "INTO":
            raise Reject("SELECT INTO makes no table here", cursor.offset)
        if cursor.accept("FROM"):
            self.sources(cursor.up_to(_clause(cursor, "INTO", "WHERE", "GROUP", "HAVING", "WINDOW")), known)
        if cursor.accept("WHERE"):
            self.condition(cursor.up_to(_clause(cursor, "INTO", "GROUP", "HAVING", "WINDOW")), known)
        if cursor.accept("GROUP"):
            cursor.expect("BY")
            self.expressions(cursor.up_to(_clause(cursor, "INTO", "HAVING", "WINDOW")), known, grouping=True)
        if cursor.accept("HAVING"):
            self.condition(cursor.up_to(_clause(cursor, "INTO", "WINDOW")), known)
        if cursor.accept("WINDOW"):
            while True:
                cursor.name("a window")
                cursor.expect("AS")
                self.expressions(cursor.inside(), known)
                if not cursor.accept(","):
                    break
        cursor.finish()

    def _tail(self, cursor: Cursor, known: frozenset[str]) -> None:
        while not cursor.done:
            word = cursor.expect_one(*_TAIL)
            if word == "FOR":
                if not cursor.accept("NO", "KEY", "UPDATE") and not cursor.accept("KEY", "SHARE"):
                    cursor.expect_one("UPDATE", "SHARE", "READ")
                self.found.locks = True
                if cursor.accept("OF"):
                    cursor.listed(cursor.relation)
                if not cursor.accept("SKIP", "LOCKED"):
                    cursor.accept("NOWAIT")
            else:
                self.expressions(cursor.up_to(_clause(cursor, *_TAIL)), known)

    # FROM

    def sources(self, cursor: Cursor, known: frozenset[str]) -> None:
        """What stands after FROM or USING."""
        while True:
            self._joined(cursor, known)
            if not cursor.accept(","):
                break
        cursor.finish()

    def _joined(self, cursor: Cursor, known: frozenset[str]) -> None:
        self._source(cursor, known)
        while cursor.word in (*_JOINS, "ON", "USING"):
            if cursor.accept("ON"):
                self.condition(cursor.up_to(_end_of_condition(cursor)), known)
            elif cursor.accept("USING"):
                cursor.names()
                if cursor.accept("AS"):
                    cursor.name("another name")
            else:
                cursor.accept("NATURAL")
                if cursor.accept_one("LEFT", "RIGHT", "FULL"):
                    cursor.accept("OUTER")
                else:
                    cursor.accept_one("INNER", "CROSS")
                cursor.expect("JOIN")
                self._source(cursor, known)

    def _source(self, cursor: Cursor, known: frozenset[str]) -> None:
        cursor.accept("LATERAL")
        if cursor.word == "(":
            within = cursor.inside()
            if _is_query(within):
                self.query(within, known)
            else:
                self.sources(within, known)
        elif cursor.is_at("ROWS", "FROM", "("):
            cursor.expect("ROWS", "FROM")
            self.expressions(cursor.inside(), known)
        elif cursor.word in _TABLE_FUNCTIONS and cursor.look() == "(":
            read = _TABLE_FUNCTIONS[cursor.word]
            cursor.at += 1
            read(cursor.inside(), lambda part: self.condition(part, known))
        else:
            self._table_or_call(cursor, known)
        if cursor.accept("WITH"):
            cursor.expect("ORDINALITY")
        self._alias(cursor)
        if cursor.accept("TABLESAMPLE"):
            cursor.relation("a method")
            self.expressions(cursor.inside(), known)
            if cursor.accept("REPEATABLE"):
                self.expressions(cursor.inside(), known)

    def _table_or_call(self, cursor: Cursor, known: frozenset[str]) -> None:
        place = cursor.at
        if cursor.word not in RESERVED and cursor.token.kind in (Kind.WORD, Kind.QUOTED):
            cursor.function_name()
            while cursor.accept("."):
                cursor.label()
            if cursor.word == "(":
                self.expressions(
                    Cursor(cursor.text, cursor.tokens, cursor.words, place, cursor.closing() + 1), known
                )
                cursor.at = cursor.closing() + 1
                return
        cursor.at = place
        self._table(cursor, known)

    def _table(self, cursor: Cursor, known: frozenset[str]) -> None:
        parentheses = cursor.accept("ONLY") and cursor.accept("(")
        qualified = cursor.look() == "."
        table = cursor.relation("a table or a query")
        if parentheses:
            cursor.expect(")")
        else:
            cursor.accept("*")
        if (qualified or table.name not in known) and not is_system(table, qualified=qualified):
            self.found.reads.add(table)

    def _alias(self, cursor: Cursor) -> None:
        if cursor.accept("AS"):
            if cursor.word != "(":
                cursor.name("another name")
        elif cursor.done or cursor.word in (",", *_JOINS, "ON", "USING", "TABLESAMPLE"):
            return
        else:
            cursor.name("another name")
        if cursor.word == "(":
            cursor.inside()

    # Expressions

    def condition(self, cursor: Cursor, known: frozenset[str]) -> None:
        """An expression, which has to be there."""
        if cursor.done:
            raise cursor.expected("a condition")
        self.expressions(cursor, known)

    def expressions(self, cursor: Cursor, known: frozenset[str], *, grouping: bool = False) -> None:
        """All that is left: the queries in parentheses and the calls in it."""
        while not cursor.done:
            word = cursor.word
            if word == "(" and _is_query(_peek_inside(cursor)):
                self.query(cursor.inside(), known)
                continue
            if word in ("SELECT", "FROM", "WHERE") and cursor.words[cursor.at - 1] not in (
                "DISTINCT",
                ".",
                "AS",
            ):
                self._own_syntax(cursor)
            elif cursor.look() == "(" and self._calls(cursor, grouping=grouping):
                self._call(cursor)
            cursor.at += 1

    @staticmethod
    def _own_syntax(cursor: Cursor) -> None:
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

    @staticmethod
    def _calls(cursor: Cursor, *, grouping: bool) -> bool:
        """Whether the name that comes next, before parentheses, is that of a function."""
        token, word = cursor.tokens[cursor.at], cursor.word
        if token.kind not in (Kind.WORD, Kind.QUOTED):
            return False
        before = cursor.words[cursor.at - 1] if cursor.at else ""
        if before in ("::", "AS"):
            return False
        if before != "." and (word in RESERVED or word in COLUMNS_ONLY):
            return False
        if grouping and word in ("ROLLUP", "CUBE"):
            return False
        return before not in _NO_CALL.get(word, ())

    def _call(self, cursor: Cursor) -> None:
        words, place = cursor.words, cursor.at
        path = [cursor.tokens[place].identifier]
        while place >= 2 and words[place - 1] == ".":
            place -= 2
            path.insert(0, cursor.tokens[place].identifier)
        if place >= 1 and words[place - 1] == "::":
            return  # A type with its schema.
        if not known_function(path):
            self.found.unknown_calls.append(".".join(path))


def known_function(path: list[str]) -> bool:
    """Whether it comes with PostgreSQL and touches no relation that its call does not show."""
    if path[:-1] not in ([], ["pg_catalog"]):
        return False
    return path[-1] not in _HIDDEN and functions.of_function(path[-1]) is not Volatility.UNKNOWN


def is_system(table: Relation, *, qualified: bool) -> bool:
    """Whether it is one of PostgreSQL's own relations, which nobody waits for."""
    if qualified:
        return table.schema in ("pg_catalog", "information_schema")
    return table.name.startswith("pg_")


def _skip(cursor: Cursor) -> list[Change]:
    cursor.at = cursor.stop
    return []


def _peek_inside(cursor: Cursor) -> Cursor:
    return Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop).inside()


def _is_query(within: Cursor) -> bool:
    """Whether what is in parentheses is a query: (SELECT 1) UNION ... is, (SELECT 1) + 1 is none."""
    if within.word == "VALUES":
        return within.look() == "("
    if within.word != "(":
        return within.word in ("SELECT", "TABLE", "WITH")
    if not _is_query(_peek_inside(within)):
        return False
    following = within.closing() + 1
    return following >= within.stop or within.words[following] in (*_SET_OPERATIONS, *_TAIL)


def is_query(cursor: Cursor) -> bool:
    """Whether a query comes next, and nothing else up to the end."""
    return _is_query(Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop))


def _names_ahead(cursor: Cursor) -> frozenset[str]:
    """The names of all queries of a WITH RECURSIVE, each of which may name all others."""
    ahead = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop)
    found = set()
    while True:
        found.add(ahead.name("a query's name"))
        if ahead.word == "(":
            ahead.names()
        ahead.expect("AS")
        if not ahead.accept("NOT", "MATERIALIZED"):
            ahead.accept("MATERIALIZED")
        ahead.inside()
        _search_and_cycle(ahead)
        if not ahead.accept(","):
            return frozenset(found)


def _search_and_cycle(cursor: Cursor) -> None:
    if cursor.accept("SEARCH"):
        cursor.expect_one("DEPTH", "BREADTH")
        cursor.expect("FIRST", "BY")
        cursor.listed(cursor.name)
        cursor.expect("SET")
        cursor.name("a column")
    if cursor.accept("CYCLE"):
        cursor.listed(cursor.name)
        cursor.expect("SET")
        cursor.name("a column")
        if cursor.accept("TO"):
            _constant(cursor)
            cursor.expect("DEFAULT")
            _constant(cursor)
        cursor.expect("USING")
        cursor.name("a column")


def _constant(cursor: Cursor) -> None:
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.NUMBER, Kind.DOLLAR) and cursor.word not in ("TRUE", "FALSE"):
        raise cursor.expected("a constant")
    cursor.at += 1


def _clause(cursor: Cursor, *words: str) -> int:
    """Where the first of these clauses begins, or the end."""
    start = cursor.at
    while True:
        place = cursor.find(*words)
        if place >= cursor.stop or not _is_no_clause(cursor, place):
            cursor.at = start
            return place
        cursor.at = place + 1


def _is_no_clause(cursor: Cursor, place: int) -> bool:
    """Whether the word is a label, or belongs to an operator: a.order, AS group, IS DISTINCT FROM."""
    word, before = cursor.words[place], cursor.words[place - 1]
    if before in (".", "AS"):
        return True
    if word == "FROM":
        rows_from = before == "ROWS" and cursor.words[place + 1 : place + 2] == ["("]
        return before == "DISTINCT" or rows_from  # A column can be called rows, too.
    return word == "GROUP" and cursor.words[place + 1 : place + 2] != ["BY"]


def end_of_targets(cursor: Cursor) -> int:
    """Where what a SELECT shows ends."""
    return _clause(cursor, "INTO", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", *_SET_OPERATIONS, *_TAIL)


def _end_of_select(cursor: Cursor) -> int:
    return _clause(cursor, *_SET_OPERATIONS, *_TAIL)


def _end_of_condition(cursor: Cursor) -> int:
    """Where an ON ends: at the next join, comma, or ON of an outer one."""
    start = cursor.at
    while True:
        place = _clause(cursor, ",", "ON", "USING", *_JOINS)
        word = cursor.words[place] if place < cursor.stop else ""
        called = word in ("LEFT", "RIGHT") and cursor.words[place + 1 : place + 2] == ["("]
        if not called:
            cursor.at = start
            return place
        cursor.at = place + 1


def outside_case(cursor: Cursor, *words: str) -> int:
    """Where one of these words comes next, outside of brackets and of CASE ... END."""
    start, depth = cursor.at, 0
    while True:
        place = cursor.find(*words, "CASE", "END")
        if place >= cursor.stop:
            cursor.at = start
            return place
        word = cursor.words[place]
        if cursor.words[place - 1] in (".", "AS"):
            pass
        elif word in ("CASE", "END"):
            depth += 1 if word == "CASE" else -1
        elif depth == 0:
            cursor.at = start
            return place
        cursor.at = place + 1
