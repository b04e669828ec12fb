"""Traffic of both versions while a release is applied: nobody is refused a write, and nothing is lost.

The rows that are written exist twice: as they are before the release, which is how the old code knows them,
and as the migration itself leaves them, which is how the new code does. So it is known where each ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from schemaguard.compat.cells import State
from schemaguard.errors import SchemaguardError
from schemaguard.names import quote
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres.as_written import spare
from schemaguard.postgres.connect import connect
from schemaguard.postgres.contents import Columns, Contents, numbered_anew, read_contents, together, varying
from schemaguard.postgres.events import Event
from schemaguard.postgres.shadow_databases import Servers, build, shadow_database
from tests.fuzz.draw import Draw
from tests.plan.walking import apply, run

#: Of each table. The first are there before the release; of the others the old code writes a third, the new
#: code a third, and from a third both take values for their UPDATEs.
ROWS = 34
THERE = 5
#: After each event of the run.
WRITES = 2

Key = tuple[str | None, ...]
Values = dict[str, str | None]

TABLES = """
SELECT c.oid::int8, n.nspname, c.relname,
    ARRAY(SELECT a.attname FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          ORDER BY a.attnum)::text[],
    ARRAY(SELECT a.attname FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) ORDER BY a.attnum)::text[],
    ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atthasdef)::text[],
    i.indkey::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('schemaguard', 'information_schema') AND n.nspname !~ '^pg_'
"""


@dataclass(frozen=True, slots=True)
class Form:
    """A table as one version of the code knows it, with the rows that there could be."""

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    with_default: frozenset[str]
    #: Where the key's columns stand: a rename does not change that.
    places: str
    rows: Mapping[Key, Values] = field(repr=False)

    @property
    def relation(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    def of(self, key: Key) -> sql.Composed:
        """What finds the row."""
        parts = (
            sql.SQL("{}::text = {}").format(sql.Identifier(c), v) for c, v in zip(self.key, key, strict=True)
        )
        return sql.SQL(" AND ").join(parts)

    def insert(self, key: Key) -> sql.Composed:
        return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            self.relation,
            sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            sql.SQL(", ").join(self.rows[key][column] for column in self.columns),
        )

    def update(self, key: Key, donor: Key, columns: Iterable[str]) -> sql.Composed:
        """Gives the row these columns' values of the other."""
        row = self.rows[donor]
        values = (sql.SQL("{} = {}").format(sql.Identifier(column), row[column]) for column in columns)
        return sql.SQL("UPDATE {} SET {} WHERE {}").format(
            self.relation, sql.SQL(", ").join(values), self.of(key)
        )

    def delete(self, key: Key) -> sql.Composed:
        return sql.SQL("DELETE FROM {} WHERE {}").format(self.relation, self.of(key))

    def read(self) -> sql.Composed:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL("SELECT {} FROM {}").format(columns, self.relation)


Forms = dict[int, Form]


def forms(conn: psycopg.Connection) -> Forms:
    """The tables with a primary key, by oid: a copy of a database has the same."""
    found = {}
    for oid, schema, name, columns, key, defaults, places in conn.execute(TABLES).fetchall():
        form = Form(schema, name, tuple(columns), tuple(key), frozenset(defaults), places, {})
        texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns)
        read = conn.execute(sql.SQL("SELECT {} FROM {}").format(texts, form.relation)).fetchall()
        rows = [dict(zip(columns, row, strict=True)) for row in read]
        by_key = {tuple(row[column] for column in key): row for row in rows}
        found[oid] = replace(form, rows=by_key)
    return found


