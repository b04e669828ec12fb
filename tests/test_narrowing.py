"""What a narrower type does to values that do not fit, as a server does it."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.names import Column, Relation
from schemaguard.narrowing import Narrowing, narrowing
from schemaguard.postgres.connect import connect
from schemaguard.scripts import schema_of

#: Old type, new type, a value that does not fit.
LOSING = (
    ("numeric(10,2)", "numeric(10,1)", "1.25"),
    ("numeric", "numeric(5,2)", "1.239"),
    ("numeric(10,2)", "int", "1.75"),
    ("double precision", "real", "1.23456789012"),
    ("double precision", "int", "1.7"),
    ("double precision", "numeric(5,1)", "1.77"),
    ("double precision", "numeric", "0.30000000000000004"),
    ("real", "numeric", "16777216"),
    ("numeric", "double precision", "1.2345678901234567890123"),
    ("bigint", "double precision", "9007199254740993"),
    ("int", "real", "16777217"),
    ("timestamp", "timestamp(0)", "2026-01-01 10:00:00.6"),
    ("timestamp", "date", "2026-01-01 10:00:00.6"),
    ("timestamp", "time", "2026-01-01 10:00:00"),
    ("interval", "interval(0)", "1.6 s"),
    ("interval", "time", "25 h"),
    ("time", "time(0)", "10:00:00.6"),
    ("timetz", "time", "10:00+05"),
    ("json", "jsonb", '{"b": 1, "a": 1}'),
    ("inet", "cidr", "10.0.0.1/8"),
)
REFUSING = (
    ("bigint", "int", "5000000000"),
    ("int", "smallint", "70000"),
    ("numeric(10,2)", "numeric(4,2)", "1234.25"),
    ("numeric(20,0)", "int", "5000000000"),
    ("bigint", "numeric(5,0)", "123456"),
    ("text", "varchar(3)", "abcdef"),
    ("varchar(5)", "char(3)", "abcdef"[:5]),
    ("bit(8)", "bit(4)", "10101010"),
    ("varbit", "varbit(4)", "10101010"),
)
CUTTING = (
    ("text", "varchar(3)", "abcdef"),
    ("text", "char(3)", "abcdef"),
    ("bit(8)", "bit(4)", "10101010"),
    ("varbit", "varbit(4)", "10101010"),
)
FITTING = (
    ("int", "bigint", "2147483647"),
    ("int", "double precision", "2147483647"),
    ("smallint", "real", "32767"),
    ("int", "numeric(10,0)", "2147483647"),
    ("numeric(9,0)", "int", "999999999"),
    ("numeric(4,2)", "numeric(10,2)", "12.25"),
    ("varchar(3)", "varchar(5)", "abc"),
    ("varchar(3)", "text", "abc"),
    ("timestamp(0)", "timestamp", "2026-01-01 10:00:00"),
    ("bit(4)", "varbit(4)", "1010"),
)


def said(old: str, new: str, *, cast: bool = False) -> Narrowing | None:
    schema = schema_of(f"CREATE TABLE t (a {old}, b {new});")
    types = [schema.column(Column(Relation("public", "t"), name)) for name in ("a", "b")]
    before, after = (state.type for state in types if state is not None)
    assert before is not None
    assert after is not None
    return narrowing(before, after, cast=cast)


def changed(conn: psycopg.Connection, old: str, new: str, value: str, using: str = "") -> tuple[str, bool]:
    """The SQLSTATE, and whether the value's text is another one afterwards."""
    conn.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t (a {old});".encode())
    conn.execute("INSERT INTO t VALUES (%s)", (value,))
    before = conn.execute("SELECT a::text FROM t").fetchone()
    try:
        conn.execute(f"ALTER TABLE t ALTER a TYPE {new} {using}".encode())
    except psycopg.Error as error:
        return error.sqlstate or "", False
    return "", conn.execute("SELECT a::text FROM t").fetchone() != before


@pytest.mark.majors
def test_values_lose_in_silence_what_has_no_place(database_with: Callable[[str], str]) -> None:
    with connect(database_with("")) as conn:
        for old, new, value in LOSING:
            found = said(old, new)

            assert found is not None, (old, new)
            assert found.loses, (old, new)
            assert changed(conn, old, new, value) == ("", True), (old, new)


@pytest.mark.majors
def test_values_that_do_not_fit_are_refused(database_with: Callable[[str], str]) -> None:
    with connect(database_with("")) as conn:
        for old, new, value in REFUSING:
            found = said(old, new)

            assert found is not None, (old, new)
            assert changed(conn, old, new, value) == (found.refuses, False), (old, new)


@pytest.mark.majors
def test_a_cast_cuts_off_what_would_be_refused(database_with: Callable[[str], str]) -> None:
    with connect(database_with("")) as conn:
        for old, new, value in CUTTING:
            assert said(old, new, cast=True) == Narrowing(loses="what is longer")
            assert changed(conn, old, new, value, f"USING a::{new}") == ("", True), (old, new)


@pytest.mark.majors
def test_of_what_fits_nothing_is_said(database_with: Callable[[str], str]) -> None:
    with connect(database_with("")) as conn:
        for old, new, value in FITTING:
            assert said(old, new) is None, (old, new)
            assert changed(conn, old, new, value) == ("", False), (old, new)
