"""The ways in which two versions of code on one schema go wrong, each as a tiny release, cell by cell."""

from dataclasses import dataclass, field

import pytest

from schemaguard.compat.cells import Matrix, Participant, Side
from schemaguard.compat.verdict import Kind, Red, Unknown
from schemaguard.compat.workload import Workload, query
from schemaguard.phase import Phase
from schemaguard.postgres.embedded import Server
from schemaguard.recipe import Scope, Step
from schemaguard.verify import check, check_naive

BASE = """
CREATE TABLE u (id int PRIMARY KEY, email text NOT NULL, name text, flag int NOT NULL DEFAULT 0);
CREATE TABLE o (
    id int PRIMARY KEY, u_id int REFERENCES u, state text NOT NULL DEFAULT 'new', ref text UNIQUE
);
"""
ADD_U = "INSERT INTO u (id, email) VALUES ($1, $2)"
DELETE_U = "DELETE FROM u WHERE id = $1"
GREEN, RED, UNKNOWN = "green", "red", "unknown"
EVERYWHERE = "*"


@dataclass(frozen=True)
class Case:
    """A release; what is expected of the baseline's and of the canary's one statement at its end."""

    name: str
    steps: str
    baseline: str = ""
    canary: str = ""
    #: By history and session; what is not named is green.
    expected: dict[tuple[str, str], str] = field(default_factory=dict)
    side: str = "baseline"
    schema: str = BASE
    role: str = ""
    driver: str = "psycopg 3.3"
    #: More that each side sends.
    also: tuple[str, ...] = ()
    also_canary: tuple[str, ...] = ()


NEW, WARM = "new", "warm"
BROKEN = {(EVERYWHERE, NEW): RED, (EVERYWHERE, WARM): RED}
OPEN_SESSIONS = {(EVERYWHERE, WARM): RED}
AMONG_CANARY = {(h, s): RED for h in ("canary", "both") for s in (NEW, WARM)}
UNSURE_AMONG_CANARY = {(h, s): UNKNOWN for h in ("canary", "both") for s in (NEW, WARM)}
KID = "CREATE TABLE kid (id int PRIMARY KEY, u_id int REFERENCES u)"
ADD_KID = "INSERT INTO kid (id, u_id) VALUES ($1, $2)"
MOOD = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE m (id int PRIMARY KEY, mood mood NOT NULL);"
ADD_M = "INSERT INTO m (id, mood) VALUES ($1, $2)"
GRANTED = BASE + "GRANT SELECT, INSERT, UPDATE, DELETE ON u, o TO app;"
AUDIT = """
CREATE TABLE audit (id serial, u_id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO audit (u_id) VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER note AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION note()
"""
HIDDEN = """
ALTER TABLE u ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON u USING (id::text = current_setting('app.user', true))
"""
STRICT = HIDDEN.replace(", true", "")
#: The role's own schema comes first on the path.
SHADOWED = """
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO app;
CREATE TABLE app.o (LIKE public.o INCLUDING ALL); GRANT SELECT, INSERT ON app.o TO app
"""
AS_VIEW = "ALTER TABLE u RENAME TO u_all; CREATE VIEW u AS SELECT id, email, name, flag FROM u_all"
PARTED = """
CREATE TABLE p (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE p_now PARTITION OF p FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
INSERT INTO p SELECT * FROM log; DROP TABLE log; ALTER TABLE p RENAME TO log
"""
LOG = "CREATE TABLE log (id int, at date NOT NULL);"

