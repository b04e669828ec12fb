"""While a release is carried out, both versions of the code write all the time, and none is refused."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

import psycopg
import pytest

from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres.connect import connect
from tests.plan.cases import CASES
from tests.plan.cases_across import ACROSS, CUSTOMER, MOVED
from tests.plan.cases_keys import KEYS
from tests.plan.walking import Case, apply, plan_of, rows

CASE = CASES["the shop's release"]
MORE = (
    "INSERT INTO customer (mail, name) SELECT 'm' || n || '@x', 'More ' || n FROM generate_series(1, 5000) n;"
)


@dataclass(slots=True)
class Traffic:
    """What one version of the code has sent, and what the server had against it."""

    sent: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def go_on(self, url: str, statements: Sequence[str]) -> None:
        with connect(url) as conn:
            while not self.stop.is_set():
                for statement in statements:
                    self.sent[statement] += 1
                    try:
                        conn.execute(statement.encode(), prepare=False)
                    except psycopg.Error as error:
                        self.errors.append(f"{statement}: {error}")


@contextmanager
def traffic(url: str, statements: Sequence[str], *, writers: int = 2) -> Iterator[Traffic]:
    found = Traffic()
    threads = [threading.Thread(target=found.go_on, args=(url, statements)) for _ in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        found.stop.set()
        for thread in threads:
            thread.join()


def deployed(url: str, plan: Plan, old: Traffic, statements: Sequence[str], both: ExitStack) -> Traffic:
    """The new code, which comes beside the old one after the backfill; both have sent something by then."""
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    before = old.sent.total()
    new = both.enter_context(traffic(url, statements))
    while min(old.sent.total() - before, new.sent.total()) < 400:
        assert not old.stop.wait(0.01)
    return new


OLD = (
    "INSERT INTO customer (mail, name) VALUES ('old' || gen_random_uuid(), 'Old Hand')",
    "UPDATE customer SET name = 'Bo ' || id, mail = 'b' || gen_random_uuid() WHERE id = floor(random() * 50)",
    "UPDATE customer SET note = 'seen' WHERE id = 7",
    "SELECT id, mail, name FROM customer WHERE id = 9",
    "INSERT INTO orders (id, currency) VALUES (abs(hashtextextended(gen_random_uuid()::text, 0)), 'USD')",
)
NEW = (
    "INSERT INTO customer (email, first_name, last_name) VALUES ('n' || gen_random_uuid(), 'A B', 'Lee')",
    "UPDATE customer SET last_name = 'F', email = 'f' || gen_random_uuid() WHERE id = floor(random() * 50)",
    "UPDATE customer SET note = 'new' WHERE id = 8",
    "SELECT id, email, first_name FROM customer WHERE id = 9",
)
CONTRADICTING = """
SELECT mail, email, name, first_name, last_name FROM customer
WHERE mail <> email
   OR name <> first_name || ' ' || last_name AND first_name <> split_part(name, ' ', 1)
