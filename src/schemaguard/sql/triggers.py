"""CREATE and DROP of triggers."""

from schemaguard.changes.base import Change
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.names import Relation
from schemaguard.sql.constraints import attributes
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import of_tokens
from schemaguard.sql.lexer import Kind


def create_trigger(cursor: Cursor, *, replace: bool) -> tuple[Change, ...]:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER, after these words."""
    name = cursor.name("the trigger's name")
    if not cursor.accept("INSTEAD", "OF"):
        cursor.expect_one("BEFORE", "AFTER")
    columns = _event(cursor)
    while cursor.accept("OR"):
        columns += _event(cursor)
    cursor.expect("ON")
    table = cursor.relation()
    other = cursor.relation() if cursor.accept("FROM") else None
    attributes(cursor, "a trigger", "deferrable", "deferred")
    if cursor.accept("REFERENCING"):
        _transition(cursor)
        while cursor.word in ("OLD", "NEW"):
            _transition(cursor)
    row, calls = False, frozenset[Relation]()
    if cursor.accept("FOR"):
        cursor.accept("EACH")
        row = cursor.expect_one("ROW", "STATEMENT") == "ROW"
    if cursor.accept("WHEN"):
        condition = cursor.inside()
        if condition.done:
            raise cursor.expected("an expression")
        columns += of_row(condition)
        calls = of_tokens(condition).calls
    cursor.expect("EXECUTE")
    cursor.expect_one("FUNCTION", "PROCEDURE")
    function = cursor.relation("a function")
    within = cursor.inside()
    for part in [] if within.done else within.parts():
        if part.token.kind not in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER):
            part.label("an argument")
        else:
            part.at += 1
        part.finish()
    cursor.finish()
    named = tuple(dict.fromkeys(columns))
    return (CreateTrigger(table, name, replace, row, named, other, function, calls),)


def _event(cursor: Cursor) -> list[str]:
    """What calls it; the columns of UPDATE OF."""
    event = cursor.expect_one("INSERT", "DELETE", "UPDATE", "TRUNCATE")
    if event == "UPDATE" and cursor.accept("OF"):
        return cursor.listed(lambda: cursor.name("a column"))
    return []


def of_row(condition: Cursor) -> list[str]:
    """The columns that a condition names, as OLD.a and NEW.a."""
    tokens, words = condition.tokens, condition.words
    return [
        tokens[place].identifier
        for place in range(condition.at + 2, condition.stop)
        if words[place - 1] == "." and words[place - 2] in ("OLD", "NEW") and words[place] != "*"
    ]


def _transition(cursor: Cursor) -> None:
    cursor.expect_one("OLD", "NEW")
    cursor.expect_one("TABLE", "ROW")
    cursor.accept("AS")
    cursor.name()


def drop_trigger(cursor: Cursor) -> tuple[Change, ...]:
    """DROP TRIGGER, after these two words."""
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name("a trigger")
    cursor.expect("ON")
    table = cursor.relation()
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return (DropTrigger(table=table, name=name, if_exists=if_exists, cascade=cascade),)
