"""Queries: which relations they read, which functions they call, and what a WITH in them writes.

Only where a relation, a function or a query can stand is looked at; what expressions mean is not asked.
"""

from collections.abc import Callable
from dataclasses import field

from schemaguard.call_routines import Call, CallRoutines
from schemaguard.changes.base import Change, Unread
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql.calls import call_at, calls, is_system, known_function, own_syntax
from schemaguard.sql.clauses import (
    JOINS,
    SET_OPERATIONS,
    TAIL,
    begins_query,
    clause,
    end_of_condition,
    end_of_select,
    end_of_targets,
    join,
    peek_inside,
)
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.sequence_names import sequence_at
from schemaguard.sql.table_functions import json_table, xml_table
from schemaguard.sql.with_queries import names_ahead, search_and_cycle

#: After these even they are names.
_BEFORE_A_NAME = ("DISTINCT", ".", "AS")
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")
#: What makes a table of a document.
_TABLE_FUNCTIONS = {"XMLTABLE": xml_table, "JSON_TABLE": json_table}


@dataclass(slots=True)
class Found:
    """What has been found so far in a statement."""

    reads: set[Relation] = field(default_factory=set)
    #: What nextval and the like name.
    sequences: set[Relation] = field(default_factory=set)
    #: Whether rows are locked, by FOR UPDATE and the like.
    locks: bool = False
    #: Functions that do not come with PostgreSQL, or that do more than they say.
    unknown_calls: list[Call] = field(default_factory=list)
    #: What the queries of a WITH write, in their order.
    writes: list[Change | Unread] = field(default_factory=list)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations, sorted."""
        return tuple(sorted(self.reads))

    def called(self, cursor: Cursor, at: int, *, beside: bool) -> list[CallRoutines]:
        """The calls of what does not come with PostgreSQL, in a statement that begins there."""
        calls = tuple(dict.fromkeys(self.unknown_calls))
        if not calls:
            return []
        reason = f"schemaguard does not know what the {calls[0].kind} {calls[0].called} does"
        return [CallRoutines(cursor.text, reason, at, calls=calls, beside=beside)]


#: Reads a statement that writes inside of a WITH, where these names of queries are known.
Write = Callable[[Cursor, frozenset[str]], list[Change | Unread]]


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
        while cursor.accept_one(*SET_OPERATIONS):
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
            known |= names_ahead(cursor)
        while True:
            name = cursor.name("a query's name")
            if cursor.word == "(":
                cursor.names()
            cursor.expect("AS")
            if not cursor.accept("NOT", "MATERIALIZED"):
                cursor.accept("MATERIALIZED")
            self._one_before(cursor.inside(), known)
            search_and_cycle(cursor)
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
                self._select(cursor.up_to(end_of_select(cursor)), known)
            case _:
                raise cursor.expected("a query")

    def _select(self, cursor: Cursor, known: frozenset[str]) -> None:
        cursor.expect("SELECT")
        self.expressions(cursor.up_to(end_of_targets(cursor)), known)
        if cursor.word == "INTO":
            raise Reject("SELECT INTO makes no table here", cursor.offset)
        if cursor.accept("FROM"):
            self.sources(cursor.up_to(clause(cursor, "INTO", "WHERE", "GROUP", "HAVING", "WINDOW")), known)
        if cursor.accept("WHERE"):
            self.condition(cursor.up_to(clause(cursor, "INTO", "GROUP", "HAVING", "WINDOW")), known)
        if cursor.accept("GROUP"):
            cursor.expect("BY")
            self.expressions(cursor.up_to(clause(cursor, "INTO", "HAVING", "WINDOW")), known, grouping=True)
        if cursor.accept("HAVING"):
            self.condition(cursor.up_to(clause(cursor, "INTO", "WINDOW")), known)
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
            word = cursor.expect_one(*TAIL)
            if word == "FOR":
                if not cursor.accept("NO", "KEY", "UPDATE") and not cursor.accept("KEY", "SHARE"):
                    cursor.expect_one("UPDATE", "SHARE", "READ")
                self.found.locks = True
                if cursor.accept("OF"):
                    cursor.listed(cursor.relation)
                if not cursor.accept("SKIP", "LOCKED"):
                    cursor.accept("NOWAIT")
            else:
                self.expressions(cursor.up_to(clause(cursor, *TAIL)), known)

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
        while cursor.word in (*JOINS, "ON", "USING"):
            if cursor.accept("ON"):
                self.condition(cursor.up_to(end_of_condition(cursor)), known)
            elif cursor.accept("USING"):
                cursor.names()
                if cursor.accept("AS"):
                    cursor.name("another name")
            else:
                join(cursor)
                self._source(cursor, known)

    def _source(self, cursor: Cursor, known: frozenset[str]) -> None:
        cursor.accept("LATERAL")
        if cursor.word == "(":
            within = cursor.inside()
            (self.query if begins_query(within) else self.sources)(within, known)
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
        elif cursor.done or cursor.word in (",", *JOINS, "ON", "USING", "TABLESAMPLE"):
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
            if word == "(" and begins_query(peek_inside(cursor)):
                self.query(cursor.inside(), known)
                continue
            if word in ("SELECT", "FROM", "WHERE") and cursor.words[cursor.at - 1] not in _BEFORE_A_NAME:
                own_syntax(cursor)
            elif cursor.look() == "(" and calls(cursor, grouping=grouping):
                self._call(cursor)
            cursor.at += 1

    def _call(self, cursor: Cursor) -> None:
        words, place = cursor.words, cursor.at
        path = [cursor.tokens[place].identifier]
        while place >= 2 and words[place - 1] == ".":
            place -= 2
            path.insert(0, cursor.tokens[place].identifier)
        if place >= 1 and words[place - 1] == "::":
            return  # A type with its schema.
        if (sequence := sequence_at(cursor, cursor.at)) is not None:
            self.found.sequences.add(sequence)
        if not known_function(path):
            self.found.unknown_calls.append(call_at(cursor, path))


def _skip(cursor: Cursor) -> list[Change | Unread]:
    cursor.at = cursor.stop
    return []
