"""What the checker says of real statements on real servers, one kind of breakage a test."""

from collections.abc import Sequence
from dataclasses import replace

import psycopg
import pytest

from schemaguard.compat.cells import Matrix, Participant, Session, Side
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Kind, Proven, Red, Tested, Unknown
from schemaguard.compat.witnesses import witness_script
from schemaguard.compat.workload import Parameter, Workload, query
from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.postgres.embedded import Server
from schemaguard.recipe import Backfill, Scope, Step
from schemaguard.verify import check, check_naive

SHOP = """
CREATE TABLE customer (
    id bigserial PRIMARY KEY,
    name text NOT NULL,
    mail varchar(40) NOT NULL UNIQUE CHECK (mail LIKE '%@%'),
    note text
);
CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid')),
    total int NOT NULL CHECK (total BETWEEN 1 AND 100)
);
CREATE TABLE archive (id bigint, name text, mail varchar(40), note text);
"""
FIND = "SELECT id, name FROM customer WHERE id = $1"
STAR = "SELECT * FROM customer WHERE mail = $1"
ADD = "INSERT INTO customer (name, mail, note) VALUES ($1, $2, $3) RETURNING id"
UPSERT = (
    "INSERT INTO customer (name, mail) VALUES ($1, $2) ON CONFLICT (mail) DO UPDATE SET name = excluded.name"
)
ORDER = "INSERT INTO orders (customer_id, total) VALUES ($1, $2)"
IGNORING = "INSERT INTO customer (name, mail) VALUES ('name 1', $1) ON CONFLICT DO NOTHING"
MOVE_AWAY = "INSERT INTO archive SELECT * FROM customer WHERE id = $1"
CAPTURED = "SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM archive WHERE total > 3)"
REGION = """
ALTER TABLE customer ADD COLUMN region text NOT NULL DEFAULT 'eu';
ALTER TABLE customer ALTER region DROP DEFAULT
"""
TOTAL_AS_TEXT = "ALTER TABLE orders DROP CONSTRAINT orders_total_check, ALTER total TYPE text"
CHILD = """
CREATE TABLE child (customer_id bigint REFERENCES customer);
INSERT INTO child SELECT id FROM customer
"""
SWALLOW = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER swallow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION swallow()
"""
PAY = "UPDATE orders SET status = $1 WHERE id = $2"
NULLABLE = {ADD: {3}}


def workload(*statements: str, driver: str = "psycopg 3.2") -> Workload:
    queries = [
        query(
            sql,
            sql.split()[0].lower(),
            [Parameter(null=number in NULLABLE.get(sql, ())) for number in range(1, sql.count("$") + 1)],
        )
        for sql in statements
    ]
    return Workload(version="1", driver=driver, statements=tuple(queries))


def baseline(*statements: str, driver: str = "psycopg 3.2") -> list[Participant]:
    return [Participant(Side.BASELINE, workload(*statements, driver=driver))]


def after(server: Server, migration: Sequence[str], *statements: str, driver: str = "psycopg 3.2") -> Matrix:
    """The baseline through a migration as it stands."""
    return check_naive(migration, SHOP, baseline(*statements, driver=driver), server)


def reds(matrix: Matrix) -> list[tuple[str, Kind, str]]:
    """State, kind and SQLSTATE of every red cell that counts, each once."""
    found = [
        (cell.state.name, cell.verdict.witness.kind, cell.verdict.witness.sqlstate)
        for cell in matrix.failing()
        if isinstance(cell.verdict, Red)
    ]
    return list(dict.fromkeys(found))


ALL = (
    FIND,
    STAR,
    ADD,
    UPSERT,
    PAY,
    "SELECT count(*) FROM orders WHERE total < $1",
    "DELETE FROM customer WHERE id = $1",
)


@pytest.mark.majors
def test_a_migration_that_touches_nothing_is_green_for_everybody(server: Server) -> None:
    matrix = after(server, ["CREATE TABLE other (id int)", "CREATE INDEX ON orders (status)"], *ALL)

    assert matrix.exit_code == 0
    assert all(isinstance(cell.verdict, Proven | Tested) for cell in matrix.cells)
    assert len(matrix.cells) == 3 * len(ALL) * 2 * len(Session)


@pytest.mark.majors
@pytest.mark.parametrize(
    ("migration", "statement", "kind", "sqlstate"),
    [
        ("ALTER TABLE customer DROP COLUMN name", FIND, Kind.RESOLVE, "42703"),
        ("ALTER TABLE customer RENAME name TO full_name", FIND, Kind.RESOLVE, "42703"),
        ("ALTER TABLE customer RENAME TO client", ADD, Kind.RESOLVE, "42P01"),
        ("DROP TABLE orders", PAY, Kind.RESOLVE, "42P01"),
        ("ALTER TABLE customer ADD COLUMN vip boolean", STAR, Kind.WARM, "0A000"),
        ("ALTER TABLE customer ALTER mail TYPE varchar(60)", STAR, Kind.WARM, "0A000"),
        ("ALTER TABLE customer ADD COLUMN vip boolean", MOVE_AWAY, Kind.RESOLVE, "42601"),
        (REGION, ADD, Kind.RUN, "23502"),
        ("ALTER TABLE customer DROP CONSTRAINT customer_mail_key", UPSERT, Kind.PLAN, "42P10"),
        ("ALTER TABLE customer ALTER note SET NOT NULL", ADD, Kind.RUN, "23502"),
        ("ALTER TABLE customer ALTER name TYPE varchar(3) USING left(name, 3)", ADD, Kind.RUN, "22001"),
        (TOTAL_AS_TEXT, "SELECT id FROM orders WHERE total = 7", Kind.RESOLVE, "42883"),
        (TOTAL_AS_TEXT, "SELECT total FROM orders", Kind.SHAPE, ""),
        ("ALTER TABLE customer ADD CHECK (note !~ ' 50[0-9]') NOT VALID", ADD, Kind.RUN, "23514"),
        (CHILD, "DELETE FROM customer WHERE id = $1", Kind.RUN, "23503"),
        ("CREATE UNIQUE INDEX ON orders (customer_id)", ORDER, Kind.RUN, "23505"),
        ("ALTER TABLE orders ALTER status SET DEFAULT 'paid'", ORDER, Kind.MEANING, ""),
        ("ALTER TABLE archive ADD COLUMN total int", CAPTURED, Kind.MEANING, ""),
        (SWALLOW, ORDER, Kind.MEANING, ""),
        ("ALTER TABLE customer ADD CONSTRAINT one_name UNIQUE (name)", IGNORING, Kind.MEANING, ""),
    ],
)  # fmt: skip
def test_a_breaking_migration_is_red_where_it_breaks(
    server: Server, migration: str, statement: str, kind: Kind, sqlstate: str
) -> None:
    matrix = after(server, [migration], statement)

    assert reds(matrix) == [("statement-01", kind, sqlstate)]
    assert matrix.exit_code == 1


MORE = """
CREATE TABLE u (id int PRIMARY KEY, email text NOT NULL, flag int, doc json);
CREATE TABLE v (uid int, note text);
CREATE TABLE w (uid int);
CREATE TABLE hist (id int, email text, flag int, doc json);
CREATE TABLE kid (id int REFERENCES u ON DELETE CASCADE);
CREATE FUNCTION f(bigint) RETURNS text LANGUAGE sql AS $$ SELECT 'big' $$;
CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO hist VALUES (OLD.*); RETURN NEW; END';
CREATE TRIGGER remember AFTER UPDATE ON u FOR EACH ROW EXECUTE FUNCTION remember();
"""
NO_KEY = "ALTER TABLE u DROP CONSTRAINT u_pkey CASCADE"
BETTER_F = "CREATE FUNCTION f(int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$"
BOTH_GROW = "ALTER TABLE v ADD b int DEFAULT 1; ALTER TABLE w ADD b int DEFAULT 2"
NOW_A_VIEW = (
    "ALTER TABLE v RENAME TO v_all; CREATE VIEW v AS SELECT uid, note FROM v_all WHERE uid > 3 GROUP BY 1, 2"
)
LET_GO = """
ALTER TABLE kid DROP CONSTRAINT kid_id_fkey;
ALTER TABLE kid ADD FOREIGN KEY (id) REFERENCES u ON DELETE SET NULL
"""
CAPITALS = """
CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := upper(NEW.note); RETURN NEW; END';
CREATE TRIGGER up BEFORE INSERT ON v FOR EACH ROW EXECUTE FUNCTION up()
"""


@pytest.mark.majors
@pytest.mark.parametrize(
    ("migration", "statement", "kind", "sqlstate"),
    [
        ("ALTER TABLE v ADD email text", "SELECT email FROM u JOIN v ON uid = id", Kind.RESOLVE, "42702"),
        (BOTH_GROW, "SELECT uid FROM v NATURAL JOIN w", Kind.MEANING, ""),
        (BETTER_F, "SELECT f(7)", Kind.MEANING, ""),
        (
            NO_KEY,
            "SELECT email FROM u GROUP BY id",
            Kind.RESOLVE,
            "42803",
        ),
        (NOW_A_VIEW, "SELECT uid FROM v", Kind.MEANING, ""),
        (NOW_A_VIEW, "COPY v FROM STDIN", Kind.RESOLVE, "42809"),
        ("ALTER TABLE u ADD x int", "UPDATE u SET flag = 1 WHERE id = $1", Kind.RUN, "42601"),
        ("ALTER TABLE u ADD secret text", "SELECT row_to_json(u) FROM u", Kind.MEANING, ""),
        ("ALTER TABLE u ALTER doc TYPE jsonb", "SELECT doc::text AS doc FROM u", Kind.MEANING, ""),
        ("ALTER TABLE v DROP note, ADD o text", "INSERT INTO v VALUES ($1, $2)", Kind.MEANING, ""),
        (LET_GO, "DELETE FROM u WHERE id = $1", Kind.MEANING, ""),
        (CAPITALS, "INSERT INTO v (uid, note) VALUES ($1, $2)", Kind.MEANING, ""),
    ],
)
def test_what_preparing_does_not_tell_is_seen_by_running(
    server: Server, migration: str, statement: str, kind: Kind, sqlstate: str
) -> None:
    matrix = check_naive([migration], MORE, baseline(statement), server)

    assert reds(matrix) == [("statement-01", kind, sqlstate)]


def test_a_driver_that_prepares_nothing_may_see_a_star_grow(server: Server) -> None:
    grown = after(server, ["ALTER TABLE customer ADD COLUMN vip boolean"], STAR, driver="psycopg2 2.9")

    assert grown.exit_code == 0


@pytest.mark.majors
def test_an_old_row_that_a_constraint_not_yet_valid_forbids_cannot_be_written_any_more(
    server: Server,
) -> None:
    statement = "UPDATE customer SET name = $1 WHERE id = $2"

    matrix = after(server, ["ALTER TABLE customer ADD CHECK (note IS NOT NULL) NOT VALID"], statement)

    assert reds(matrix) == [("statement-01", Kind.RUN, "23514")]


@pytest.mark.majors
def test_the_declared_type_of_a_parameter_counts(server: Server) -> None:
    flag = query("SELECT id FROM customer WHERE note = $1", "flag", [Parameter(("text",))])
    number = query("SELECT id FROM orders WHERE total = $1", "number", [Parameter(("int2", "int4"))])
    participants = [Participant(Side.BASELINE, Workload(version="1", statements=(flag, number)))]

    matrix = check_naive(
        [
            "ALTER TABLE orders DROP CONSTRAINT orders_total_check",
            "ALTER TABLE orders ALTER total TYPE boolean USING total > 1",
        ],
        SHOP,
        participants,
        server,
    )

    assert reds(matrix) == [("statement-02", Kind.RESOLVE, "42883")]


SYNC = """
CREATE FUNCTION customer_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.email IS NULL THEN NEW.email := NEW.mail; ELSE NEW.mail := NEW.email; END IF;
    ELSIF NEW.mail IS DISTINCT FROM OLD.mail THEN NEW.email := NEW.mail;
    ELSIF NEW.email IS DISTINCT FROM OLD.email THEN NEW.mail := NEW.email;
    END IF;
    RETURN NEW;
