"""Follows DDL: each statement that a revision sends changes the catalog as PostgreSQL would."""

from __future__ import annotations

from .catalog import Catalog, Column, Key
from .sqltext import split_top, statements, words_of
from .tabledefs import Tokens, add_definition, build_index, default_name, expression

#: Statements that change neither tables nor what an inspector can tell of them.
HARMLESS = {
    *("select", "update", "delete", "merge", "with", "values", "table", "show", "set", "reset"),
    *("comment", "savepoint", "release", "rollback", "commit", "begin", "start", "end", "lock", "grant"),
    *("revoke", "analyze", "vacuum", "truncate", "reindex", "cluster", "listen", "notify", "explain"),
    *("copy", "refresh", "prepare", "execute", "deallocate", "discard", "reassign", "checkpoint"),
    *("security", "pragma"),
}
#: Kinds of objects that no inspector is asked about here.
UNSEEN = {
    *("extension", "function", "procedure", "trigger", "policy", "role", "user", "rule", "aggregate"),
    *("operator", "cast", "collation", "statistics", "publication", "subscription", "event", "server"),
    *("database", "language", "text", "transform", "default", "routine", "tablespace", "group", "access"),
}


class NotFollowed(Exception):
    """The statement is DDL, and this module does not know what it does."""


def follow(catalog: Catalog, sql: str) -> None:
    """Change ``catalog`` as ``sql`` would; what is not understood makes what it names doubtful."""
    for statement in statements(sql):
        text = " ".join(token.text for token in statement)
        try:
            _follow_one(catalog, Tokens(statement), text)
        except (NotFollowed, IndexError):
            catalog.doubt(words_of(text))


def _follow_one(catalog: Catalog, t: Tokens, text: str) -> None:
    first = t.next().value
    if first == "insert":
        t.skip("into")
        catalog.filled.add(t.key(catalog))
    elif first == "create":
        _create(catalog, t, text)
    elif first == "alter":
        _alter(catalog, t)
    elif first == "drop":
        _drop(catalog, t)
    elif first not in HARMLESS:
        raise NotFollowed
    if first in ("copy", "merge", "with"):
        # These may fill a table; which one is not worth knowing.
        catalog.filled |= {key for key in catalog.fresh if key[1] in words_of(text)}


def _create(catalog: Catalog, t: Tokens, text: str) -> None:
    t.skip("or", "replace")
    while t.skip("global") or t.skip("local") or t.skip("temporary") or t.skip("temp") or t.skip("unlogged"):
        pass
    if t.skip("table"):
        _create_table(catalog, t)
    elif t.peek() in ("unique", "index"):
        _create_index(catalog, t)
    elif t.skip("type"):
        name = t.key(catalog)[1]
        labels = [x.text[1:-1].replace("''", "'") for x in t.rest() if x.kind == "string"]
        catalog.types[name] = labels
    elif t.skip("domain"):
        catalog.types[t.key(catalog)[1]] = []
    elif t.skip("schema"):
        return
    elif t.skip("sequence"):
        t.skip("if", "not", "exists")
        catalog.sequences.add(t.key(catalog))
    elif t.skip("view") or t.skip("materialized", "view") or t.skip("recursive", "view"):
        t.skip("if", "not", "exists")
        catalog.views.add(t.key(catalog))
    elif t.peek() not in UNSEEN and not (t.skip("constraint") and t.peek() == "trigger"):
        raise NotFollowed(text)


def _create_table(catalog: Catalog, t: Tokens) -> None:
    careful = t.skip("if", "not", "exists")
    key = t.key(catalog)
    if careful and key in catalog.tables:
        return
    table = catalog.create(key)
    if t.peek() != "(":
        table.partial = True  # AS SELECT, PARTITION OF, OF type
        return
    for part in split_top(t.parenthesized()):
        if part[0].value in ("like", "exclude"):
            table.partial = table.partial or part[0].value == "like"
        else:
            add_definition(catalog, table, Tokens(part))
    table.drop_redundant()
    after = {token.value for token in t.rest()}
    table.partial = table.partial or bool(after & {"inherits", "as"})


