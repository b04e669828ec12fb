"""What a statement supposes and is not there the server refuses; what may be there is not judged."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.postgres.connect import connect
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of

GIVEN = """
CREATE SCHEMA s;
CREATE TABLE account (id bigint PRIMARY KEY, n int, email text);
CREATE TABLE other (id bigint PRIMARY KEY);
CREATE TABLE part (a int) PARTITION BY LIST (a);
CREATE VIEW v AS SELECT id FROM other;
CREATE INDEX i ON account (n);
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN short AS text;
CREATE PUBLICATION pub;
"""
REFUSED = {
    "DROP TABLE nope CASCADE": "42P01",
    "DROP TABLE account, nope": "42P01",
    "DROP TABLE s.account": "42P01",
    "DROP TABLE no_schema.t": "3F000",
    "DROP TABLE v": "42809",
    "DROP FOREIGN TABLE nope": "42704",
    "DROP VIEW nope": "42P01",
    "DROP VIEW account": "42809",
    "DROP MATERIALIZED VIEW v": "42809",
    "DROP INDEX nope": "42704",
    "DROP INDEX account": "42809",
    "DROP TYPE nope": "42704",
    "DROP DOMAIN nope": "42704",
    "DROP TRIGGER nope ON account": "42704",
    "DROP PUBLICATION nope": "42704",
    "DROP SERVER nope": "42704",
    "DROP EVENT TRIGGER nope": "42704",
    "DROP EXTENSION nope": "42704",
    "ALTER TABLE nope ADD COLUMN a int": "42P01",
    "ALTER TABLE nope RENAME TO b": "42P01",
    "ALTER TABLE nope ENABLE ROW LEVEL SECURITY": "42P01",
    "ALTER TABLE account DROP COLUMN nope": "42703",
    "ALTER TABLE account RENAME nope TO b": "42703",
    "ALTER TABLE account ALTER COLUMN nope TYPE text": "42703",
    "ALTER TABLE account ALTER COLUMN nope SET NOT NULL": "42703",
    "ALTER TABLE account ALTER COLUMN nope DROP DEFAULT": "42703",
    "ALTER TABLE account DROP CONSTRAINT nope": "42704",
    "ALTER TABLE account VALIDATE CONSTRAINT nope": "42704",
    "ALTER TABLE account RENAME CONSTRAINT nope TO b": "42704",
    "ALTER TABLE account ADD UNIQUE (nope)": "42703",
    "ALTER TABLE account ADD CONSTRAINT c UNIQUE USING INDEX nope": "42704",
    "ALTER TABLE account ADD FOREIGN KEY (n) REFERENCES nope (id)": "42P01",
    "ALTER TABLE account ADD FOREIGN KEY (n) REFERENCES other (nope)": "42703",
    "ALTER TABLE account INHERIT nope": "42P01",
    "ALTER TABLE part ATTACH PARTITION nope DEFAULT": "42P01",
    "ALTER INDEX nope RENAME TO b": "42P01",
    "ALTER VIEW nope RENAME TO b": "42P01",
    "ALTER TYPE nope ADD VALUE 'a'": "42704",
    "ALTER DOMAIN nope DROP NOT NULL": "42704",
    "ALTER PUBLICATION nope RENAME TO b": "42704",
    "CREATE INDEX ON nope (a)": "42P01",
    "CREATE INDEX ON account (nope)": "42703",
    "CREATE VIEW w AS SELECT * FROM nope": "42P01",
    "CREATE TABLE c (a int REFERENCES nope)": "42P01",
    "CREATE TABLE c PARTITION OF nope DEFAULT": "42P01",
    "CREATE TABLE c AS SELECT * FROM nope": "42P01",
    "CREATE POLICY p ON nope": "42P01",
    "TRUNCATE account, nope": "42P01",
    "REFRESH MATERIALIZED VIEW nope": "42P01",
    "SELECT * FROM no_schema.t": "42P01",
    "INSERT INTO account (nope) VALUES (1)": "42703",
    "UPDATE account SET nope = 1": "42703",
    "DELETE FROM account USING nope": "42P01",
    "EXPLAIN SELECT * FROM account": "",
    "ALTER TABLE IF EXISTS nope ADD COLUMN a int": "",
    "ALTER TABLE account DROP COLUMN IF EXISTS nope": "",
    "DROP TABLE IF EXISTS nope": "",
    "CREATE RECURSIVE VIEW w (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3": "",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r": "",
    "CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree)": "",
    "SELECT account.ctid FROM account, pg_class, information_schema.tables": "",
    "ALTER TABLE i RENAME TO j": "",
    "ALTER TABLE v RENAME TO w": "",
}
#: What nobody can be sure of.
MAY_BE = [
    "SELECT unknown(1); DROP TABLE nope",
    "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'nope' || current_user; END $$; ALTER TABLE nope ADD a int",
    "DO $$ BEGIN IF 1 = 2 THEN DROP TABLE account; END IF; END $$; ALTER TABLE account ADD a int",
    "CREATE EXTENSION postgis; TRUNCATE nope",
    "DO $$ BEGIN DROP TABLE nope; END $$",
    "DELETE FROM alembic_version",
    "DELETE FROM schema_migrations",
    "CREATE TABLE s.nope (); ALTER TABLE nope ADD a int",
    "DROP TABLE account_id_seq",
]


def certain(sql: str) -> list[str]:
    frames = frames_of(sql, given=GIVEN)
    return [one.sqlstate for frame in frames for one in frame.refusals if one.certain]


@pytest.mark.majors
def test_the_server_refuses_it_so(database_with: Callable[[str], str]) -> None:
    with connect(database_with(GIVEN)) as conn:
        for sql, state in REFUSED.items():
            seen = ""
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute(sql.encode())
            except psycopg.Error as error:
                seen = error.sqlstate or ""

            assert (sql, seen, certain(sql)) == (sql, state, [state] if state else [])


@pytest.mark.parametrize("sql", MAY_BE)
def test_of_what_may_be_there_nothing_is_said(sql: str) -> None:
    assert certain(sql) == []


def test_where_a_history_has_no_beginning_nothing_is_said() -> None:
    frames = frames_of("DROP TABLE nope; ALTER TABLE other DROP COLUMN nope", before=SchemaState())

    assert [frame.refusals for frame in frames] == [(), ()]
