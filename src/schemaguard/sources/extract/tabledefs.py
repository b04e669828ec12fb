"""Column and constraint definitions, as CREATE TABLE and ALTER TABLE write them."""

from __future__ import annotations

from .catalog import Catalog, Column, ForeignKey, Index, Key, Table
from .sqltext import Token, spelled, split_top

#: Where a column's type or an expression of its definition ends.
STOPS = {
    *("not", "null", "default", "primary", "unique", "check", "references", "constraint", "generated"),
    *("collate", "using", "deferrable", "initially", "storage", "compression"),
}
#: Words that may begin a constraint in a table's definition.
CONSTRAINT = {"constraint", "primary", "unique", "foreign", "check", "exclude"}


class Tokens:
    """A statement's tokens and how far it has been read."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        """The value of a coming token; "" at the end."""
        place = self.at + ahead
        return self.tokens[place].value if place < len(self.tokens) else ""

    def next(self) -> Token:
        """Take a token. IndexError at the end: the statement is not what was thought."""
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, *words: str) -> bool:
        """Take these unquoted words, if they come next."""
        coming = self.tokens[self.at : self.at + len(words)]
        if [token.value for token in coming] != list(words) or any(x.kind == "quoted" for x in coming):
            return False
        self.at += len(words)
        return True

    def after(self, word: str) -> str:
        """Take ``word`` and the name after it."""
        self.skip(word)
        return self.next().value

    def rest(self) -> list[Token]:
        """Take all that is left."""
        left = self.tokens[self.at :]
        self.at = len(self.tokens)
        return left

    def key(self, catalog: Catalog) -> Key:
        """Take a name that may have a schema."""
        name = self.next().value
        if self.peek() == ".":
            self.next()
            return catalog.key(name, self.next().value)
        return catalog.key(None, name)

    def keys(self, catalog: Catalog) -> list[Key]:
        """Take a list of names."""
        found = [self.key(catalog)]
        while self.skip(","):
            found.append(self.key(catalog))
        return found

    def parenthesized(self) -> list[Token]:
        """Take a group in parentheses; its content."""
        start = self.at + 1
        depth = 0
        while True:
            token = self.next()
            if token.kind == "sign":
                depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return self.tokens[start : self.at - 1]

    def names(self) -> list[str]:
        """Take a list of names in parentheses."""
        return [part[0].value for part in split_top(self.parenthesized())]

    def until_stop(self) -> list[Token]:
        """Take what belongs to a type or expression: up to a word that begins something else."""
        start = self.at
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if depth == 0 and self.at > start and token.kind == "word" and token.value in STOPS:
                break
            if token.kind == "sign":
                depth += (token.text in "([") - (token.text in ")]")
            self.at += 1
        return self.tokens[start : self.at]

    def type(self) -> str:
        """Take a type."""
        return spelled(self.until_stop())


def expression(found: list[Token]) -> str:
    """An expression, near enough to what the user wrote."""
    return " ".join(token.text for token in found).replace(" :: ", "::")


def default_name(table: str, columns: str, label: str) -> str:
    """The name that PostgreSQL makes up: 63 bytes, the longer part is cut."""
    room = 63 - len(label) - 2
    while len(table) + len(columns) > room:
        if len(table) > len(columns):
            table = table[:-1]
        else:
            columns = columns[:-1]
    return "_".join(part for part in (table, columns, label) if part)


def add_definition(catalog: Catalog, table: Table, t: Tokens, *, column: bool = False) -> None:
    """Add a column or constraint as written in CREATE TABLE or after ADD."""
    quoted = bool(t.tokens[t.at :]) and t.tokens[t.at].kind == "quoted"
    if not column and not quoted and t.peek() in CONSTRAINT:
        name = t.after("constraint") if t.peek() == "constraint" else ""
        add_constraint(catalog, table, t, name, [])
        return
    made = Column(t.next().value, "")
    made.type = t.type()
    if made.type.startswith(("serial", "bigserial", "smallserial")):
        made.type = {"serial": "integer", "bigserial": "bigint"}.get(made.type, "smallint")
        made.serial, made.nullable = True, False
        made.default = f"nextval('{table.key[1]}_{made.name}_seq'::regclass)"
    table.settle(made.name)
    table.columns[made.name] = made
    while t.peek():
        _column_constraint(catalog, table, t, made)


def _column_constraint(catalog: Catalog, table: Table, t: Tokens, column: Column) -> None:
    name = t.after("constraint") if t.skip("constraint") else ""
    if t.skip("not", "null"):
        column.nullable = False
    elif t.skip("null"):
        column.nullable = True
    elif t.skip("default"):
        column.default = expression(t.until_stop())
    elif t.skip("generated"):
        t.skip("by")
        kind = t.next().value
        t.skip("as")
        if t.skip("identity"):
            column.identity, column.nullable = kind, False
        elif t.peek() == "(":
            column.generated = expression(t.parenthesized())
    elif t.peek() in ("primary", "unique", "check", "references"):
        add_constraint(catalog, table, t, name, [column.name])
    else:
        t.next()


def add_constraint(catalog: Catalog, table: Table, t: Tokens, name: str, own: list[str]) -> None:
    """Add a constraint; ``own`` is the column that it is written beside, if any."""
    kind = t.next().value
    if kind in {"primary", "foreign"}:
        t.skip("key")
    elif kind == "unique":
        _ = t.skip("nulls", "distinct") or t.skip("nulls", "not", "distinct")
    by_index = t.after("index") if t.skip("using") else ""
    columns = own or (t.names() if kind in ("primary", "unique", "foreign") and t.peek() == "(" else [])
    if by_index and by_index in table.indexes:
        columns = [c for c in table.indexes.pop(by_index).columns if c]
    labels = {"primary": "pkey", "unique": "key", "check": "check"}
    middle = "" if kind == "primary" else "_".join(columns)
    name = name or by_index or default_name(table.key[1], middle, labels.get(kind, "fkey"))
    table.settle(name)
    if kind == "primary":
        table.primary_key = (name, columns)
        for column in columns:
            if column in table.columns:
                table.columns[column].nullable = False
    elif kind == "unique":
        table.uniques[name] = columns
        table.indexes[name] = Index(list(columns), [], unique=True, of_constraint=True)
    elif kind == "check":
        table.checks[name] = expression(t.parenthesized())
    elif kind in ("foreign", "references"):
        _foreign_key(catalog, table, t, name, columns)
    if not own:
        t.rest()


def _foreign_key(catalog: Catalog, table: Table, t: Tokens, name: str, columns: list[str]) -> None:
    t.skip("references")
    target = t.key(catalog)
    other = catalog.tables.get(target)
    referred = (
        t.names() if t.peek() == "(" else list(other.primary_key[1]) if other and other.primary_key else []
    )
    options: dict[str, object] = {}
    while t.skip("on"):
        event = "on" + t.next().value
        words = [t.next().value]
        if words[0] in ("set", "no"):
            words.append(t.next().value)
        options[event] = " ".join(words).upper()
    table.foreign_keys[name] = ForeignKey(columns, target, referred, options)


def build_index(t: Tokens, *, unique: bool) -> Index:
    """Read ``[USING m] (a, lower(b) DESC) [INCLUDE ...] [WHERE ...]``."""
    index = Index([], [], unique=unique)
    if t.skip("using"):
        index.method = t.next().value
    for part in split_top(t.parenthesized()):
        plain = part[0].kind in ("word", "quoted") and (len(part) == 1 or part[1].text not in ("(", "."))
        index.columns.append(part[0].value if plain else None)
        index.expressions.append(part[0].value if plain else expression(part))
    while t.peek():
        if t.skip("where"):
            index.where = expression(t.rest())
        else:
            t.next()
    return index
