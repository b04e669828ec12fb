"""A release whose runner is killed again and again, while old and new code write; its end, and the rows'."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from schemaguard.phase import Phase
from schemaguard.plan import Plan, to_json
from schemaguard.postgres import journal
from schemaguard.postgres.connect import connect
from schemaguard.postgres.shape import Shape, read_shape
from tests.fuzz.disturbed import Way
from tests.fuzz.draw import Draw
from tests.plan.walking import Case, plan_of

ROOT = Path(__file__).parents[2]
#: How often a run may find the session of one that was killed.
REFUSED = 20
#: Rows that are there before.
ROWS = 3000
GIVEN = """
CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL, mail text, age int, junk text);
CREATE TABLE purchase (id bigint PRIMARY KEY, customer_id bigint, total int);
"""
FILL = f"""
INSERT INTO customer SELECT n, 'c' || n, 'm' || n, n, 'j' FROM generate_series(1, {ROWS}) AS n;
INSERT INTO purchase SELECT n, n, CASE WHEN n % 3 > 0 THEN n END FROM generate_series(1, {ROWS}) AS n;
"""
SQL = """
ALTER TABLE customer RENAME COLUMN mail TO email;
ALTER TABLE customer ALTER COLUMN age TYPE bigint;
ALTER TABLE customer ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE customer DROP COLUMN junk;
CREATE INDEX customer_name ON customer (name);
ALTER TABLE purchase ADD CONSTRAINT purchase_customer FOREIGN KEY (customer_id) REFERENCES customer (id);
UPDATE purchase SET total = 0 WHERE total IS NULL;
ALTER TABLE purchase ALTER COLUMN total SET NOT NULL;
CREATE TABLE note (id bigint PRIMARY KEY, purchase_id bigint REFERENCES purchase (id), text text);
"""
#: What each version sends: a row of its own, a change of that, a change of one that was there before.
OLD = (
    "INSERT INTO customer (id, name, mail, age, junk) VALUES (%(id)s, 'c', 'm', 0, 'j') {once}",
    "UPDATE customer SET mail = %(mail)s, age = %(age)s WHERE id = %(id)s",
    "INSERT INTO purchase (id, customer_id, total) VALUES (%(id)s, %(id)s, %(age)s) {once}",
    "UPDATE customer SET mail = %(mail)s, age = %(age)s WHERE id = %(legacy)s",
)
NEW = (
    "INSERT INTO customer (id, name, email, age) VALUES (%(id)s, 'c', 'm', 0) {once}",
    *(text.replace("mail =", "email =") for text in OLD[1:]),
)


@dataclass(slots=True)
class Writer:
    """One version of the code; it knows how its rows end, and sends again what a crash has swallowed."""

    url: str
    name: str
    statements: Sequence[str]
    first: int
    #: Each writes to every other row that was there before.
    step: int
    ends: dict[int, tuple[str, int]] = field(default_factory=dict)
    sent: int = 0
    wrong: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    conn: psycopg.Connection | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.stopped.set()
        if self.thread is not None:
            self.thread.join()
        if self.conn is not None:
            self.conn.close()

    def _run(self) -> None:
        number = 0
        while not self.stopped.is_set():
            number += 1
            legacy = (2 * number + self.step) % ROWS + 1
            values = {
                "id": self.first + number,
                "legacy": legacy,
                "mail": f"{self.name}{number}",
                "age": number,
            }
            for statement in self.statements:
                self._send(statement, values)
            for row in (self.first + number, legacy):
                self.ends[row] = (f"{self.name}{number}", number)
            time.sleep(0.002)

    def _send(self, statement: str, values: dict[str, object]) -> None:
        """Until the server has answered."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if self.conn is None or self.conn.closed:
                    self.conn = psycopg.connect(self.url, autocommit=True, application_name=self.name)
                self.conn.execute(statement.format(once="ON CONFLICT DO NOTHING").encode(), values)
            except psycopg.Error as error:
                # A server that has crashed says so, or nothing, and is on its way up.
                if error.sqlstate not in (None, "57P01", "57P02", "57P03"):
                    self.wrong.append(f"{self.name}: {error.sqlstate} {error}")
                    return
                time.sleep(0.02)
            else:
                self.sent += 1
                return
        self.wrong.append(f"{self.name}: no answer within 30 s")


