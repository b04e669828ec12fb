"""CREATE, ALTER and DROP SEQUENCE."""

from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.names import Column, Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.productions import Productions
from schemaguard.sql.sequences import sequence_options

_OPTIONS = ("AS", "START", "INCREMENT", "MINVALUE", "MAXVALUE", "NO", "CACHE", "CYCLE", "RESTART", "OWNED")


def create_sequence(cursor: Cursor, *, temporary: bool = False) -> tuple[Change, ...]:
    """CREATE [TEMPORARY | UNLOGGED] SEQUENCE, after these words."""
    if_exists = cursor.accept("IF", "NOT", "EXISTS")
    sequence = cursor.relation("a sequence")
    if temporary:
        sequence = Relation("pg_temp", sequence.name)
    return (_changed(cursor, sequence, "CREATE", if_exists=if_exists),)


def create_temporary(cursor: Cursor) -> tuple[Change, ...]:
    """CREATE TEMPORARY SEQUENCE, after these words."""
    return create_sequence(cursor, temporary=True)


def alter_sequence(cursor: Cursor) -> tuple[Change, ...]:
    """ALTER SEQUENCE, after these words."""
    if_exists = cursor.accept("IF", "EXISTS")
    sequence = cursor.relation("a sequence")
    other = new_name = to = ""
    if cursor.accept("RENAME", "TO"):
        new_name, other = cursor.name("the new name"), "RENAME"
    elif cursor.accept("SET", "SCHEMA"):
        to, other = cursor.name("a schema"), "SCHEMA"
    elif cursor.accept("OWNER", "TO"):
        if not cursor.accept_one("CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"):
            cursor.function_name("a role")
        other = "OWNER"
    elif cursor.accept("SET"):
        other = cursor.expect_one("LOGGED", "UNLOGGED")
    if other:
        cursor.finish()
        change = ChangeSequence(sequence=sequence, verb="ALTER", options=(other,), if_exists=if_exists)
        return (replace(change, new_name=new_name, to=to),)
    if cursor.done:
        raise cursor.expected("an option of the sequence")
    return (_changed(cursor, sequence, "ALTER", if_exists=if_exists),)


def _changed(cursor: Cursor, sequence: Relation, verb: str, *, if_exists: bool) -> ChangeSequence:
    words = cursor.words[cursor.at : cursor.stop]
    options = tuple(word for word in words if word in _OPTIONS)
    owner = _owner(cursor.copy())
    sequence_options(cursor)
    cursor.finish()
    return ChangeSequence(sequence=sequence, verb=verb, options=options, if_exists=if_exists, owner=owner)


def _owner(cursor: Cursor) -> Column | None:
    """The column that OWNED BY names, if it names one."""
    cursor.at = cursor.find("OWNED")
    if not cursor.accept("OWNED", "BY") or cursor.word == "NONE":
        return None
    path = [cursor.name("a table")]
    while cursor.accept("."):
        path.append(cursor.label("a column"))
    if len(path) == 1:
        return None  # The server refuses that.
    qualified = len(path) > 2
    return Column(Relation(path[-3] if qualified else cursor.schema, path[-2], qualified), path[-1])


def drop_sequence(cursor: Cursor) -> tuple[Change, ...]:
    """DROP SEQUENCE, after these words."""
    if_exists = cursor.accept("IF", "EXISTS")
    sequences = cursor.listed(lambda: cursor.relation("a sequence"))
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(
        ChangeSequence(
            sequence=sequence,
            verb="DROP",
            if_exists=if_exists,
            cascade=cascade,
            beside=tuple(other for other in sequences if other != sequence),
        )
        for sequence in sequences
    )


PRODUCTIONS: Productions = {
    ("CREATE", "SEQUENCE"): create_sequence,
    ("CREATE", "UNLOGGED", "SEQUENCE"): create_sequence,
    **{("CREATE", word, "SEQUENCE"): create_temporary for word in ("TEMP", "TEMPORARY")},
    ("ALTER", "SEQUENCE"): alter_sequence,
    ("DROP", "SEQUENCE"): drop_sequence,
}