"""


def test_nobody_is_refused_and_no_row_contradicts_itself(database_with: Callable[[str], str]) -> None:
    url, plan = database_with(CASE.setup + MORE), plan_of(CASE)

    with ExitStack() as both:
        with traffic(url, OLD) as old:
            new = deployed(url, plan, old, NEW, both)
            contradicting = rows(url, CONTRADICTING)
        apply(url, plan, Phase.CONTRACT)

    assert (old.errors, new.errors, contradicting) == ([], [], [])
    assert old.sent.total() > 400
    assert new.sent.total() > 400


KEY = KEYS["a serial primary key becomes bigint, and what points to it"]
AT_WORK = (
    "INSERT INTO customer (name) VALUES ('again')",
    """
    INSERT INTO orders (id, customer_id, friend_id) VALUES (floor(random() * 2000000000), 2, 3)
    ON CONFLICT ON CONSTRAINT orders_pkey DO NOTHING
    """,
    "UPDATE orders SET customer_id = 5, friend_id = NULL WHERE id = floor(random() * 20)",
    """
    INSERT INTO customer (id, name) VALUES (floor(random() * 9), 'same')
    ON CONFLICT ON CONSTRAINT customer_pkey DO UPDATE SET name = excluded.name
    """,
    "SELECT c.name FROM customer AS c JOIN orders AS o ON o.customer_id = c.id WHERE c.id = 5",
)
MANY = """
INSERT INTO customer (name) SELECT 'more ' || n FROM generate_series(1, 5000) n;
INSERT INTO orders (id, customer_id) SELECT n, n FROM generate_series(100, 5000) n;
"""


def test_nobody_is_refused_while_a_primary_key_becomes_bigint(database_with: Callable[[str], str]) -> None:
    url, plan = database_with(KEY.setup + MANY), plan_of(KEY)

    with traffic(url, AT_WORK) as code:
        for phase in Phase:
            apply(url, plan, phase)
            before = code.sent.total()
            while code.sent.total() - before < 400:
                assert not code.stop.wait(0.01)

    assert code.errors == []
    assert rows(url, "SELECT count(*) FROM customer") == rows(url, "SELECT count(DISTINCT id) FROM customer")


JOB = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE job (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state state NOT NULL, states state[]);
INSERT INTO job (state, states) SELECT 'done', '{done}' FROM generate_series(1, 2000);
"""
RESPELLED = Case(given=JOB, sql="ALTER TYPE state RENAME VALUE 'done' TO 'finished';")
WHO = "WHERE id = floor(random() * 100)"
KNOWING_DONE = (
    "INSERT INTO job (state, states) VALUES ('done', '{new,done}')",
    f"UPDATE job SET state = 'new', states = '{{}}' {WHO}",
    f"UPDATE job SET state = 'done' {WHO}",
    # Fails if there is one that it does not know.
    "SELECT 1 / (count(*) = 0)::int FROM job WHERE state::text NOT IN ('new', 'done')",
)
KNOWING_BOTH = (
    "INSERT INTO job (state, states) VALUES ('finished', '{new,finished}')",
    f"UPDATE job SET state = 'new', states = '{{}}' {WHO}",
    f"UPDATE job SET state = 'finished', states = '{{finished}}' {WHO}",
    "SELECT 1 / (count(*) > 0)::int FROM job WHERE state IN ('done', 'finished')",
)


@pytest.mark.majors
def test_nobody_reads_an_unknown_spelling_of_an_enums_value(database_with: Callable[[str], str]) -> None:
    url, plan = database_with(JOB), plan_of(RESPELLED)

    with ExitStack() as both:
        with traffic(url, KNOWING_DONE) as old:
            new = deployed(url, plan, old, KNOWING_BOTH, both)
        apply(url, plan, Phase.CONTRACT)
        before = new.sent.total()
        while new.sent.total() - before < 100:
            assert not new.stop.wait(0.01)

    assert (old.errors, new.errors) == ([], [])
    assert rows(url, "SELECT DISTINCT state::text FROM job ORDER BY 1") == [("finished",), ("new",)]


SOME = "WHERE {} = floor(random() * 200)"
KNOWING_ONE_TABLE = (
    "INSERT INTO customer (name, street, city) VALUES ('old', 'Oak', 'Oslo')",
    "INSERT INTO customer (name) VALUES ('old')",
    f"UPDATE customer SET street = 'o' || random() {SOME.format('id')}",
    f"UPDATE customer SET street = NULL, city = NULL {SOME.format('id')}",
    f"DELETE FROM customer {SOME.format('id')} AND id > 100",
    "SELECT street FROM customer WHERE id = 9",
)
KNOWING_TWO_TABLES = (
    """
    WITH c AS (INSERT INTO customer (name) VALUES ('new') RETURNING id)
    INSERT INTO address SELECT id, 'Elm', 'Rome' FROM c
    """,
    "INSERT INTO customer (name) VALUES ('new')",
    f"UPDATE address SET city = 'n' || random() {SOME.format('customer_id')}",
    f"DELETE FROM address {SOME.format('customer_id')}",
    f"""
    INSERT INTO address SELECT id, 'Ash' FROM customer {SOME.format("id")} FOR UPDATE
    ON CONFLICT (customer_id) DO UPDATE SET street = excluded.street
    """,
    "SELECT street FROM address WHERE customer_id = 9",
)
APART = """
SELECT id FROM customer AS c FULL JOIN address AS a ON a.customer_id = c.id
WHERE (c.street, c.city) IS DISTINCT FROM (a.street, a.city)
"""