def _create_index(catalog: Catalog, t: Tokens) -> None:
    unique = t.skip("unique")
    t.skip("index")
    t.skip("concurrently")
    careful = t.skip("if", "not", "exists")
    name = "" if t.peek() == "on" else t.key(catalog)[1]
    t.skip("on")
    t.skip("only")
    key = t.key(catalog)
    if careful and catalog.owner_of_index(name):
        return
    table = catalog.touch(key)
    index = build_index(t, unique=unique)
    name = name or default_name(key[1], "_".join(c or "expr" for c in index.columns), "idx")
    table.settle(name)
    table.indexes[name] = index


def _drop(catalog: Catalog, t: Tokens) -> None:
    kind = t.next().value
    if kind == "materialized":
        kind = t.next().value
    t.skip("concurrently")
    t.skip("if", "exists")
    if kind in UNSEEN or kind in ("schema", "owned", "domain"):
        return
    for key in t.keys(catalog):
        if kind == "table":
            catalog.drop(key)
        elif kind == "index":
            table = catalog.owner_of_index(key[1])
            if table:
                table.settle(key[1])
                del table.indexes[key[1]]
        elif kind == "view":
            catalog.views.discard(key)
        elif kind == "sequence":
            catalog.sequences.discard(key)
        elif kind == "type":
            catalog.types.pop(key[1], None)
        else:
            raise NotFollowed(kind)


def _alter(catalog: Catalog, t: Tokens) -> None:
    kind = t.next().value
    if kind == "table":
        t.skip("if", "exists")
        t.skip("only")
        key = t.key(catalog)
        t.skip("*")
        for action in split_top(t.rest()):
            key = _alter_table(catalog, key, Tokens(action))
    elif kind == "index":
        t.skip("if", "exists")
        old = t.key(catalog)[1]
        table = catalog.owner_of_index(old)
        if table and t.skip("rename", "to"):
            table.rename_constraint(old, t.next().value)
    elif kind == "type":
        name = t.key(catalog)[1]
        if t.skip("rename", "to"):
            catalog.types[t.next().value] = catalog.types.pop(name, [])
        elif t.skip("add", "value"):
            t.skip("if", "not", "exists")
            label = t.next().text[1:-1]
            catalog.types.setdefault(name, []).append(label)
    elif kind not in UNSEEN | {"sequence", "domain", "schema", "view", "materialized", "system"}:
        raise NotFollowed(kind)


def _alter_table(catalog: Catalog, key: Key, t: Tokens) -> Key:
    """Do one action of ALTER TABLE; the key under which the table is known afterwards."""
    table = catalog.touch(key)
    if t.skip("rename"):
        if t.skip("to"):
            new = (key[0], t.next().value)
            catalog.rename(key, new)
            return new
        if t.skip("constraint"):
            table.rename_constraint(t.next().value, t.after("to"))
        else:
            t.skip("column")
            table.rename_column(t.next().value, t.after("to"))
    elif t.skip("set", "schema"):
        new = catalog.key(t.next().value, key[1])
        catalog.rename(key, new)
        return new
    elif t.skip("add"):
        if t.skip("column"):
            careful = t.skip("if", "not", "exists")
            if not (careful and t.peek() in table.columns):
                add_definition(catalog, table, t, column=True)
        else:
            add_definition(catalog, table, t)
    elif t.skip("drop"):
        if t.skip("constraint"):
            t.skip("if", "exists")
            table.drop_constraint(t.next().value)
        else:
            t.skip("column")
            t.skip("if", "exists")
            table.drop_column(t.next().value)
    elif t.skip("alter"):
        if not t.skip("constraint"):
            _alter_column(table.columns, t)
    elif t.peek() not in {
        *("validate", "enable", "disable", "set", "reset", "owner", "cluster", "replica", "force", "no"),
        *("attach", "detach"),
    }:
        raise NotFollowed(t.peek())
    return key


def _alter_column(columns: dict[str, Column], t: Tokens) -> None:
    t.skip("column")
    name = t.next().value
    column = columns.setdefault(name, Column(name, ""))
    if t.skip("set", "not", "null"):
        column.nullable = False
    elif t.skip("drop", "not", "null"):
        column.nullable = True
    elif t.skip("set", "default"):
        column.default = expression(t.rest())
    elif t.skip("drop", "default"):
        column.default = None
    elif t.skip("type") or t.skip("set", "data", "type"):
        column.type = t.type()
    elif t.skip("drop", "identity"):
        column.identity = None
    elif t.skip("add", "generated"):
        column.identity = t.next().value
