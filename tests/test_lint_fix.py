"""lint --fix: what it writes ends where the file ended before, is no longer reported, and else the same."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.commands.mending import Mender
from schemaguard.fix.mend import MENDED
from schemaguard.postgres.catalog import read_schema
from schemaguard.rules import all_rules
from schemaguard.sources.files import read_sql_file

GIVEN = """\
CREATE TABLE account (id bigint PRIMARY KEY, email text, age int);
CREATE TABLE "Order" (id bigint, account_id bigint, note text, day date);
CREATE INDEX order_day ON "Order" (day);
CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""
ROWS = """\
INSERT INTO account SELECT i, 'a' || i, i FROM generate_series(1, 20) AS i;
INSERT INTO "Order" SELECT i, i, 'n', '2026-01-01' FROM generate_series(1, 20) AS i;
"""
#: Each is mended whole where psql runs it.
MENDABLE = {
    "an index": "CREATE INDEX account_age ON account (age);",
    "an index without a name": "create index on account(age, lower(email)) where age > 1;",
    "a unique index, options": 'CREATE UNIQUE INDEX u ON "Order" USING btree (id DESC) INCLUDE (note);',
    "an index that goes": "DROP INDEX order_day;",
    "an index that goes, if it is there": "DROP INDEX IF EXISTS order_day;",
    "a table's indexes": "REINDEX TABLE account;",
    "an index anew, options": "REINDEX (VERBOSE) INDEX order_day;",
    "a CHECK": "ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 0);",
    "a CHECK without a name": "ALTER TABLE account ADD CHECK (age > 0);",
    "a foreign key": 'ALTER TABLE "Order" ADD CONSTRAINT of FOREIGN KEY (account_id) REFERENCES account;',
    "a foreign key without a name": (
        'alter table "Order" add foreign key (account_id)'
        " references account (id) on delete cascade deferrable;"
    ),
    "a UNIQUE": "ALTER TABLE account ADD CONSTRAINT one UNIQUE (email);",
    "a UNIQUE without a name": "ALTER TABLE account ADD UNIQUE (email, age) DEFERRABLE INITIALLY DEFERRED;",
    "a primary key": 'ALTER TABLE "Order" ADD PRIMARY KEY (id);',
    "NOT NULL": "ALTER TABLE account ALTER COLUMN email SET NOT NULL;",
    "several actions": (
        "ALTER TABLE account\n    ALTER email SET NOT NULL, -- always there\n"
        "    ADD COLUMN fax text,\n    ADD CONSTRAINT one UNIQUE (age),\n    ADD CHECK (age > 0),\n"
        "    ALTER age SET DEFAULT 18;"
    ),
    "all actions": "ALTER TABLE account ALTER email SET NOT NULL, ADD UNIQUE (email), ADD CHECK (age > 0);",
    "a lock": "ALTER TABLE account ADD COLUMN fax text;",
    "two locks": 'ALTER TABLE account ADD COLUMN fax text;\nALTER TABLE "Order" ADD COLUMN fax text;',
    "a transaction's lock": "BEGIN;\nALTER TABLE account ADD COLUMN fax text;\nCOMMIT;",
    "validated behind COMMIT": (
        "BEGIN;\n-- grown up\nALTER TABLE account ADD CONSTRAINT grown CHECK (age > 0);\n"
        'ALTER TABLE "Order" ADD FOREIGN KEY (account_id) REFERENCES account;\n'
        "ALTER TABLE account ALTER email SET NOT NULL;\nCOMMENT ON TABLE account IS 'x';\nCOMMIT; -- done\n"
    ),
    "time-outs of the script": (
        "SET lock_timeout = '1s';\nSET statement_timeout = '5s';\n"
        "CREATE INDEX i ON account (age);\nALTER TABLE account ADD COLUMN fax text;"
    ),
    "dollar quotes between": (
        "DO $$ BEGIN RAISE NOTICE 'CREATE INDEX; --'; END $$; CREATE INDEX i ON account (age);"
        " COMMENT ON TABLE account IS $x$;$x$;"
    ),
    "no semicolon at the end": "SELECT 1;\nALTER TABLE account ADD CHECK (age > 0)",
    "comments": (
        "-- above\n\n/* near */ CREATE INDEX /* in */ i -- it\n  ON account (age); -- beside\n-- below\n"
        "ALTER TABLE account ADD CHECK (age > 0); /* too */ SELECT 1;\n"
    ),
}
MARKED = "\ufeff"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "001.sql").write_text(f"SET lock_timeout = '2s';\n{GIVEN}", encoding="utf-8")
    return tmp_path


