"""What a statement really does on a server: the witness of all that ``changes`` say.

Locks are the difference of ``pg_locks``; scans, of the transaction's own counters;
rewrites, of relfilenodes; index builds and foreign keys the server tells at DEBUG1.
The same signals come from empty tables as from full ones.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg import sql as compose
from psycopg.errors import ActiveSqlTransaction, LockNotAvailable
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, essential
from schemaguard.errors import DatabaseError
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.connect import another
from schemaguard.postgres.picture import Connection, Picture, Said, ends_of_key, listening, take
from schemaguard.postgres.repeating import Repeating
from schemaguard.sql.lexer import tokens

__all__ = ["Connection", "modes_that_stop", "observe", "refusal"]

#: Statements that begin or end a transaction, or a part of one: they cost nobody anything.
CONTROL = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"})

#: Statements with which those go that were prepared for us.
DISCARDING = frozenset({"DISCARD", "DEALLOCATE"})

WAITING = """
SELECT locktype, relation::int8, mode, pg_blocking_pids(pid) FROM pg_locks WHERE pid = %s AND NOT granted
"""
HOLDING = """
SELECT relation::int8, mode FROM pg_locks
WHERE pid = %s AND locktype = 'relation' AND granted AND mode <> 'SIReadLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
LOCKABLE = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname NOT IN ('information_schema', 'schemaguard')
"""
#: A statement that waits for something else than what we hold would wait for ever.
PATIENCE = 30.0


def observe(conn: Connection, sql: str) -> frozenset[Cost]:
    """Run one statement on an autocommit connection, in the open transaction or in its own: what it cost."""
    verb = _verb(sql)
    if verb in DISCARDING:
        conn.prepare_threshold = None
        if isinstance(conn, Repeating):
            conn.planned = None
    if verb in CONTROL:
        conn.execute(sql.encode())
        return frozenset()
    if conn.info.transaction_status is TransactionStatus.INTRANS:
        return _within(conn, sql)
    try:
        with conn.transaction():
            return _within(conn, sql)
    except ActiveSqlTransaction:
        return _alone(conn, sql)


def modes_that_stop(
    conn: Connection, table: Relation, sql: str, *, patience: str = "40ms"
) -> frozenset[LockMode]:
    """A second witness: the modes that make the statement wait when another session holds them on the table.

    What the statement does is rolled back.
    """
    stopping = set()
    for mode in LockMode:
        with another(conn) as other, other.transaction(force_rollback=True):
            _hold(other, table, mode)
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute("SELECT set_config('lock_timeout', %s, true)", (patience,))
                    conn.execute(sql.encode())
            except LockNotAvailable:
                stopping.add(mode)
    return frozenset(stopping)


def refusal(conn: Connection, statements: Iterable[str]) -> str:
    """The SQLSTATE with which the server refuses one of the statements; "" if it takes them all."""
    try:
        for statement in statements:
            conn.execute(statement.encode())
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


def _verb(sql: str) -> str:
    return next((token.upper for token in tokens(sql)), "")


def _within(conn: Connection, sql: str) -> frozenset[Cost]:
    """Inside a transaction: everything shows."""
    before = take(conn)
    with listening(conn) as said:
        conn.execute(sql.encode())
    after = take(conn)
    read = {oid for oid, count in after.scans.items() if count > before.scans.get(oid, 0)}
    for key in said.keys:
        # An indexed side would not be counted as read.
        read |= {oid for ends in ends_of_key(conn, key, before) if _locked(after, ends) for oid in ends}
    new = after.locks - before.locks
    return _costs(
        before, after, said, locks=new, held=after.locks, read=read, empties=_verb(sql) == "TRUNCATE"
    )


def _locked(picture: Picture, oids: tuple[int, ...]) -> bool:
    return {oid for oid, _ in picture.locks} >= set(oids)


def _costs(
    before: Picture,
    after: Picture,
    said: Said,
    *,
    locks: frozenset[tuple[int, LockMode]],
    held: frozenset[tuple[int, LockMode]],
    read: set[int],
    empties: bool = False,
) -> frozenset[Cost]:
    """Signals become costs; those on what was not there before are nobody's."""
    under: dict[int, LockMode] = {}
    for oid, mode in held:
        if oid not in under or under[oid].strength < mode.strength:
            under[oid] = mode
    found: set[Cost] = {Lock(before.tables[oid], mode) for oid, mode in locks if oid in before.tables}
    locked = Counter(table.name for oid, table in before.tables.items() if oid in under)
    # TRUNCATE gives new files and indexes, and reads nothing.
    for oid, table in before.tables.items() if not empties else ():
        # What has no file has no rows either: a partitioned table.
        if oid not in under or before.files[oid] is None:
            continue
        mode = under[oid]
        alone = locked[table.name] == 1
        # A table that is gone has no file that could be compared.
        if after.files.get(oid, before.files[oid]) != before.files[oid] or (
            alone and table.name in said.rewritten
        ):
            found.add(Rewrite(table, mode))
        if table.name in said.built and after.indexes.get(oid, frozenset()) - before.indexes[oid]:
            found.add(BuildIndex(table, mode))
        # Of several tables of that name the counters tell which was read.
        if oid in read or (alone and table.name in said.verified):
            found.add(Scan(table, mode))
    return essential(found)


