"""Placeholders of all styles become what the server sees."""

import psycopg
import pytest
from psycopg.adapt import Transformer

from schemaguard.compat.parameters import Style, numbered, squeezed, style_of
from schemaguard.errors import InputError


@pytest.mark.parametrize(
    ("style", "sql", "expected", "keys"),
    [
        (Style.PYFORMAT, "SELECT %s, %s", "SELECT $1, $2", ("1", "2")),
        (Style.PYFORMAT, "SELECT %(b)s, %(a)s, %(b)s", "SELECT $1, $2, $1", ("b", "a")),
        (Style.PYFORMAT, "SELECT 5 %% 2, '%%' LIKE %s", "SELECT 5 % 2, '%' LIKE $1", ("1",)),
        (Style.PYFORMAT, "SELECT %(a)s::int -- %(c)s", "SELECT $1::int -- $2", ("a", "c")),
        (Style.NAMED, "SELECT :a::int, ':b', :a", "SELECT $1::int, ':b', $1", ("a",)),
        (Style.QMARK, "SELECT ?, '?', ?", "SELECT $1, '?', $2", ("1", "2")),
        (Style.NUMBERED, "SELECT $2, $1, $2", "SELECT $2, $1, $2", ("1", "2")),
        (Style.LITERAL, "SELECT '%s', 5 % 2", "SELECT '%s', 5 % 2", ()),
    ],
)
def test_placeholders_become_numbers(style: Style, sql: str, expected: str, keys: tuple[str, ...]) -> None:
    assert numbered(sql, style).sql == expected
    assert numbered(sql, style).keys == keys


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT %(a)s::text, '%%', %(b)s::text, %(a)s::text", {"a": "x", "b": "y"}),
        ("SELECT %s::int + 7 %% 4", [1]),
        ("SELECT '%s' || %s::text /* %s */", ["a", "b", "c"]),
    ],
)
def test_psycopg_makes_the_same_of_its_placeholders(
    conn: psycopg.Connection, sql: str, params: object
) -> None:
    from psycopg._queries import PostgresQuery

    query = PostgresQuery(Transformer(conn))
    query.convert(sql, params)  # type: ignore[arg-type]

    assert numbered(sql, Style.PYFORMAT).sql == query.query.decode()


def test_a_lone_percent_sign_is_refused_as_psycopg_refuses_it() -> None:
    with pytest.raises(InputError, match="not a placeholder"):
        numbered("SELECT 5 % 2 WHERE a = %s", Style.PYFORMAT)


@pytest.mark.parametrize(
    ("sql", "style"),
    [
        ("SELECT $1", Style.NUMBERED),
        ("SELECT %(a)s", Style.PYFORMAT),
        ("SELECT %s", Style.PYFORMAT),
        ("SELECT :a", Style.NAMED),
        ("SELECT ?", Style.QMARK),
        ("SELECT 'a:b', x::int, 10 % s", Style.LITERAL),
    ],
)
def test_the_style_of_a_statement_is_seen(sql: str, style: Style) -> None:
    assert style_of(sql) is style


def test_comments_and_white_space_make_no_other_statement() -> None:
    assert squeezed("SELECT a -- why\n  FROM\tt") == squeezed("SELECT a FROM t")
