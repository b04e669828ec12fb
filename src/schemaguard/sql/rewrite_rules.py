"""CREATE, ALTER and DROP RULE; ALTER TRIGGER."""

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.change_rule import ChangeRule, RuleAction
from schemaguard.changes.rename_trigger import RenameTrigger
from schemaguard.costs import Lock
from schemaguard.locks import LockMode
from schemaguard.mentions import Mentions, Name
from schemaguard.names import Relation
from schemaguard.schema import Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.kept import condition, kept_statement
from schemaguard.sql.object_names import string
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.triggers import of_row


def _create(cursor: Cursor, *, replace: bool) -> tuple[Change, ...]:
    name = cursor.name("a rule")
    cursor.expect("AS", "ON")
    event = cursor.expect_one("SELECT", "INSERT", "UPDATE", "DELETE")
    cursor.expect("TO")
    table = cursor.relation()
    said, writes = (
        Mentions(names=frozenset(Name(column, "new") for column in of_row(cursor))),
        set[Relation](),
    )
    conditional = cursor.accept("WHERE")
    if conditional:
        said |= condition(cursor.up_to(cursor.find("DO")))
    cursor.expect("DO")
    instead = cursor.accept_one("INSTEAD", "ALSO") == "INSTEAD"
    for part in _actions(cursor):
        kept, written = _action(part)
        said |= kept
        writes |= written
    if event == "SELECT" and name != "_RETURN":
        raise Reject('a rule on SELECT that is not called "_RETURN"', cursor.offset)
    return (
        ChangeRule(
            action=RuleAction.CREATE,
            table=table,
            name=name,
            replace=replace,
            event=event,
            instead=instead,
            conditional=conditional,
            said=said,
            writes=tuple(sorted(writes)),
        ),
    )


def _actions(cursor: Cursor) -> list[Cursor]:
    """NOTHING, one statement, or several in parentheses."""
    if cursor.accept("NOTHING"):
        cursor.finish()
        return []
    if cursor.word != "(":
        return [cursor.rest()]
    within = cursor.inside()
    cursor.finish()
    found = []
    while not within.done:
        part = within.up_to(within.find(";"))
        within.accept(";")
        if not part.done:
            found.append(part)
    return found


def _action(part: Cursor) -> tuple[Mentions, frozenset[Relation]]:
    if part.accept("NOTIFY"):
        part.name("a channel")
        if part.accept(","):
            string(part)
        part.finish()
        return Mentions(), frozenset()
    return kept_statement(part)


def _alter(cursor: Cursor) -> tuple[Change, ...]:
    name, table = _on(cursor)
    cursor.expect("RENAME", "TO")
    new = cursor.name("the new name")
    cursor.finish()
    return (ChangeRule(action=RuleAction.RENAME, table=table, name=name, new_name=new),)


def _drop(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name, table = _on(cursor)
    cascade = cascades(cursor)
    return (ChangeRule(action=RuleAction.DROP, table=table, name=name, if_exists=if_exists, cascade=cascade),)


def _on(cursor: Cursor) -> tuple[str, Relation]:
    name = cursor.name("a name")
    cursor.expect("ON")
    return name, cursor.relation()


def _alter_trigger(cursor: Cursor) -> tuple[Change, ...]:
    name, table = _on(cursor)
    if cursor.accept("RENAME", "TO"):
        new = cursor.name("the new name")
        cursor.finish()
        return (RenameTrigger(table, name, new),)
    depends = not cursor.accept("NO")
    cursor.expect("DEPENDS", "ON", "EXTENSION")
    cursor.name("an extension")
    cursor.finish()
    action = f"{'' if depends else 'no '}depends on extension"
    thing = Thing("trigger", name, table)
    return (AlterThing(thing=thing, action=action, locks=(Lock(table, LockMode.ACCESS_SHARE),)),)


PRODUCTIONS: Productions = {
    ("CREATE", "RULE"): lambda cursor: _create(cursor, replace=False),
    ("CREATE", "OR", "REPLACE", "RULE"): lambda cursor: _create(cursor, replace=True),
    ("ALTER", "RULE"): _alter,
    ("DROP", "RULE"): _drop,
    ("ALTER", "TRIGGER"): _alter_trigger,
}
