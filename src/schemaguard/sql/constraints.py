"""Constraints, as tables and columns have them in common."""

from dataclasses import dataclass, replace

from schemaguard.schema import Check, Constraint, ForeignKey, NotNull, Unique
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


@dataclass(frozen=True, slots=True)
class ColumnNotNull:
    """A constraint of the table which says that a column is NOT NULL (18)."""

    column: str
    how: NotNull


def table_constraint(cursor: Cursor) -> Constraint | UsingIndex | ColumnNotNull:
    """A constraint of a table, up to the end."""
    name = cursor.name("a constraint's name") if cursor.accept("CONSTRAINT") else ""
    constraint: Constraint | UsingIndex | ColumnNotNull
    match cursor.word:
        case "CHECK":
            cursor.expect("CHECK")
            expression = facts_at(cursor.inside())
            said = attributes(cursor, "a CHECK constraint", "valid", "enforced", "own")
            constraint = said.of_check(Check(name=name, expression=expression))
        case "UNIQUE" | "PRIMARY":
            constraint = _unique(cursor, name)
            attributes(cursor, "a unique constraint", "deferrable", "deferred")
        case "FOREIGN":
            cursor.expect("FOREIGN", "KEY")
            columns = cursor.names()
            key = references(cursor, name, columns)
            said = attributes(cursor, "a foreign key", "valid", "enforced", "deferrable", "deferred")
            constraint = said.of_key(key)
        case "EXCLUDE":
            raise Reject("schemaguard does not know what an EXCLUDE constraint does", cursor.offset)
        case "NOT":
            cursor.expect("NOT", "NULL")
            column = cursor.name("a column")
            said = attributes(cursor, "a NOT NULL constraint", "valid", "own")
            how = NotNull(name=name, valid=said.valid is not False, own=bool(said.own))
            constraint = ColumnNotNull(column, how)
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
    start, on_delete = cursor.at, ""
    if cursor.accept("MATCH"):
        cursor.expect_one("FULL", "SIMPLE")
    while cursor.accept("ON"):
        deleted = cursor.expect_one("DELETE", "UPDATE") == "DELETE"
        done = _action(cursor)
        on_delete = done if deleted else on_delete
    return ForeignKey(
        name=name,
        columns=columns,
        target=target,
        target_columns=target_columns,
        actions=" ".join(token.text for token in cursor.tokens[start : cursor.at]),
        on_delete=on_delete,
    )


def _action(cursor: Cursor) -> str:
    if cursor.accept("NO", "ACTION"):
        return "NO ACTION"
    if word := cursor.accept_one("RESTRICT", "CASCADE"):
        return word
    cursor.expect("SET")
    word = cursor.expect_one("NULL", "DEFAULT")
    if cursor.word == "(":
        cursor.names()
    return f"SET {word}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What is said of a constraint after it; None: nothing."""

    valid: bool | None = None
    enforced: bool | None = None
    #: NO INHERIT.
    own: bool | None = None
    deferrable: bool | None = None
    deferred: bool | None = None

    def of_check(self, check: Check) -> Check:
        """The constraint, of which that is said: what is not enforced is not valid either."""
        enforced = check.enforced if self.enforced is None else self.enforced
        valid = check.valid and enforced and self.valid is not False
        return replace(check, valid=valid, enforced=enforced, own=check.own or bool(self.own))

    def of_key(self, key: ForeignKey) -> ForeignKey:
        """The foreign key, of which that is said; what is deferred is deferrable."""
        enforced = key.enforced if self.enforced is None else self.enforced
        return replace(
            key,
            valid=key.valid and enforced and self.valid is not False,
            enforced=enforced,
            deferrable=key.deferrable or bool(self.deferrable or self.deferred),
            deferred=key.deferred or bool(self.deferred),
        )


_ATTRIBUTES: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("NOT", "VALID"), "valid", False),
    (("NOT", "ENFORCED"), "enforced", False),
    (("ENFORCED",), "enforced", True),
    (("NO", "INHERIT"), "own", True),
    (("NOT", "DEFERRABLE"), "deferrable", False),
    (("DEFERRABLE",), "deferrable", True),
    (("INITIALLY", "DEFERRED"), "deferred", True),
    (("INITIALLY", "IMMEDIATE"), "deferred", False),
)


def attributes(cursor: Cursor, of: str, *allowed: str) -> Attributes:
    """Reads what may come after a constraint; of each kind only some can be said."""
    said: dict[str, bool] = {}
    while (attribute := _attribute(cursor)) is not None:
        words, name, value = attribute
        # NOT DEFERRABLE and INITIALLY IMMEDIATE can be said of each.
        if name not in allowed and (value or not name.startswith("defer")):
            raise Reject(f"{of} cannot be {' '.join(words)}", cursor.offset)
        if said.setdefault(name, value) is not value:
            raise Reject(f"{of} that is {' '.join(words)} and is not", cursor.offset)
    if said.get("deferred") and said.get("deferrable") is False:
        raise Reject(f"{of} that is deferred and not deferrable", cursor.offset)
    return Attributes(**said)


def _attribute(cursor: Cursor) -> tuple[tuple[str, ...], str, bool] | None:
    return next((one for one in _ATTRIBUTES if cursor.accept(*one[0])), None)


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