def mend(file: Path) -> tuple[Mender, set[str]]:
    """The mender of the file, which it has written, and the rules that speak afterwards."""
    mender = Mender()
    reported = lint_paths([file], asking=Asking(mender=mender)).reported
    mender.write()
    return mender, {one.rule for one in reported}


def written(project: Path, name: str, text: str) -> Path:
    file = project / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return file


def play(dsn: str, file: Path) -> None:
    """Run a file as its tool does."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for block, pieces in groupby(read_sql_file(file).pieces, key=lambda piece: piece.block):
            if block is None:
                for piece in pieces:
                    conn.execute(piece.text.encode())
            else:
                with conn.transaction():
                    for piece in pieces:
                        conn.execute(piece.text.encode())


def refusal(dsn: str, file: Path) -> str | None:
    """With which SQLSTATE the server refuses the file; None: it does not."""
    try:
        play(dsn, file)
    except psycopg.Error as error:
        return error.sqlstate
    return None


def ends(dsn: str) -> object:
    """The schema that is there, with the server's own words for constraints and indexes."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        words = conn.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated"
            " FROM pg_constraint WHERE conrelid <> 0"
            " UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text,"
            " pg_get_indexdef(indexrelid), indisvalid FROM pg_index"
            " WHERE indrelid >= 16384 AND indrelid::regclass::text NOT LIKE 'pg_toast%' ORDER BY 1, 2, 3"
        ).fetchall()
        return read_schema(conn), words


@pytest.mark.majors
@pytest.mark.parametrize("sql", MENDABLE.values(), ids=MENDABLE)
def test_what_is_mended_ends_where_it_ended_before(
    project: Path, sql: str, database_with: Callable[[str], str]
) -> None:
    file = written(project, "002.sql", sql)
    naive, gentle = database_with(GIVEN + ROWS), database_with(GIVEN + ROWS)
    play(naive, file)

    mender, left = mend(file)
    play(gentle, file)

    assert mender.told
    assert not any(told.why for told in mender.told)
    assert not left & {*MENDED, "missing-lock-timeout"}
    assert ends(naive) == ends(gentle)


#: What rules show, bad and good, of what others wait for.
SHOWN = {
    f"{named.name}-{example.title}": (named.rule.given, example.sql)
    for named in all_rules()
    if named.family in ("locking", "rewriting")
    for example in named.rule.examples
}


@pytest.mark.parametrize(("given", "sql"), SHOWN.values(), ids=SHOWN)
def test_examples_of_rules_end_where_they_ended_before(
    tmp_path: Path, given: str, sql: str, database_with: Callable[[str], str]
) -> None:
    written(tmp_path, "001.sql", given)
    file, naive, gentle = written(tmp_path, "002.sql", sql), database_with(given), database_with(given)
    refused = refusal(naive, file)

    mend(file)

    assert refusal(gentle, file) == refused
    if not refused:
        assert ends(naive) == ends(gentle)


@pytest.mark.parametrize("sql", MENDABLE.values(), ids=MENDABLE)
def test_what_is_mended_is_not_mended_again(project: Path, sql: str) -> None:
    file = written(project, "002.sql", sql)
    mend(file)
    once = file.read_bytes()

    mender, _ = mend(file)

    assert file.read_bytes() == once
    assert not mender.told