def _alone(conn: Connection, sql: str) -> frozenset[Cost]:
    """Outside any transaction: others hold it up, so that its locks and what it waits for can be seen."""
    before = take(conn)
    with ExitStack() as stack:
        watcher = stack.enter_context(another(conn))
        # Two a table: one lets it pass and is waited for as a writer, the other stops it at once.
        holders = [
            stack.enter_context(_holding(conn, table, mode))
            for mode in (LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.ROW_EXCLUSIVE)
            for table in _lockable(conn)
        ]
        said = stack.enter_context(listening(conn))
        running = _Running(conn, sql)
        running.start()
        seen, waited = _watch(watcher, running, conn.info.backend_pid, holders=holders)
        running.end()
    found = _costs(before, take(conn), said, locks=seen, held=seen, read=set())
    if not waited:
        return found
    return found | {Wait(cost.table) for cost in found if isinstance(cost, Lock)}


class _Running:
    """A statement that runs in another thread."""

    def __init__(self, conn: Connection, sql: str) -> None:
        self.error: psycopg.Error | None = None
        self.thread = threading.Thread(target=self._run, args=(conn, sql), daemon=True)

    def _run(self, conn: Connection, sql: str) -> None:
        try:
            conn.execute(sql.encode())
        except psycopg.Error as error:
            self.error = error

    def start(self) -> None:
        self.thread.start()

    @property
    def runs(self) -> bool:
        return self.thread.is_alive()

    def end(self) -> None:
        """Wait for the end; what went wrong is raised here."""
        self.thread.join()
        if self.error is not None:
            raise self.error


def _watch(
    watcher: Connection, running: _Running, pid: int, *, holders: list[Connection]
) -> tuple[frozenset[tuple[int, LockMode]], bool]:
    """The locks that the statement asked for or held, and whether it waited for others' transactions.

    Of those that hold it up the first lets go each time. Whatever else it waits for, as an
    autovacuum worker that happens to come by, says nothing of the statement.
    """
    seen: set[tuple[int, LockMode]] = set()
    ours = {holder.info.backend_pid for holder in holders}
    waited = False
    deadline = time.monotonic() + PATIENCE
    while running.runs:
        with watcher.cursor(row_factory=tuple_row) as cursor:
            waiting = cursor.execute(WAITING, (pid,)).fetchall()
            if waiting:
                asked = [(oid, mode) for kind, oid, mode, _ in waiting if kind == "relation"]
                holding = cursor.execute(HOLDING, (pid,)).fetchall()
                seen |= {(oid, LockMode.from_pg_locks(mode)) for oid, mode in (*asked, *holding)}
                waited = waited or any(
                    kind == "virtualxid" and not ours.isdisjoint(pids) for kind, *_, pids in waiting
                )
                blocking = {other for *_, pids in waiting for other in pids}
                for holder in [h for h in holders if h.info.backend_pid in blocking][:1]:
                    holder.rollback()
        if time.monotonic() > deadline:
            watcher.execute("SELECT pg_cancel_backend(%s)", (pid,))
            raise DatabaseError(
                "a statement waits for another session than ours",
                advice="observe it on a database that nobody else uses",
            )
        time.sleep(0.002)
    return frozenset(seen), waited


@contextmanager
def _holding(conn: Connection, table: Relation, mode: LockMode) -> Iterator[Connection]:
    """Another session, in a transaction that holds the mode on the table."""
    with another(conn, autocommit=False) as other:
        _hold(other, table, mode)
        yield other
        other.rollback()


def _lockable(conn: Connection) -> list[Relation]:
    """The tables that LOCK TABLE takes; a materialized view it refuses."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        return [Relation(schema, name) for schema, name in cursor.execute(LOCKABLE).fetchall()]


def _hold(other: Connection, table: Relation, mode: LockMode) -> None:
    # ONLY: each partition has its own session.
    other.execute(
        compose.SQL("LOCK TABLE ONLY {} IN {} MODE").format(
            compose.Identifier(table.schema, table.name), compose.SQL(mode.value)
        )
    )
