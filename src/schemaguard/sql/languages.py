"""CREATE, ALTER and DROP of languages and access methods."""

from schemaguard.changes.base import Change
from schemaguard.changes.create_extension import CreateExtension
from schemaguard.changes.create_thing import CreateThing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.productions import Productions
from schemaguard.sql.things import Named, altered, drop_all


def _method(cursor: Cursor) -> Named:
    return Named(kind="access method", name=cursor.name("an access method"))


def _create_method(cursor: Cursor) -> tuple[Change, ...]:
    named = _method(cursor)
    cursor.expect("TYPE")
    cursor.expect_one("INDEX", "TABLE")
    cursor.expect("HANDLER")
    cursor.relation("a function")
    cursor.finish()
    return (CreateThing(thing=named.thing),)


def _language(cursor: Cursor) -> Named:
    return Named(kind="language", name=cursor.name("a language"))


def _create_language(cursor: Cursor) -> tuple[Change, ...]:
    replaces = "REPLACE" in cursor.words[: cursor.at]
    named = _language(cursor)
    if cursor.done:
        # It is an extension that brings the language along.
        return (CreateExtension(name=named.name, if_not_exists=replaces),)
    cursor.expect("HANDLER")
    cursor.relation("a function")
    if cursor.accept("INLINE"):
        cursor.relation("a function")
    if cursor.accept("NO"):
        cursor.expect("VALIDATOR")
    elif cursor.accept("VALIDATOR"):
        cursor.relation("a function")
    cursor.finish()
    return (CreateThing(thing=named.thing, replace=replaces),)


_LANGUAGES = (("LANGUAGE",), ("PROCEDURAL", "LANGUAGE"))
_TRUSTED = (*_LANGUAGES, ("TRUSTED", "LANGUAGE"), ("TRUSTED", "PROCEDURAL", "LANGUAGE"))

PRODUCTIONS: Productions = {
    ("CREATE", "ACCESS", "METHOD"): _create_method,
    ("DROP", "ACCESS", "METHOD"): drop_all(_method),
    **{("CREATE", *words): _create_language for words in _TRUSTED},
    **{("CREATE", "OR", "REPLACE", *words): _create_language for words in _TRUSTED},
    **{
        ("ALTER", *words): lambda cursor: altered(cursor, _language(cursor), ("RENAME", "OWNER"))
        for words in _LANGUAGES
    },
    **{("DROP", *words): drop_all(_language) for words in _LANGUAGES},
}
