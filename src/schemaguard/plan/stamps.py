"""A migration tool's own note of what a database has: written down in the last step of a release."""

from dataclasses import replace

from schemaguard.conditions import all_of, ask, either, negated
from schemaguard.dataclass import dataclass
from schemaguard.names import dollar_quoted, literal
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import at_once, ensure

#: What the ids of these steps have in them.
MARK = "-written-down-"
#: Stands for the tool's table in what follows; no value of a migration's has it.
TABLE = "schemaguard_stamped_table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """In each text TABLE is the tool's table: it is found by its name and columns, in whatever schema."""

    tool: str
    table: str
    columns: tuple[str, ...]
    #: What is written down.
    what: str
    #: The rows that tell that the migration before is done; "": there is none before.
    before: str
    #: The rows that tell that this one is.
    after: str
    #: The statement that says so, and the one that takes it back; "": that cannot be known.
    write: str
    back: str

    def steps(self, phase: Phase) -> tuple[Step, Step]:
        """A question before the release, and what is written after it, if there is such a table."""
        probe = either(negated(f"EXISTS ({self._tables})"), self._has(self.after))
        probe_or_empty = either(probe, f"EXISTS ({self._table})")
        ready = either(probe, self._has(self.before)) if self.before else probe_or_empty
        ask_before = ensure(
            f"{MARK.strip('-')}-{self.tool}-before",
            f"{self.table} says that the migration before {self.what} is done",
            Phase.EXPAND,
            ready,
        )
        step = at_once(
            f"{MARK.strip('-')}-{self.tool}",
            f"write down in {self.table} that {self.what} is done",
            phase,
            (self._executed(self.write, self.before),),
            probe=probe,
            locks=(),
            undo=(self._executed(self.back, self.after),) if self.back else None,
        )
        return ask_before, replace(step, check=ask(probe))

    @property
    def _table(self) -> str:
        """A query for the tool's table: that of the search_path, or the only one that may be read."""
        only = f"found.name = to_regclass({literal(self.table)}) OR found.many = 1"
        return f"SELECT found.name FROM ({self._tables}) AS found WHERE {only}"

    @property
    def _tables(self) -> str:
        # Another tool's may have the same name.
        columns = (
            "ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1)"
        )
        own = ", ".join(map(literal, sorted(self.columns)))
        found = (
            f"c.relname = {literal(self.table)} AND c.relkind IN ('r', 'p')",
            f"{columns} = ARRAY[{own}]",
            "has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')",
        )
        return (
            "SELECT c.oid::pg_catalog.regclass AS name, count(*) OVER () AS many"
            f" FROM pg_catalog.pg_class AS c WHERE {all_of(*found)}"
        )

    def _has(self, rows: str) -> str:
        """Whether that table has such rows."""
        query = f"SELECT 'found'::tsvector FROM {TABLE} WHERE {rows} LIMIT 1"
        return (
            f"EXISTS (SELECT FROM ({self._table}) AS own (name),"
            f" LATERAL ts_stat(replace({literal(query)}, {literal(TABLE)}, own.name::text)) AS said)"
        )

    def _executed(self, statement: str, rows: str) -> str:
        """A block that runs the statement on the table, if there is one, and it has such rows."""
        only = f"IF {self._has(rows)} THEN" if rows else "IF stamped IS NOT NULL THEN"
        block = (
            f" DECLARE stamped regclass := ({self._table}); BEGIN {only}"
            f" EXECUTE replace({literal(statement)}, {literal(TABLE)}, stamped::text); END IF; END "
        )
        return f"DO {dollar_quoted(block, 'stamp')}"


def alembic(before: str | None, after: str) -> Stamp:
    """``before``: the revision that this one follows; None: it is the first, or follows several."""
    new = literal(after)
    if before is None:
        write = (
            f"WITH moved AS (UPDATE {TABLE} SET version_num = {new} WHERE (SELECT count(*) FROM {TABLE}) = 1)"
            f" INSERT INTO {TABLE} (version_num) SELECT {new} WHERE NOT EXISTS (SELECT FROM {TABLE})"
        )
        rows, back = "", ""
    else:
        rows = f"version_num = {literal(before)}"
        write = f"UPDATE {TABLE} SET version_num = {new} WHERE {rows}"
        back = f"UPDATE {TABLE} SET version_num = {literal(before)} WHERE version_num = {new}"
    return Stamp(
        tool="alembic",
        table="alembic_version",
        columns=("version_num",),
        what=f"revision {after}",
        before=rows,
        after=f"version_num = {new}",
        write=write,
        back=back,
    )


def golang_migrate(before: int | None, after: int) -> Stamp:
    """One row has the last version."""
    if before is None:
        none = f"WHERE NOT EXISTS (SELECT FROM {TABLE})"
        write = f"INSERT INTO {TABLE} (version, dirty) SELECT {after}, false {none}"
        back = f"DELETE FROM {TABLE} WHERE version = {after}"
    else:
        write = f"UPDATE {TABLE} SET version = {after} WHERE version = {before} AND NOT dirty"
        back = f"UPDATE {TABLE} SET version = {before} WHERE version = {after} AND NOT dirty"
    return Stamp(
        tool="golang-migrate",
        table="schema_migrations",
        columns=("version", "dirty"),
        what=f"version {after}",
        before="" if before is None else f"version = {before} AND NOT dirty",
        after=f"version >= {after} AND NOT dirty",
        write=write,
        back=back,
    )


def dbmate(before: str | None, after: tuple[str, ...]) -> Stamp:
    """A row for each version."""
    values = ", ".join(f"({literal(version)})" for version in after)
    return Stamp(
        tool="dbmate",
        table="schema_migrations",
        columns=("version",),
        what=f"version {after[-1]}",
        before="" if before is None else f"version = {literal(before)}",
        after=f"version = {literal(after[-1])}",
        write=f"INSERT INTO {TABLE} (version) VALUES {values} ON CONFLICT DO NOTHING",
        back=f"DELETE FROM {TABLE} WHERE version IN ({', '.join(map(literal, after))})",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlywayFile:
    """A versioned migration of Flyway's, as its table has it."""

    version: str
    description: str
    script: str
    checksum: int


def flyway(before: str | None, files: tuple[FlywayFile, ...]) -> Stamp:
    """A row for each version, numbered in the order in which they came."""
    rows = ", ".join(
        f"({place}, {literal(f.version)}, {literal(f.description)}, {literal(f.script)}, {f.checksum})"
        for place, f in enumerate(files, start=1)
    )
    versions = ", ".join(literal(f.version) for f in files)
    return Stamp(
        tool="flyway",
        table="flyway_schema_history",
        columns=(
            *("installed_rank", "version", "description", "type", "script", "checksum"),
            *("installed_by", "installed_on", "execution_time", "success"),
        ),
        what=f"version {files[-1].version}",
        before="" if before is None else f"version = {literal(before)} AND success",
        after=f"version = {literal(files[-1].version)} AND success",
        write=f"INSERT INTO {TABLE} (installed_rank, version, description, type, script, checksum,"
        " installed_by, execution_time, success)"
        f" SELECT (SELECT coalesce(max(installed_rank), 0) FROM {TABLE}) + place,"
        f" version, description, 'SQL', script, checksum, current_user, 0, true FROM (VALUES {rows})"
        " AS file (place, version, description, script, checksum)",
        back=f"DELETE FROM {TABLE} WHERE version IN ({versions}) AND type = 'SQL'",
    )
