"""EXPLAIN, which plans what follows; with ANALYZE it runs it."""

from dataclasses import replace

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.explain_analyze import ExplainAnalyze, writes
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.run_prepared import RunPrepared, Use
from schemaguard.sql.clauses import is_query
from schemaguard.sql.create_table import create_table
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.cursors import declare
from schemaguard.sql.option_lists import option
from schemaguard.sql.prepared import PREPARABLE, executed
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.tables_of_queries import persistence_of, query
from schemaguard.sql.views import create_materialized_view, refresh

_OFF = ("FALSE", "OFF", "0", "NO", "F", "N")


def _explain(cursor: Cursor) -> tuple[Change | Unread, ...]:
    analyze = False
    if cursor.word == "(" and not is_query(_ahead(cursor)):
        for part in cursor.inside().parts():
            name, value = option(part)
            if name in ("ANALYZE", "ANALYSE"):
                analyze = value not in _OFF
    else:
        analyze = bool(cursor.accept_one("ANALYZE", "ANALYSE"))
        cursor.accept("VERBOSE")
    if cursor.accept("EXECUTE"):
        return (executed(cursor, Use.MEASURE if analyze else Use.PLAN),)
    would = _explained(cursor)
    if not analyze:
        later = [change for change in would if isinstance(change, RunPrepared)]
        return tuple(replace(change, use=Use.PLAN) for change in later) or (PlanStatement("", would),)
    return (ExplainAnalyze(writes(would)), *would)


def _ahead(cursor: Cursor) -> Cursor:
    return Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.closing() + 1)


def _explained(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """What would be done: of CREATE and DECLARE the query is what is explained."""
    if cursor.word in PREPARABLE:
        return query(cursor)
    if cursor.accept("DECLARE"):
        return declare(cursor)[1:]
    if cursor.accept("REFRESH", "MATERIALIZED", "VIEW"):
        refresh(cursor)
        return ()  # It has no plan, and is not run either. (14 to 18.)
    cursor.expect("CREATE")
    if cursor.accept("MATERIALIZED", "VIEW"):
        return create_materialized_view(cursor)
    persistence = persistence_of(cursor)
    cursor.expect("TABLE")
    at = cursor.offset
    made = create_table(cursor, persistence)
    if len(made) == 1:
        raise Reject("of a table that is no query's there is nothing to explain", at)
    return made


PRODUCTIONS: Productions = {("EXPLAIN",): _explain}
