"""ALTER TABLE ... ATTACH PARTITION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.bounds import (
    DEFAULT,
    Proof,
    condition,
    default_condition,
    hash_condition,
    proof,
)
from schemaguard.changes.add_check import conflicting
from schemaguard.changes.add_foreign_key import like
from schemaguard.changes.base import Change
from schemaguard.conditions import all_of, constraint_exists, is_detaching, is_part, negated
from schemaguard.costs import BuildIndex, Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.partition_bounds import default_of, misfit
from schemaguard.partition_indexes import with_parts
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe, Step
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    ForeignKey,
    SchemaState,
    Unique,
)
from schemaguard.server import Server
from schemaguard.steps import at_once, drop_constraint, own_name, proved_check, slug
from schemaguard.way_back import Apart, WayBack

_AX = LockMode.ACCESS_EXCLUSIVE
_BESIDE = (
    "Before {1} is attached, the default partition {0} must have no row that belongs into it, and from its"
    " CHECK until then such rows are refused: attach a partition before its rows come."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachPartition(Change):
    """A table becomes a partition of another."""

    table: Relation
    partition: Relation
    #: FOR VALUES ... or DEFAULT, as written.
    bound: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """It has the parent, and what the parent has: indexes, keys, constraints."""
        state, above = schema.known(self.partition), schema.known(self.table)
        columns = tuple(_inherited(column, above.column(column.name)) for column in state.columns)
        attached = replace(state, columns=columns, parents=(self.table,), bound=self.bound)
        schema = schema.with_table(self.partition, attached)
        for constraint in above.constraints:
            if isinstance(constraint, Unique | Exclude):
                continue  # It comes with its index.
            if isinstance(constraint, ForeignKey):
                constraint = like(schema, self.partition, constraint) or constraint  # noqa: PLW2901 - its own
            inherited = replace(constraint, inherited=True)
            if isinstance(inherited, Check):
                own = state.constraint(constraint.name)
                inherited = replace(own if isinstance(own, Check) else inherited, inherited=True, local=False)
            state = schema.known(self.partition).with_constraint(inherited)
            schema = schema.with_table(self.partition, state)
        return with_parts(schema, self.partition, (self.table,))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Queries on the whole go on. The partition is read, unless constraints prove where its rows are."""
        yield Lock(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
        yield from _on_pointing(schema, self.table, server)
        for part in (self.partition, *schema.descendants(self.partition)):
            yield Lock(part, _AX)
            yield from _unless_proven(schema, part, self.table, self.bound)
        yield from _reading_default(schema, self.table, self.bound)
        if self._missing_indexes(schema):
            yield BuildIndex(self.partition, _AX)
        for key in schema.known(self.table).foreign_keys():
            if like(schema, self.partition, key) is None:
                yield Lock(key.target, LockMode.SHARE_ROW_EXCLUSIVE)
                if key.enforced:
                    yield Scan(self.partition, _AX)
                    yield Scan(key.target, LockMode.SHARE_ROW_EXCLUSIVE)
            else:
                # Its own key becomes a part of the whole's: one of its triggers on the target goes.
                yield Lock(key.target, _AX)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What a partition has to have, and must not be."""
        del server
        above, state = schema.known(self.table), schema.table(self.partition)
        if schema.knows(self.table) and above.partitioned_by is None:
            yield Refusal("42809", f"{self.table.text} is not partitioned")
        yield from misfit(schema, self.table, self.bound)
        if state is None or not schema.knows(self.partition) or not schema.knows(self.table):
            return
        if state.parents:
            yield Refusal("42809", f"{self.partition.text} is a child of {state.parents[0].text} already")
        for check in above.checks():
            if not check.own:
                yield from unlike(self.partition, check, state.constraint(check.name))
        for column in above.columns:
            yield from misfitting(self.partition, column, state.column(column.name))
        for extra in (c.name for c in state.columns if above.column(c.name) is None):
            yield Refusal("42804", f"{self.table.text} has no column {extra}")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """A CHECK that was validated while the table was in use proves that its rows belong there."""
        del intent
        if self.obstacle(schema):
            return None
        part, whole, done = self.partition, self.table, is_part(self.partition, self.table)
        checks, steps = self._checks(schema), list[Step]()
        for table, (name, proving) in checks.items():
            which = (
                "that does not belong into the partition"
                if table == part
                else f"that belongs into {part.text}"
            )
            title = f"let no row into {table.text} {which}"
            steps.extend(proved_check(table, name, proving, Phase.EXPAND, title=title, or_else=done))
        gone = [negated(constraint_exists(table, name)) for table, (name, _) in checks.items()]
        costs = self.costs(schema, server)
        attach = at_once(
            slug(whole.name, "attach", part.name),
            f"attach {part.text} to {whole.text}, which need not read it",
            Phase.EXPAND,
            (
                f"ALTER TABLE {whole} ATTACH PARTITION {part} {self.bound}",
                *(drop_constraint(table, name) for table, (name, _) in checks.items()),
            ),
            probe=all_of(done, negated(is_detaching(part, whole)), *gone),
            locks=tuple((cost.table, cost.mode) for cost in costs if isinstance(cost, Lock)),
            undo=self._way_back(self.apply(schema), server),
        )
        beside = default_of(schema, whole)
        notes = (_BESIDE.format(beside.text, part.text),) if beside else ()
        return Recipe(steps=(*steps, attach), notes=notes)

    def _checks(self, schema: SchemaState) -> dict[Relation, tuple[str, str]]:
        """The table, and the default partition beside it, with the CHECKs that prove where their rows are."""
        within, beside = self._within(schema), default_of(schema, self.table)
        checks = (
            {self.partition: (own_name(self.partition.name, "within", "bound"), within)} if within else {}
        )
        if beside is not None and within:
            checks[beside] = (own_name(beside.name, "without", self.partition.name), f"NOT ({within})")
        return checks

    def _within(self, schema: SchemaState) -> str | None:
        """What proves that a row belongs into the partition; "": nothing has to; None: we cannot tell."""
        whole = schema.known(self.table)
        siblings = [child for child in schema.children(self.table) if child != self.partition]
        if self.bound == DEFAULT and not siblings:
            return ""
        if whole.computed_key or len(whole.partitioned_by or ()) != 1:
            return None
        (column,) = whole.partitioned_by or ("",)
        if self.bound == DEFAULT:
            return default_condition(column, [schema.known(child).bound for child in siblings]) or None
        return condition(column, self.bound) or hash_condition(self.table, column, self.bound) or None

    def obstacle(self, schema: SchemaState) -> str:
        """Why it cannot be attached without making others wait; empty: it can."""
        key = schema.known(self.table).partitioned_by
        if not schema.knows(self.table) or not schema.knows(self.partition) or key is None:
            return "the tables are not known"
        if self._within(schema) is None:
            computed = schema.known(self.table).computed_key
            why = f", for {self.table.text} is partitioned by an expression" if computed else ""
            return f"no CHECK that we can write proves this bound{why}"
        for table, (name, _) in self._checks(schema).items():
            if schema.known(table).constraint(name) is not None:
                return f"{table.text} has a constraint {name} of its own"
        if self._missing_indexes(schema):
            return f"{self.partition.text} lacks an index of {self.table.text}, which would be built"
        for foreign in schema.known(self.table).foreign_keys():
            if like(schema, self.partition, foreign) is None:
                return f"{self.partition.text} lacks the foreign key {foreign.name}"
        return ""

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: what it got from the whole stays."""
        del before
        return None

    def _way_back(self, schema: SchemaState, server: Server) -> WayBack | None:
        """DETACH, CONCURRENTLY where that can be; None: rows that point to the whole would be looked for."""
        from schemaguard.changes.detach_partition import DetachPartition  # It knows what a default one is.

        if any(schema.referencing(self.table)):
            return None
        recipe = DetachPartition(table=self.table, partition=self.partition).recipe(schema, server, Intent())
        statement = f"ALTER TABLE {self.table} DETACH PARTITION {self.partition}"
        if recipe is None:
            return (statement,)
        begin, end = recipe.steps
        return (Apart(begin.sql[0], done=begin.probe, inside=statement), *end.sql)

    def _missing_indexes(self, schema: SchemaState) -> bool:
        """Whether the whole has an index of which the partition has no like."""
        return len(with_parts(schema, self.partition, (self.table,)).indexes) > len(schema.indexes)


def misfitting(child: Relation, column: ColumnState, own: ColumnState | None) -> Iterator[Refusal]:
    """What PostgreSQL says to a child whose column is not that of its parent."""
    inherits = column.not_null and not column.not_null_as.own
    if own is None or own.type != column.type or (inherits and not own.not_null):
        what = "missing" if own is None else "nullable" if own.type == column.type else "of another type"
        yield Refusal("42804", f"column {column.name} of {child.text} is {what}")
    elif inherits and (own.not_null_as.own or (column.not_null_as.valid and not own.not_null_as.valid)):
        what = "NO INHERIT" if own.not_null_as.own else "NOT VALID"
        yield Refusal("42P17", f"NOT NULL of {column.name} in {child.text} is {what}")


def _inherited(column: ColumnState, above: ColumnState | None) -> ColumnState:
    """As the column is in a partition, which has nothing for itself that the whole has."""
    if above is None or not above.not_null:
        return replace(column, local=False)
    return replace(column, local=False, not_null_as=replace(column.not_null_as, inherited=True, local=False))


def unlike(child: Relation, check: Check, own: Constraint | None) -> Iterator[Refusal]:
    """What PostgreSQL says to a child whose constraint is not that of its parent."""
    if not isinstance(own, Check):
        yield Refusal("42804", f"{child.text} has no constraint {check.name}")
    elif conflict := conflicting(check, own):
        yield Refusal("42P17", f"{check.name} of {child.text} is {conflict}")


def becoming_partition(schema: SchemaState, table: Relation, bound: str, server: Server) -> Iterator[Cost]:
    """What CREATE TABLE ... PARTITION OF costs: nobody can use the whole meanwhile."""
    yield Lock(table, _AX)
    yield from _on_pointing(schema, table, server)
    yield from _reading_default(schema, table, bound)


def _on_pointing(schema: SchemaState, table: Relation, server: Server) -> Iterator[Cost]:
    """The tables whose foreign keys point to the whole, and from now on to the partition as well."""
    mode = LockMode.SHARE_ROW_EXCLUSIVE if max(server.majors) >= 15 else LockMode.ACCESS_SHARE
    for pointing, _ in schema.referencing(table):
        if pointing != table:
            yield Lock(pointing, mode)


def _unless_proven(schema: SchemaState, part: Relation, table: Relation, bound: str) -> Iterator[Cost]:
    if bound == DEFAULT and not [c for c in schema.children(table) if c != part]:
        return  # Whatever its rows are, they belong there.
    unknown = f"constraints of {part.text} prove that its rows belong there"
    if not schema.knows(part):
        yield Scan(part, _AX, unknown)
        return
    whole = schema.known(table)
    match Proof.UNDECIDED if whole.computed_key else proof(schema.known(part), whole.partitioned_by, bound):
        case Proof.WITHIN:
            return
        case Proof.NONE:
            yield Scan(part, _AX)
        case Proof.UNDECIDED:
            yield Scan(part, _AX, unknown)


def _reading_default(schema: SchemaState, table: Relation, bound: str) -> Iterator[Cost]:
    """The default partition must not hold what belongs into the new one."""
    other = default_of(schema, table)
    if other is None or bound == DEFAULT:
        return
    for part in (other, *schema.descendants(other)):
        yield Lock(part, _AX)
        key = schema.known(table).partitioned_by or frozenset()
        speaking = any(c.valid and c.expression.columns & key for c in schema.known(part).checks())
        unknown = f"constraints of {part.text} prove that no row of it belongs into the new partition"
        yield Scan(part, _AX, unknown if speaking else "")
