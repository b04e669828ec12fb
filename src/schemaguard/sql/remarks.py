"""COMMENT ON, SECURITY LABEL, and statements that touch no table: CHECKPOINT, LOAD, LISTEN, NOTIFY..."""

from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.object_names import ObjectName, object_named, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject

_NO_LABEL = ("constraint", "domain constraint", "policy", "rule", "trigger", "cast", "collation",
             "conversion", "extension", "foreign data wrapper", "index", "operator", "operator class",
             "operator family", "server", "statistics", "text search configuration", "text search dictionary",
             "text search parser", "text search template", "transform", "access method")  # fmt: skip


def comment(cursor: Cursor) -> tuple[Change, ...]:
    """COMMENT, after this word."""
    cursor.expect("ON")
    return (_on(object_named(cursor), _text(cursor)),)


def label(cursor: Cursor) -> tuple[Change, ...]:
    """SECURITY LABEL, after these two words."""
    if cursor.accept("FOR"):
        if cursor.token.kind is Kind.STRING:
            string(cursor)
        else:
            cursor.function_name("a provider")
    cursor.expect("ON")
    at = cursor.offset
    named = object_named(cursor)
    if named.kind in _NO_LABEL:
        raise Reject(f"a {named.kind} has no label", at)
    return (replace(_on(named, _text(cursor)), label=True),)


def _on(named: ObjectName, text: str) -> CommentOn:
    return CommentOn(kind=named.kind, name=named.name, table=named.table, column=named.column, text=text)


def _text(cursor: Cursor) -> str:
    cursor.expect("IS")
    text = "" if cursor.accept("NULL") else string(cursor)
    cursor.finish()
    return text


def _checkpoint(cursor: Cursor) -> tuple[Change, ...]:
    cursor.finish()
    return (TouchNoTable("CHECKPOINT"),)


def _load(cursor: Cursor) -> tuple[Change, ...]:
    file = string(cursor)
    cursor.finish()
    return (TouchNoTable("LOAD", file),)


def _listen(cursor: Cursor) -> tuple[Change, ...]:
    channel = cursor.name("a channel")
    cursor.finish()
    return (TouchNoTable("LISTEN", channel),)


def _unlisten(cursor: Cursor) -> tuple[Change, ...]:
    channel = "" if cursor.accept("*") else cursor.name("a channel")
    cursor.finish()
    return (TouchNoTable("UNLISTEN", channel),)


def _notify(cursor: Cursor) -> tuple[Change, ...]:
    channel = cursor.name("a channel")
    if cursor.accept(","):
        string(cursor)
    cursor.finish()
    return (TouchNoTable("NOTIFY", channel),)


PRODUCTIONS: Productions = {
    ("COMMENT",): comment,
    ("SECURITY", "LABEL"): label,
    ("CHECKPOINT",): _checkpoint,
    ("LOAD",): _load,
    ("LISTEN",): _listen,
    ("UNLISTEN",): _unlisten,
    ("NOTIFY",): _notify,
}
