"""Constraints, as tables and columns have them in common."""

from dataclasses import replace
from typing import TypeVar

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, IndexState, NotNull, Unique
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.index_elements import index_element, options
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject


@dataclass(frozen=True, slots=True)
class UsingIndex:
    """A constraint that takes over an index."""

    name: str
    index: str
    primary: bool
    deferrable: bool = False
    deferred: bool = False


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
            unique = _unique(cursor, name)
            constraint = attributes(cursor, "a unique constraint", "deferrable", "deferred").of_unique(unique)
        case "FOREIGN":
            cursor.expect("FOREIGN", "KEY")
            columns, period = _with_period(cursor)
            key = references(cursor, name, columns)
            if key.period is not period and key.target_columns:
                raise Reject("a PERIOD has to be in both tables", cursor.offset)
            key = replace(key, period=period)
            said = attributes(cursor, "a foreign key", "valid", "enforced", "deferrable", "deferred")
            constraint = said.of_key(key)
        case "EXCLUDE":
            exclude = _exclude(cursor, name)
            said = attributes(cursor, "an EXCLUDE constraint", "deferrable", "deferred")
            constraint = said.of_unique(exclude)
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
    distinct = primary or nulls_distinct(cursor)
    within = cursor.inside()
    columns = tuple(within.listed(lambda: within.name("a column")))
    apart = within.accept("WITHOUT", "OVERLAPS")
    within.finish()
    included = cursor.names() if cursor.accept("INCLUDE") else ()
    unique_options(cursor)
    return Unique(
        name=name,
        columns=columns,
        primary=primary,
        without_overlaps=apart,
        nulls_distinct=distinct,
        included=included,
    )


def _exclude(cursor: Cursor, name: str) -> Exclude:
    """EXCLUDE [USING method] (element WITH operator, ...), and what its index is like."""
    cursor.expect("EXCLUDE")
    method = cursor.name("an access method") if cursor.accept("USING") else "btree"
    elements = []
    for part in cursor.inside().parts():
        elements.append(index_element(part.up_to(part.find("WITH"))))
        part.expect("WITH")
        if part.accept("OPERATOR"):
            part = part.inside()  # noqa: PLW2901 - the operator with its schema
            if part.token.kind is not Kind.OP:
                part.label("a schema")
                part.expect(".")
        if part.done or part.token.kind is not Kind.OP:
            raise part.expected("an operator")
        part.at += 1
        part.finish()
    included = cursor.names() if cursor.accept("INCLUDE") else ()
    unique_options(cursor)
    partial = cursor.accept("WHERE")
    also = frozenset(included).union(*(element.used for element in elements))
    calls = frozenset[Relation]().union(*(element.calls for element in elements))
    if partial:
        condition = facts_at(cursor.inside())
        also |= condition.columns
        calls |= condition.calls
    index = IndexState(
        table=Relation("", ""),
        columns=tuple(element.column for element in elements),
        method=method,
        also=also,
        partial=partial,
        calls=calls,
        labels=(*(element.label for element in elements), *included),
    )
    columns = tuple(column for column in index.columns if column is not None)
    return Exclude(name=name, columns=columns, index=index)


def built_on(table: Relation, exclude: Exclude) -> Exclude:
    """The constraint, whose index is one of that table."""
    index = replace(exclude.index, table=table) if exclude.index is not None else None
    return replace(exclude, index=index)


def nulls_distinct(cursor: Cursor) -> bool:
    """Reads NULLS [NOT] DISTINCT, if that comes next; False: they are not."""
    if not cursor.accept("NULLS"):
        return True
    distinct = not cursor.accept("NOT")
    cursor.expect("DISTINCT")
    return distinct


def unique_options(cursor: Cursor) -> None:
    """Reads what may come after the columns of a unique constraint."""
    if cursor.accept("WITH"):
        options(cursor)
    if cursor.accept("USING", "INDEX", "TABLESPACE"):
        cursor.name("a tablespace")


def _with_period(cursor: Cursor) -> tuple[tuple[str, ...], bool]:
    """Columns in parentheses, of which the last may be a PERIOD."""
    within = cursor.inside()
    columns: list[str] = []
    period = False
    while True:
        if within.word == "PERIOD" and within.look() not in ("", ","):
            within.expect("PERIOD")
            period = True
        columns.append(within.name("a column"))
        if period or not within.accept(","):
            break
    within.finish()
    return tuple(columns), period


def references(cursor: Cursor, name: str, columns: tuple[str, ...]) -> ForeignKey:
    """REFERENCES, with its table, columns, MATCH and actions."""
    cursor.expect("REFERENCES")
    target = cursor.relation("the table referred to")
    target_columns, period = _with_period(cursor) if cursor.word == "(" else ((), False)
    start, on_delete = cursor.at, ""
    if cursor.accept("MATCH"):
        cursor.expect_one("FULL", "SIMPLE")
    while cursor.accept("ON"):
        deleted = cursor.expect_one("DELETE", "UPDATE") == "DELETE"
        done = _action(cursor)
        on_delete = done if deleted else on_delete
    return ForeignKey(
        name=name,
        period=period,
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


Deferring = TypeVar("Deferring", Unique, Exclude, UsingIndex, Unique | UsingIndex)


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

    def of_unique(self, constraint: Deferring) -> Deferring:
        """The constraint, of which that is said; what is deferred is deferrable."""
        return replace(
            constraint,
            deferrable=constraint.deferrable or bool(self.deferrable or self.deferred),
            deferred=constraint.deferred or bool(self.deferred),
        )

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