UNKNOWN_EVERYWHERE = {(EVERYWHERE, NEW): UNKNOWN, (EVERYWHERE, WARM): UNKNOWN}
OF_FLAG = """
CREATE FUNCTION of_flag(wanted int) RETURNS bigint LANGUAGE plpgsql AS
    'BEGIN RETURN (SELECT count(*) FROM u WHERE flag = wanted); END';
"""
KEEPS_NAME = """
CREATE TABLE names (name text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO names VALUES (NEW.name); RETURN NEW; END';
CREATE TRIGGER keep AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION keep();
"""
SWALLOW = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER swallow BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION swallow()
"""
BEHIND_A_VIEW = """
ALTER TABLE s RENAME TO s_all; CREATE VIEW s AS SELECT id, a FROM s_all;
CREATE FUNCTION into_s() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO s_all (a) VALUES (NEW.a); RETURN NEW; END';
CREATE TRIGGER into_s INSTEAD OF INSERT ON s FOR EACH ROW EXECUTE FUNCTION into_s()
"""

CASES = [
    # Binding
    Case("A1 a column is gone", "ALTER TABLE u DROP email", "SELECT email FROM u", expected=BROKEN),
    Case(
        "A2 a name becomes ambiguous",
        "ALTER TABLE o ADD name text",
        "SELECT name FROM u JOIN o ON u_id = u.id",
        expected=BROKEN,
    ),
    Case(
        "A3 an outer name is captured",
        "ALTER TABLE o ADD flag int",
        "SELECT id FROM u WHERE EXISTS (SELECT 1 FROM o WHERE flag < 3)",
        expected=BROKEN,
    ),
    Case(
        "A6 a better overload wins",
        "CREATE FUNCTION f(int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$",
        "SELECT f(7)",
        expected=BROKEN,
        schema=BASE + "CREATE FUNCTION f(bigint) RETURNS text LANGUAGE sql AS $$ SELECT 'big' $$;",
    ),
    Case(
        "A7 no operator takes the parameter's type",
        "ALTER TABLE u ALTER flag DROP DEFAULT, ALTER flag TYPE boolean USING flag > 0",
        "SELECT id FROM u WHERE flag = $1::int",
        expected=BROKEN,
    ),
    Case(
        "A8 another table comes first on the path",
        SHADOWED,
        "SELECT count(*) FROM o",
        expected=BROKEN,
        schema=GRANTED,
        role="app",
        also=("INSERT INTO o (id) VALUES ($1)",),
    ),
    Case(
        "A16 a view with a star does not grow",
        "ALTER TABLE u ADD x int",
        "SELECT count(*) FROM v",
        "SELECT x FROM v",
        side="canary",
        expected=UNKNOWN_EVERYWHERE,
        schema=BASE + "CREATE VIEW v AS SELECT * FROM u;",
    ),
    Case(
        "A9 a functional dependency is lost",
        "ALTER TABLE u DROP CONSTRAINT u_pkey CASCADE",
        "SELECT email, count(*) FROM u GROUP BY id",
        expected=BROKEN,
    ),
    Case(
        "A10 the arbiter of ON CONFLICT is gone",
        "ALTER TABLE o DROP CONSTRAINT o_ref_key",
        "INSERT INTO o (id, ref) VALUES ($1, $2) ON CONFLICT (ref) DO NOTHING",
        expected=BROKEN,
    ),
    Case(
        "A10 the arbiter is deferrable",
        "ALTER TABLE o DROP CONSTRAINT o_ref_key, ADD UNIQUE (ref) DEFERRABLE",
        "INSERT INTO o (id, ref) VALUES ($1, $2) ON CONFLICT (ref) DO NOTHING",
        expected=BROKEN,
    ),
    Case(
        "A11 a constraint that is named is renamed",
        "ALTER TABLE o RENAME CONSTRAINT o_ref_key TO k",
        "INSERT INTO o (id, ref) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT o_ref_key DO NOTHING",
        expected=BROKEN,
    ),
    Case(
        "A12 system columns vanish behind a view",
        AS_VIEW,
        "SELECT xmin FROM u WHERE id = $1",
        expected=BROKEN,
    ),
    Case(
        "A13 a view cannot be truncated",
        AS_VIEW.replace("u_all", "o_all")
        .replace("TABLE u ", "TABLE o ")
        .replace("VIEW u ", "VIEW o ")
        .replace("id, email, name, flag", "*"),
        "TRUNCATE o",
        expected=BROKEN,
        schema=BASE,
    ),
    # Results
    Case(
        "B1 a star grows", "ALTER TABLE u ADD x int", "SELECT * FROM u WHERE id = $1", expected=OPEN_SESSIONS
    ),
    Case(
        "B1 a star grows, and nothing is prepared",
        "ALTER TABLE u ADD x int",
        "SELECT * FROM u WHERE id = $1",
        driver="psycopg2 2.9",
    ),
    Case("B3 a type changes", "ALTER TABLE u ALTER flag TYPE numeric", "SELECT flag FROM u", expected=BROKEN),
    Case(
        "B4 a scale changes",
        "ALTER TABLE n ALTER a TYPE numeric(12, 4)",
        "SELECT a FROM n",
        expected=BROKEN,
        schema="CREATE TABLE n (id int PRIMARY KEY, a numeric(10, 2));",
    ),
    Case(
        "B6 a whole row grows",
        "ALTER TABLE u ADD secret text",
        "SELECT row_to_json(u) FROM u",
        expected=BROKEN,
    ),
    Case(
        "J2 a wider type breaks open sessions only",
        "ALTER TABLE w ALTER a TYPE varchar(20)",
        "SELECT a FROM w WHERE id = $1",
        expected=OPEN_SESSIONS,
        schema="CREATE TABLE w (id int PRIMARY KEY, a varchar(10));",
    ),
    # Writes that are refused
    Case(
        "D1 a new column must be given",
        "ALTER TABLE u ADD x int NOT NULL DEFAULT 0; ALTER TABLE u ALTER x DROP DEFAULT",
        ADD_U,
        expected=BROKEN,
    ),
    Case(
        "D2 an old row may not be written any more",
        "ALTER TABLE u ADD CHECK (name IS NOT NULL) NOT VALID",
        "UPDATE u SET email = $1 WHERE id = $2",
        expected=BROKEN,
    ),
    Case(
        "D5 a new child refuses the delete, once it has rows", KID, DELETE_U, ADD_KID, expected=AMONG_CANARY
    ),
    Case(
        "D6 a cascade becomes a restriction",
        "ALTER TABLE o DROP CONSTRAINT o_u_id_fkey, ADD FOREIGN KEY (u_id) REFERENCES u ON DELETE RESTRICT",
        DELETE_U,
        expected=BROKEN,
        schema=BASE.replace("REFERENCES u,", "REFERENCES u ON DELETE CASCADE,"),
        also=("INSERT INTO o (id, u_id) VALUES ($1, $2)",),
    ),
    Case(
        "D7 an identity refuses values",
        "ALTER TABLE u ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        ADD_U,
        expected=BROKEN,
    ),
    Case(
        "D8 a narrower type refuses long values",
        "ALTER TABLE u ALTER email TYPE varchar(20)",
        ADD_U,
        expected=BROKEN,
    ),
    Case(
        "D9 a trigger needs rights that the code lacks",
        AUDIT,
        ADD_U,
        expected=BROKEN,
        schema=GRANTED,
        role="app",
    ),
    Case(
        "D10 a policy reads a setting that is not there",
        STRICT,
        "SELECT id FROM u",
        expected=BROKEN,
        schema=GRANTED,
        role="app",
    ),
    Case("G4 a policy hides rows", HIDDEN, "SELECT id FROM u", expected=BROKEN, schema=GRANTED, role="app"),
    Case(
        "D11 there is no partition for the row",
        PARTED,
        "INSERT INTO log (id, at) VALUES ($1, $2)",
        expected=BROKEN,
        schema=LOG,
    ),
    Case(
        "D12 a default needs a right to a sequence",
        "CREATE SEQUENCE s; ALTER TABLE u ALTER flag SET DEFAULT nextval('s')",
        ADD_U,
        expected=BROKEN,
        schema=GRANTED,
        role="app",
    ),
    Case(
        "K1 a new column without a grant",
        "ALTER TABLE u ADD x int",
        "SELECT * FROM u",
        expected=BROKEN,
        schema=BASE + "GRANT SELECT (id, email, name, flag) ON u TO app;",
        role="app",
    ),
    Case(
        "K2 a new table without its grants",
        "ALTER TABLE u RENAME TO v; CREATE TABLE u (LIKE v INCLUDING ALL); INSERT INTO u SELECT * FROM v",
        "SELECT email FROM u",
        expected=BROKEN,
        schema=GRANTED,
        role="app",
    ),
    # Writes that do something else
    Case(
        "E1 DO NOTHING swallows rows",
        "ALTER TABLE u ADD UNIQUE (flag)",
        "INSERT INTO u (id, email, flag) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING",
        expected=BROKEN,
    ),
    Case(
        "E2 a default is another",
        "ALTER TABLE o ALTER state SET DEFAULT 'queued'",
        "INSERT INTO o (id) VALUES ($1)",
        expected=BROKEN,
    ),
    Case(
        "E8 uniqueness is lost",
        "ALTER TABLE o DROP CONSTRAINT o_ref_key",
        "INSERT INTO o (id, ref) VALUES ($1, $2)",
        expected={(EVERYWHERE, NEW): UNKNOWN, (EVERYWHERE, WARM): UNKNOWN},
    ),
    # More of binding
    Case(
        "A4 a natural join joins by more",
        "ALTER TABLE u ADD ref text DEFAULT 'a'; ALTER TABLE o ADD email text DEFAULT 'b'",
        "SELECT o.id FROM u NATURAL JOIN o",
        expected=BROKEN,
        schema="CREATE TABLE u (uid int, email text); CREATE TABLE o (id int PRIMARY KEY, uid int);",
    ),
    Case(
        "A5 a call becomes ambiguous",
        "CREATE FUNCTION g(text, bigint) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "SELECT g($1, $2) FROM u",
        expected=BROKEN,
        schema=BASE + "CREATE FUNCTION g(bigint, text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    Case(
        "A14 a column has the name of a variable",
        "ALTER TABLE u ADD wanted int",
        "SELECT of_flag(1)",
        expected=BROKEN,
        schema=BASE + OF_FLAG,
    ),
    Case(
        "A15 a trigger uses a column that is gone",
        "ALTER TABLE u DROP name",
        ADD_U,
        expected=BROKEN,
        schema=BASE + KEEPS_NAME,
    ),
    Case(
        "B2 columns by their places are other ones",
        "ALTER TABLE src ADD a int DEFAULT 1, ADD b int DEFAULT 2; ALTER TABLE dst ADD b int, ADD a int",
        "INSERT INTO dst SELECT * FROM src",
        expected=UNKNOWN_EVERYWHERE,
        schema="CREATE TABLE src (id int PRIMARY KEY); CREATE TABLE dst (id int);",
    ),
    Case(
        "C1 a parameter is of another type",
        "ALTER TABLE u ALTER flag DROP DEFAULT, ALTER flag TYPE boolean USING flag > 0",
        "UPDATE u SET flag = $1 WHERE id = $2",
        expected=BROKEN,
    ),
    Case(
        "C4 an INSERT without a list fills other columns",
        "ALTER TABLE two DROP b, ADD c text",
        "INSERT INTO two VALUES ($1, $2)",
        expected=BROKEN,
        schema="CREATE TABLE two (a int PRIMARY KEY, b text);",
    ),
    # More of writes
    Case(
        "D14 a published table has lost its identity",
        "ALTER TABLE u REPLICA IDENTITY NOTHING",
        "UPDATE u SET name = $1 WHERE id = $2",
        expected=BROKEN,
        schema=BASE + "CREATE PUBLICATION all_of_it FOR TABLE u;",
    ),
    Case(
        "E3 a trigger swallows the row",
        SWALLOW,
        "INSERT INTO u (id, email) VALUES ($1, $2) RETURNING id",
        expected=BROKEN,
    ),
    Case(
        "E4 the key is not returned any more",
        BEHIND_A_VIEW,
        "INSERT INTO s (a) VALUES ($1) RETURNING id",
        expected=BROKEN,
        schema="CREATE TABLE s (id bigserial PRIMARY KEY, a text);",
    ),
    Case(
        "E6 a trigger draws a number of its own",
        AUDIT,
        "SELECT lastval()",
        expected=UNKNOWN_EVERYWHERE,
        also=(ADD_U,),
    ),
    Case(
        "E5 a delete takes the children along",
        "ALTER TABLE o DROP CONSTRAINT o_u_id_fkey, ADD FOREIGN KEY (u_id) REFERENCES u ON DELETE CASCADE",
        DELETE_U,
        expected=UNKNOWN_EVERYWHERE,
    ),
    Case(
        "G1 a row is no longer whole",
        "ALTER TABLE u ADD x int",
        "SELECT count(*) FROM u WHERE u IS NOT NULL",
        expected=BROKEN,
    ),
    Case(
        "G2 more is equal than was",
        "ALTER TABLE o ALTER ref TYPE char(40)",
        "SELECT count(*) FROM o WHERE ref = 'a '",
        expected=BROKEN,
        schema=BASE + "INSERT INTO o (id, ref) VALUES (-1, 'a');",
    ),
    Case(
        "G5 a default lies about old rows",
        "ALTER TABLE u ADD made timestamptz NOT NULL DEFAULT now()",
        "SELECT id FROM u",
        "SELECT id FROM u WHERE made > now() - interval '1 day'",
        side="canary",
        expected=UNKNOWN_EVERYWHERE,
    ),
    # What the other version wrote
    Case(
        "F1 an unknown label",
        "ALTER TYPE mood ADD VALUE 'happy'",
        "SELECT mood FROM m",
        ADD_M,
        expected=UNSURE_AMONG_CANARY,
        schema=MOOD,
        also=(ADD_M,),
    ),
    Case(
        "F2 NULL where none was",
        "ALTER TABLE u ALTER email DROP NOT NULL",
        "SELECT email FROM u",
        "INSERT INTO u (id) VALUES ($1)",
        expected=UNSURE_AMONG_CANARY,
        also=(ADD_U,),
    ),
    Case(
        "F7 twice where it was once",
        "ALTER TABLE o DROP CONSTRAINT o_ref_key",
        "SELECT id FROM o WHERE ref = $1",
        "INSERT INTO o (id, ref) VALUES ($1, $2)",
        expected=UNSURE_AMONG_CANARY,
        also=("INSERT INTO o (id, ref) VALUES ($1, $2)",),
    ),
    # What nobody minds
    Case(
        "a column that may be NULL",
        "ALTER TABLE u ADD x int",
        "SELECT id, email FROM u WHERE id = $1",
        "UPDATE u SET x = $1 WHERE id = $2",
        also=(ADD_U,),
    ),
    Case(
        "a new table that nobody points from",
        "CREATE TABLE t (id int)",
        DELETE_U,
        "INSERT INTO t (id) VALUES ($1)",
        also=(ADD_U,),
    ),
    Case(
        "a default that is what old rows mean",
        "ALTER TABLE u ADD vip boolean NOT NULL DEFAULT false",
        "SELECT id FROM u",
        "SELECT id FROM u WHERE vip",
        side="canary",
    ),
    Case("an index", "CREATE INDEX ON u (email)", ADD_U, "SELECT id FROM u WHERE email = $1"),
    # Two shapes of one thing
    Case(
        "H1 what is derived is stale",
        "ALTER TABLE u ADD email_norm text; UPDATE u SET email_norm = lower(email)",
        ADD_U,
        "SELECT id FROM u WHERE email_norm IS NULL",
        side="canary",
        expected={("baseline", NEW): RED, ("baseline", WARM): RED, ("both", NEW): RED, ("both", WARM): RED},
        also_canary=("INSERT INTO u (id, email, email_norm) VALUES ($1, $2, lower($2))",),
    ),
]


def matrix_of(case: Case, server: Server) -> Matrix:
    """The release's matrix."""
    sides = ((Side.BASELINE, (case.baseline, *case.also)), (Side.CANARY, (case.canary, *case.also_canary)))
    participants = [
        Participant(
            side,
            Workload(
                version=side.value,
                driver=case.driver,
                role=case.role,
                statements=tuple(query(sql, sql, origin=("code.py:1",)) for sql in statements if sql),
            ),
        )
        for side, statements in sides
        if statements[0]
    ]
    return check_naive([case.steps], case.schema, participants, server)


