"""A statement becomes the statements that do the same gently, by the words of its author where they do."""

from collections.abc import Iterator

from schemaguard.changes import (
    AddCheck,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DetachPartition,
    DropIndex,
    Reindex,
    SetNotNull,
)
from schemaguard.changes.base import Change, Unread
from schemaguard.dataclass import dataclass
from schemaguard.fix.edit import Edit, edited
from schemaguard.frame import Frame
from schemaguard.names import Relation, quote
from schemaguard.recipe import Intent
from schemaguard.sql.actions import Alteration, alteration
from schemaguard.sql.lexer import tokens

#: The rules that find what has a gentle form which does the same in the same file.
MENDED = frozenset(
    {
        "blocking-detach",
        "blocking-index",
        "blocking-reindex",
        "blocking-unique",
        "scanning-check",
        "scanning-foreign-key",
        "set-not-null",
    }
)
#: The rule that finds what SET lock_timeout mends, or CONCURRENTLY.
WAITS = "missing-lock-timeout"


class Unmendable(Exception):
    """Why a statement is left as it is."""


@dataclass(frozen=True, slots=True)
class _Action:
    """What becomes of one action of an ALTER TABLE: it changes where it stands, or goes; what follows it."""

    edits: tuple[Edit, ...]
    goes: bool
    after: tuple[str, ...]


def mended(frame: Frame) -> tuple[str, ...]:
    """The statements that stand for this one. Unmendable: there are none, or they are not known."""
    changes, text = frame.statement.changes, frame.statement.text
    if len(changes) == 1 and (word := _concurrently(changes[0], text)):
        return (edited(text, (word,)),)
    parts = alteration(text)
    if parts is None or len(parts.actions) != len(changes):
        raise Unmendable("there is no mechanical form of it; `schemaguard split` may know how")
    return _altered(frame, parts)


def _concurrently(change: Change | Unread, text: str) -> Edit | None:
    """Where the word belongs; None: nowhere in such a statement."""
    match change:
        case CreateIndex(concurrently=False) | DropIndex(concurrently=False, cascade=False):
            after = frozenset({"INDEX"})
        case Reindex(concurrently=False):
            after = frozenset({"INDEX", "TABLE", "SCHEMA", "DATABASE"})
        case _:
            return None
    found = next((token for token in tokens(text) if token.upper in after), None)
    return None if found is None else Edit(found.end, found.end, " CONCURRENTLY")


def _altered(frame: Frame, parts: Alteration) -> tuple[str, ...]:
    """The ALTER TABLE with what may stay of it, and what follows."""
    text = frame.statement.text
    made = [
        _action(frame, change, parts, span)
        for change, span in zip(frame.statement.changes, parts.actions, strict=True)
    ]
    if not any(made):
        raise Unmendable("there is no mechanical form of it; `schemaguard split` may know how")
    after = tuple(sql for one in made if one for sql in one.after)
    if all(one and one.goes for one in made):
        return after
    edits = [edit for one in made if one for edit in one.edits]
    gone = [place for place, one in enumerate(made) if one and one.goes]
    return edited(text, (*edits, *_removed(text, parts.actions, gone))), *after


def _action(
    frame: Frame, change: Change | Unread, parts: Alteration, span: tuple[int, int]
) -> _Action | None:
    """What becomes of one of its actions; None: it stays."""
    match change:
        case AddCheck(check=added) | AddForeignKey(key=added) if added.valid and added.enforced:
            return _not_valid(frame, change, parts, span)
        case AddUnique() | AddPrimaryKey() | SetNotNull():
            statements = _by_recipe(frame, change, parts, span)
            return _Action((), goes=True, after=statements) if statements else None
        case DetachPartition(concurrently=False, finalize=False):
            recipe = change.recipe(frame.before, frame.server, Intent())
            if recipe is None:
                raise Unmendable("CONCURRENTLY is refused here, or would leave something else behind")
            left = tuple(sql for step in recipe.steps for sql in step.sql[1:])
            return _Action((Edit(span[1], span[1], " CONCURRENTLY"),), goes=False, after=left)
        case _:
            return None


def _not_valid(
    frame: Frame, change: AddCheck | AddForeignKey, parts: Alteration, span: tuple[int, int]
) -> _Action:
    """Its author's constraint, with a name, so that it can be validated afterwards."""
    words = tokens(frame.statement.text, *span)
    edits = [Edit(span[1], span[1], " NOT VALID")]
    if words[1].upper == "CONSTRAINT":
        name = words[2].text
    else:
        name = quote(_new_name(frame, change))
        edits.append(Edit(words[0].end, words[0].end, f" CONSTRAINT {name}"))
    head = "ALTER TABLE IF EXISTS" if parts.if_exists else "ALTER TABLE"
    only = "ONLY " if parts.only else ""
    return _Action(
        tuple(edits), goes=False, after=(f"{head} {only}{parts.table} VALIDATE CONSTRAINT {name}",)
    )


def _new_name(frame: Frame, change: AddCheck | AddForeignKey) -> str:
    had = {constraint.name for constraint in frame.before.known(change.table).constraints}
    has = change.apply(frame.before).known(change.table).constraints
    name = next((constraint.name for constraint in has if constraint.name not in had), "")
    if not name:
        raise Unmendable("the constraint has no name: give it one")
    return name


def _by_recipe(
    frame: Frame, change: AddUnique | AddPrimaryKey | SetNotNull, parts: Alteration, span: tuple[int, int]
) -> tuple[str, ...]:
    """What the change's own recipe says, of the table as its author calls it; (): it costs nothing."""
    text = frame.statement.text
    table = change.column.table if isinstance(change, SetNotNull) else change.table
    if isinstance(change, SetNotNull) and frame.before.proves_present(change.column):
        return ()
    if any(token.upper in ("WITH", "TABLESPACE") for token in tokens(text, *span)):
        raise Unmendable("a key with storage parameters or a tablespace: build its index by hand")
    if parts.if_exists:
        raise Unmendable("IF EXISTS: an index has to know its table")
    recipe = change.recipe(frame.before, frame.server, Intent())
    if recipe is None or recipe.pairs:
        raise Unmendable("its columns are not known: the migrations before it, or --schema, would tell")
    return tuple(_called(sql, table, parts.table) for step in recipe.steps for sql in step.statements)


def _called(sql: str, table: Relation, written: str) -> str:
    """The statement with the table under the name that its author uses."""
    for before, behind in (("ALTER TABLE ", " "), ("ALTER TABLE ONLY ", " "), (" ON ", " (")):
        sql = sql.replace(f"{before}{table}{behind}", f"{before}{written}{behind}", 1)
    return sql


def _removed(text: str, spans: tuple[tuple[int, int], ...], gone: list[int]) -> Iterator[Edit]:
    """The actions that go, each with the comma that parts it from what stays, and the space there."""
    stays = [place for place in range(len(spans)) if place not in gone]
    for place in gone:
        start, end = spans[place]
        if any(other < place for other in stays):
            comma = next(t for t in reversed(tokens(text, spans[place - 1][1], start)) if t.text == ",")
            blank = not text[comma.end : start].strip()
            yield Edit(comma.start, comma.end, "")
            yield Edit(comma.end if blank else start, end, "")
        else:
            comma = next(t for t in tokens(text, end, spans[place + 1][0]) if t.text == ",")
            following = spans[place + 1][0]
            blank = not text[comma.end : following].strip()
            yield Edit(start, following if blank and comma.start == end else comma.end, "")
