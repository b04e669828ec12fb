"""What op.create_sync_trigger and op.drop_sync_trigger send, and how it is known again."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, field

from schemaguard.dataclass import dataclass
from schemaguard.directive_keys import did_you_mean
from schemaguard.errors import InputError
from schemaguard.names import Column, Relation, dollar_quoted, literal
from schemaguard.plan.groups import be_repeatable, groups
from schemaguard.plan.misfits import misfits
from schemaguard.recipe import Conflict, Pair
from schemaguard.sql.cursor import over
from schemaguard.sql.expressions import facts
from schemaguard.sql.lexer import LexError, tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import type_name
from schemaguard.sql.words import named, unqualified
from schemaguard.sync import Sync
from schemaguard.text import Piece
from schemaguard.trigger_text import drop_triggers

#: Begins the comment by which the first statement of each is known again.
_MADE = "schemaguard-create-sync-trigger "
_GONE = "schemaguard-drop-sync-trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """New columns of a table are kept in step with the old ones that they are made of."""

    table: str
    schema: str
    #: New column to its expression over the old ones.
    values: Mapping[str, str]
    #: The columns that the expressions name, the new ones included, to their types.
    types: Mapping[str, str]
    #: Old column, which goes away in the end, to its expression over the new ones.
    down: Mapping[str, str] = field(default_factory=dict)
    #: Tells two of a table apart.
    release: str = ""
    #: What counts where one statement writes both forms, and they contradict each other.
    conflict: str = Conflict.NEW.value

    @property
    def relation(self) -> Relation:
        """The table."""
        return Relation(self.schema, self.table)

    @property
    def sync(self) -> Sync:
        """The function and its triggers. InputError where there can be none."""
        types = {name: _type(name, text) for name, text in self.types.items()}
        conflict = self._conflict
        for name in (*self.values, *self.down):
            if name not in types:
                raise InputError(f"the type of {name} is missing", advice="Add it to types.")
        up, down = (
            {name: _expression(name, text, types) for name, text in side.items()}
            for side in (self.values, self.down)
        )
        for name in down:
            if name in up or not any(named(text, {name}) for text in up.values()):
                raise InputError(f"down says what {name} is, but none of the values is made of it")
        for name, text in up.items():
            be_repeatable(Column(self.relation, name), text, down)
        return Sync(
            table=self.relation,
            pairs=tuple(self._pairs(up, down, types, conflict)),
            release=self.release,
            types=types,
        )

    def _pairs(
        self, up: Mapping[str, str], down: Mapping[str, str], types: Mapping[str, str], conflict: Conflict
    ) -> Iterator[Pair]:
        for group in groups(up, down):
            sources = set().union(*(named(up[name], set(types) - set(up)) for name in group.new))
            yield Pair(
                table=self.relation,
                old=group.old or tuple(sorted(sources)),
                new={name: types[name] for name in group.new},
                up={name: up[name] for name in group.new},
                down={name: down[name] for name in group.old},
                conflict=conflict if group.old else Conflict.NEW,
            )

    @property
    def _conflict(self) -> Conflict:
        known = [conflict.value for conflict in Conflict]
        if self.conflict not in known:
            raise InputError(f"conflict={self.conflict!r}: {did_you_mean(self.conflict, known)}")
        if self.conflict != Conflict.NEW.value and not self.down:
            raise InputError(f"conflict={self.conflict!r}: without down there is no other form")
        return Conflict(self.conflict)

    @property
    def question(self) -> str:
        """A statement that fails where the columns are not as is said: the function would, at each row."""
        sync = self.sync
        said = ", ".join(f"({literal(name)}, {literal(text)}::regtype)" for name, text in sync.types.items())
        down = (item for pair in sync.pairs for item in pair.down.items())
        unfit = misfits((*sync.up.items(), *down), sync.types) or "SELECT NULL::text WHERE false"
        called = f"op.create_sync_trigger({self.table!r})"
        untrue = literal(f"{called}: types does not say what the table has: ")
        untaken = literal(f"{called}: a column is given what is not of its type: ")
        block = f"""
#variable_conflict use_column
DECLARE
    differing text;
BEGIN
    SELECT string_agg(concat_ws(' ', said.name, coalesce(
        CASE WHEN a.attgenerated <> '' THEN 'is generated' ELSE format_type(a.atttypid, a.atttypmod) END,
        'is missing'
    )), ', ') INTO differing
    FROM (VALUES {said}) AS said (name, type)
    LEFT JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = {literal(str(self.relation))}::regclass AND a.attname = said.name
        AND NOT a.attisdropped
    WHERE a.atttypid IS DISTINCT FROM said.type OR a.attgenerated <> '';
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {untrue} || differing;
    END IF;
    SELECT string_agg(found, ', ') INTO differing FROM ({unfit}) AS unfit (found);
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {untaken} || differing;
    END IF;
{self._asked_of_defaults(called)}END
"""
        return f"DO {dollar_quoted(block, 'question')}"

    def _asked_of_defaults(self, called: str) -> str:
        """What an INSERT that leaves it out puts into an old column must not look as if it were given."""
        if self.conflict == Conflict.NEW.value:
            return ""
        wrong = literal(f"{called}: conflict={self.conflict!r} is not for columns with a default, such as ")
        return f"""
    SELECT string_agg(a.attname, ', ') INTO differing
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = {literal(str(self.relation))}::regclass
        AND a.attname IN ({", ".join(map(literal, self.down))})
        AND (a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL);
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {wrong} || differing;
    END IF;
"""

    @property
    def sent(self) -> tuple[str, ...]:
        """The statements, with what lets us know them again."""
        function, *triggers = self.made
        allowed = (
            f"-- schemaguard: allow new-trigger (it only keeps both in step)\n{text}" for text in triggers
        )
        return self.question, f"-- {_MADE}{json.dumps(asdict(self))}\n{function}", *allowed

    @property
    def made(self) -> tuple[str, ...]:
        """What makes the function and its triggers, where there are none yet."""
        return tuple(text.replace("CREATE OR REPLACE", "CREATE", 1) for text in self.sync.create())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsynced:
    """They are no longer."""

    table: str
    schema: str
    release: str = ""

    @property
    def sent(self) -> tuple[str, ...]:
        """The statements, with what lets us know them again."""
        sync = Sync(table=Relation(self.schema, self.table), pairs=(), release=self.release, types={})
        first, *rest = drop_triggers((sync.on_insert, sync.on_update), sync.table, sync.function)
        return f"-- {_GONE}\n{first}", *rest


def synced(piece: Piece) -> Synced | None:
    """What the statement begins to keep in step, where it is the function of a Synced."""
    for comment in piece.comments:
        _, mark, rest = comment.partition(_MADE)
        if mark:
            try:
                found = Synced(**json.loads(rest))
                # The comment alone, above another statement, means nothing.
                if found.made[0] == piece.text:
                    return found
            except (ValueError, TypeError, InputError):
                continue
    return None


def ends_sync(piece: Piece) -> bool:
    """Whether the statement is the first of an Unsynced."""
    return any(_GONE in comment for comment in piece.comments)


def _type(column: str, text: str) -> str:
    try:
        cursor = over(text, tokens(text))
        found = type_name(cursor)
        cursor.finish()
    except (Reject, LexError) as error:
        raise InputError(f"the type of {column} is not understood: {text}") from error
    return str(found)


def _expression(column: str, text: str, columns: Collection[str]) -> str:
    try:
        facts(text)
    except Reject as error:
        raise InputError(f"{column} is no expression: {text}", advice=str(error)) from error
    return unqualified(text, columns)