@pytest.mark.majors
def test_a_partition_goes_while_others_use_the_whole(
    project: Path, database_with: Callable[[str], str]
) -> None:
    file = written(project, "002.sql", "ALTER TABLE visit DETACH PARTITION visit_2025;")
    naive, gentle = database_with(GIVEN + ROWS), database_with(GIVEN + ROWS)
    play(naive, file)

    _, left = mend(file)
    play(gentle, file)

    assert "DETACH PARTITION visit_2025 CONCURRENTLY;" in file.read_text()
    assert "blocking-detach" not in left
    assert ends(naive) == ends(gentle)


def test_comments_and_all_else_stay(project: Path) -> None:
    file = written(project, "002.sql", MENDABLE["comments"])

    mend(file)

    assert file.read_text() == (
        "-- above\n\n/* near */ CREATE INDEX CONCURRENTLY /* in */ i -- it\n  ON account (age); -- beside\n"
        "-- below\nSET lock_timeout = '2s';\n"
        "ALTER TABLE account ADD CONSTRAINT account_age_check CHECK (age > 0) NOT VALID;\n"
        "RESET lock_timeout;\nALTER TABLE account VALIDATE CONSTRAINT account_age_check;"
        " /* too */ SELECT 1;\n"
    )


def test_several_actions_leave_what_may_stay(project: Path) -> None:
    file = written(project, "002.sql", MENDABLE["several actions"])

    mend(file)

    assert file.read_text().startswith(
        "SET lock_timeout = '2s';\nALTER TABLE account\n     -- always there\n    ADD COLUMN fax text,\n"
        "    ADD CONSTRAINT account_age_check CHECK (age > 0) NOT VALID,\n    ALTER age SET DEFAULT 18;\n"
    )