class Runners:
    """Starts runs of the phases, to each of which something may happen."""

    def __init__(self, url: str, plan: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.disturbed", url, str(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )

    def run(self, phase: Phase, way: Way, at: int) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([phase.value, way.value, at]), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def end(self) -> str:
        """What the runs have said."""
        _, said = self.process.communicate()
        return said


@dataclass(slots=True)
class Outcome:
    """``wrong``: a line for each thing that is not as it must be."""

    happened: Counter[Way] = field(default_factory=Counter)
    sent: int = 0
    wrong: list[str] = field(default_factory=list)
    shape: Shape | None = None


def the_plan() -> Plan:
    return plan_of(Case(given=GIVEN, sql=SQL))


def release(url: str, folder: Path, *, seed: int, times: int, ways: Sequence[Way] = tuple(Way)) -> Outcome:
    """Apply the release to a database that has GIVEN, with so many disturbances; none: undisturbed."""
    plan, draw, outcome = the_plan(), Draw(seed), Outcome()
    (folder / "plan.json").write_text(to_json(plan))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(FILL.encode())
    runners = Runners(url, folder / "plan.json")
    old = Writer(url, "old", OLD, 1_000_000, 0)
    new = Writer(url, "new", NEW, 2_000_000, 1)
    try:
        old.start()
        for phase in Phase:
            if phase is Phase.CONTRACT:
                old.stop()
                _retire(url, plan)
            _phase(runners, phase, draw, ways, _share(times, phase), outcome)
            if phase is Phase.EXPAND:
                new.start()
    finally:
        old.stop()
        new.stop()
        said = runners.end()
    outcome.wrong += [line for line in said.splitlines() if "unforeseen" in line or "bug" in line]
    outcome.wrong += [*old.wrong, *new.wrong]
    outcome.sent = old.sent + new.sent
    with connect(url) as conn:
        outcome.wrong += _rows(conn, {**old.ends, **new.ends})
        outcome.shape = read_shape(conn)
    return outcome


def _share(times: int, phase: Phase) -> int:
    """Of so many disturbances those of the phase."""
    each = times // 3
    return times - 2 * each if phase is Phase.BACKFILL else each


def _phase(
    runners: Runners, phase: Phase, draw: Draw, ways: Sequence[Way], times: int, outcome: Outcome
) -> None:
    left, most, refused = times, 120, 0
    while True:
        way = draw.one(ways)
        code = runners.run(phase, way, draw.between(1, most) if left else 0)
        if code == 0 and left:
            # It was over before its turn.
            most = max(10, most // 2)
        elif code == 0:
            return
        elif code == 1 and refused < REFUSED:
            # The session of the one before is not gone yet.
            refused += 1
            time.sleep(0.5)
        elif not left or code not in (-9, 4, 130):
            outcome.wrong.append(f"{phase.value}: exit code {code}, {left} to come, after {way.value}")
            return
        else:
            left -= 1
            outcome.happened[way] += 1


def _retire(url: str, plan: Plan) -> None:
    with connect(url) as conn:
        journal.deploy(conn, "1", "old")
        journal.deploy(conn, "2", "new", (plan.release,))
        journal.retire(conn, "1")


def _rows(conn: psycopg.Connection, ends: dict[int, tuple[str, int]]) -> Iterator[str]:
    found = {id_: (mail, age) for id_, mail, age in conn.execute("SELECT id, email, age FROM customer")}
    expected = {n: (f"m{n}", n) for n in range(1, ROWS + 1)} | ends
    for id_ in sorted(found.keys() | expected.keys()):
        if found.get(id_) != expected.get(id_):
            yield f"customer {id_} is {found.get(id_)}, and should be {expected.get(id_)}"
    query = """
        SELECT count(*) FILTER (WHERE token IS NULL), count(*) - count(DISTINCT token) FROM customer
        UNION ALL SELECT count(*) FILTER (WHERE total IS NULL), 0 FROM purchase
    """
    if (counted := conn.execute(query.encode()).fetchall()) != [(0, 0), (0, 0)]:
        yield f"tokens or totals that are NULL or not their own: {counted}"
