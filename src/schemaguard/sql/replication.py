"""Publications and subscriptions."""

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.publish_tables import Published, Publishing, PublishTables
from schemaguard.dataclass import dataclass
from schemaguard.schema import Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades, definition
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.maintenance import named
from schemaguard.sql.object_names import string
from schemaguard.sql.productions import Productions
from schemaguard.sql.things import altered, by_name, drop_all

_publication = by_name("publication")
_subscription = by_name("subscription")


@dataclass(slots=True)
class _Objects:
    """What a publication is to publish."""

    tables: list[Published]
    schemas: list[str]
    since: int = 14


def _create_publication(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a publication")
    objects, all_tables = _Objects([], []), False
    if cursor.accept("FOR"):
        all_tables = cursor.accept("ALL", "TABLES")
        if not all_tables:
            objects = _objects(cursor)
    changes_rows = _sends_changes(cursor)
    cursor.finish()
    return (
        PublishTables(
            verb=Publishing.CREATE,
            name=name,
            tables=tuple(objects.tables),
            schemas=tuple(objects.schemas),
            all_tables=all_tables,
            changes_rows=changes_rows,
            since=objects.since,
        ),
    )


def _sends_changes(cursor: Cursor) -> bool:
    """Whether UPDATE or DELETE is sent, as they are if nothing is said."""
    if not cursor.accept("WITH"):
        return True
    publish = definition(cursor).get("publish")
    if publish is None or publish.done:
        return True
    sent = string(publish).lower()
    return "update" in sent or "delete" in sent


def _objects(cursor: Cursor) -> _Objects:
    """Tables and schemas; one without its word is of the kind of the one before it."""
    found = _Objects([], [])
    in_schemas: bool | None = None
    while True:
        if cursor.accept("TABLES", "IN", "SCHEMA"):
            in_schemas, found.since = True, 15
        elif cursor.word == "TABLE":
            cursor.expect("TABLE")
            # Up to 14 the word stands once.
            found.since = found.since if in_schemas is None else 15
            in_schemas = False
        if in_schemas is None:
            raise cursor.expected("TABLE or TABLES IN SCHEMA")
        if in_schemas:
            found.schemas.append("" if cursor.accept("CURRENT_SCHEMA") else cursor.name("a schema"))
        else:
            published = _table(cursor)
            found.tables.append(published)
            if published.columns or published.filtered:
                found.since = 15
        if not cursor.accept(","):
            return found


def _table(cursor: Cursor) -> Published:
    table, only, _ = named(cursor)
    columns = cursor.names() if cursor.word == "(" else ()
    filtered = cursor.accept("WHERE")
    if filtered:
        facts_at(cursor.inside())
    return Published(table=table, only=only, columns=columns, filtered=filtered)


def _alter_publication(cursor: Cursor) -> tuple[Change, ...]:
    name = _publication(cursor)
    if cursor.word in ("RENAME", "OWNER"):
        return altered(cursor, name, ("RENAME", "OWNER"))
    verb = Publishing(cursor.expect_one("ADD", "SET", "DROP").lower())
    if verb is Publishing.SET and cursor.word == "(":
        definition(cursor)
        cursor.finish()
        return (AlterThing(thing=name.thing, action="options"),)
    objects = _objects(cursor)
    cursor.finish()
    return (
        PublishTables(
            verb=verb,
            name=name.name,
            tables=tuple(objects.tables),
            schemas=tuple(objects.schemas),
            since=objects.since,
        ),
    )


# Subscriptions


def _create_subscription(cursor: Cursor) -> tuple[Change, ...]:
    thing = _subscription(cursor).thing
    cursor.expect("CONNECTION")
    string(cursor)
    _publications(cursor)
    options = definition(cursor) if cursor.accept("WITH") else {}
    cursor.finish()
    # What makes a slot on the other server cannot be taken back.
    connects = "connect" not in options or _is_on(options["connect"])
    makes_slot = _is_on(options["create_slot"]) if "create_slot" in options else connects
    return (CreateThing(thing=thing, outside=makes_slot),)


def _publications(cursor: Cursor) -> None:
    cursor.expect("PUBLICATION")
    cursor.listed(lambda: cursor.name("a publication"))


def _is_on(value: Cursor) -> bool:
    return value.done or value.source.strip("'").lower() in ("true", "on", "1")


def _alter_subscription(cursor: Cursor) -> tuple[Change, ...]:
    name = _subscription(cursor)
    if cursor.word in ("RENAME", "OWNER"):
        return altered(cursor, name, ("RENAME", "OWNER"))
    action, outside = _subscription_action(cursor)
    cursor.finish()
    return (AlterThing(thing=name.thing, action=action, outside=outside),)


def _subscription_action(cursor: Cursor) -> tuple[str, bool]:
    """What is done, and whether that cannot be in a transaction."""
    match cursor.expect_one("CONNECTION", "REFRESH", "ADD", "DROP", "SET", "ENABLE", "DISABLE", "SKIP"):
        case "CONNECTION":
            string(cursor)
            return "connection", False
        case "REFRESH":
            cursor.expect("PUBLICATION")
            if cursor.accept("WITH"):
                definition(cursor)
            return "refresh", True
        case "SET" if cursor.word == "(":
            options = definition(cursor)
            return "options", bool(options.keys() & {"failover", "two_phase"})
        case "ADD" | "DROP" | "SET" as verb:
            _publications(cursor)
            options = definition(cursor) if cursor.accept("WITH") else {}
            return f"{verb.lower()} publication", "refresh" not in options or _is_on(options["refresh"])
        case "SKIP":
            definition(cursor)
            return "skip", False
        case word:
            return word.lower(), False


def _drop_subscription(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    thing: Thing = _subscription(cursor).thing
    cascade = cascades(cursor)
    # It drops its slot on the other server, unless it has none.
    return (DropThing(thing=thing, if_exists=if_exists, cascade=cascade, outside=not if_exists),)


PRODUCTIONS: Productions = {
    ("CREATE", "PUBLICATION"): _create_publication,
    ("ALTER", "PUBLICATION"): _alter_publication,
    ("DROP", "PUBLICATION"): drop_all(_publication),
    ("CREATE", "SUBSCRIPTION"): _create_subscription,
    ("ALTER", "SUBSCRIPTION"): _alter_subscription,
    ("DROP", "SUBSCRIPTION"): _drop_subscription,
}