@pytest.mark.majors
@pytest.mark.parametrize("where", [" WHERE street IS NOT NULL OR city IS NOT NULL", ""])
def test_both_versions_write_while_columns_move_to_another_table(
    where: str, database_with: Callable[[str], str]
) -> None:
    more = "INSERT INTO customer (name, city) SELECT 'more', 'c' || n FROM generate_series(1, 5000) n;"
    written = "customer WHERE street IS NOT NULL OR city IS NOT NULL;"
    assert written in MOVED.sql
    plan = plan_of(replace(MOVED, sql=MOVED.sql.replace(written, f"customer{where};")))
    url = database_with(CUSTOMER + more)

    with ExitStack() as both:
        with traffic(url, KNOWING_ONE_TABLE) as old:
            new = deployed(url, plan, old, KNOWING_TWO_TABLES, both)
            apart = rows(url, APART)
        apply(url, plan, Phase.CONTRACT)
        before = new.sent.total()
        while new.sent.total() - before < 100:
            assert not new.stop.wait(0.01)

    # The one thing that is promised to nobody: two that lock each other's rows.
    assert [error for error in old.errors + new.errors if "deadlock detected" not in error] == []
    assert apart == []
    assert (
        rows(url, "SELECT FROM address AS a WHERE NOT EXISTS (SELECT FROM customer WHERE id = customer_id)")
        == []
    )


IN_USE = ACROSS["move columns to a table that is in use"]
CALLED = """
INSERT INTO contact (customer_id) SELECT id FROM customer WHERE id = floor(random() * 99)
ON CONFLICT DO NOTHING
"""
KNOWING_THE_OLD_COLUMNS = (
    *KNOWING_ONE_TABLE,
    CALLED,
)
KNOWING_THE_NEW_ONES = (
    """
    WITH c AS (INSERT INTO customer (name) VALUES ('new') RETURNING id)
    INSERT INTO contact (customer_id, road) SELECT id, 'Elm' FROM c
    """,
    f"UPDATE contact SET city = 'n' || random() {SOME.format('customer_id')}",
    f"UPDATE contact SET road = NULL {SOME.format('customer_id')}",
    f"DELETE FROM contact {SOME.format('customer_id')} AND customer_id > 100",
    CALLED,
)


@pytest.mark.majors
def test_both_versions_write_while_columns_move_to_a_table_in_use(
    database_with: Callable[[str], str],
) -> None:
    more = "INSERT INTO customer (name, city) SELECT 'more', 'c' || n FROM generate_series(1, 5000) n;"
    many = "INSERT INTO contact (customer_id) SELECT id FROM customer WHERE id % 2 = 0;"
    url, plan = database_with(IN_USE.given + more + many), plan_of(IN_USE)

    with ExitStack() as both:
        with traffic(url, KNOWING_THE_OLD_COLUMNS) as old:
            new = deployed(url, plan, old, KNOWING_THE_NEW_ONES, both)
            apart = rows(
                url,
                """
                SELECT FROM customer AS c JOIN contact AS t ON t.customer_id = c.id
                WHERE (c.street, c.city) IS DISTINCT FROM (t.road, t.city)
                """,
            )
        apply(url, plan, Phase.CONTRACT)
        before = new.sent.total()
        while new.sent.total() - before < 100:
            assert not new.stop.wait(0.01)

    assert [error for error in old.errors + new.errors if "deadlock detected" not in error] == []
    assert apart == []
    assert rows(url, "SELECT count(city) > 1000 FROM contact") == [(True,)]
