"""VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK TABLE and TRUNCATE."""

from schemaguard.changes.analyze_table import AnalyzeTable
from schemaguard.changes.base import Change
from schemaguard.changes.cluster_table import ClusterTable
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.reindex import Reindex, Whole
from schemaguard.changes.truncate_tables import TruncateTables
from schemaguard.changes.vacuum import Vacuum
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content

#: The options in parentheses that are true or false, and since when they are there.
_SWITCHES = {
    "VACUUM": {
        "full": 14, "freeze": 14, "verbose": 14, "analyze": 14, "disable_page_skipping": 14,
        "skip_locked": 14, "process_toast": 14, "truncate": 14, "process_main": 16,
        "skip_database_stats": 16, "only_database_stats": 16,
    },
    "ANALYZE": {"verbose": 14, "skip_locked": 14},
    "CLUSTER": {"verbose": 14},
    "REINDEX": {"verbose": 14, "concurrently": 14},
}  # fmt: skip
#: Those with another value.
_VALUES = {
    "VACUUM": {"index_cleanup": 14, "parallel": 14, "buffer_usage_limit": 16},
    "ANALYZE": {"buffer_usage_limit": 16},
    "CLUSTER": {},
    "REINDEX": {"tablespace": 14},
}
_TRUE = ("true", "on", "1")
_FALSE = ("false", "off", "0")
_MODES = {mode.value: mode for mode in LockMode}


@dataclass(frozen=True, slots=True)
class _Options:
    """The switches that are on, and the major since when all of them are there."""

    on: frozenset[str] = frozenset()
    since: int = 14


def options(cursor: Cursor, verb: str) -> _Options:
    """Options in parentheses, if there are any."""
    if cursor.word != "(":
        return _Options()
    on: dict[str, bool] = {}
    since = 14
    for option in cursor.inside().parts():
        name, at = _option_name(option), option.offset
        if name in _SWITCHES[verb]:
            on[name] = _switch(option)
        elif name in _VALUES[verb]:
            _value(option)
        else:
            raise Reject(f"{verb} has no option {name}", at)
        since = max(since, {**_SWITCHES[verb], **_VALUES[verb]}[name])
        option.finish()
    return _Options(frozenset(name for name, is_on in on.items() if is_on), since)


def _option_name(option: Cursor) -> str:
    # ANALYZE is reserved, and allowed here.
    if option.accept_one("ANALYZE", "ANALYSE"):
        return "analyze"
    return option.function_name("an option")


def _switch(option: Cursor) -> bool:
    if option.done:
        return True
    at = option.offset
    value = _value(option).lower()
    if value not in (*_TRUE, *_FALSE):
        raise Reject(f"{value} is neither true nor false", at)
    return value in _TRUE


def _value(option: Cursor) -> str:
    token = option.token
    if token.kind is Kind.STRING:
        option.at += 1
        return content(token)
    sign = option.accept_one("-", "+")
    if option.token.kind is Kind.NUMBER:
        option.at += 1
        return sign.replace("+", "") + option.tokens[option.at - 1].text
    if sign:
        raise option.expected("a number")
    return option.accept_one("TRUE", "FALSE", "ON") or option.function_name("a value")


@dataclass(frozen=True, slots=True)
class _Target:
    """A table with columns."""

    table: Relation
    columns: tuple[str, ...]
    only: bool
    #: ONLY and * are there since 18.
    since: int


def _targets(cursor: Cursor) -> list[_Target]:
    return [] if cursor.done else cursor.listed(lambda: _target(cursor))


def _target(cursor: Cursor) -> _Target:
    table, only, starred = named(cursor)
    columns = cursor.names() if cursor.word == "(" else ()
    return _Target(table, columns, only, 18 if only or starred else 14)


def named(cursor: Cursor) -> tuple[Relation, bool, bool]:
    """A table, whether with ONLY, and whether with ``*``."""
    only = cursor.accept("ONLY")
    if only and cursor.accept("("):
        table = cursor.relation()
        cursor.expect(")")
        return table, True, False
    table = cursor.relation()
    return table, only, not only and cursor.accept("*")


