"""Statements and the changes that they are read as; and what is said of those that are not read."""

import psycopg
import pytest

from schemaguard.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    BeginTransaction,
    Change,
    ChangeType,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    DeleteRows,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropFunction,
    DropIndex,
    DropNotNull,
    DropTable,
    DropTrigger,
    EndTransaction,
    InsertRows,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
    SetSetting,
    Unread,
    UpdateRows,
    ValidateConstraint,
)
from schemaguard.column_types import Type
from schemaguard.names import Column, Relation
from schemaguard.routines import Arguments
from schemaguard.schema import (
    Check,
    ColumnState,
    Expression,
    ForeignKey,
    Generated,
    Identity,
    IndexState,
    Unique,
    Volatility,
)
from schemaguard.settings import milliseconds_of
from schemaguard.sql import read, read_source
from schemaguard.sql.grammar import read_text
from schemaguard.text import Lines, Piece, Source

T, U = Relation("public", "t"), Relation("s", "u")
A, B = Column(T, "a"), Column(T, "b")
INT, TEXT = Type("integer"), Type("text")


def said(text: str, *columns: str, present: tuple[str, ...] = ()) -> Expression:
    return Expression(text=text, columns=frozenset(columns), proves_present=frozenset(present))


NEXT = Expression(text="nextval", volatility=Volatility.VOLATILE)

