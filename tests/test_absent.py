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
CREATE TABLE s.third (x int);
CREATE TABLE other (id bigserial PRIMARY KEY);
CREATE TABLE part (a int) PARTITION BY LIST (a);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE VIEW v AS SELECT id FROM other;
CREATE INDEX i ON account (n);
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN short AS text;
CREATE PUBLICATION pub;
CREATE SEQUENCE serial;
"""
CALLED = "suppress_redundant_updates_trigger()"
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
    "ALTER TABLE account ADD CHECK (nope > 0)": "42703",
    "ALTER TABLE account ADD COLUMN a int CHECK (a > nope)": "42703",
    "ALTER TABLE account ADD COLUMN a int GENERATED ALWAYS AS (nope + 1) STORED": "42703",
    "ALTER TABLE account ADD EXCLUDE USING btree (nope WITH =)": "42703",
    "ALTER TABLE account ALTER COLUMN n TYPE text USING nope::text": "42703",
    "CREATE INDEX ON account (lower(nope))": "42703",
    "CREATE INDEX ON account (n) WHERE nope > 0": "42703",
    f"CREATE TRIGGER t BEFORE UPDATE OF nope ON account EXECUTE FUNCTION {CALLED}": "42703",
    "COMMENT ON COLUMN account.nope IS 'none'": "42703",
    "UPDATE account SET n = nope": "42703",
    "UPDATE account SET n = 1 WHERE nope IS NULL": "42703",
    "DELETE FROM account WHERE nope = 1": "42703",
    "DROP COLLATION nope": "42704",
    "DROP AGGREGATE nope(int)": "42883",
    "DROP OPERATOR === (int, int)": "42883",
    "ALTER COLLATION nope RENAME TO other": "42704",
    "DROP TEXT SEARCH CONFIGURATION nope": "42704",
    "DROP OPERATOR CLASS nope USING btree": "42704",
    "DROP SUBSCRIPTION nope": "42704",
    "INSERT INTO account (nope) VALUES (1)": "42703",
    "UPDATE account SET nope = 1": "42703",
    "DELETE FROM account USING nope": "42P01",
    "CREATE VIEW w AS SELECT account.nope FROM account": "42703",
    "CREATE VIEW w AS SELECT a.n FROM account AS a JOIN other o ON o.nope = a.id": "42703",
    "CREATE VIEW w AS SELECT n FROM account WHERE EXISTS (SELECT FROM other WHERE other.nope = n)": "42703",
    "CREATE MATERIALIZED VIEW w AS SELECT count(account.nope) FROM account": "42703",
    "CREATE VIEW w AS SELECT nope FROM account": "42703",
    "CREATE VIEW w AS SELECT id, lower(nope) AS low FROM account AS a": "42703",
    "CREATE VIEW w AS SELECT n + nope total FROM ONLY public.account": "42703",
    "CREATE VIEW w AS SELECT count(*) FROM account WHERE n > 1 AND nope IS NULL GROUP BY n": "42703",
    "CREATE OR REPLACE VIEW w AS SELECT DISTINCT id FROM account a WHERE nope > 1 ORDER BY id": "42703",
    "CREATE MATERIALIZED VIEW w AS SELECT n, CASE WHEN nope THEN 1 END FROM account": "42703",
    "CREATE VIEW w AS SELECT nope FROM account, other": "42703",
    "CREATE VIEW w AS SELECT n FROM account a JOIN other AS o ON o.id = nope": "42703",
    "CREATE VIEW w AS SELECT n FROM account a LEFT JOIN other USING (id), s.third WHERE n = nope": "42703",
    "CREATE POLICY p ON account USING (account.nope > 1)": "42703",
    "CREATE POLICY p ON account WITH CHECK (account.nope > 1)": "42703",
    "CREATE POLICY p ON account USING (nope > 1)": "42703",
    "CREATE POLICY p ON account WITH CHECK (n > 1 AND lower(nope) = 'a')": "42703",
    "CREATE POLICY p ON account USING (CASE WHEN n > 1 THEN nope ELSE false END)": "42703",
    "CREATE STATISTICS st ON n, nope FROM account": "42703",
    "CREATE SEQUENCE seq OWNED BY nope.id": "42P01",
    "CREATE SEQUENCE seq OWNED BY account.nope": "42703",
    "CREATE SEQUENCE seq OWNED BY s.account.id": "42P01",
    "ALTER SEQUENCE serial OWNED BY public.account.nope": "42703",
    "ALTER SEQUENCE serial OWNED BY account.n": "",
    "ALTER SEQUENCE serial OWNED BY NONE": "",
    "ALTER TABLE serial RENAME TO b": "",
    "GRANT USAGE ON SEQUENCE serial TO PUBLIC": "",
    "GRANT SELECT ON serial, other_id_seq TO PUBLIC": "",
    "SELECT * FROM serial": "",
    "ALTER SEQUENCE IF EXISTS nope RESTART": "",
    "ALTER SEQUENCE other_id_seq RESTART": "",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nextval('SERIAL')": "",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nextval('nope'::text)": "",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nextval('\"serial\"')": "",
    "CREATE TABLE c (a int DEFAULT nextval('public.serial'::regclass), b int DEFAULT nextval('account'))": "",
    "SELECT setval('other_id_seq', 7), setval(pg_get_serial_sequence('other', 'id'), 7)": "",
    "INSERT INTO account (id) SELECT nextval('serial')": "",
    "DROP TABLE account_id_seq": "42P01",
    "ALTER SEQUENCE nope RESTART": "42P01",
    "ALTER SEQUENCE nope RENAME TO b": "42P01",
    "ALTER SEQUENCE account RESTART": "42809",
    "ALTER SEQUENCE no_schema.nope RESTART": "3F000",
    "DROP SEQUENCE nope": "42P01",
    "DROP SEQUENCE serial, nope": "42P01",
    "DROP SEQUENCE account": "42809",
    "DROP TABLE serial": "42809",
    "DROP VIEW serial": "42809",
    "DROP INDEX serial": "42809",
    "COMMENT ON SEQUENCE nope IS 'none'": "42P01",
    "GRANT USAGE ON SEQUENCE nope TO PUBLIC": "42P01",
    "REVOKE ALL ON SEQUENCE nope FROM PUBLIC": "42P01",
    "GRANT SELECT ON nope TO PUBLIC": "42P01",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nextval('nope')": "42P01",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nextval('s.serial'::regclass)": "42P01",
    "ALTER TABLE account ADD COLUMN a int DEFAULT nextval('nope')": "42P01",
    "CREATE TABLE c (a int DEFAULT 1 + nextval('nope'))": "42P01",
    "SELECT setval('nope', 7)": "42P01",
    "SELECT setval('account_id_seq', (SELECT max(id) FROM account))": "42P01",
    "SELECT * FROM (SELECT nextval('\"Serial\"')) AS a": "42P01",
    "INSERT INTO account (id) VALUES (nextval('nope'))": "42P01",
    "CREATE STATISTICS st ON lower(nope), n FROM account": "42703",
    "EXPLAIN SELECT * FROM account": "",
    "CREATE VIEW w AS SELECT a.x FROM (SELECT 1 AS x FROM account) a": "",
    "CREATE VIEW w AS SELECT account.x FROM (SELECT n AS x FROM account) AS account": "",
    "CREATE VIEW w AS WITH account AS (SELECT id AS x FROM other) SELECT account.x FROM account": "",
    "CREATE VIEW w AS SELECT a.x FROM account AS a (x, y, z)": "",
    "CREATE VIEW w AS SELECT account.n FROM account WHERE EXISTS"
    " (SELECT FROM other AS account WHERE account.id = 1)": "",
    "CREATE VIEW w AS SELECT a.ctid, a.tableoid, a FROM account a": "",
    "CREATE VIEW w AS SELECT public.account.n, s.id FROM public.account, public.other s": "",
    "CREATE VIEW w AS SELECT v.id FROM v": "",
    "CREATE VIEW w AS SELECT id, n, x AS nope FROM account NATURAL JOIN other CROSS JOIN s.third": "",
    "CREATE VIEW w AS SELECT n, x FROM account a JOIN s.third ON n = x WHERE third IS NOT NULL AND a = a": "",
    "CREATE VIEW w AS SELECT n, y FROM account a JOIN s.third AS t (y) ON n = y": "",
    "CREATE VIEW w AS SELECT n, y FROM (account a CROSS JOIN s.third) AS t (id, n, email, y)": "",
    "CREATE VIEW w AS SELECT n, y FROM account a, unnest(ARRAY[1]) AS y WHERE n = y": "",
    "CREATE VIEW w AS SELECT n, relname FROM account a JOIN pg_class ON oid = n": "",
    "CREATE VIEW w AS SELECT a.n, b.n AS m FROM account a JOIN account b USING (id)": "",
    "CREATE VIEW w AS SELECT left(email, n) FROM account LEFT JOIN other ON left(email, 1) = 'a'": "",
    "CREATE VIEW w AS SELECT id AS x, n y, email FROM account a WHERE a IS NOT NULL ORDER BY x, y": "",
    "CREATE VIEW w AS SELECT account, ctid, n::bigint, date '2000-01-01' AS d FROM account": "",
    "CREATE VIEW w AS SELECT count(*) AS x FROM account GROUP BY n HAVING count(*) > 1 ORDER BY x": "",
    "CREATE VIEW w AS SELECT x, y FROM account AS a (x, y, z)": "",
    "CREATE VIEW w AS SELECT relname, CURRENT_USER AS me FROM pg_class": "",
    "CREATE VIEW w AS SELECT account.n, relname FROM account, pg_class": "",
    "CREATE VIEW w AS SELECT n, x FROM account, generate_series(1, 3) AS x": "",
    "CREATE VIEW w AS SELECT x FROM (SELECT n AS x FROM account) AS a WHERE x > 1": "",
    "CREATE VIEW w AS SELECT sum(n) OVER w FROM account WINDOW w AS (ORDER BY n)": "",
    "CREATE VIEW w AS SELECT extract(year FROM now()) AS y, email || 'x' z FROM account": "",
    'CREATE VIEW w AS SELECT n "N", email COLLATE "C" AS e, (n) FROM account': "",
    "CREATE VIEW w AS SELECT n FROM account UNION SELECT id FROM other": "",
    "CREATE VIEW w AS SELECT tableoid, n FROM account TABLESAMPLE system (10)": "",
    "CREATE POLICY p ON account USING (account.n > (SELECT max(account.id) FROM other AS account))": "",
    "CREATE POLICY p ON account USING (n > 1 AND email = CURRENT_USER AND ctid IS NOT NULL)": "",
    "CREATE POLICY p ON account USING (account IS NOT NULL AND (account).n > 1)": "",
    "CREATE POLICY p ON account USING (extract(year FROM now()) > 1 AND id IN (1, 2) AND 'x' > email)": "",
    "CREATE POLICY p ON account USING (n > (SELECT max(k) FROM generate_series(1, 3) AS k))": "",
    "CREATE STATISTICS st ON n, email FROM account": "",
    "ALTER TABLE IF EXISTS nope ADD COLUMN a int": "",
    "ALTER TABLE account DROP COLUMN IF EXISTS nope": "",
    "DROP TABLE IF EXISTS nope": "",
    "CREATE RECURSIVE VIEW w (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3": "",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r": "",
    "ALTER TABLE account ADD CHECK (account IS NOT NULL)": "",
    "ALTER TABLE account ADD CHECK (account.n > 0 AND (account).n > 0)": "",
    "ALTER TABLE account ADD COLUMN a int CHECK (a > n)": "",
    "ALTER TABLE account ADD COLUMN a int, ADD CHECK (a > n)": "",
    "ALTER TABLE account ADD COLUMN a other, ADD COLUMN b v, ADD COLUMN c mood[], ADD COLUMN d short": "",
    'ALTER TABLE account ADD COLUMN a "char", ADD COLUMN b pg_class': "",
    "ALTER TABLE account ADD COLUMN a information_schema.yes_or_no": "",
    f"CREATE TRIGGER t BEFORE UPDATE OF n ON account EXECUTE FUNCTION {CALLED}": "",
    "DELETE FROM account USING generate_series(1, 3) AS x WHERE n = x": "",
    "UPDATE account AS a SET n = a.n + n WHERE a.ctid = '(0,1)' AND tableoid > 0": "",
    "UPDATE account SET n = x FROM (VALUES (1)) AS w (x)": "",
    "UPDATE account SET n = (SELECT max(k) FROM generate_series(1, 3) AS k)": "",
    "DELETE FROM account USING other AS o WHERE o.id = n": "",
    "CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree)": "",
    "SELECT account.ctid FROM account, pg_class, information_schema.tables": "",
    "ALTER TABLE i RENAME TO j": "",
    "CREATE INDEX ON account USING rtree ((box(point(n, n), point(n, n))))": "",
    "ALTER TABLE v RENAME TO w": "",
}
#: What an extension that no migration installs may have brought.
IN_DOUBT = {
    "ALTER TABLE account ADD COLUMN a nope": "42704",
    "ALTER TABLE account ADD COLUMN a nope[]": "42704",
    "ALTER TABLE account ADD COLUMN a s.nope": "42704",
    "ALTER TABLE account ALTER COLUMN n TYPE nope": "42704",
    "CREATE TABLE c (a nope)": "42704",
    "CREATE DOMAIN d AS nope": "42704",
    "CREATE TYPE c AS (a nope)": "42704",
    "ALTER TABLE account ADD CHECK (nope(n))": "42883",
    "ALTER TABLE account ADD COLUMN a int DEFAULT nope()": "42883",
    "ALTER TABLE account ALTER COLUMN n SET DEFAULT nope()": "42883",
    "CREATE TABLE c (a int DEFAULT nope())": "42883",
    "CREATE INDEX ON account (nope(n))": "42883",
    "CREATE INDEX ON account USING nope (n)": "42704",
    "CREATE TRIGGER t BEFORE INSERT ON account EXECUTE FUNCTION nope()": "42883",
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
    "CREATE TABLE made (LIKE pg_class INCLUDING IDENTITY); DROP SEQUENCE made_id_seq",
    "CREATE EXTENSION postgis; SELECT setval('nope', 7)",
    "SELECT nextval('alembic_version_seq')",
    "CREATE EXTENSION citext; DROP COLLATION nope",
]


def said(sql: str, *, certain: bool = True) -> list[str]:
    frames = frames_of(sql, given=GIVEN)
    return [one.sqlstate for frame in frames for one in frame.refusals if one.certain is certain]


@pytest.mark.majors
@pytest.mark.parametrize(("refused", "certain"), [(REFUSED, True), (IN_DOUBT, False)])
def test_the_server_refuses_it_so(
    refused: dict[str, str], *, certain: bool, database_with: Callable[[str], str]
) -> None:
    with connect(database_with(GIVEN)) as conn:
        for sql, state in refused.items():
            seen = ""
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute(sql.encode())
            except psycopg.Error as error:
                seen = error.sqlstate or ""

            assert (sql, seen, said(sql, certain=certain)) == (sql, state, [state] if state else [])


@pytest.mark.majors
def test_of_a_sequence_in_no_schema_servers_say_this_or_that(database_with: Callable[[str], str]) -> None:
    sql = "ALTER TABLE account ALTER COLUMN n SET DEFAULT pg_catalog.nextval('no_schema.nope')"

    assert said(sql) == ["42P01"]
    with connect(database_with(GIVEN)) as conn:
        # Up to 15 that there is no such schema.
        expected = "42P01" if conn.info.server_version >= 160_000 else "3F000"
        with pytest.raises(psycopg.Error) as refused:
            conn.execute(sql.encode())
    assert refused.value.sqlstate == expected


@pytest.mark.parametrize(
    "type_", ["citext", "geometry(Point, 4326)", "vector(3)", "ulid", "earth", "hstore[]"]
)
def test_types_of_well_known_extensions_may_be_there(type_: str) -> None:
    sql = f"ALTER TABLE account ADD COLUMN a {type_}"

    assert said(sql) == said(sql, certain=False) == []


def test_an_access_method_that_a_migration_has_made_is_there() -> None:
    sql = "CREATE ACCESS METHOD own TYPE INDEX HANDLER bthandler; CREATE INDEX ON account USING own (id)"

    assert said(sql) == said(sql, certain=False) == []


@pytest.mark.parametrize("sql", MAY_BE)
def test_of_what_may_be_there_nothing_is_said(sql: str) -> None:
    assert said(sql) == []


def test_where_a_history_has_no_beginning_nothing_is_said() -> None:
    frames = frames_of("DROP TABLE nope; ALTER TABLE other DROP COLUMN nope", before=SchemaState())

    assert [frame.refusals for frame in frames] == [(), ()]