def test_what_reads_the_rows_goes_behind_the_commit(project: Path) -> None:
    file = written(project, "002.sql", MENDABLE["validated behind COMMIT"])

    mend(file)

    assert file.read_text() == (
        "BEGIN;\n-- grown up\nSET LOCAL lock_timeout = '2s';\n"
        "ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 0) NOT VALID;\n"
        'ALTER TABLE "Order" ADD CONSTRAINT "Order_account_id_fkey" FOREIGN KEY (account_id)'
        " REFERENCES account NOT VALID;\n"
        "ALTER TABLE account ADD CONSTRAINT account_email_present CHECK (email IS NOT NULL) NOT VALID;\n"
        "COMMENT ON TABLE account IS 'x';\nCOMMIT; -- done\n"
        "ALTER TABLE account VALIDATE CONSTRAINT grown;\n"
        'ALTER TABLE "Order" VALIDATE CONSTRAINT "Order_account_id_fkey";\n'
        "SET lock_timeout = '2s';\n"
        "ALTER TABLE account VALIDATE CONSTRAINT account_email_present;\n"
        "ALTER TABLE account ALTER COLUMN email SET NOT NULL;\n"
        "ALTER TABLE account DROP CONSTRAINT IF EXISTS account_email_present;\nRESET lock_timeout;\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_the_byte_order_mark_stay(project: Path, encoding: str) -> None:
    file = project / "002.sql"
    file.write_bytes("-- é\r\n  ALTER TABLE account ADD CHECK (age > 0);\r\n".encode(encoding))
    file.chmod(0o640)

    mend(file)

    assert file.read_bytes() == (
        "-- é\r\n  SET lock_timeout = '2s';\r\n"
        "  ALTER TABLE account ADD CONSTRAINT account_age_check CHECK (age > 0) NOT VALID;\r\n"
        "  RESET lock_timeout;\r\n"
        "  ALTER TABLE account VALIDATE CONSTRAINT account_age_check;\r\n"
    ).encode(encoding)
    assert file.stat().st_mode & 0o777 == 0o640


LEFT = {
    "in the script's transaction": (
        "BEGIN;\nSET LOCAL lock_timeout = '2s';\nCREATE INDEX i ON account (age);\nCOMMIT;\n",
        "BEGIN and COMMIT",
    ),
    "a comment would be lost": (
        "SET lock_timeout = '2s';\nALTER TABLE account ADD /* one */ UNIQUE (email);\n",
        "a comment inside",
    ),
    "of a partitioned table": (
        "SET lock_timeout = '2s';\nCREATE INDEX i ON visit (page);\n",
        "reported instead: refused",
    ),
    "storage parameters": (
        "SET lock_timeout = '2s';\nALTER TABLE account ADD UNIQUE (email) WITH (fillfactor = 70);\n",
        "storage parameters",
    ),
    "what is refused anyway": (
        "SET lock_timeout = '2s';\nALTER TABLE account ADD CONSTRAINT account_pkey CHECK (age > 0);\n",
        "PostgreSQL refuses it",
    ),
    "if there is such a table": (
        "SET lock_timeout = '2s';\nALTER TABLE IF EXISTS account ADD UNIQUE (email);\n",
        "IF EXISTS",
    ),
    "rows are written": (
        "SET lock_timeout = '2s';\nALTER TABLE account ADD COLUMN key uuid DEFAULT gen_random_uuid();\n",
        "`schemaguard split`",
    ),
}


@pytest.mark.parametrize(("sql", "why"), LEFT.values(), ids=LEFT)
def test_what_cannot_be_mended_is_left_and_told(project: Path, sql: str, why: str) -> None:
    file = written(project, "002.sql", sql)

    mender, _ = mend(file)

    assert file.read_text() == sql
    assert [why in told.why for told in mender.told] == [True]


GOOSE = "-- +goose Up\n{}\n-- +goose Down\n-- nothing\n"
DBMATE = "-- migrate:up\n{}\n-- migrate:down\n-- nothing\n"
INDEX = "CREATE INDEX i ON account (age);"
GENTLE = "CREATE INDEX CONCURRENTLY i ON account (age);"
CHECK = "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0);"
ADD_COLUMN = "ALTER TABLE account ADD COLUMN fax text;"
#: A tool's file, what stands in it, what is to stand there; None: nothing else.
LAYOUTS: dict[str, tuple[str, str, str, str | None]] = {
    "goose, outside a transaction": (
        "1_i.sql",
        "goose/{}",
        GOOSE.format(INDEX),
        "-- +goose NO TRANSACTION\n" + GOOSE.format(GENTLE),
    ),
    "goose, validated outside": (
        "1_c.sql",
        "goose/{}",
        GOOSE.format(CHECK),
        "-- +goose NO TRANSACTION\n"
        + GOOSE.format(
            "SET lock_timeout = '2s';\nALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\n"
            "RESET lock_timeout;\nALTER TABLE account VALIDATE CONSTRAINT c;"
        ),
    ),
    "goose, with what has to be taken back together": (
        "1_i.sql",
        "goose/{}",
        GOOSE.format(f"SET LOCAL lock_timeout = '2s';\n{INDEX}\n{ADD_COLUMN}"),
        None,
    ),
    "goose, a lock": (
        "1_a.sql",
        "goose/{}",
        GOOSE.format(ADD_COLUMN),
        GOOSE.format(f"SET LOCAL lock_timeout = '2s';\n{ADD_COLUMN}"),
    ),
    "dbmate, a statement by itself": (
        "1_i.sql",
        "dbmate/{}",
        DBMATE.format(INDEX),
        DBMATE.format(GENTLE).replace("migrate:up", "migrate:up transaction:false"),
    ),
    "dbmate, one message": (
        "1_i.sql",
        "dbmate/{}",
        DBMATE.format(f"SET lock_timeout = '2s';\n{INDEX}"),
        None,
    ),
    "golang-migrate, a statement by itself": ("1_i.up.sql", "go/{}", INDEX, GENTLE),
    "golang-migrate, one message": ("1_i.up.sql", "go/{}", f"SET lock_timeout = '2s';\n{CHECK}", None),
    "golang-migrate, a lock": (
        "1_a.up.sql",
        "go/{}",
        ADD_COLUMN,
        f"SET lock_timeout = '2s';\n{ADD_COLUMN}\nRESET lock_timeout;",
    ),
    "Prisma": ("migration.sql", "prisma/1_i/{}", INDEX, GENTLE),
    "Flyway sees it": ("V1__i.sql", "flyway/{}", INDEX, GENTLE),
}


@pytest.mark.parametrize(("name", "place", "sql", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_each_tool_is_told_in_its_own_way(
    tmp_path: Path, name: str, place: str, sql: str, expected: str | None
) -> None:
    file = written(tmp_path, place.format(name), sql)
    schema = written(tmp_path, "schema.sql", GIVEN)

    mender = Mender()
    lint_paths([file], asking=Asking(mender=mender), schema=schema)
    mender.write()

    assert file.read_text() == (sql if expected is None else expected)
    assert any(told.why for told in mender.told) == (expected is None)


def test_flyway_is_told_beside_the_script(tmp_path: Path) -> None:
    file = written(tmp_path, "flyway/V1__c.sql", CHECK)
    schema = written(tmp_path, "schema.sql", GIVEN)

    code = main(["lint", "--fix", "--schema", str(schema), str(file)])

    assert code == 0
    assert "VALIDATE CONSTRAINT c;" in file.read_text()
    assert file.with_name("V1__c.sql.conf").read_text() == "executeInTransaction=false\n"


def test_diesel_is_told_in_its_metadata(tmp_path: Path) -> None:
    file = written(tmp_path, "diesel/1_i/up.sql", INDEX)
    written(tmp_path, "diesel/1_i/metadata.toml", "[other]\nkey = 1\n")
    schema = written(tmp_path, "schema.sql", GIVEN)

    main(["lint", "--fix", "--schema", str(schema), str(file)])

    assert file.read_text() == GENTLE
    assert file.with_name("metadata.toml").read_text() == "run_in_transaction = false\n[other]\nkey = 1\n"


def test_a_diff_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(project, "002.sql", f"SELECT 1;\n{INDEX}")

    code = main(["lint", "--fix", "--diff", str(file)])

    shown = capsys.readouterr()
    assert code == 0
    assert file.read_text() == f"SELECT 1;\n{INDEX}"
    assert shown.out == (
        f"--- {file}\n+++ {file}\n@@ -1,2 +1,2 @@\n SELECT 1;\n-{INDEX}\n\\ No newline at end of file\n"
        f"+{GENTLE}\n\\ No newline at end of file\n"
    )
    assert f"would mend {file}:2:1: blocking-index, missing-lock-timeout" in shown.err


def test_the_exit_code_is_of_what_is_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(project, "002.sql", f"{INDEX}\nALTER TABLE account DROP COLUMN email;\n")

    code = main(["lint", "--fix", str(file)])

    shown = capsys.readouterr()
    assert code == 1
    assert "dropped-column" in shown.out
    assert "blocking-index" not in shown.out
    assert "mended 2 statements" in shown.err


def test_each_migration_of_a_directory_is_mended_over_those_before(project: Path) -> None:
    second = written(project, "002.sql", INDEX)
    third = written(project, "003.sql", "DROP INDEX i;")

    _, left = mend(project)

    assert second.read_text() == GENTLE
    assert third.read_text() == "DROP INDEX CONCURRENTLY i;"
    assert not left & {*MENDED, "missing-lock-timeout"}


def test_revisions_are_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / "a.py").write_text(
        "from alembic import op\nrevision = 'a'\ndown_revision = None\n"
        "def upgrade():\n    op.create_index('i', 'account', ['age'])\n"
    )

    code = main(["lint", "--fix", str(versions)])

    assert code == 1
    assert "revisions are mended by hand, or by `schemaguard split`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--diff"],
        ["--fix", "--baseline", "w"],
        ["--fix", "--diff", "--output", "r"],
        ["--fix", "--write-accepted"],
        ["--fix", "--watch"],
    ],
)
def test_what_does_not_go_together_is_wrong_usage(project: Path, words: list[str]) -> None:
    assert main(["lint", *words, str(project)]) == 2