@pytest.mark.majors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_cell_is_what_the_server_makes_of_it(server: Server, case: Case) -> None:
    matrix = matrix_of(case, server)

    statement = case.canary if case.side == "canary" else case.baseline
    cells = [
        cell
        for cell in matrix.cells
        if cell.name == statement and cell.participant.side.value == case.side and cell.state == matrix.turn
    ]
    told = {
        (cell.history.value, cell.session.value): (
            RED if isinstance(cell.verdict, Red) else UNKNOWN if isinstance(cell.verdict, Unknown) else GREEN
        )
        for cell in cells
    }
    wanted = {key: case.expected.get(key, case.expected.get((EVERYWHERE, key[1]), GREEN)) for key in told}
    assert told == wanted, "\n".join(str((c.history.value, c.session.value, c.verdict)) for c in cells)
    assert {history for history, _ in told} >= {"legacy"}


def workload(*statements: str) -> Workload:
    return Workload(
        version="1", driver="psycopg 3.3", statements=tuple(query(sql, sql) for sql in statements)
    )


@pytest.mark.majors
def test_d13_what_a_cancelled_build_leaves_refuses_rows_already(server: Server) -> None:
    again = "INSERT INTO u (id, email, flag) VALUES ($1, $2, 7)"
    upsert = "INSERT INTO u (id, email, flag) VALUES ($1, $2, 8) ON CONFLICT (flag) DO NOTHING"
    schema = BASE + "INSERT INTO u (id, email, flag) VALUES (-1, 'a', 7);"
    participants = [Participant(Side.BASELINE, workload(again)), Participant(Side.CANARY, workload(upsert))]

    matrix = check_naive(["CREATE UNIQUE INDEX CONCURRENTLY ON u (flag)"], schema, participants, server)

    states = {code: state for state, code in matrix.codes.items()}
    told = {
        (cell.name, code): cell.verdict.witness.sqlstate
        for cell in matrix.cells
        for code, state in states.items()
        if cell.state == state and isinstance(cell.verdict, Red)
    }
    assert told[again, "E1f"] == "23505"
    assert told[upsert, "E1f"] == "42P10"
    assert (upsert, "E1") not in told


@pytest.mark.majors
def test_h2_what_a_trigger_and_the_canary_both_do_is_done_twice(server: Server) -> None:
    schema = BASE + "CREATE TABLE sum (one int PRIMARY KEY, n int NOT NULL); INSERT INTO sum VALUES (1, 5);"
    trigger = """
    CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN UPDATE sum SET n = n + NEW.flag WHERE one = 1; RETURN NEW; END';
    CREATE TRIGGER add_up AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION add_up()
    """
    both = (
        "WITH new AS (INSERT INTO u (id, email, flag) VALUES ($1, $2, 3) RETURNING flag) "
        "UPDATE sum SET n = n + new.flag FROM new WHERE one = 1"
    )
    step = Step(id="add-up", phase=Phase.EXPAND, title="add up", sql=(trigger,), scope=Scope.TRANSACTION)
    participants = [Participant(Side.CANARY, workload(both))]

    matrix = check([step], schema, participants, server, migration=[])

    verdict = matrix.summary(participants[0], matrix.turn)
    assert isinstance(verdict, Red), verdict
    assert verdict.witness.kind is Kind.MEANING
