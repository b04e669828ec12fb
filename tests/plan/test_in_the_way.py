"""What stops a release before its first change is named; what is allowed is part of the proof."""

from collections.abc import Callable

import pytest

from schemaguard.errors import InTheWay, NotSo, Refused
from schemaguard.phase import Phase
from schemaguard.postgres.embedded import Server
from tests.plan.test_proof import proof_of
from tests.plan.walking import Case, apply, plan_of, shape

GIVEN = """
CREATE TABLE "T 1" (id int PRIMARY KEY, a text NOT NULL, seen timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
"""
TOUCH = 'CREATE TRIGGER "Upd" BEFORE UPDATE ON "T 1" FOR EACH ROW EXECUTE FUNCTION touch();'
WITHOUT_M = "\n-- schemaguard: down = b || 'x'\nALTER TABLE t DROP COLUMN m;"
RENAME = 'ALTER TABLE "T 1" RENAME COLUMN a TO b;'


@pytest.mark.majors
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('CREATE VIEW v AS SELECT a FROM "T 1";', "view v"),
        ("CREATE POLICY p ON \"T 1\" USING (a <> '');", 'policy p on table "T 1"'),
        ('CREATE STATISTICS st ON a, id FROM "T 1";', "statistics object st"),
        (TOUCH, 'trigger Upd on table "T 1"'),
        ('CREATE RULE r AS ON UPDATE TO "T 1" DO ALSO NOTIFY x;', 'rule r on table "T 1"'),
        (
            'CREATE TRIGGER zzz BEFORE INSERT ON "T 1" FOR EACH ROW EXECUTE FUNCTION touch();',
            'trigger zzz on table "T 1"',
        ),
    ],
)
def test_what_is_in_the_way_is_named_before_anything_is_changed(
    more: str, told: str, database_with: Callable[[str], str]
) -> None:
    with pytest.raises(NotSo) as caught:
        apply(database_with(GIVEN + more), plan_of(Case(given=GIVEN, sql=RENAME)), Phase.EXPAND)

    assert caught.value.what.endswith(f": there is {told}")


@pytest.mark.majors
def test_a_rule_about_other_statements_is_in_nobodys_way(server: Server) -> None:
    given = GIVEN + 'CREATE RULE kept AS ON DELETE TO "T 1" DO INSTEAD NOTHING;'

    assert not proof_of(Case(given=given, sql=RENAME), server).broken


@pytest.mark.majors
@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("-- schemaguard: up = nosuch(a)\nALTER TABLE t ADD COLUMN n int NOT NULL;", "function nosuch(text)"),
        ("-- schemaguard: up = lower(a)\nALTER TABLE t ADD COLUMN n int NOT NULL;", "text and not integer"),
        ("-- schemaguard: null = 'x'\nALTER TABLE t ALTER COLUMN m SET NOT NULL;", 'integer: "x"'),
        ("-- schemaguard: up = a\nALTER TABLE t ADD COLUMN n int NOT NULL;", "n = a, which is text and not"),
        ("-- schemaguard: null = now()\nALTER TABLE t ALTER COLUMN m SET NOT NULL;", "and not integer"),
        (
            f"ALTER TABLE t ADD COLUMN b bigint; UPDATE t SET b = m + 1;{WITHOUT_M}",
            "m = b || 'x', which is text and not integer",
        ),
    ],
)
def test_a_wrong_expression_stops_a_release_before_anything_is_changed(
    sql: str, told: str, database_with: Callable[[str], str]
) -> None:
    given = "CREATE TABLE t (id int PRIMARY KEY, a text, m int);"
    url = database_with(given)
    before = shape(url)

    with pytest.raises(NotSo) as caught:
        apply(url, plan_of(Case(given=given, sql=sql)))

    assert told in caught.value.what
    assert shape(url) == before