@dataclass(slots=True)
class Version:
    """One version of the code: what it writes, on the database and on a model that it has for itself."""

    name: str
    forms: Forms
    live: psycopg.Connection
    model: psycopg.Connection
    #: Rows that it may write yet, those that it has written or may change, and whose values it may take.
    to_come: dict[int, list[Key]] = field(default_factory=dict)
    own: dict[int, list[Key]] = field(default_factory=dict)
    donors: dict[int, list[Key]] = field(default_factory=dict)
    #: Columns that it may change without the others. What a new column is computed of, and stays beside it,
    #: the new code changes together with that, for whoever changes it alone counts as old.
    alone: dict[int, set[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def write(self, draw: Draw, when: str) -> None:
        """One statement, if there is one."""
        oid = draw.one(self.forms)
        form, kind = self.forms[oid], draw.one(("insert", "insert", "update", "update", "delete", "read"))
        to_come, own, donors = self.to_come[oid], self.own[oid], self.donors[oid]
        others = [column for column in form.columns if column not in form.key]
        alone = [column for column in others if column in self.alone[oid]]
        if kind == "insert" and to_come:
            key = to_come.pop()
            if self._run(form.insert(key), when):
                own.append(key)
        elif kind == "update" and own and donors and others:
            columns = [draw.one(alone)] if alone and draw.chance(0.6) else others
            self._run(form.update(draw.one(own), donors.pop(), columns), when)
        elif kind == "delete" and len(own) > THERE:
            key = own[-1]
            if self._run(form.delete(key), when):
                own.remove(key)
        elif kind == "read":
            self._run(form.read(), when)

    def _run(self, statement: sql.Composed, when: str) -> bool:
        """Whether it was run. What its own database does not take it does not write."""
        try:
            self.model.execute(statement)
        except psycopg.Error:
            return False
        try:
            self.live.execute(statement)
        except psycopg.Error as error:
            text = statement.as_string(self.live)
            self.wrong.append(f"{when}: {self.name}: {text}: {error.sqlstate} {str(error).splitlines()[0]}")
        return True


def traffic(server: Servers, plan: Plan, given: str, naive: list[State], seed: int) -> list[str]:
    """Apply the plan while both versions write: what they were refused, and what ends elsewhere."""
    with ExitStack() as stack:
        place = _Place(server, stack, stack.enter_context(connect(server.dsn())), naive)
        full = place.filled(given)
        before, after = place.forms(full), place.forms(place.changed(full) or full)
        both = [oid for oid, form in before.items() if oid in after and after[oid].places == form.places]
        parted = {oid: _parted(before[oid], after[oid]) for oid in both}
        start = place.without(full, before, parted)
        old_model, new_model, live = place.copy(start), place.changed(start), place.copy(start)
        if not both or new_model is None:
            return []  # Nothing that both know; or the migration names rows that are not there.
        baseline = Version("baseline", before, place.connected(live), place.connected(old_model))
        canary = Version("canary", after, place.connected(live), place.connected(new_model))
        _share(parted, baseline, canary, naive)
        ended = _apply(server.dsn(live), plan, baseline, canary, Draw(seed))
        before_release = read_contents(baseline.model)
        baseline.model.close()
        baseline.live.close()
        canary.live.close()
        wrong = [*baseline.wrong, *canary.wrong]
        naive_ends = [place.changed(old_model) for _ in range(2)]
        if None in naive_ends:
            return wrong  # What the old code wrote the migration itself does not take.
        if ended:
            return [*wrong, ended]
        said, again = map(place.contents, naive_ends)
        seen = place.contents(live)
        apart = together(varying(said, again), numbered_anew(before_release, said))
        for oid, part in parted.items():
            mine = _compared(after[oid], said, seen, apart, part.ours(canary=False))
            theirs = _compared(after[oid], read_contents(canary.model), seen, apart, part.ours(canary=True))
            wrong += [*mine, *theirs]
        return wrong


@dataclass(frozen=True, slots=True)
class Parted:
    """A table's rows: those that are there before the release, and those that are written meanwhile."""

    there: list[Key]
    old: list[Key]
    new: list[Key]
    donors: list[Key]

    def ours(self, *, canary: bool) -> set[Key]:
        """Those that one version alone writes."""
        canarys = {*self.there[4:5], *self.new}
        return canarys if canary else {*self.there, *self.old} - canarys


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the databases are, until the end."""

    server: Servers
    stack: ExitStack
    over: psycopg.Connection
    naive: list[State]

    def copy(self, template: str | None = None) -> str:
        return self.stack.enter_context(shadow_database(self.server, template, self.over))

    def connected(self, name: str) -> psycopg.Connection:
        return self.stack.enter_context(connect(self.server.dsn(name)))

    def filled(self, given: str) -> str:
        """A database with all rows that there will be."""
        name = self.copy()
        rows = build(self.server, name, given, ROWS)
        spare(self.server, name, self.naive, rows, self.over)
        return name

    def changed(self, template: str) -> str | None:
        """A copy in which the migration itself has run; None: it fails there."""
        name = self.copy(template)
        try:
            run(self.server.dsn(name), *(statement for state in self.naive for statement in state.sql))
        except psycopg.Error:
            return None
        return name

    def without(self, template: str, before: Forms, parted: Mapping[int, Parted]) -> str:
        """A copy without the rows that are to come."""
        name = self.copy(template)
        with connect(self.server.dsn(name)) as conn:
            conn.execute("SET session_replication_role = replica")
            for oid, part in parted.items():
                for key in before[oid].rows.keys() - set(part.there):
                    conn.execute(before[oid].delete(key))
        return name

    def forms(self, name: str) -> Forms:
        with connect(self.server.dsn(name)) as conn:
            return forms(conn)

    def contents(self, name: str | None) -> Contents:
        assert name is not None
        with connect(self.server.dsn(name)) as conn:
            return read_contents(conn)


def _share(parted: Mapping[int, Parted], baseline: Version, canary: Version, naive: list[State]) -> None:
    """Say which rows and columns each of the two writes."""
    updates = [s.partition("=") for state in naive for s in state.sql if s.startswith("UPDATE")]
    assigned, sources = (" ".join(update[part] for update in updates) for part in (0, 2))
    for version in (baseline, canary):
        version.forms = {oid: version.forms[oid] for oid in parted}
    for oid, part in parted.items():
        half = len(part.donors) // 2
        baseline.to_come[oid], baseline.own[oid] = [*part.old], part.there[3:4]
        canary.to_come[oid], canary.own[oid] = [*part.new], part.there[4:5]
        baseline.donors[oid], canary.donors[oid] = part.donors[:half], part.donors[half:]
        baseline.alone[oid] = set(baseline.forms[oid].columns)
        canary.alone[oid] = {
            column
            for column in canary.forms[oid].columns
            if not updates or (quote(column) in assigned and quote(column) not in sources)
        }


def _parted(before: Form, after: Form) -> Parted:
    """Which rows are whose.

    The new code gives no NULL to a new column in whose place an old one with a default goes: in an INSERT
    that cannot be told from an old one's, which leaves the column out.
    """
    keys = [key for key in before.rows if key in after.rows]
    there, rest = keys[:THERE], keys[THERE:]
    new, gone = set(after.columns) - set(before.columns), set(before.columns) - set(after.columns)
    whole = [key for key in rest[1::3] if all(after.rows[key][column] is not None for column in new)]
    return Parted(there, rest[::3], whole if before.with_default & gone else rest[1::3], rest[2::3])


def _apply(url: str, plan: Plan, baseline: Version, canary: Version, draw: Draw) -> str:
    """Why it did not come to its end; "": it did."""
    left = {phase: {step.id for step in plan.of(phase)} for phase in Phase}

    def watch(event: Event) -> None:
        for ids in left.values():
            if event.kind in ("done", "found"):
                ids.discard(event.step)
        when = f"{event.kind} {event.step}"
        for _ in range(WRITES):
            if left[Phase.EXPAND] or left[Phase.BACKFILL]:
                baseline.write(draw, when)
            if not left[Phase.EXPAND]:
                canary.write(draw, when)

    try:
        apply(url, plan, watch=watch)
    except (SchemaguardError, psycopg.Error) as error:
        return str(error)
    return ""


def _compared(form: Form, said: Contents, seen: Contents, apart: Columns, keys: set[Key]) -> Iterator[str]:
    """Where one of these rows does not end as it was said."""
    table = f"{form.schema}.{form.name}"
    without = apart.get(table, frozenset())

    def keyed(contents: Contents) -> dict[Key, dict[str, object]]:
        return {
            tuple(str(row[column]) for column in form.key): {c: v for c, v in row.items() if c not in without}
            for row in contents.rows[table]
        }

    was_said, is_seen = keyed(said), keyed(seen)
    for key in sorted(keys, key=repr):
        if was_said.get(key) != is_seen.get(key):
            yield f"{table} {key}: is {is_seen.get(key)}, not {was_said.get(key)}"
