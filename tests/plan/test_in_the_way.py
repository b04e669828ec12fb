"""What stops a release before its first change is named; what is allowed is part of the proof."""

from collections.abc import Callable

import pytest

from schemaguard.errors import NotSo
from schemaguard.phase import Phase
from schemaguard.postgres.embedded import Server
from tests.plan.test_proof import proof_of
from tests.plan.walking import Case, apply, plan_of

GIVEN = """
CREATE TABLE "T 1" (id int PRIMARY KEY, a text NOT NULL, seen timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := now(); RETURN NEW; END';
"""
TOUCH = 'CREATE TRIGGER "Upd" BEFORE UPDATE ON "T 1" FOR EACH ROW EXECUTE FUNCTION touch();'
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
def test_what_a_trigger_does_that_may_fire_is_no_fault_of_the_plan(server: Server) -> None:
    case = Case(given=GIVEN + TOUCH, sql=f'-- schemaguard: fire = "Upd"\n{RENAME}')

    assert not proof_of(case, server).broken
