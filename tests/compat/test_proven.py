"""What is proven unaffected, and what never is: it is not run, so it must be right."""

import pytest

from schemaguard.compat.cells import Matrix, Participant, Side
from schemaguard.compat.verdict import Proven, is_green
from schemaguard.compat.workload import Workload, query
from schemaguard.postgres.at_state import AtState
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.proven import Standing
from schemaguard.verify import check_naive

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 400);
CREATE TABLE u (id int PRIMARY KEY, name text, mood mood);
CREATE TABLE kid (id int PRIMARY KEY, u_id int REFERENCES u ON DELETE CASCADE);
CREATE TABLE grandkid (id int PRIMARY KEY, kid_id int REFERENCES kid ON DELETE CASCADE);
CREATE TABLE alone (id int PRIMARY KEY, note short);
CREATE TABLE parted (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (100000);
CREATE TABLE noted (id int PRIMARY KEY);
CREATE SEQUENCE numbers;
CREATE VIEW seen AS SELECT id, name FROM u;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER note BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE computed (id int PRIMARY KEY, double int DEFAULT twice(1));
"""
READ_U = "SELECT id, name FROM u WHERE id = $1"
READ_ALONE = "SELECT id, note FROM alone WHERE id = $1"
NOTE = "INSERT INTO noted (id) VALUES ($1)"
ANOTHER_NOTE = (
    "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
)
ANOTHER_TWICE = "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 3 * $1'"
IN_A_WITH = "WITH gone AS (DELETE FROM u WHERE id = $1 RETURNING id) SELECT count(*) FROM gone"
RESTRICT = """
ALTER TABLE grandkid DROP CONSTRAINT grandkid_kid_id_fkey;
ALTER TABLE grandkid ADD FOREIGN KEY (kid_id) REFERENCES kid ON DELETE RESTRICT
"""


def matrix_of(server: Server, step: str, baseline: tuple[str, ...], canary: tuple[str, ...] = ()) -> Matrix:
    sides = ((Side.BASELINE, baseline), (Side.CANARY, canary))
    participants = [
        Participant(side, Workload(version="1", statements=tuple(query(sql, sql) for sql in statements)))
        for side, statements in sides
        if statements
    ]
    return check_naive([step], SCHEMA, participants, server)


def proven(matrix: Matrix, statement: str) -> set[str]:
    """The histories in which it is, at the state after the step."""
    return {
        cell.history.value
        for cell in matrix.cells
        if cell.name == statement
        and cell.participant.side is Side.BASELINE
        and cell.state == matrix.turn
        and isinstance(cell.verdict, Proven)
    }


@pytest.mark.majors
@pytest.mark.parametrize(
    ("step", "statement"),
    [
        ("ALTER TABLE alone ADD x int", READ_U),
        ("ALTER TABLE u ADD x int", READ_ALONE),
        ("CREATE TABLE other (id int REFERENCES alone)", READ_U),
        ("DROP TABLE alone", "SELECT id FROM seen"),
        (ANOTHER_NOTE, READ_U),
        ("ALTER TABLE alone ADD x int", IN_A_WITH),
        ("UPDATE alone SET note = 'x'", READ_U),
        ("CREATE TABLE elsewhere (id int)", "INSERT INTO alone (id, note) VALUES ($1, $2)"),
    ],
)
def test_a_step_elsewhere_leaves_it_proven(server: Server, step: str, statement: str) -> None:
    assert "legacy" in proven(matrix_of(server, step, (statement,)), statement)


@pytest.mark.majors
@pytest.mark.parametrize(
    ("step", "statement"),
    [
        ("ALTER TABLE u ADD x int", READ_U),
        ("UPDATE u SET name = 'x'", READ_U),
        ("DELETE FROM grandkid; DELETE FROM kid; DELETE FROM u WHERE id = 5", READ_U),
        ("ALTER TYPE mood ADD VALUE 'happy'", "SELECT mood FROM u"),
        ("ALTER TABLE alone ADD x int", "SELECT twice(id) FROM u"),
        (ANOTHER_TWICE, "SELECT twice(id) FROM u"),
        (ANOTHER_TWICE, "INSERT INTO computed (id) VALUES ($1)"),
        (ANOTHER_NOTE, NOTE),
        ("CREATE OR REPLACE VIEW seen AS SELECT id, upper(name) AS name FROM u", "SELECT name FROM seen"),
        ("ALTER TABLE u ADD x int", "SELECT name FROM seen"),
        (RESTRICT, "DELETE FROM u WHERE id = $1"),
        (RESTRICT, IN_A_WITH),
        ("ALTER TABLE u DISABLE TRIGGER ALL", "DELETE FROM u WHERE id = $1"),
        ("ALTER TABLE parted ADD CHECK (id > 0)", "SELECT id FROM part"),
        ("CREATE INDEX ON part (id)", "INSERT INTO parted (id, at) VALUES ($1, 7)"),
        ("GRANT SELECT ON u TO PUBLIC", READ_U),
        ("ALTER DOMAIN short ADD CHECK (VALUE <> 'y')", READ_ALONE),
        ("CREATE TABLE other (id int)", "SELECT nextval('numbers')"),
        ("CREATE TABLE other (id int)", "SELECT id FROM u WHERE ctid = '(0,1)'"),
        ("CREATE TABLE other (id int)", "COPY u TO STDOUT"),
        ("CREATE TABLE other (id int)", "SELECT to_regclass('u')::text"),
        ("CREATE TABLE other (id int)", "SELECT obj_description(id::oid, 'pg_class') FROM u"),
    ],
)
def test_what_may_be_affected_is_not_proven(server: Server, step: str, statement: str) -> None:
    assert proven(matrix_of(server, step, (statement,)), statement) == set()


@pytest.mark.majors
def test_among_rows_of_the_canary_only_what_it_does_not_write_is_proven(server: Server) -> None:
    matrix = matrix_of(
        server,
        "CREATE TABLE other (id int)",
        (READ_U, READ_ALONE, "INSERT INTO alone (id, note) VALUES ($1, $2)"),
        ("INSERT INTO u (id, name) VALUES ($1, $2)",),
    )

    assert proven(matrix, READ_ALONE) == {"legacy", "baseline", "canary", "both"}
    assert proven(matrix, READ_U) == {"legacy", "baseline"}


STEPS = (
    "ALTER TABLE u ADD x int",
    "ALTER TABLE u ADD CHECK (name <> 'name 501') NOT VALID",
    "ALTER TABLE u ALTER name SET DEFAULT 'nobody'",
    "ALTER TABLE kid DROP CONSTRAINT kid_u_id_fkey",
    "CREATE UNIQUE INDEX ON u (name)",
    RESTRICT,
    ANOTHER_NOTE,
    ANOTHER_TWICE,
    "CREATE OR REPLACE VIEW seen AS SELECT id, upper(name) AS name FROM u",
    "CREATE FUNCTION twice(bigint) RETURNS int LANGUAGE sql AS 'SELECT 4'",
    "UPDATE u SET name = upper(name)",
    "CREATE TABLE mine (id int REFERENCES kid); INSERT INTO mine SELECT id FROM kid",
    "ALTER TABLE alone ALTER note TYPE varchar(20)",
)
STATEMENTS = (
    READ_U,
    READ_ALONE,
    NOTE,
    IN_A_WITH,
    "SELECT name FROM seen WHERE id = $1",
    "SELECT twice(id) AS two FROM kid",
    "INSERT INTO u (id) VALUES ($1) RETURNING name",
    "INSERT INTO u (id, name) VALUES ($1, $2)",
    "INSERT INTO computed (id) VALUES ($1) RETURNING double",
    "INSERT INTO kid (id, u_id) VALUES ($1, $2)",
    "INSERT INTO alone (id, note) VALUES ($1, $2)",
    "UPDATE u SET name = $1 WHERE id = $2",
    "DELETE FROM kid WHERE id = $1",
    "DELETE FROM u WHERE id = $1",
    "SELECT u.name, count(*) FROM u JOIN kid ON u_id = u.id GROUP BY u.id",
)


@pytest.mark.majors
@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_proven_that_is_red_when_it_is_run(
    server: Server, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled = matrix_of(server, step, STATEMENTS)
    monkeypatch.setattr(AtState, "_works", lambda *_: False)
    monkeypatch.setattr(Standing, "still", lambda *_: {})
    run = matrix_of(server, step, STATEMENTS)

    pairs = zip(ruled.cells, run.cells, strict=True)
    proofs = [(cell, other) for cell, other in pairs if isinstance(cell.verdict, Proven)]
    assert proofs
    for cell, other in proofs:
        assert (cell.name, cell.state, cell.history) == (other.name, other.state, other.history)
        assert is_green(other.verdict), (cell.name, other.verdict)
