"""What is in the way of a statement that runs a second time: the server is asked."""

import pytest

from schemaguard.changes.base import Change
from schemaguard.names import Column, Relation
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import refusal
from schemaguard.postgres.witness import server_of
from schemaguard.scripts import pieces_of, schema_of
from schemaguard.sql import read
from schemaguard.there import in_the_way
from tests.servers import Databases

GIVEN = """
CREATE TABLE account (id bigint NOT NULL, email text);
CREATE INDEX account_email ON account (email);
CREATE TABLE visit (id bigint PRIMARY KEY, account bigint);
CREATE VIEW emails AS SELECT email FROM account;
CREATE TYPE state AS ENUM ('open');
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""
STATEMENTS = [
    "CREATE TABLE page (id bigint)",
    "CREATE VIEW ids AS SELECT id FROM account",
    "CREATE INDEX account_id ON account (id)",
    "CREATE SCHEMA other",
    "CREATE TYPE mood AS ENUM ('good')",
    "CREATE DOMAIN short AS varchar(10)",
    "ALTER TYPE state ADD VALUE 'closed'",
    "ALTER TABLE account ADD COLUMN fax text",
    "ALTER TABLE account ADD PRIMARY KEY (id)",
    "ALTER TABLE account ADD CONSTRAINT one UNIQUE (id)",
    "ALTER TABLE account ADD CONSTRAINT positive CHECK (id > 0)",
    "ALTER TABLE visit ADD CONSTRAINT again FOREIGN KEY (account) REFERENCES visit (id)",
    "CREATE TRIGGER nothing BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION nothing()",
    "DROP TABLE visit",
    "DROP INDEX account_email",
    "DROP VIEW emails",
    "DROP TYPE state",
    "ALTER TABLE visit DROP COLUMN account",
    "ALTER TABLE visit DROP CONSTRAINT visit_pkey",
    "ALTER TABLE visit RENAME TO hit",
    "ALTER TABLE visit RENAME COLUMN account TO who",
]
#: Those that can run twice.
REPEATABLE = [
    "CREATE TABLE IF NOT EXISTS page (id bigint)",
    "CREATE OR REPLACE VIEW emails AS SELECT email FROM account",
    "CREATE INDEX IF NOT EXISTS account_id ON account (id)",
    "ALTER TYPE state ADD VALUE IF NOT EXISTS 'closed'",
    "ALTER TABLE account ADD COLUMN IF NOT EXISTS fax text",
    "DROP TABLE IF EXISTS visit",
    "ALTER TABLE visit DROP COLUMN IF EXISTS account",
    "ALTER TABLE account ALTER COLUMN email SET NOT NULL",
]


@pytest.mark.majors
@pytest.mark.parametrize("sql", [*STATEMENTS, *REPEATABLE])
def test_the_server_refuses_a_second_time_what_we_say(databases: Databases, sql: str) -> None:
    with connect(databases.fresh(GIVEN)) as conn:
        conn.execute(sql.encode())
        [change] = read(next(iter(pieces_of(sql)))).changes
        assert isinstance(change, Change)

        said = in_the_way(change, read_schema(conn), server_of(conn))
        assert said == refusal(conn, [sql])
        assert bool(said) == (sql in STATEMENTS)


def test_a_table_that_is_not_there_takes_nobodys_place_by_a_rename() -> None:
    schema = schema_of("CREATE TABLE a (x int); ALTER TABLE IF EXISTS nosuch RENAME TO a;")

    assert schema.column(Column(Relation("public", "a"), "x")) is not None
