"""XMLTABLE and JSON_TABLE in a FROM: the expressions in them, between names and types of columns."""

from collections.abc import Callable

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.type_names import type_name

#: Reads an expression, which has to be there, up to the end.
Expression = Callable[[Cursor], None]


def xml_table(cursor: Cursor, expression: Expression) -> None:
    """What is in the parentheses of XMLTABLE."""
    if cursor.accept("XMLNAMESPACES"):
        for part in cursor.inside().parts():
            if not part.accept("DEFAULT"):
                expression(part.up_to(part.find("AS")))
                part.expect("AS")
                part.label("a namespace")
            else:
                expression(part)
            part.finish()
        cursor.expect(",")
    expression(cursor.up_to(cursor.find("PASSING")))
    cursor.expect("PASSING")
    _mechanism(cursor)
    document = cursor.up_to(cursor.find("COLUMNS"))
    if document.words[document.stop - 2 : document.stop - 1] == ["BY"]:
        expression(document.up_to(document.stop - 2))
        _mechanism(document)
        document.finish()
    else:
        expression(document)
    cursor.expect("COLUMNS")
    for part in cursor.parts():
        _xml_column(part, expression)


def _mechanism(cursor: Cursor) -> None:
    if cursor.accept("BY"):
        cursor.expect_one("REF", "VALUE")


def _xml_column(part: Cursor, expression: Expression) -> None:
    part.name("a column")
    if part.accept("FOR"):
        part.expect("ORDINALITY")
        part.finish()
        return
    part.accept("SETOF")
    type_name(part)
    while not part.done:
        if part.accept("NOT", "NULL") or part.accept("NULL"):
            continue
        part.expect_one("PATH", "DEFAULT")
        expression(part.up_to(_end_of_value(part)))


def _end_of_value(part: Cursor) -> int:
    """Where the next option of the column begins, or the end: a value has at least one word."""
    start = part.at
    part.at = part.closing() + 1 if part.word == "(" else start + 1
    place = min(part.find("PATH", "DEFAULT", "NOT"), part.stop)
    if place == part.stop and part.words[place - 1] == "NULL" and place - 1 > start:
        place -= 1
    part.at = start
    return place


def json_table(cursor: Cursor, expression: Expression) -> None:
    """What is in the parentheses of JSON_TABLE."""
    expression(cursor.up_to(cursor.find(",", "FORMAT")))
    _format(cursor)
    cursor.expect(",")
    _path(cursor)
    if cursor.accept("PASSING"):
        for part in cursor.up_to(cursor.find("COLUMNS")).parts():
            expression(part.up_to(part.find("FORMAT", "AS")))
            _format(part)
            part.expect("AS")
            part.label("a variable")
            part.finish()
    _json_columns(cursor, expression)
    if not cursor.done:
        cursor.expect_one("ERROR", "EMPTY")
        cursor.accept("ARRAY")
        cursor.expect("ON", "ERROR")
    cursor.finish()


def _path(cursor: Cursor) -> None:
    if cursor.token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a path")
    cursor.at += 1
    if cursor.accept("AS"):
        cursor.name("a name of the path")


def _format(cursor: Cursor) -> None:
    if cursor.accept("FORMAT"):
        cursor.expect("JSON")
        if cursor.accept("ENCODING"):
            cursor.label("an encoding")


def _json_columns(cursor: Cursor, expression: Expression) -> None:
    cursor.expect("COLUMNS")
    for part in cursor.inside().parts():
        _json_column(part, expression)
        part.finish()


def _json_column(part: Cursor, expression: Expression) -> None:
    if part.word == "NESTED" and (part.look() == "PATH" or part.tokens[part.at + 1].kind is Kind.STRING):
        part.expect("NESTED")
        part.accept("PATH")
        _path(part)
        _json_columns(part, expression)
        return
    part.name("a column")
    if part.accept("FOR"):
        part.expect("ORDINALITY")
        return
    type_name(part)
    _format(part)
    part.accept("EXISTS")
    if part.accept("PATH"):
        _path(part)
    _wrapper_and_quotes(part)
    while not part.done:
        if part.accept("DEFAULT"):
            expression(part.up_to(part.find("ON")))
        elif not part.accept_one("ERROR", "NULL", "TRUE", "FALSE", "UNKNOWN"):
            part.expect("EMPTY")
            part.accept_one("ARRAY", "OBJECT")
        part.expect("ON")
        part.expect_one("EMPTY", "ERROR")


def _wrapper_and_quotes(part: Cursor) -> None:
    if part.accept("WITHOUT") or part.accept("WITH"):
        part.accept_one("CONDITIONAL", "UNCONDITIONAL")
        part.accept("ARRAY")
        part.expect("WRAPPER")
    if part.accept_one("KEEP", "OMIT"):
        part.expect("QUOTES")
        if part.accept("ON"):
            part.expect("SCALAR", "STRING")