END $$
"""
TRIGGER = """
CREATE TRIGGER sync BEFORE INSERT OR UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION customer_sync()
"""
CANARY = (
    "SELECT id, email FROM customer WHERE email = $1",
    "UPDATE customer SET email = $1 WHERE id = $2 RETURNING id",
)


def rename_in_steps(*, sync: bool = True, fill: bool = True) -> list[Step]:
    trigger = (SYNC, TRIGGER)
    fill_it = Backfill(table=Relation("public", "customer"), values={"email": "mail"}, where="email IS NULL")
    steps = [
        Step(
            id="expand-add",
            phase=Phase.EXPAND,
            title="add email",
            sql=(
                "ALTER TABLE customer ADD COLUMN email varchar(40) CHECK (email LIKE '%@%')",
                *(trigger if sync else ()),
            ),
        ),
        Step(
            id="expand-ensure",
            phase=Phase.EXPAND,
            title="nothing to run",
            probe="SELECT true",
            check="SELECT true",
        ),
        Step(
            id="contract-drop",
            phase=Phase.CONTRACT,
            title="drop mail",
            sql=(
                *(("DROP FUNCTION customer_sync CASCADE",) if sync else ()),
                "ALTER TABLE customer DROP mail",
            ),
        ),
        Step(
            id="expand-unique",
            phase=Phase.EXPAND,
            title="index email",
            scope=Scope.ALONE,
            sql=("CREATE UNIQUE INDEX CONCURRENTLY ON customer (email)",),
        ),
    ]
    if fill:
        steps.append(
            Step(id="fill", phase=Phase.BACKFILL, title="fill email", scope=Scope.BATCHES, backfill=fill_it)
        )
    return steps


def both(*statements: str) -> list[Participant]:
    old = workload(*(statements or (STAR.replace("*", "id, mail"), ADD, UPSERT)))
    new = Workload(version="2", driver="psycopg 3.2", statements=workload(*CANARY).statements)
    return [Participant(Side.BASELINE, old), Participant(Side.CANARY, new)]


@pytest.mark.majors
@pytest.mark.parametrize("migration", [None, ["ALTER TABLE customer RENAME mail TO email"]])
def test_columns_that_a_trigger_keeps_in_step_are_green_for_both(
    server: Server, migration: list[str] | None
) -> None:
    participants = both()
    matrix = check(rename_in_steps(), SHOP, participants, server, migration=migration)

    assert [state.name for state in matrix.states] == [
        "before", "expand-add", "expand-unique-failed", "expand-unique", "fill-half", "fill", "contract-drop",
    ]  # fmt: skip
    assert matrix.exit_code == 0
    assert isinstance(matrix.summary(participants[1], matrix.states[0]), Red)
    assert isinstance(matrix.summary(participants[0], matrix.states[-1]), Red)


def test_a_forgotten_backfill_is_red_for_the_canary(server: Server) -> None:
    migration = ["ALTER TABLE customer RENAME mail TO email"]
    matrix = check(rename_in_steps(fill=False), SHOP, both(), server, migration=migration)

    assert {cell.participant.side for cell in matrix.failing()} == {Side.CANARY}
    assert ("expand-unique", Kind.MEANING, "") in reds(matrix)


@pytest.mark.parametrize("migration", [None, ["ALTER TABLE customer RENAME mail TO email"]])
def test_a_star_of_the_canary_fails_in_its_open_sessions_when_the_contract_comes(
    server: Server, migration: list[str] | None
) -> None:
    star = [Participant(Side.CANARY, workload(STAR.replace("mail", "email")))]

    matrix = check(rename_in_steps(), SHOP, star, server, migration=migration)

    assert reds(matrix) == [("contract-drop", Kind.WARM, "0A000")]


def test_what_a_backfill_changes_on_purpose_is_no_breakage_for_the_baseline(server: Server) -> None:
    step = Step(
        id="fill",
        phase=Phase.BACKFILL,
        title="fill note",
        scope=Scope.BATCHES,
        backfill=Backfill(
            table=Relation("public", "customer"), values={"note": "'none'"}, where="note IS NULL"
        ),
    )

    matrix = check([step], SHOP, baseline("SELECT id, note FROM customer", ADD), server)

    assert matrix.exit_code == 0


def test_an_empty_workload_is_unknown_at_every_state(server: Server) -> None:
    matrix = after(server, ["CREATE TABLE other (id int)"])

    assert matrix.exit_code == 3
    assert all(isinstance(cell.verdict, Unknown) for cell in matrix.cells)


def test_a_statement_that_was_not_recorded_makes_its_version_unknown(server: Server) -> None:
    whole = Workload(version="1", statements=workload(FIND).statements, unrecorded=("a template string",))

    matrix = check_naive([], SHOP, [Participant(Side.BASELINE, whole)], server)

    assert matrix.exit_code == 3


def test_a_statement_that_does_not_fit_its_own_schema_is_unknown_and_not_red(server: Server) -> None:
    matrix = after(server, ["CREATE TABLE other (id int)"], "SELECT nosuch FROM customer")

    assert matrix.exit_code == 3
    assert not reds(matrix)


def test_a_step_that_fails_makes_all_states_from_there_on_unknown(server: Server) -> None:
    matrix = after(
        server, ["CREATE TABLE a (id int)", "ALTER TABLE nosuch ADD b int", "CREATE TABLE c (id int)"], FIND
    )

    verdicts = [type(matrix.summary(matrix.participants[0], state)) for state in matrix.states]
    assert verdicts == [Tested, Proven, Unknown, Unknown]
    assert any("42P01" in note for note in matrix.notes)


def test_a_step_that_refuses_generated_rows_is_noted_and_goes_on(server: Server) -> None:
    matrix = after(server, ["ALTER TABLE customer ALTER note SET NOT NULL"], FIND)

    assert matrix.exit_code == 0
    assert any("refused generated rows (23502" in note for note in matrix.notes)


def test_the_order_in_which_rows_happen_to_lie_is_no_difference(server: Server) -> None:
    rewrites = ["ALTER TABLE customer ADD c int", "UPDATE customer SET c = 1 WHERE id < 3"]
    statements = (
        "SELECT id, name FROM customer LIMIT 1",
        "SELECT string_agg(name, ',') AS names FROM customer",
    )

    matrix = after(server, rewrites, *statements)

    assert matrix.exit_code == 0


def test_a_statement_that_the_server_gives_up_is_unknown(server: Server) -> None:
    schema = "CREATE FUNCTION wait() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"
    migration = schema.replace("CREATE", "CREATE OR REPLACE").replace("BEGIN", "BEGIN PERFORM pg_sleep(60);")

    matrix = check_naive([migration], schema, baseline("SELECT wait()"), server)

    assert matrix.exit_code == 3
    assert not reds(matrix)


def test_where_the_migration_cannot_be_run_the_plans_own_end_counts(server: Server) -> None:
    broken = ["ALTER TABLE nosuch RENAME a TO b"]

    matrix = check(rename_in_steps(), SHOP, both(), server, migration=broken)

    assert matrix.exit_code == 0
    assert any("nosuch" in note for note in matrix.notes)


def test_a_statement_that_answers_at_random_is_no_evidence(server: Server) -> None:
    matrix = after(
        server, ["CREATE TABLE a (id int)"], "SELECT id FROM customer WHERE random() < 0.5 * $1::int"
    )

    assert not reds(matrix)


def test_nor_is_one_whose_answer_changes_only_now_and_then(server: Server) -> None:
    # At home it answers alike; at the state it does so every third time.
    before = SHOP + "CREATE SEQUENCE turns; CREATE FUNCTION turn() RETURNS int LANGUAGE sql AS 'SELECT 0'"
    body = "SELECT sign(nextval('turns') % 3)::int"
    step = f"CREATE OR REPLACE FUNCTION turn() RETURNS int LANGUAGE sql AS $${body}$$"

    matrix = check_naive([step], before, baseline("SELECT turn(), $1::int"), server)

    told = [cell.verdict for cell in matrix.cells if isinstance(cell.verdict, Unknown)]
    assert not reds(matrix)
    assert any("does not repeat itself here" in one.reason for one in told)


@pytest.mark.majors
def test_copy_is_begun_and_not_carried_out(server: Server) -> None:
    statements = (
        "COPY customer (name, mail) FROM STDIN",
        "COPY (SELECT name FROM customer) TO STDOUT",
        "COPY customer (name, mail) FROM STDIN (FORMAT binary)",
        "COPY customer (mail) TO STDOUT (FORMAT binary)",
    )

    matrix = after(
        server, ["ALTER TABLE orders ADD a int", "ALTER TABLE customer RENAME name TO n"], *statements
    )

    broken = {(cell.name, cell.state.name) for cell in matrix.failing()}
    assert [(state, code) for state, _, code in reds(matrix)] == [("statement-02", "42703")]
    assert broken == {("copy", "statement-02")}
    # All but the one that does not name the column.
    assert len({cell.query for cell in matrix.failing()}) == 3


def test_a_schema_that_cannot_be_built_says_so(server: Server) -> None:
    with pytest.raises(DatabaseError, match="the schema before the release cannot be built: 42P01"):
        check_naive([], "ALTER TABLE nosuch ADD a int", baseline(FIND), server)


def test_a_witness_fails_in_an_empty_database_as_it_is_told(server: Server, conn: psycopg.Connection) -> None:
    matrix = after(server, ["ALTER TABLE customer ALTER note SET NOT NULL"], ADD)
    cell = next(matrix.failing())
    script = witness_script(matrix, cell, SHOP)
    head, _, witness = script.partition("PREPARE witness")
    # The rows that the step refused are in the script, too: the witness is the statement, not the step.
    conn.execute(head.replace("SET NOT NULL", "DROP NOT NULL").encode())
    conn.execute("DELETE FROM customer WHERE note IS NULL; ALTER TABLE customer ALTER note SET NOT NULL")

    with pytest.raises(psycopg.errors.NotNullViolation):
        conn.execute(f"PREPARE witness{witness}".encode())


def test_no_shadow_database_stays_behind(server: Server) -> None:
    after(server, ["ALTER TABLE nosuch ADD b int"], FIND)

    with psycopg.connect(server.dsn()) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE 'schemaguard%'").fetchall()

    assert found == []


@pytest.mark.majors
def test_each_side_writes_with_its_own_rights_so_that_the_other_meets_its_rows(
    server: Server, conn: psycopg.Connection
) -> None:
    old, new = (f"{side}_{conn.info.dbname}" for side in ("old", "new"))
    schema = f"""
    CREATE TABLE entry (id bigint PRIMARY KEY, note text, who text NOT NULL DEFAULT current_user);
    GRANT INSERT ON entry TO "{old}";
    GRANT SELECT ON entry TO "{new}";
    """
    adds = "INSERT INTO entry (id, note) VALUES ($1, $2)"
    looks = ("SELECT id, who FROM entry", "SELECT id FROM entry WHERE more IS NULL")
    participants = [
        Participant(Side.BASELINE, replace(workload(adds), role=old)),
        Participant(Side.CANARY, replace(workload(*looks), role=new)),
    ]
    migration = ["ALTER TABLE entry ADD COLUMN more int; UPDATE entry SET more = 1"]
    conn.execute(f'CREATE ROLE "{old}"; CREATE ROLE "{new}"'.encode())
    try:
        matrix = check_naive(migration, schema, participants, server)
    finally:
        conn.execute(f'DROP ROLE "{old}"; DROP ROLE "{new}"'.encode())

    found = [c for c in matrix.failing() if c.history is History.BASELINE and c.session is Session.NEW]
    assert [(cell.participant.side, type(cell.verdict)) for cell in found] == [(Side.CANARY, Red)]
    assert isinstance(found[0].verdict, Red)
    assert found[0].verdict.witness.sql == looks[1]
    assert [write.role for write in matrix.writes[Side.BASELINE]] == [old]
