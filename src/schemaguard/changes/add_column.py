"""ALTER TABLE ... ADD COLUMN."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.batched_steps import fill_nulls
from schemaguard.breaks import Break
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_foreign_key import AddForeignKey, locks_on_target
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_column import DropColumn
from schemaguard.constraint_forms import in_order, own_not_null, unknown_forms
from schemaguard.costs import Cost, Lock, Rewrite, Scan, blocks
from schemaguard.dataclass import dataclass
from schemaguard.defaults import as_kept, is_null
from schemaguard.evidence import Refusal
from schemaguard.holdings import of_added
from schemaguard.key_types import type_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, quote
from schemaguard.number_steps import numbered, unnumbered, until_numbered
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Pair, Recipe, Step
from schemaguard.routines import volatility as volatility_in
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    ForeignKey,
    Generated,
    SchemaState,
    Unique,
    Volatility,
    with_own_sequence,
)
from schemaguard.server import Server
from schemaguard.steps import add_columns, set_not_null
from schemaguard.user_types import domains, fills, is_constrained, may_be_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class AddColumn(Change):
    """A new column, at the end."""

    table: Relation
    column: ColumnState
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False

    turn: ClassVar[Turn] = Turn.COLUMN

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is there, with its constraints and their indexes."""
        if self._is_there(schema):
            return schema
        state = schema.known(self.table).with_column(as_kept(self.column))
        schema = schema.with_table(self.table, state)
        if self.column.brings_sequence and self.column.local:
            of = Column(self.table, self.column.name)
            schema = with_own_sequence(schema, of, self.column.numbers.sequence)
        for constraint in in_order(self.constraints):
            schema = schema.with_constraint(self.table, constraint)
        return schema.with_not_null(Column(self.table, self.column.name)) if self.column.not_null else schema

    def makes(self, before: SchemaState) -> Column | None:
        """The column, if it certainly is a new one."""
        del before
        return None if self.if_not_exists else Column(self.table, self.column.name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock if each row has the same value or none; else all rows are written anew or read."""
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        if self._is_there(schema):
            return
        if self._differs_by_row(schema):
            yield Rewrite(self.table, LockMode.ACCESS_EXCLUSIVE, self._same_perhaps(schema))
        elif self.column.not_null and (not self._gets_value(schema) or self.column.generated):
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE)
        for constraint in self.constraints:
            yield from self._cost_of(constraint, schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that leaves it out, if it must have a value and has none by itself."""
        if self._is_there(schema):
            return
        if self._must_be_present(schema) and not self._gets_value(schema):
            yield Break(needs=f"INSERT without column {Column(self.table, self.column.name).text}")
        for constraint in self.constraints:
            # No running code writes the column: what it gets by itself is what is judged.
            if self._gets_value(schema) and isinstance(constraint, Unique):
                yield from AddUnique(self.table, constraint).breaks(schema, server)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """To a partition alone nothing can be added; and what is refused of its constraints."""
        if schema.is_partition(self.table):
            yield Refusal("42809", f"{self.table.text} is a partition, which has the columns of the whole")
        partitioned = schema.known(self.table).partitioned_by is not None
        inherited = partitioned and min(server.majors) >= 17
        if self.column.identity and schema.children(self.table) and not inherited:
            why = f"{self.table.text} has children, which do not inherit identity (from 17 on partitions do)"
            yield Refusal("42P16", why)
        if self.column.not_null_as.own:
            yield from own_not_null(self.table, schema.known(self.table).partitioned_by is not None, server)
        for constraint in self.constraints if not self._is_there(schema) else ():
            yield from unknown_forms(constraint, server)
            if isinstance(constraint, Check) and constraint.own and partitioned:
                yield Refusal("42P16", f"{self.table.text} is partitioned: it has no NO INHERIT")
            if isinstance(constraint, Unique):
                adding = AddPrimaryKey if constraint.primary else AddUnique
                yield from adding(self.table, constraint).refusals(schema, server)
            if isinstance(constraint, ForeignKey):
                yield from type_refusals(self.table, constraint, self.apply(schema))

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Added empty; the default comes beside it, the values afterwards, NOT NULL in the end."""
        column, of = self.column, Column(self.table, self.column.name)
        calm = not self._differs_by_row(schema) and (self._gets_value(schema) or not column.not_null)
        if self._is_there(schema) or column.type is None or column.generated:
            return None
        if self.constraints:
            return self._constrained(schema, server, intent)
        if column.brings_sequence:
            return self._numbered(schema, intent)
        if calm and column.name not in intent.up:
            return None
        required = set_not_null(of, str(column.type)) if column.not_null else ()
        value = intent.up.get(column.name, "")
        default = column.default.text if column.default is not None and self._has_value else ""
        setting = f"ALTER TABLE {self.table} ALTER COLUMN {quote(column.name)} SET DEFAULT {default}"
        if value:
            pair = Pair(
                table=self.table,
                old=(),  # The planner knows which columns the expression names.
                new={column.name: str(column.type)},
                up={column.name: value},
                down={},
                finish=(setting,) if default else (),
            )
            return Recipe(steps=required, pairs=(pair,))
        if not default:
            return None
        steps: tuple[Step, ...] = (
            add_columns(
                self.table, {column.name: str(column.type)}, (setting,), holds=(of_added(of, column),)
            ),
            fill_nulls(of, str(column.type), default, Phase.BACKFILL),
        )
        return Recipe(steps=(*steps, *required))

    def _numbered(self, schema: SchemaState, intent: Intent) -> Recipe | None:
        """It is what it will be at once; then the rows are numbered."""
        if unnumbered(self.column) is None or self.column.name in intent.up:
            return None
        steps = numbered(self.table, self.column, schema)
        return Recipe(steps=steps, notes=(until_numbered(self.table, self.column),))

    def _constrained(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """The column as without them, and last its constraints; each row having none, a key comes at once."""
        if not any(map(blocks, self.costs(schema, server))):
            return None
        bare, of = replace(self, constraints=()), Column(self.table, self.column.name)
        recipe, phase = bare.recipe(schema, server, intent), Phase.CONTRACT
        if recipe is None and not any(map(blocks, bare.costs(schema, server))):
            if self._gets_value(schema) and any(isinstance(one, Unique) for one in self.constraints):
                return None  # The same one in each row.
            types = {self.column.name: self._definition}
            recipe = Recipe(steps=(add_columns(self.table, types, holds=(of_added(of, self.column),)),))
            phase = Phase.CONTRACT if self._gets_value(schema) else Phase.EXPAND
        held = self.held(schema, server, phase)
        if recipe is None or recipe.pairs or held is None:
            return None
        return replace(recipe, steps=(*recipe.steps, *held))

    def held(self, schema: SchemaState, server: Server, phase: Phase) -> tuple[Step, ...] | None:
        """The steps that give the column, which is there by then, its constraints; None: not known.

        ``phase``: of its keys. What a CHECK says of the NULL that running code leaves there is not known.
        """
        steps: list[Step] = []
        made = replace(self, constraints=()).apply(schema)
        for constraint in in_order(self.constraints):
            adding = self._adding(constraint)
            recipe = adding.recipe(made, server, Intent()) if adding is not None else None
            if adding is None or recipe is None:
                return None
            at = Phase.CONTRACT if isinstance(constraint, Check) else phase
            steps.extend(replace(step, phase=at) for step in recipe.steps)
            made = adding.apply(made)
        return tuple(steps)

    def _adding(self, constraint: Constraint) -> AddCheck | AddForeignKey | AddUnique | AddPrimaryKey | None:
        match constraint:
            case Check():
                return AddCheck(self.table, constraint)
            case ForeignKey():
                return AddForeignKey(self.table, constraint)
            case Unique(primary=primary):
                adding = AddPrimaryKey if primary else AddUnique
                return adding(self.table, constraint)
            case Exclude():
                return None

    @property
    def _definition(self) -> str:
        """What stands behind the column's name, without its constraints."""
        column = self.column
        default = f" DEFAULT {column.default.text}" if column.default is not None else ""
        name = f" CONSTRAINT {quote(column.not_null_as.name)}" if column.not_null_as.name else ""
        own = " NO INHERIT" if column.not_null_as.own else ""
        return f"{column.type}{default}{f'{name} NOT NULL{own}' if column.not_null else ''}"

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP COLUMN, if it was not there before."""
        return () if self._is_there(before) else (DropColumn(Column(self.table, self.column.name)),)

    def _cost_of(self, constraint: Constraint, schema: SchemaState, server: Server) -> Iterator[Cost]:
        match constraint:
            case Check():
                yield from AddCheck(self.table, constraint).costs(schema, server)
            case Exclude():
                raise AssertionError("no column has an EXCLUDE constraint")
            case Unique():
                yield from AddUnique(self.table, constraint).costs(schema, server)
            case ForeignKey():
                yield from locks_on_target(schema, constraint.target)
                # The server looks the values up if it sees a default, even NULL; not those of an identity.
                if self.column.default is not None and constraint.enforced:
                    yield from AddForeignKey(self.table, constraint).costs(schema, server)

    def _must_be_present(self, schema: SchemaState) -> bool:
        """Whether NULL is refused, by the column or by its domain."""
        kind = self.column.type
        if kind is not None and any(domain.not_null for domain in domains(schema, kind)):
            return True
        return self.column.not_null or any(
            (isinstance(c, Unique) and c.primary)
            or (isinstance(c, Check) and self.column.name in c.expression.proves_present)
            for c in self.constraints
        )

    @property
    def _has_value(self) -> bool:
        """Whether the rows that are there get a value other than NULL that the column itself has."""
        return self.column.fills_itself and not (self.column.default and is_null(self.column.default))

    def _gets_value(self, schema: SchemaState) -> bool:
        """Whether they get one, be it that of its domain."""
        return self._has_value or self._domain_fills(schema) is not None

    def _domain_fills(self, schema: SchemaState) -> Volatility | None:
        """How the default differs that the column has from its domain alone."""
        kind = self.column.type
        return fills(schema, kind) if kind is not None and not self.column.fills_itself else None

    def _differs_by_row(self, schema: SchemaState) -> bool:
        """Whether the value has to be computed for each row, or may have to be."""
        column = self.column
        if column.generated is Generated.VIRTUAL:
            return False
        if column.generated or column.identity:
            return True
        # A domain's constraints are checked row by row; inside of arrays and composites nobody looks.
        if column.type is not None and (
            is_constrained(schema, column.type) or may_be_domain(schema, column.type)
        ):
            return True
        volatility = (
            volatility_in(schema, column.default)
            if column.default is not None
            else self._domain_fills(schema)
        )
        return volatility in (Volatility.VOLATILE, Volatility.UNKNOWN)

    def _same_perhaps(self, schema: SchemaState) -> str:
        """What would spare the rewrite where we do not know the type, or what the default calls."""
        column = self.column
        constrained = column.type is not None and is_constrained(schema, column.type)
        if column.generated or column.identity or constrained:
            return ""
        volatility = (
            volatility_in(schema, column.default)
            if column.default is not None
            else self._domain_fills(schema)
        )
        unknown = []
        if column.type is not None and may_be_domain(schema, column.type):
            unknown.append(f"{column.type} is no domain with constraints")
        if volatility is Volatility.UNKNOWN:
            text = column.default.text if column.default is not None else f"the default of {column.type}"
            unknown.append(f"{text} calls nothing volatile once it is planned")
        return "" if volatility is Volatility.VOLATILE else " and ".join(unknown)

    def _is_there(self, schema: SchemaState) -> bool:
        return self.if_not_exists and schema.column(Column(self.table, self.column.name)) is not None