READ: dict[str, Change | tuple[Change, ...]] = {
    # Tables.
    "CREATE TABLE t ()": CreateTable(table=T, columns=()),
    'create table IF not EXISTS s.u (A int, "B" text)': CreateTable(
        table=U,
        columns=(ColumnState(name="a", type=INT), ColumnState(name="B", type=TEXT)),
        if_not_exists=True,
    ),
    "CREATE TABLE t (id bigserial PRIMARY KEY)": CreateTable(
        table=T,
        columns=(ColumnState(name="id", type=Type("bigint"), not_null=True, default=NEXT),),
        constraints=(Unique(name="", columns=("id",), primary=True),),
    ),
    "CREATE TABLE t(a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS (a) STORED)": CreateTable(
        table=T,
        columns=(
            ColumnState(name="a", type=INT, not_null=True, identity=Identity.ALWAYS),
            ColumnState(name="b", type=INT, default=said("a", "a"), generated=Generated.STORED),
        ),
    ),
    "CREATE TABLE t (a int DEFAULT 1 NOT NULL CONSTRAINT pos CHECK (a > 0), UNIQUE (a))": CreateTable(
        table=T,
        columns=(ColumnState(name="a", type=INT, not_null=True, default=said("1")),),
        constraints=(
            Check(name="pos", expression=said("a > 0", "a"), at_column="a"),
            Unique(name="", columns=("a",)),
        ),
    ),
    "CREATE TABLE t (a int REFERENCES s.u MATCH FULL, CONSTRAINT k FOREIGN KEY (a) REFERENCES t (b))": (
        CreateTable(
            table=T,
            columns=(ColumnState(name="a", type=INT),),
            constraints=(
                ForeignKey(name="", columns=("a",), target=U),
                ForeignKey(name="k", columns=("a",), target=T, target_columns=("b",)),
            ),
        )
    ),
    "DROP TABLE IF EXISTS t, s.u CASCADE": (
        DropTable(T, if_exists=True, cascade=True, beside=(U,)),
        DropTable(U, if_exists=True, cascade=True, beside=(T,)),
    ),
    "ALTER TABLE t RENAME TO v": RenameTable(T, "v"),
    # Columns.
    "ALTER TABLE t ADD a int": AddColumn(table=T, column=ColumnState(name="a", type=INT)),
    "ALTER TABLE ONLY t ADD COLUMN IF NOT EXISTS a varchar(20)[] DEFAULT '{}' NOT NULL": AddColumn(
        table=T,
        column=ColumnState(
            name="a", type=Type("character varying", ("20",), array=True), not_null=True, default=said("'{}'")
        ),
        if_not_exists=True,
    ),
    "ALTER TABLE t ADD a int REFERENCES s.u (id) CHECK (a > 0)": AddColumn(
        table=T,
        column=ColumnState(name="a", type=INT),
        constraints=(
            ForeignKey(name="", columns=("a",), target=U, target_columns=("id",)),
            Check(name="", expression=said("a > 0", "a"), at_column="a"),
        ),
    ),
    "ALTER TABLE t DROP a": DropColumn(A),
    "ALTER TABLE t DROP COLUMN IF EXISTS a CASCADE": DropColumn(A, if_exists=True, cascade=True),
    "ALTER TABLE t RENAME a TO b": RenameColumn(A, "b"),
    'ALTER TABLE IF EXISTS t RENAME COLUMN "a" TO "B"': RenameColumn(A, "B"),
    "ALTER TABLE t ALTER a TYPE bigint": ChangeType(A, Type("bigint")),
    "ALTER TABLE t ALTER COLUMN a SET DATA TYPE numeric(10, 2) USING b::numeric": ChangeType(
        A, Type("numeric", ("10", "2")), said("b::numeric", "b")
    ),
    "ALTER TABLE t ALTER a SET NOT NULL": SetNotNull(A),
    "ALTER TABLE t ALTER COLUMN a DROP NOT NULL": DropNotNull(A),
    "ALTER TABLE t ALTER a SET DEFAULT now()": SetDefault(A, said("now()")),
    "ALTER TABLE t ALTER a DROP DEFAULT": DropDefault(A),
    "ALTER TABLE t ALTER a SET NOT NULL, DROP b, ADD CHECK (a > 0)": (
        SetNotNull(A),
        DropColumn(B),
        AddCheck(T, Check(name="", expression=said("a > 0", "a"))),
    ),
    # Constraints; NOT VALID belongs to its own action alone.
    "ALTER TABLE t ADD CONSTRAINT x CHECK (a IS NOT NULL), ADD CONSTRAINT y CHECK (b > 0) NOT VALID": (
        AddCheck(T, Check(name="x", expression=said("a IS NOT NULL", "a", present=("a",)))),
        AddCheck(T, Check(name="y", expression=said("b > 0", "b"), valid=False)),
    ),
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES s.u NOT VALID": AddForeignKey(
        T, ForeignKey(name="", columns=("a",), target=U, valid=False)
    ),
    "ALTER TABLE t ADD CONSTRAINT x UNIQUE (a, b) DEFERRABLE": AddUnique(
        T, Unique(name="x", columns=("a", "b"), deferrable=True)
    ),
    "ALTER TABLE t ADD PRIMARY KEY (a)": AddPrimaryKey(T, Unique(name="", columns=("a",), primary=True)),
    "ALTER TABLE t ADD CONSTRAINT x PRIMARY KEY USING INDEX i": AddUsingIndex(
        table=T, name="x", index="i", primary=True
    ),
    "ALTER TABLE t ADD UNIQUE USING INDEX i": AddUsingIndex(table=T, name="i", index="i", primary=False),
    "ALTER TABLE t VALIDATE CONSTRAINT x": ValidateConstraint(T, "x"),
    "ALTER TABLE t DROP CONSTRAINT IF EXISTS x CASCADE": DropConstraint(
        table=T, name="x", if_exists=True, cascade=True
    ),
    # Indexes.
    "CREATE INDEX i ON t (a)": CreateIndex(name=T.sibling("i"), index=IndexState(table=T, columns=("a",))),
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON s.u (lower(a), b) INCLUDE (c) WHERE d IS NULL": (
        CreateIndex(
            name=U.sibling("i"),
            index=IndexState(
                table=U, columns=(None, "b"), unique=True, also=frozenset({"a", "c", "d"}), partial=True
            ),
            concurrently=True,
            if_not_exists=True,
        )
    ),
    "CREATE INDEX ON t (a, lower(b), (c || d))": CreateIndex(
        name=T.sibling(""),
        index=IndexState(table=T, columns=("a", None, None), also=frozenset({"b", "c", "d"})),
        labels=("a", "lower", "expr"),
    ),
    "DROP INDEX CONCURRENTLY IF EXISTS i": DropIndex(index=T.sibling("i"), concurrently=True, if_exists=True),
    # Rows.
    "INSERT INTO t (a, b) VALUES (1, 'x')": InsertRows(T, ("a", "b"), ()),
    "INSERT INTO t SELECT * FROM s.u": InsertRows(T, None, (U,), whole=True),
    "WITH q AS (SELECT * FROM s.u) INSERT INTO t SELECT * FROM q": InsertRows(T, None, (U,), whole=True),
    "UPDATE t SET a = b || 'x' WHERE a IS NULL": UpdateRows(
        table=T, assignments=(("a", said("b || 'x'", "b")),), where=said("a IS NULL", "a")
    ),
    "UPDATE t AS x SET (a, b) = (x.c, y.d) FROM s.u AS y WHERE y.id = x.id": UpdateRows(
        table=T,
        assignments=(("a", said("x.c", "c")), ("b", said("y.d"))),
        where=said("y.id = x.id", "id"),
        reads=(U,),
    ),
    "DELETE FROM t WHERE NOT EXISTS (SELECT FROM s.u WHERE u.id = t.a)": DeleteRows(
        T, said("NOT EXISTS (SELECT FROM s.u WHERE u.id = t.a)", "a"), (U,)
    ),
    # Functions and triggers.
    "DROP FUNCTION IF EXISTS s.f(int, INOUT x text, OUT y t.a%TYPE), g": (
        DropFunction(
            function=Relation("s", "f"),
            arguments=Arguments(types=("integer", "text"), whole=("integer", "text", Column(T, "a"))),
            if_exists=True,
            beside=((Relation("public", "g"), None),),
        ),
        DropFunction(
            function=Relation("public", "g", qualified=False),
            if_exists=True,
            beside=(
                (
                    Relation("s", "f"),
                    Arguments(types=("integer", "text"), whole=("integer", "text", Column(T, "a"))),
                ),
            ),
        ),
    ),
    "CREATE OR REPLACE TRIGGER x BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()": (
        CreateTrigger(T, "x", replace=True, row=True, columns=("a",), function=Relation("public", "f"))
    ),
    "DROP TRIGGER IF EXISTS x ON s.u": DropTrigger(table=U, name="x", if_exists=True, cascade=False),
    # Sessions.
    "BEGIN": BeginTransaction(),
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE": (
        BeginTransaction(),
        SetSetting("transaction_isolation", "serializable", local=True),
        SetSetting("transaction_read_only", "off", local=True),
    ),
    "COMMIT": EndTransaction(commit=True),
    "END": EndTransaction(commit=True),
    "ABORT": EndTransaction(commit=False),
    "ROLLBACK AND CHAIN": (EndTransaction(commit=False), BeginTransaction()),
    "SET lock_timeout = 5000": SetSetting("lock_timeout", "5000"),
    "SET LOCAL statement_timeout TO '2min'": SetSetting("statement_timeout", "2min", local=True),
    "SET SESSION lock_timeout TO DEFAULT": SetSetting("lock_timeout", None),
    "RESET statement_timeout": SetSetting("statement_timeout", None),
    # Names.
    "DROP TABLE Ünder": DropTable(Relation("public", "Ünder")),
    'DROP TABLE "a""b"': DropTable(Relation("public", 'a"b')),
    'DROP TABLE U&"d\\0061t!"': DropTable(Relation("public", "dat!")),
    f"DROP TABLE {'x' * 70}": DropTable(Relation("public", "x" * 63)),
    f"DROP TABLE {'é' * 40}": DropTable(Relation("public", "é" * 31)),
    "DROP /* a /* nested */ comment */ TABLE -- and another\n t": DropTable(T),
}


