"""Who is on the phase's tables, or holds the snapshot for whose end a concurrent build waits.

CREATE INDEX CONCURRENTLY waits for the transactions that have written to the table, prepared or not, and
for every session of the database that has a snapshot; not for one that has none and has written elsewhere.
DROP INDEX and DETACH PARTITION CONCURRENTLY wait for those that have so much as read the table. (14, 18.)
"""

from collections.abc import Collection, Iterator, Mapping

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.postgres.connect import APPLICATION_NAME
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity

HOLDERS = """
SELECT l.relation::int8, l.mode, coalesce(l.pid, 0), l.virtualtransaction
FROM pg_locks AS l
WHERE l.locktype = 'relation' AND l.relation = ANY (%s::oid[]) AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
"""

SESSIONS = """
SELECT pid, coalesce(application_name, ''), coalesce(usename, ''), coalesce(state, ''),
       extract(epoch FROM clock_timestamp() - xact_start)::float8, coalesce(query, ''),
       coalesce(backend_type, ''), backend_xmin IS NOT NULL
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

PREPARED = """
SELECT x.gid, x.owner, extract(epoch FROM clock_timestamp() - x.prepared)::float8, l.virtualtransaction
FROM pg_prepared_xacts AS x
JOIN pg_locks AS l ON l.locktype = 'transactionid' AND l.transactionid = x.transaction AND l.pid IS NULL
WHERE x.database = current_database()
ORDER BY x.prepared
"""

# Of sessions of others, who may not see them sees neither type nor state nor age.
UNSEEN = """
SELECT usename, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type IS NULL AND usename IS NOT NULL
GROUP BY usename ORDER BY usename
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A session, as pg_stat_activity has it."""

    pid: int
    application_name: str
    user: str
    state: str
    #: Seconds that its transaction is old; None: there is none, or it is not to be seen.
    age: float | None
    query: str
    type: str
    has_snapshot: bool

    @property
    def is_idle(self) -> bool:
        """Whether it holds what it has without doing anything."""
        return self.state.startswith("idle in transaction")

    @property
    def is_dump(self) -> bool:
        """Whether it is pg_dump."""
        return self.application_name.startswith("pg_dump")

    def __str__(self) -> str:
        named = self.application_name or "(no application_name)"
        doing = f"{self.state}, last" if self.is_idle else "runs"
        return f"pid {self.pid}, {named}, user {self.user}, {doing}: {' '.join(self.query.split())[:60]}"


def long_transactions(asked: Asked) -> Iterator[Finding]:
    """No long transaction is in the way of a step.

    A warning for each session whose transaction is older than `--long-transaction` (60 s) and holds a lock
    that a step needs, or a snapshot for whose end `CREATE INDEX CONCURRENTLY` waits. One that is idle in
    its transaction ends when somebody ends it.
    """
    holders = _holders(asked)
    for one in _activities(asked):
        long = one.age is not None and one.age >= asked.long_transaction
        if not long or one.is_dump or one.type == "autovacuum worker":
            continue
        held = holders.get(one.pid, ())
        if held:
            what = f"holds {_listed(held)}"
        elif asked.builds and one.has_snapshot:
            what = f"has a snapshot, for whose end the build of {asked.builds[0].name.name} waits"
        else:
            continue
        yield Finding(
            severity=Severity.WARN,
            sentence=f"a transaction of {_age(one.age)} {what}",
            evidence=(str(one),),
            advice=f"Let it end, or end it: SELECT pg_terminate_backend({one.pid});",
            waits=one.is_idle,
        )


def prepared_transactions(asked: Asked) -> Iterator[Finding]:
    """No prepared transaction is in the way of a step.

    A warning for each (`PREPARE TRANSACTION`) that holds a lock which a step needs, with its gid. It has no
    session, and stays until somebody ends it.
    """
    rows = asked.conn.execute(PREPARED).fetchall()
    held: dict[str, set[Relation]] = {}
    for table, mode, pid, transaction in _locks(asked) if rows else ():
        if not pid and asked.stops(table, mode):
            held.setdefault(transaction, set()).add(table)
    for gid, owner, age, transaction in rows:
        if transaction in held:
            quoted = gid.replace("'", "''")
            yield Finding(
                severity=Severity.WARN,
                sentence=f"the prepared transaction {gid} of {owner}, {_age(age)} old,"
                f" holds {_listed(held[transaction])}",
                advice=f"End it: COMMIT PREPARED '{quoted}'; or ROLLBACK PREPARED '{quoted}';",
                waits=True,
            )


def dumps(asked: Asked) -> Iterator[Finding]:
    """No pg_dump is in the way of a step.

    A warning: it reads all its tables in one transaction, holds ACCESS SHARE on each until it ends, and has
    a snapshot for whose end `CREATE INDEX CONCURRENTLY` waits.
    """
    holders = _holders(asked)
    for one in _activities(asked):
        if one.is_dump and (one.pid in holders or (asked.builds and one.has_snapshot)):
            yield Finding(
                severity=Severity.WARN,
                sentence=f"a dump runs since {_age(one.age)}, and holds {_listed(holders.get(one.pid, ()))}",
                evidence=(str(one),),
                advice="Wait until it has ended: blocking steps find no moment before.",
            )


def vacuums(asked: Asked) -> Iterator[Finding]:
    """No autovacuum is at work on a table of the phase.

    A warning for one that prevents a wraparound: it does not give way, and should not be ended. A note for
    any other, which gives way to a step that has tried for a second.
    """
    holders = _holders(asked)
    for one in _activities(asked):
        if one.type != "autovacuum worker" or one.pid not in holders:
            continue
        urgent = "to prevent wraparound" in one.query
        yield Finding(
            severity=Severity.WARN if urgent else Severity.NOTE,
            sentence=f"an autovacuum{' that prevents a wraparound' if urgent else ''}"
            f" works on {_listed(holders[one.pid])} since {_age(one.age)}",
            evidence=(str(one),),
            advice="Wait until it has ended; it does not give way to a step." if urgent else "",
        )


def unseen_sessions(asked: Asked) -> Iterator[Finding]:
    """The role sees what the sessions of others do.

    A warning where there are some that it may not see: their long transactions are not found, and who
    stands in the way of a step is not named.
    """
    rows = asked.conn.execute(UNSEEN).fetchall()
    if rows:
        row = asked.conn.execute("SELECT quote_ident(current_user)").fetchone()
        yield Finding(
            severity=Severity.WARN,
            sentence="this role may not see what other sessions do:"
            " long transactions are not found, and blockers not named",
            evidence=tuple(f"{count} of {user}" for user, count in rows),
            advice=f"GRANT pg_read_all_stats TO {row[0] if row else ''};",
        )


def _locks(asked: Asked) -> Iterator[tuple[Relation, str, int, str]]:
    for oid, mode, pid, transaction in asked.conn.execute(HOLDERS, (list(asked.oids),)):
        yield asked.oids[oid], mode, pid, transaction


def _holders(asked: Asked) -> Mapping[int, set[Relation]]:
    """The sessions that hold locks which keep a step from its own, with the tables."""
    found: dict[int, set[Relation]] = {}
    for table, mode, pid, _ in _locks(asked):
        if asked.stops(table, mode):
            found.setdefault(pid, set()).add(table)
    return found


def _activities(asked: Asked) -> Iterator[Activity]:
    """The sessions of this database, but for schemaguard's own."""
    for pid, name, user, state, age, query, type_, has_snapshot in asked.conn.execute(SESSIONS):
        if name != APPLICATION_NAME:
            yield Activity(
                pid=pid,
                application_name=name,
                user=user,
                state=state,
                age=age,
                query=query,
                type=type_,
                has_snapshot=has_snapshot,
            )


def _listed(tables: Collection[Relation]) -> str:
    return ", ".join(table.text for table in sorted(tables)) or "no table of this phase"


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "unknown age"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
