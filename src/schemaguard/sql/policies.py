"""CREATE, ALTER and DROP of policies and event triggers."""

from dataclasses import replace

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.change_policy import ChangePolicy, PolicyAction
from schemaguard.changes.create_thing import CreateThing
from schemaguard.mentions import Mentions
from schemaguard.names import Relation
from schemaguard.sql import plain
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.kept import condition
from schemaguard.sql.object_names import role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.things import altered, by_name, drop_all

_COMMANDS = ("ALL", "SELECT", "INSERT", "UPDATE", "DELETE")


def _create(cursor: Cursor) -> tuple[Change, ...]:
    name, table = _on(cursor)
    if cursor.accept("AS"):
        cursor.expect_one("PERMISSIVE", "RESTRICTIVE")
    if cursor.accept("FOR"):
        cursor.expect_one(*_COMMANDS)
    using, checking = _conditions(cursor)
    made = ChangePolicy(action=PolicyAction.CREATE, table=table, name=name, using=using, checking=checking)
    return (made,)


def _alter(cursor: Cursor) -> tuple[Change, ...]:
    name, table = _on(cursor)
    if cursor.accept("RENAME", "TO"):
        new = cursor.name("the new name")
        cursor.finish()
        return (ChangePolicy(action=PolicyAction.RENAME, table=table, name=name, new_name=new),)
    using, checking = _conditions(cursor)
    made = ChangePolicy(action=PolicyAction.ALTER, table=table, name=name, using=using, checking=checking)
    return (made,)


def _drop(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name, table = _on(cursor)
    cascades(cursor)  # Nothing depends on a policy.
    return (ChangePolicy(action=PolicyAction.DROP, table=table, name=name, if_exists=if_exists),)


def _on(cursor: Cursor) -> tuple[str, Relation]:
    name = cursor.name("a policy")
    cursor.expect("ON")
    return name, cursor.relation()


def _conditions(cursor: Cursor) -> tuple[Mentions, Mentions]:
    """TO roles USING (...) WITH CHECK (...), up to the end: what the two expressions name."""
    if cursor.accept("TO"):
        cursor.listed(lambda: role_name(cursor, public=True))
    using = _condition(cursor.inside()) if cursor.accept("USING") else Mentions()
    checking = _condition(cursor.inside()) if cursor.accept("WITH", "CHECK") else Mentions()
    cursor.finish()
    return using, checking


def _condition(cursor: Cursor) -> Mentions:
    """What it names; without a query in it all columns are those of the row."""
    whole = cursor.copy()
    said = condition(cursor)
    if not {"SELECT", "VALUES", "TABLE"}.isdisjoint(whole.words[whole.at : whole.stop]):
        return said
    return replace(said, of_row=plain.read(whole).columns)


# Event triggers

_event_trigger = by_name("event trigger")


def _create_event_trigger(cursor: Cursor) -> tuple[Change, ...]:
    thing = _event_trigger(cursor).thing
    cursor.expect("ON")
    cursor.label("an event")
    if cursor.accept("WHEN"):
        _tags(cursor)
        while cursor.accept("AND"):
            _tags(cursor)
    cursor.expect("EXECUTE")
    cursor.expect_one("FUNCTION", "PROCEDURE")
    cursor.relation("a function")
    cursor.inside().finish()
    cursor.finish()
    return (CreateThing(thing=thing),)


def _tags(cursor: Cursor) -> None:
    cursor.name("tag")
    cursor.expect("IN")
    within = cursor.inside()
    within.listed(lambda: string(within))
    within.finish()


def _alter_event_trigger(cursor: Cursor) -> tuple[Change, ...]:
    named = _event_trigger(cursor)
    action = cursor.accept_one("ENABLE", "DISABLE").lower()
    if not action:
        return altered(cursor, named, ("RENAME", "OWNER"))
    if action == "enable" and (when := cursor.accept_one("REPLICA", "ALWAYS")):
        action += f" {when.lower()}"
    cursor.finish()
    return (AlterThing(thing=named.thing, action=action),)


PRODUCTIONS: Productions = {
    ("CREATE", "POLICY"): _create,
    ("ALTER", "POLICY"): _alter,
    ("DROP", "POLICY"): _drop,
    ("CREATE", "EVENT", "TRIGGER"): _create_event_trigger,
    ("ALTER", "EVENT", "TRIGGER"): _alter_event_trigger,
    ("DROP", "EVENT", "TRIGGER"): drop_all(_event_trigger),
}
