"""ALTER TABLE ... DETACH PARTITION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.bounds import Proof, proof
from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.conditions import all_of, constraint_exists, either, is_detaching, is_part, negated
from schemaguard.costs import Cost, Lock, Wait
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation, dollar_quoted
from schemaguard.partition_bounds import default_of
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, LockClass, Recipe
from schemaguard.schema import Check, Constraint, Expression, SchemaState
from schemaguard.server import Server
from schemaguard.steps import alone, at_once, drop_constraint, slug

_AX = LockMode.ACCESS_EXCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachPartition(Change):
    """A partition becomes a table of its own: queries on the whole no longer see its rows."""

    table: Relation
    partition: Relation
    concurrently: bool = False
    #: Ends what a CONCURRENTLY that was interrupted has begun.
    finalize: bool = False

    @property
    def alone(self) -> bool:
        """CONCURRENTLY commits in between."""
        return self.concurrently

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is a table of its own, which keeps what it had from the whole."""
        if schema.complete and self.partition not in schema.tables:
            return schema
        state = schema.known(self.partition)
        constraints = tuple(_own(constraint) for constraint in state.constraints)
        columns = tuple(
            replace(column, local=True, not_null_as=replace(column.not_null_as, inherited=False, local=True))
            for column in state.columns
        )
        alone = replace(state, parents=(), bound="", constraints=constraints, columns=columns)
        schema = schema.with_table(self.partition, alone)
        for name, index in list(schema.indexes_of(self.partition)):
            schema = schema.with_index(name, replace(index, part_of=None))
        whole = schema.known(self.table)
        key = whole.partitioned_by or frozenset()
        if not self.concurrently or proof(state, key, state.bound) is Proof.WITHIN:
            return schema
        # A CHECK, so that it can be attached again without being read.
        present = frozenset[str]() if whole.computed_key else key
        within = Expression(text=state.bound, columns=key, proves_present=present)
        bound = Check(name="", expression=within)
        named = schema.with_constraint(self.partition, bound)
        inherited = replace(bound, name=_left(self.partition, schema, named), inherited=True, local=False)
        for part in schema.descendants(self.partition):
            named = named.with_constraint(part, inherited)
        return named

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can use the whole for a moment; with CONCURRENTLY everybody can, but it waits for them."""
        del server
        parts = (self.partition, *schema.descendants(self.partition))
        if self.concurrently or self.finalize:
            yield Lock(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
            for part in parts:
                yield Lock(part, _AX)
            if self.concurrently:
                yield from map(Wait, (self.table, *parts))
            yield from self._of_keys(schema)
            return
        yield Lock(self.table, _AX)
        for part in parts:
            yield Lock(part, _AX)
        if (other := default_of(schema, self.table)) is not None:
            yield Lock(other, _AX)
        for pointing, _ in schema.referencing(self.table):
            yield Lock(pointing, LockMode.SHARE_ROW_EXCLUSIVE)
        yield from self._of_keys(schema)

    def _of_keys(self, schema: SchemaState) -> Iterator[Cost]:
        """Its foreign keys become its own."""
        for key in schema.known(self.partition).foreign_keys():
            if key.inherited:
                yield Lock(key.target, LockMode.SHARE_ROW_EXCLUSIVE)
                if self.concurrently:
                    yield Wait(key.target)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that looks for its rows in the whole, or writes such."""
        del schema, server
        yield Break(needs=f"the rows of {self.partition.text} in {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """CONCURRENTLY not beside a default partition."""
        if schema.knows(self.table) and schema.known(self.table).partitioned_by is None:
            yield Refusal(
                "42P17" if max(server.majors) < 18 else "42809", f"{self.table.text} is not partitioned"
            )
        if schema.knows(self.partition) and self.table not in schema.known(self.partition).parents:
            yield Refusal("42P01", f"{self.partition.text} is no partition of {self.table.text}")
        if self.concurrently and (other := default_of(schema, self.table)) is not None:
            yield Refusal("55000", f"{self.table.text} has a default partition, {other.text}")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """CONCURRENTLY, where the server knows that; what it has begun and not ended is ended."""
        del intent
        table, part = self.table, self.partition
        if self.finalize or not self._may_be_gentle(schema):
            return None
        gently = replace(self, concurrently=True)
        costs = [cost for cost in gently.costs(schema, server) if isinstance(cost, Lock)]
        locks = tuple((cost.table, cost.mode) for cost in costs)
        begun = either(negated(is_part(part, table)), is_detaching(part, table))
        detach = f"ALTER TABLE {table} DETACH PARTITION {part}"
        ending = f" BEGIN IF {is_detaching(part, table)} THEN {detach} FINALIZE; END IF; END "
        begin = alone(
            slug(table.name, "detach", part.name),
            f"detach {part.text} from {table.text}, which is in use",
            Phase.CONTRACT,
            f"{detach} CONCURRENTLY",
            probe=begun,
            locks=locks,
            undo=None,
        )
        left = "" if self.concurrently else _left(part, schema, gently.apply(schema))
        drop = (drop_constraint(part, left),) if left else ()
        also = f", and drop the CHECK {left} which it leaves" if left else ""
        end = at_once(
            slug(table.name, "detached", part.name),
            f"let {part.text} be detached where that was interrupted{also}",
            Phase.CONTRACT,
            (f"DO {dollar_quoted(ending, 'detach')}", *drop),
            probe=all_of(negated(is_part(part, table)), negated(constraint_exists(part, left))),
            locks=locks,
            undo=None,
        )
        return Recipe(steps=(replace(begin, lock_class=LockClass.BLOCKING), end))

    def _may_be_gentle(self, schema: SchemaState) -> bool:
        """Whether it can be done CONCURRENTLY, what its locks are is known, and what is left of it."""
        part, whole = schema.known(self.partition), schema.known(self.table)
        known = schema.knows(self.table) and schema.knows(self.partition)
        proved = proof(part, whole.partitioned_by, part.bound) is not Proof.UNDECIDED
        # Rows that point to it would be looked for while nobody writes them; what a hash partition keeps of
        # its bound is another thing from release to release.
        odd = any(schema.referencing(self.table)) or whole.strategy == "hash"
        return known and proved and not odd and default_of(schema, self.table) is None

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: rows may have been written since that do not belong there."""
        del before
        return None


def _left(partition: Relation, before: SchemaState, after: SchemaState) -> str:
    """The CHECK that CONCURRENTLY leaves behind; "": there is none."""
    had = {constraint.name for constraint in before.known(partition).constraints}
    return next((check.name for check in after.known(partition).checks() if check.name not in had), "")


def _own(constraint: Constraint) -> Constraint:
    if isinstance(constraint, Check):
        return replace(constraint, inherited=False, local=True)
    return replace(constraint, inherited=False)