@pytest.mark.parametrize("text", READ)
def test_a_statement_is_read_as_its_changes(text: str) -> None:
    expected = READ[text]

    assert read_text(text) == (expected if isinstance(expected, tuple) else (expected,))


@pytest.mark.parametrize(
    ("text", "reason", "before"),
    [
        ("DO $$ BEGIN IF $$", "in the block: syntax error at the end: expected THEN", "DO "),
        ("FOO BAR", 'syntax error at "FOO": expected a statement', ""),
        ("CREATE FOO", 'syntax error at "FOO": expected a kind of object', "CREATE "),
        ("DROP TABLE", "syntax error at the end: expected a table", "DROP TABLE"),
        ("DROP TABLE t,", "syntax error at the end: expected a table", "DROP TABLE t,"),
        ("DROP TABLE t CASCADE now", 'syntax error at "now": expected nothing more', "DROP TABLE t CASCADE "),
        ("DROP TABLE select", 'syntax error at "select": expected a table', "DROP TABLE "),
        ("DROP TABLE a.b.c", "a name with a database in it", "DROP TABLE a.b"),
        ("CREATE TABLE t (a int", 'syntax error at the end: expected ")"', "CREATE TABLE t "),
        ("CREATE TABLE t (a int,)", 'syntax error at ")": expected a column', "CREATE TABLE t (a int,"),
        (
            "ALTER TABLE t ADD UNIQUE (a) NOT ENFORCED",
            "a unique constraint cannot be NOT ENFORCED",
            "ALTER TABLE t ADD UNIQUE (a) NOT ENFORCED",
        ),
        (
            "ALTER TABLE t ADD CHECK (a > )",
            'syntax error at ")": expected an expression',
            "ALTER TABLE t ADD CHECK (a > ",
        ),
        (
            "DELETE FROM t WHERE a = :id",
            ":id stands for something that is not known here",
            "DELETE FROM t WHERE a = ",
        ),
        ("DROP TABLE %(name)s", "%(name)s stands for something that is not known here", "DROP TABLE "),
        ("DROP TABLE {{ name }}", 'syntax error at "{": this is no SQL; is it a template?', "DROP TABLE "),
        ("DROP TABLE 'never", "this string never ends: ' is missing", "DROP TABLE "),
        ("", "there is nothing in it", ""),
        ("SELECT f(1)", "schemaguard does not know what the function f does", ""),
        ("SELECT (SELECT 1 INTO t)", "SELECT INTO makes no table here", "SELECT (SELECT 1 "),
    ],
)
def test_what_is_not_read_is_said_with_its_reason_and_place(text: str, reason: str, before: str) -> None:
    *_, unread = read_text(text)

    assert isinstance(unread, Unread)
    assert (unread.text, unread.reason) == (text, reason)
    assert text[: unread.offset] == before