@pytest.mark.majors
def test_expressions_of_other_types_that_a_column_takes_are_no_reason_to_stop(server: Server) -> None:
    case = Case(
        given="""
        CREATE TYPE mood AS ENUM ('a', 'b');
        CREATE DOMAIN size AS int;
        CREATE TABLE t (id int PRIMARY KEY, few int[] NOT NULL, k text CHECK (k IN ('a', 'b')));
        """,
        sql="""
        ALTER TABLE t ADD COLUMN many bigint[]; UPDATE t SET many = few || 1;
        ALTER TABLE t ADD COLUMN m mood; UPDATE t SET m = k::mood;
        ALTER TABLE t ADD COLUMN s size; UPDATE t SET s = length(k);
        ALTER TABLE t ADD COLUMN w mood; UPDATE t SET w = 'a';
        """,
    )

    assert not proof_of(case, server).broken


@pytest.mark.majors
def test_what_a_trigger_does_that_may_fire_is_no_fault_of_the_plan(server: Server) -> None:
    case = Case(given=GIVEN + TOUCH, sql=f'-- schemaguard: fire = "Upd"\n{RENAME}')

    assert not proof_of(case, server).broken


FUNCTIONS = """
CREATE TABLE t (id int PRIMARY KEY, note text, "Größe" int, "order" int);
CREATE TABLE other (id int PRIMARY KEY, note text, notes text);
CREATE FUNCTION by_text(int) RETURNS text LANGUAGE sql AS 'SELECT note FROM T WHERE id = $1';
CREATE FUNCTION by_block() RETURNS void LANGUAGE plpgsql
AS 'BEGIN EXECUTE format($$UPDATE %I SET "Größe" = 1$$, $$t$$); END';
CREATE FUNCTION by_row(t) RETURNS text LANGUAGE sql AS 'SELECT upper($1.note)';
CREATE FUNCTION by_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW."order" := 1; RETURN NEW; END';
CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION by_trigger();
CREATE FUNCTION of_other() RETURNS text LANGUAGE sql AS 'SELECT note FROM other ORDER BY notes';
CREATE FUNCTION of_t() RETURNS bigint LANGUAGE sql AS 'SELECT id FROM t ORDER BY id LIMIT 1';
"""


@pytest.mark.majors
@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("ALTER TABLE t DROP COLUMN note;", "function by_row(t), function by_text(integer)"),
        ("ALTER TABLE t RENAME COLUMN note TO remark;", "function by_row(t), function by_text(integer)"),
        ('ALTER TABLE t DROP COLUMN "Größe";', "function by_block()"),
        ('ALTER TABLE t DROP COLUMN "order";', "function by_trigger()"),
        (
            "-- schemaguard: unused = by_row\nDROP FUNCTION by_text; ALTER TABLE t DROP COLUMN note;",
            "",
        ),
        ("-- schemaguard: unused = by_row, by_text\nALTER TABLE t DROP COLUMN note;", ""),
        ("DROP TABLE other;", "function of_other()"),
    ],
)
def test_functions_that_may_use_what_goes_stop_the_contract_and_are_named(
    sql: str, told: str, database_with: Callable[[str], str], server: Server
) -> None:
    case = Case(given=FUNCTIONS, sql=sql)
    url = database_with(case.given)
    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)

    if not told:
        apply(url, plan_of(case), Phase.CONTRACT)
        return
    with pytest.raises(InTheWay) as caught:
        apply(url, plan_of(case), Phase.CONTRACT)

    assert caught.value.what.endswith(f": there is {told}")
    with pytest.raises(Refused, match="on a shadow database, step contract-"):
        proof_of(case, server)


@pytest.mark.majors
def test_what_the_server_has_read_of_a_function_is_known(database_with: Callable[[str], str]) -> None:
    given = "CREATE TABLE t (id int PRIMARY KEY, note text, n int);"
    body = "CREATE FUNCTION noted() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT note FROM t LIMIT 1; END;"
    url = database_with(given + body)

    apply(url, plan_of(Case(given=given, sql="ALTER TABLE t DROP COLUMN n;")), Phase.EXPAND)
    with pytest.raises(InTheWay, match=r"there is function noted\(\)"):
        apply(url, plan_of(Case(given=given, sql="ALTER TABLE t DROP COLUMN note;")), Phase.CONTRACT)
