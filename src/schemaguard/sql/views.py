"""CREATE and DROP of views and materialized views, and REFRESH."""

from dataclasses import replace as changed
from itertools import product

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.create_view import CreateView
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.refresh_view import RefreshView
from schemaguard.names import Relation
from schemaguard.sql.altered_views import alter_view
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.index_elements import options
from schemaguard.sql.kept import kept_query
from schemaguard.sql.mentions import mentions
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.row_of_query import columns_of_row
from schemaguard.sql.rows import query_at
from schemaguard.sql.shown_columns import shown_columns


def create_view(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """CREATE [OR REPLACE] [TEMPORARY] [RECURSIVE] VIEW, after the first word."""
    replace = cursor.accept("OR", "REPLACE")
    temporary = cursor.accept_one("TEMP", "TEMPORARY")
    recursive = cursor.accept("RECURSIVE")
    cursor.expect("VIEW")
    view = cursor.relation("a view")
    if temporary:
        view = Relation("pg_temp", view.name)
    columns = cursor.names() if cursor.word == "(" else ()
    if recursive and not columns:
        raise cursor.expected("the columns of a recursive view")
    if cursor.accept("WITH"):
        options(cursor)
    cursor.expect("AS")
    end = cursor.stop
    tail = cursor.words[:end]
    if tail[-2:] == ["CHECK", "OPTION"]:
        end -= 2
        end -= tail[end - 1] in ("CASCADED", "LOCAL")
        if tail[end - 1] != "WITH":
            raise Reject("a CHECK OPTION without WITH", cursor.offset)
        end -= 1
    made = CreateView(view=view, replace=replace, columns=columns)
    return _made(cursor, view_end=end, made=made, itself=view.name if recursive else "")


def _made(
    cursor: Cursor, *, view_end: int, made: CreateView, itself: str = ""
) -> tuple[Change | Unread, ...]:
    """The view with what its query reads; a recursive one reads ``itself``, which is not there before."""
    # Only a query that is run does what the functions do that it calls.
    part = cursor.up_to(view_end)
    whole, shown = part.copy(), made.columns or shown_columns(part)
    called: list[Unread] = []
    if made.filled:
        query, called = query_at(part)
        read = query.reads
    else:
        read = kept_query(part)
    cursor.at = cursor.stop
    said = mentions(whole, (relation for relation in read if not itself or relation.name != itself))
    said = changed(said, of_row=columns_of_row(whole, said.relations))
    return (changed(made, said=said, columns=shown), *called)


def create_materialized_view(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """CREATE MATERIALIZED VIEW, after these words."""
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    view = cursor.relation("a view")
    columns = cursor.names() if cursor.word == "(" else ()
    if cursor.accept("USING"):
        cursor.name("an access method")
    if cursor.accept("WITH"):
        options(cursor)
    if cursor.accept("TABLESPACE"):
        cursor.name("a tablespace")
    cursor.expect("AS")
    end, filled = cursor.stop, True
    if cursor.words[end - 3 : end] == ["WITH", "NO", "DATA"]:
        end, filled = end - 3, False
    elif cursor.words[end - 2 : end] == ["WITH", "DATA"]:
        end -= 2
    made = CreateView(
        view=view,
        columns=columns,
        materialized=True,
        filled=filled,
        if_not_exists=if_not_exists,
    )
    return _made(cursor, view_end=end, made=made)


def drop_view(cursor: Cursor, *, materialized: bool) -> tuple[Change, ...]:
    """DROP [MATERIALIZED] VIEW, after these words."""
    if_exists = cursor.accept("IF", "EXISTS")
    views = cursor.listed(lambda: cursor.relation("a view"))
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(
        DropView(
            view=view,
            materialized=materialized,
            if_exists=if_exists,
            cascade=cascade,
            beside=tuple(other for other in views if other != view),
        )
        for view in views
    )


def refresh(cursor: Cursor) -> tuple[Change, ...]:
    """REFRESH MATERIALIZED VIEW, after these words."""
    concurrently = cursor.accept("CONCURRENTLY")
    view = cursor.relation("a view")
    filled = not cursor.accept("WITH", "NO", "DATA")
    if filled:
        cursor.accept("WITH", "DATA")
    cursor.finish()
    return (RefreshView(view=view, concurrently=concurrently, filled=filled),)


def _create_again(cursor: Cursor) -> tuple[Change | Unread, ...]:
    cursor.at = 1
    return create_view(cursor)


#: What may stand between CREATE and VIEW.
_VIEWS = [
    " ".join(filter(None, words))
    for words in product(("", "OR REPLACE"), ("", "TEMP", "TEMPORARY"), ("", "RECURSIVE"))
]

PRODUCTIONS: Productions = {
    **{("CREATE", *words.split(), "VIEW"): _create_again for words in _VIEWS},
    ("CREATE", "MATERIALIZED", "VIEW"): create_materialized_view,
    ("ALTER", "VIEW"): lambda cursor: alter_view(cursor, materialized=False),
    ("ALTER", "MATERIALIZED", "VIEW"): lambda cursor: alter_view(cursor, materialized=True),
    ("DROP", "VIEW"): lambda cursor: drop_view(cursor, materialized=False),
    ("DROP", "MATERIALIZED", "VIEW"): lambda cursor: drop_view(cursor, materialized=True),
    ("REFRESH", "MATERIALIZED", "VIEW"): refresh,
}
