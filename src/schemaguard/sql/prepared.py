"""PREPARE, EXECUTE and DEALLOCATE; and CALL."""

from dataclasses import replace

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.run_prepared import RunPrepared, Use
from schemaguard.sql.calls import call_at
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import Kind, tokens
from schemaguard.sql.productions import Productions
from schemaguard.sql.queries import Found, Queries
from schemaguard.sql.reject import Reject
from schemaguard.sql.rows import rows, statement
from schemaguard.sql.type_names import type_name

#: What PREPARE takes. (SELECT ... INTO from 18 on.)
PREPARABLE = ("SELECT", "VALUES", "TABLE", "WITH", "(", "INSERT", "UPDATE", "DELETE", "MERGE")


def _prepare(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a statement's name")
    if cursor.word == "(":
        within = cursor.inside()
        within.listed(lambda: type_name(within))
        within.finish()
    cursor.expect("AS")
    if cursor.word not in PREPARABLE:
        raise cursor.expected(" or ".join(PREPARABLE))
    return (PlanStatement(name, rows(_with_values(cursor))),)


def _with_values(cursor: Cursor) -> Cursor:
    """A cursor over all that is left, with a number in place of each parameter: what it is, EXECUTE says."""
    text = list(cursor.text)
    for token in cursor.tokens[cursor.at : cursor.stop]:
        if token.kind is Kind.PARAM:
            text[token.start] = " "
    again = over("".join(text), tokens("".join(text)))
    if again.stop != cursor.stop:
        raise Reject("a parameter and something else without a space between them", cursor.offset)
    again.at, cursor.at = cursor.at, cursor.stop
    return again


def executed(cursor: Cursor, use: Use) -> RunPrepared:
    """EXECUTE name [(values)], after the first word, up to the end."""
    name = cursor.name("a statement's name")
    if cursor.word == "(":
        at, found = cursor.offset, Found()
        for part in cursor.inside().parts():
            Queries(found, statement).condition(part, frozenset())
        if found.unknown_calls or found.reads:
            raise Reject("schemaguard does not know what the values do that EXECUTE is given", at)
    cursor.finish()
    return RunPrepared(
        cursor.text,
        f"EXECUTE runs what was prepared as {name}, which is not in this file; write the statement itself",
        name=name,
        use=use,
    )


def _execute(cursor: Cursor) -> tuple[Change | Unread, ...]:
    return (executed(cursor, Use.RUN),)


def _call(cursor: Cursor) -> tuple[Change | Unread, ...]:
    at, found = cursor.offset, Found()
    place = cursor.at
    procedure = cursor.relation("a procedure")
    values = cursor.copy()
    path = [procedure.schema, procedure.name] if cursor.at - place > 1 else [procedure.name]
    for part in cursor.inside().parts():
        Queries(found, statement).expressions(part, frozenset())
    cursor.finish()
    values.at -= 1
    found.unknown_calls.insert(0, replace(call_at(values, path), kind="procedure"))
    if found.reads:
        raise Reject("PostgreSQL takes no query as an argument of CALL", at)
    return tuple(found.called(cursor, at, beside=False))


def _deallocate(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.look():
        cursor.accept("PREPARE")
    name = "" if cursor.accept("ALL") else cursor.name("a statement's name")
    cursor.finish()
    return (TouchNoTable("DEALLOCATE", name),)


PRODUCTIONS: Productions = {
    ("PREPARE",): _prepare,
    ("EXECUTE",): _execute,
    ("DEALLOCATE",): _deallocate,
    ("CALL",): _call,
}
