"""ALTER TABLE ... RENAME TO."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.rename_index import RenameIndex
from schemaguard.conditions import all_of, either, is_table, negated, regclass, relation_exists
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.likeness import GRANTEE, in_format
from schemaguard.locks import LockMode
from schemaguard.names import Relation, literal, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import (
    Constraint,
    ForeignKey,
    SchemaState,
    TableState,
    named_not_null,
    with_sequence_named,
)
from schemaguard.server import Server
from schemaguard.steps import at_once, ensure, slug
from schemaguard.uses import reading

_NOTE = (
    "Until the contract {new} is a view of {old}: new code must not use ON CONFLICT ON CONSTRAINT, COPY into"
    " it, TRUNCATE it, use MERGE before PostgreSQL 17, nor group by its primary key alone."
)
#: The owner of the table, its grants and those of its columns, for the view.
_GRANTS = """-- schemaguard: allow unread (which grants there are, only the database knows)
DO $grants$
DECLARE one record;
BEGIN
    EXECUTE (
        SELECT format('ALTER VIEW {new} OWNER TO %s', relowner::regrole)
        FROM pg_catalog.pg_class WHERE oid = {old}::regclass
    );
    FOR one IN
        SELECT acl.privilege_type AS what, acl.grantee, acl.is_grantable, '' AS columns
        FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS acl
        WHERE c.oid = {old}::regclass AND acl.grantee <> c.relowner
        UNION ALL
        SELECT acl.privilege_type, acl.grantee, acl.is_grantable, format(' (%I)', a.attname)
        FROM pg_catalog.pg_attribute AS a, aclexplode(a.attacl) AS acl
        WHERE a.attrelid = {old}::regclass AND NOT a.attisdropped
    LOOP
        EXECUTE format('GRANT %s%s ON {new} TO %s%s', one.what, one.columns,
            {grantee});
    END LOOP;
END
$grants$"""


@dataclass(frozen=True, slots=True)
class RenameTable(Change):
    """The table has another name. Its indexes, constraints and sequences keep theirs."""

    table: Relation
    new_name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The same table under the new name; what points to it follows."""
        new = self.table.sibling(self.new_name)
        things = frozenset(
            replace(thing, table=new) if thing.table == self.table else thing for thing in schema.things
        )
        if self.table in schema.views:
            views = {new if name == self.table else name: view for name, view in schema.views.items()}
            return reading(replace(schema, views=views, things=things), self.table, new)
        if self.table in schema.indexes:
            return RenameIndex(self.table, self.new_name).apply(schema)
        if self.table in schema.sequences:
            return with_sequence_named(schema, self.table, new)
        state = schema.known(self.table)
        columns = tuple(named_not_null(self.table, column) for column in state.columns)
        tables = {**schema.tables, self.table: replace(state, columns=columns)}
        indexes = {
            name: replace(index, table=new, definition="") if index.table == self.table else index
            for name, index in schema.indexes.items()
        }
        moved = {
            new if name == self.table else name: pointing(state, self.table, new)
            for name, state in tables.items()
        }
        return reading(replace(schema, tables=moved, indexes=indexes, things=things), self.table, new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; if it is an index, not on its table."""
        del server
        if self.table not in schema.indexes and self.table not in schema.sequences:
            yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the old name; of an index it uses none."""
        if self.table in schema.indexes:
            yield from RenameIndex(self.table, self.new_name).breaks(schema, server)
            return
        yield Break(needs=f"table {self.table.text}")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """A view of the new name, until no running code knows the old one."""
        del intent
        if self.obstacle(schema, server):
            return None
        old, new = self.table, self.table.sibling(self.new_name)
        columns = quote_all(column.name for column in schema.known(old).columns)
        # Rights and policies are those of who asks, not of who owns the view.
        invoker = " WITH (security_invoker)" if min(server.majors) >= 15 else ""
        view = at_once(
            slug(old.name, "view", new.name),
            f"let {old.text} be called {new.text} as well",
            Phase.EXPAND,
            (
                f"CREATE VIEW {new}{invoker} AS SELECT {columns} FROM {old}",
                _GRANTS.format(old=literal(str(old)), new=in_format(str(new)), grantee=GRANTEE),
            ),
            probe=relation_exists(new),
            locks=((old, LockMode.ACCESS_SHARE),),
            undo=(f"DROP VIEW IF EXISTS {new}",),
        )
        rename = at_once(
            slug(old.name, "rename", new.name),
            f"rename {old.text} to {new.name}, in place of the view",
            Phase.CONTRACT,
            (f"DROP VIEW {new}", f"ALTER TABLE {old} RENAME TO {quote(new.name)}"),
            probe=all_of(is_table(new), negated(relation_exists(old))),
            # Who reads the view locks it before the table.
            locks=((new, LockMode.ACCESS_EXCLUSIVE), (old, LockMode.ACCESS_EXCLUSIVE)),
            undo=None,
        )
        note = _NOTE.format(new=new.text, old=old.text)
        if min(server.majors) >= 15:
            return Recipe(steps=(view, rename), notes=(note,))
        # Before, a view shows all that its owner may see.
        off = f"oid = {regclass(old)} AND NOT relrowsecurity"
        asked = ensure(
            slug(old.name, "row-security"),
            f"row security of {old.text} is off",
            Phase.EXPAND,
            either(f"EXISTS (SELECT FROM pg_catalog.pg_class WHERE {off})", relation_exists(new)),
        )
        return Recipe(steps=(asked, view, rename), notes=(note,))

    def obstacle(self, schema: SchemaState, server: Server) -> str:
        """Why a view cannot stand in for the table; empty: it can."""
        state = schema.table(self.table)
        if state is None or not state.complete:
            return "its columns are not known"
        policies = any(thing.kind == "policy" and thing.table == self.table for thing in schema.things)
        if policies and min(server.majors) < 15:
            return "it has policies, which a view passes by before PostgreSQL 15"
        return ""

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameTable(self.table.sibling(self.new_name), self.table.name),)


def pointing(state: TableState, old: Relation, new: Relation) -> TableState:
    """The table, whose foreign keys and parents are the same relation under its new name."""

    def follow(constraint: Constraint) -> Constraint:
        if isinstance(constraint, ForeignKey) and constraint.target == old:
            return replace(constraint, target=new)
        return constraint

    return replace(
        state,
        constraints=tuple(follow(constraint) for constraint in state.constraints),
        parents=tuple(new if parent == old else parent for parent in state.parents),
    )