def vacuum(cursor: Cursor) -> tuple[Change, ...]:
    """VACUUM, after this word."""
    if cursor.word == "(":
        given = options(cursor, "VACUUM")
    else:
        on = [word for word in ("FULL", "FREEZE", "VERBOSE") if cursor.accept(word)]
        if cursor.accept_one("ANALYZE", "ANALYSE"):
            on.append("ANALYZE")
        given = _Options(frozenset(word.lower() for word in on))
    targets = _targets(cursor)
    cursor.finish()
    full, analyze = "full" in given.on, "analyze" in given.on
    no_table = "only_database_stats" in given.on
    if not targets:
        return (Vacuum(table=None, full=full, analyze=analyze, no_table=no_table, since=given.since),)
    return tuple(
        Vacuum(
            table=target.table,
            full=full,
            analyze=analyze,
            columns=target.columns,
            only=target.only,
            no_table=no_table,
            since=max(given.since, target.since),
        )
        for target in targets
    )


def analyze(cursor: Cursor) -> tuple[Change, ...]:
    """ANALYZE, after this word."""
    given = options(cursor, "ANALYZE") if cursor.word == "(" else _Options()
    if not given.on and given == _Options():
        cursor.accept("VERBOSE")
    targets = _targets(cursor)
    cursor.finish()
    if not targets:
        return (AnalyzeTable(table=None, since=given.since),)
    return tuple(
        AnalyzeTable(
            table=target.table,
            columns=target.columns,
            only=target.only,
            since=max(given.since, target.since),
        )
        for target in targets
    )


def cluster(cursor: Cursor) -> tuple[Change, ...]:
    """CLUSTER, after this word."""
    parentheses = cursor.word == "("
    if parentheses:
        options(cursor, "CLUSTER")
    else:
        cursor.accept("VERBOSE")
    if cursor.done:
        return (ClusterTable(table=None, since=17 if parentheses else 14),)
    table = cursor.relation()
    index = None
    if not parentheses and cursor.accept("ON"):
        # The old order: an index of that name, then its table.
        if table.schema != "public" or "." in cursor.text[: cursor.offset]:
            raise Reject("an index with a schema before ON", cursor.offset)
        index, table = table.name, cursor.relation()
    elif cursor.accept("USING"):
        index = cursor.name("an index")
    cursor.finish()
    return (ClusterTable(table=table, index=index),)


def reindex(cursor: Cursor) -> tuple[Change, ...]:
    """REINDEX, after this word."""
    given = options(cursor, "REINDEX")
    kind = cursor.expect_one("INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM")
    concurrently = cursor.accept("CONCURRENTLY") or "concurrently" in given.on
    if kind in ("INDEX", "TABLE"):
        relation = cursor.relation("an index" if kind == "INDEX" else "a table")
        cursor.finish()
        if kind == "INDEX":
            return (Reindex(index=relation, concurrently=concurrently, since=given.since),)
        return (Reindex(table=relation, concurrently=concurrently, since=given.since),)
    # A name is left out since 16.
    name = "" if cursor.done and kind != "SCHEMA" else cursor.name("a name")
    since = given.since if name else max(given.since, 16)
    cursor.finish()
    return (Reindex(whole=Whole(kind), name=name, concurrently=concurrently, since=since),)


def lock_table(cursor: Cursor) -> tuple[Change, ...]:
    """LOCK, after this word."""
    cursor.accept("TABLE")
    tables = cursor.listed(lambda: named(cursor))
    mode = _mode(cursor) if cursor.accept("IN") else LockMode.ACCESS_EXCLUSIVE
    nowait = cursor.accept("NOWAIT")
    cursor.finish()
    return tuple(LockTable(table=table, mode=mode, only=only, nowait=nowait) for table, only, _ in tables)


def _mode(cursor: Cursor) -> LockMode:
    words = []
    while not cursor.done and cursor.word != "MODE":
        words.append(cursor.word)
        cursor.at += 1
    mode = _MODES.get(" ".join(words))
    if mode is None:
        raise cursor.expected("a lock mode")
    cursor.expect("MODE")
    return mode


def truncate(cursor: Cursor) -> tuple[Change, ...]:
    """TRUNCATE, after this word."""
    cursor.accept("TABLE")
    tables = cursor.listed(lambda: named(cursor))
    restart = cursor.accept("RESTART", "IDENTITY")
    if not restart:
        cursor.accept("CONTINUE", "IDENTITY")
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return (
        TruncateTables(
            tables=tuple(table for table, _, _ in tables),
            only=frozenset(table for table, only, _ in tables if only),
            restart_identity=restart,
            cascade=cascade,
        ),
    )


PRODUCTIONS: Productions = {
    ("VACUUM",): vacuum,
    ("ANALYZE",): analyze,
    ("ANALYSE",): analyze,
    ("CLUSTER",): cluster,
    ("REINDEX",): reindex,
    ("LOCK",): lock_table,
    ("TRUNCATE",): truncate,
}
