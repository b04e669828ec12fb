"""A plain column that a trigger computes as the server does a generated one; no table is rewritten."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemaguard.batched_steps import in_batches
from schemaguard.conditions import (
    COMPUTED,
    all_of,
    ask,
    column_exists,
    column_is_generated,
    differ,
    either,
    negated,
    no_row,
    routine_exists,
    trigger_exists,
)
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Backfill, Step
from schemaguard.sql.words import named
from schemaguard.steps import at_once, ensure, own_name, slug
from schemaguard.sync_steps import order_of_triggers
from schemaguard.trigger_text import computed, create_function, create_trigger, drop_triggers, moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A column, its expression over the others, and the trigger that computes it."""

    column: Column
    expression: str
    #: All columns of the table to their types, this one included.
    types: Mapping[str, str]
    #: Code may give it another value; else what is given is replaced.
    given: bool = False

    @property
    def table(self) -> Relation:
        """Its table."""
        return self.column.table

    @property
    def name(self) -> str:
        """The name of the function; those of the triggers begin with it, and sort behind others."""
        return own_name(COMPUTED, self.table.name, self.column.name)

    @property
    def function(self) -> Relation:
        """The function, in the table's schema."""
        return self.table.sibling(self.name)

    @property
    def triggers(self) -> tuple[str, ...]:
        """The names of its triggers: on INSERT, and on UPDATE."""
        return own_name(self.name, "i"), own_name(self.name, "u")

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it is computed from."""
        return tuple(sorted(named(self.expression, self.types) - {self.column.name}))

    def create(self) -> tuple[str, ...]:
        """The statements that make the function and its triggers."""
        on_insert, on_update = self.triggers
        name, type_ = quote(self.column.name), self.types[self.column.name]
        compute = computed((self.expression,), (f"NEW.{name}",), self.types)
        body = [f"    {compute}"]
        watched = (*self.sources, self.column.name)
        if self.given:
            left = f"NOT ({differ(f'NEW.{name}', f'OLD.{name}', type_)})"
            body = [
                f"    IF TG_OP = 'INSERT' AND NEW.{name} IS NULL OR TG_OP = 'UPDATE' AND {left} THEN",
                f"    {body[0]}",
                "    END IF;",
            ]
            watched = self.sources
        changed = moved(watched, self.types) or "false"
        return (
            create_function(self.function, body),
            create_trigger(on_insert, self.table, self.function, "INSERT"),
            create_trigger(on_update, self.table, self.function, "UPDATE", changed),
        )

    def drop(self) -> tuple[str, ...]:
        """The statements that take them away."""
        return drop_triggers(self.triggers, self.table, self.function)

    def instead(self) -> tuple[str, ...]:
        """The statements after which the trigger computes what the server has computed until then."""
        drop = f"ALTER TABLE {self.table} ALTER COLUMN {quote(self.column.name)} DROP EXPRESSION"
        return drop, *self.create()

    # Conditions

    @property
    def plain(self) -> str:
        """Whether the column is there, and the server does not compute it."""
        return all_of(column_exists(self.column), negated(column_is_generated(self.column)))

    @property
    def at_work(self) -> str:
        """Whether the trigger computes it."""
        return all_of(self.plain, *(trigger_exists(self.table, name, enabled=True) for name in self.triggers))

    @property
    def over(self) -> str:
        """Whether the trigger has been taken away again, and the column is left."""
        return all_of(self.plain, negated(routine_exists(self.function)))

    @property
    def wrong(self) -> str:
        """True for rows that hold another value."""
        name, type_ = self.column.name, self.types[self.column.name]
        return differ(quote(name), f"({self.expression})::{type_}", type_)

    @property
    def right(self) -> str:
        """Whether every row holds its value, and rows to come will."""
        known = {name: self.types[name] for name in (*self.sources, self.column.name)}
        return all_of(self.at_work, no_row(self.table, self.wrong, known))


def added(column: Computed) -> tuple[Step, ...]:
    """A new column that a trigger computes, for good; in the end every row has its value."""
    name, type_ = quote(column.column.name), column.types[column.column.name]
    start = at_once(
        slug(column.table.name, "add", column.column.name),
        f"add {column.column.name} to {column.table.text}, and a trigger that computes it",
        Phase.EXPAND,
        (f"ALTER TABLE {column.table} ADD COLUMN {name} {type_}", *column.create()),
        probe=column.at_work,
        locks=((column.table, LockMode.ACCESS_EXCLUSIVE),),
        undo=(*column.drop(), f"ALTER TABLE {column.table} DROP COLUMN IF EXISTS {name}"),
    )
    return *_last_of_triggers(column), start, _fill(column, Phase.BACKFILL), _proof(column)


def computed_anew(column: Computed) -> tuple[Step, ...]:
    """A generated column becomes one that a trigger computes, by another expression, for good."""
    start = _start(column, Phase.CONTRACT)
    return *_last_of_triggers(column), start, _fill(column, Phase.CONTRACT), _proof(column)


def computed_until_contract(column: Computed) -> tuple[Step, ...]:
    """A generated column becomes a plain one, which a trigger fills until the old code is gone."""
    start = _start(column, Phase.EXPAND)
    stop = at_once(
        slug(column.table.name, column.column.name, "drop-trigger"),
        f"no longer compute {column.column.text}",
        Phase.CONTRACT,
        column.drop(),
        probe=column.over,
        locks=((column.table, LockMode.ACCESS_EXCLUSIVE),),
        undo=None,
    )
    return *_last_of_triggers(column), start, stop


def _last_of_triggers(column: Computed) -> Iterable[Step]:
    return order_of_triggers(column.table, (COMPUTED,), (*column.sources, column.column.name))


def _start(column: Computed, phase: Phase) -> Step:
    table = column.table
    step = at_once(
        slug(table.name, column.column.name, "drop-expression"),
        f"let a trigger compute {column.column.text} in the server's place",
        phase,
        column.instead(),
        probe=either(column.at_work, column.over) if column.given else column.at_work,
        locks=((table, LockMode.ACCESS_EXCLUSIVE),),
        # The column could become a generated one again only if all rows were written anew.
        undo=None,
    )
    return replace(step, check=ask(column.at_work))


def _fill(column: Computed, phase: Phase) -> Step:
    return in_batches(
        slug(column.table.name, "fill", column.column.name),
        f"compute {column.column.name} in the rows of {column.table.text} that were there before",
        phase,
        column.right,
        Backfill(
            table=column.table,
            values={column.column.name: column.expression},
            where=column.wrong,
        ),
    )


def _proof(column: Computed) -> Step:
    return ensure(
        slug(column.table.name, column.column.name, "computed"),
        f"{column.column.text} has its value in every row, and a trigger computes it",
        Phase.CONTRACT,
        column.right,
    )
