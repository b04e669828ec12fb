"""Constraints, as tables and columns have them in common."""

from dataclasses import dataclass, replace

from schemaguard.schema import Check, Constraint, ForeignKey, Unique
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject


@dataclass(frozen=True, slots=True)
class UsingIndex:
    """A constraint that takes over an index."""

    name: str
    index: str
    primary: bool


def table_constraint(cursor: Cursor) -> Constraint | UsingIndex:
    """A constraint of a table, up to the end."""
    name = cursor.name("a constraint's name") if cursor.accept("CONSTRAINT") else ""
    constraint: Constraint | UsingIndex
    match cursor.word:
        case "CHECK":
            cursor.expect("CHECK")
            expression = facts_at(cursor.inside())
            constraint = Check(name=name, expression=expression, valid=attributes(cursor, may_skip=True))
        case "UNIQUE" | "PRIMARY":
            constraint = _unique(cursor, name)
            attributes(cursor, may_skip=False)
        case "FOREIGN":
            cursor.expect("FOREIGN", "KEY")
            columns = cursor.names()
            key = references(cursor, name, columns)
            start = cursor.at
            valid = attributes(cursor, may_skip=True)
            constraint = replace(deferring(key, cursor.words[start : cursor.at]), valid=valid)
        case "EXCLUDE":
            raise Reject("schemaguard does not know what an EXCLUDE constraint does", cursor.offset)
        case "NOT":
            raise Reject(
                "schemaguard does not know what a NOT NULL constraint of its own does; "
                "ALTER COLUMN ... SET NOT NULL does the same",
                cursor.offset,
            )
        case _:
            raise cursor.expected("a constraint")
    cursor.finish()
    return constraint


def _unique(cursor: Cursor, name: str) -> Unique | UsingIndex:
    primary = cursor.accept("PRIMARY")
    cursor.expect("KEY" if primary else "UNIQUE")
    if cursor.accept("USING", "INDEX"):
        return UsingIndex(name, cursor.name("an index"), primary)
    if not primary:
        nulls_distinct(cursor)
    within = cursor.inside()
    columns = tuple(within.listed(lambda: within.name("a column")))
    if within.word == "WITHOUT":
        raise Reject("schemaguard does not know what WITHOUT OVERLAPS does", within.offset)
    within.finish()
    unique_options(cursor)
    return Unique(name=name, columns=columns, primary=primary)


def nulls_distinct(cursor: Cursor) -> None:
    """Reads NULLS [NOT] DISTINCT, if that comes next."""
    if cursor.accept("NULLS"):
        cursor.accept("NOT")
        cursor.expect("DISTINCT")


def unique_options(cursor: Cursor) -> None:
    """Reads what may come after the columns of a unique constraint."""
    if cursor.word == "INCLUDE":
        raise Reject("schemaguard does not know constraints that INCLUDE columns", cursor.offset)
    if cursor.accept("WITH"):
        options(cursor)
    if cursor.accept("USING", "INDEX", "TABLESPACE"):
        cursor.name("a tablespace")


def options(cursor: Cursor) -> None:
    """Reads ``(fillfactor = 70, ...)``, which changes nothing that anyone asks here."""
    within = cursor.inside()
    for option in within.parts():
        option.label("an option")
        if option.accept("."):
            option.label("an option")
        if option.accept("="):
            option.accept_one("-", "+")
            if option.word in ("", "(", ")", ",", "="):
                raise option.expected("a value")
            option.at += 1
        option.finish()


def references(cursor: Cursor, name: str, columns: tuple[str, ...]) -> ForeignKey:
    """REFERENCES, with its table, columns, MATCH and actions."""
    cursor.expect("REFERENCES")
    target = cursor.relation("the table referred to")
    target_columns = cursor.names() if cursor.word == "(" else ()
    if cursor.accept("MATCH"):
        cursor.expect_one("FULL", "SIMPLE")
    while cursor.accept("ON"):
        cursor.expect_one("DELETE", "UPDATE")
        _action(cursor)
    return ForeignKey(name=name, columns=columns, target=target, target_columns=target_columns)


def _action(cursor: Cursor) -> None:
    if cursor.accept("NO", "ACTION") or cursor.accept_one("RESTRICT", "CASCADE"):
        return
    cursor.expect("SET")
    cursor.expect_one("NULL", "DEFAULT")
    if cursor.word == "(":
        cursor.names()


def attributes(cursor: Cursor, *, may_skip: bool) -> bool:
    """Reads what may come after a constraint of a table; False if that is NOT VALID."""
    valid = True
    while not cursor.done:
        if cursor.accept("NOT", "VALID"):
            if not may_skip:
                raise Reject("a unique constraint cannot be NOT VALID", cursor.offset)
            valid = False
        elif not deferrable(cursor):
            break
    return valid


def deferring(key: ForeignKey, words: list[str]) -> ForeignKey:
    """The key, of which these words say when it is checked."""
    if "DEFERRED" in words:
        return replace(key, deferrable=True, deferred=True)
    if (
        "DEFERRABLE" in words
        and "NOT" not in words[words.index("DEFERRABLE") - 1 : words.index("DEFERRABLE")]
    ):
        return replace(key, deferrable=True)
    return key


def deferrable(cursor: Cursor) -> bool:
    """Reads one of DEFERRABLE, INITIALLY DEFERRED and the like."""
    if cursor.accept("DEFERRABLE") or cursor.accept("NOT", "DEFERRABLE"):
        return True
    if cursor.accept("INITIALLY"):
        cursor.expect_one("DEFERRED", "IMMEDIATE")
        return True
    if cursor.accept("NO", "INHERIT"):
        raise Reject("schemaguard does not know what NO INHERIT does", cursor.offset)
    if cursor.accept("NOT", "ENFORCED"):
        raise Reject("schemaguard does not know constraints that are NOT ENFORCED", cursor.offset)
    return cursor.accept("ENFORCED")


def foreign_options(cursor: Cursor) -> None:
    """Reads OPTIONS (name 'value', ...), if that comes next."""
    if not cursor.accept("OPTIONS"):
        return
    for option in cursor.inside().parts():
        option.label("an option")
        if option.token.kind not in (Kind.STRING, Kind.DOLLAR):
            raise option.expected("a string")
        option.at += 1
        option.finish()
