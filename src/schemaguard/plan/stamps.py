"""A migration tool's own note of what a database has: written down in the last step of a release."""

from dataclasses import dataclass, replace

from schemaguard.conditions import all_of, ask, either, negated
from schemaguard.names import dollar_quoted, literal
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import at_once

#: What the ids of these steps have in them.
MARK = "-written-down-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """In each text ``%1$s`` is the tool's table: it is found by its name and columns, in whatever schema."""

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

    def step(self, phase: Phase) -> Step:
        """Where the tool has no table in the database there is nothing to write."""
        ready, done = (self._tables(rows) for rows in (self.before, self.after))
        probe = either(negated(f"EXISTS ({self._tables()})"), f"EXISTS ({done})")
        step = at_once(
            f"{MARK.strip('-')}-{self.tool}",
            f"write down in {self.table} that {self.what} is done",
            phase,
            (_executed(self.write, ready),),
            probe=probe,
            locks=(),
            undo=(_executed(self.back, done),) if self.back else None,
        )
        return replace(step, check=ask(probe))

    def _tables(self, rows: str = "") -> str:
        """A query for those that have such rows, that of the search_path first."""
        # Another tool's may have the same name.
        columns = (
            "ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1)"
        )
        own = ", ".join(map(literal, sorted(self.columns)))
        named = f"c.relname = {literal(self.table)} AND c.relkind IN ('r', 'p')"
        found = [named, f"{columns} = ARRAY[{own}]"]
        if rows:
            query = f"SELECT 'found'::tsvector FROM %1$s WHERE {rows} LIMIT 1"
            found.append(
                f"EXISTS (SELECT FROM ts_stat(format({literal(query)}, c.oid::pg_catalog.regclass)))"
            )
        return (
            f"SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class AS c WHERE {all_of(*found)}"
            f" ORDER BY c.oid <> coalesce(to_regclass({literal(self.table)})::oid, 0),"
            " c.oid::pg_catalog.regclass::text LIMIT 1"
        )


def alembic(before: str | None, after: str) -> Stamp:
    """``before``: the revision that this one follows; None: it is the first, or follows several."""
    new = literal(after)
    if before is None:
        write = (
            f"WITH moved AS (UPDATE %1$s SET version_num = {new} WHERE (SELECT count(*) FROM %1$s) = 1)"
            f" INSERT INTO %1$s (version_num) SELECT {new} WHERE NOT EXISTS (SELECT FROM %1$s)"
        )
        rows, back = "", ""
    else:
        rows = f"version_num = {literal(before)}"
        write = f"UPDATE %1$s SET version_num = {new} WHERE {rows}"
        back = f"UPDATE %1$s SET version_num = {literal(before)} WHERE version_num = {new}"
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
        write = f"INSERT INTO %1$s (version, dirty) SELECT {after}, false WHERE NOT EXISTS (SELECT FROM %1$s)"
        back = f"DELETE FROM %1$s WHERE version = {after}"
    else:
        write = f"UPDATE %1$s SET version = {after} WHERE version = {before} AND NOT dirty"
        back = f"UPDATE %1$s SET version = {before} WHERE version = {after} AND NOT dirty"
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
        write=f"INSERT INTO %1$s (version) VALUES {values} ON CONFLICT DO NOTHING",
        back=f"DELETE FROM %1$s WHERE version IN ({', '.join(map(literal, after))})",
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
        write="INSERT INTO %1$s (installed_rank, version, description, type, script, checksum, installed_by,"
        " execution_time, success) SELECT (SELECT coalesce(max(installed_rank), 0) FROM %1$s) + place,"
        f" version, description, 'SQL', script, checksum, current_user, 0, true FROM (VALUES {rows})"
        " AS file (place, version, description, script, checksum)",
        back=f"DELETE FROM %1$s WHERE version IN ({versions}) AND type = 'SQL'",
    )


def _executed(statement: str, tables: str) -> str:
    """A block that runs the statement on the first of the tables, if there is one."""
    block = (
        f" DECLARE stamped regclass := ({tables}); BEGIN IF stamped IS NOT NULL THEN"
        f" EXECUTE format({literal(statement)}, stamped); END IF; END "
    )
    return f"DO {dollar_quoted(block, 'stamp')}"