def test_an_action_that_is_not_known_leaves_the_others_readable() -> None:
    text = "ALTER TABLE t DROP a, ADD UNIQUE (a) NOT VALID, ALTER b SET NOT NULL"

    first, unread, last = read_text(text)

    assert (first, last) == (DropColumn(A), SetNotNull(B))
    assert unread == Unread("ADD UNIQUE (a) NOT VALID", "a unique constraint cannot be NOT VALID", 46)


def test_a_default_that_is_not_understood_may_be_anything() -> None:
    (change,) = read_text("ALTER TABLE t ALTER a SET DEFAULT xmlparse(CONTENT 'x')")

    assert change == SetDefault(A, said("xmlparse(CONTENT 'x')"))
    assert isinstance(change, SetDefault)
    assert change.default.volatility is Volatility.UNKNOWN


def test_what_is_nested_too_deeply_is_not_read() -> None:
    (change,) = read_text("ALTER TABLE t ADD c int DEFAULT " + "(" * 1000 + "random()" + ")" * 1000)

    assert isinstance(change, Unread)


def test_expressions_keep_the_authors_text_with_its_comments_and_spaces() -> None:
    (change,) = read_text("ALTER TABLE t ADD CHECK ( a  >  /* at least */ 0 )")

    assert isinstance(change, AddCheck)
    assert change.check.expression.text == "a  >  /* at least */ 0"


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [("0", 0), ("250", 250), ("'250'", 250), ("'250ms'", 250), ("'5 s'", 5000), ("1.5", 2), ("'1.5s'", 1500),
     ("'100us'", 0), ("'1h'", 3_600_000), ("'1d'", 86_400_000), ("2.5", 2), ("E'3s'", 3000)],
)  # fmt: skip
def test_durations_are_read_as_the_server_reads_them(
    written: str, milliseconds: int, conn: psycopg.Connection
) -> None:
    conn.execute(f"SET lock_timeout = {written}".encode())
    shown = conn.execute("SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'").fetchone()

    assert shown == (milliseconds,)
    (change,) = read_text(f"SET lock_timeout = {written}")
    assert isinstance(change, SetSetting)
    assert change.value is not None
    assert milliseconds_of(change.value) == milliseconds


def test_a_source_is_read_piece_by_piece() -> None:
    text = "DROP TABLE t"
    piece = Piece(text=text, place=Lines(text).place("x.sql", 0, len(text)))

    (first, second) = read_source(Source(path="x.sql", pieces=(piece, piece)))

    assert first == second == read(piece)
    assert (first.text, first.place.path, first.changes) == (text, "x.sql", (DropTable(T),))


def test_sqlglot_does_not_speak_to_the_user(caplog: pytest.LogCaptureFixture) -> None:
    (change,) = read_text("DELETE FROM t WHERE if IN (SELECT id FROM q)")

    assert isinstance(change, Unread)
    assert caplog.records == []
