"""What counts as a difference between home and here, and what does not."""

from dataclasses import replace

import pytest

from schemaguard.compat.judge import Circumstances, Seen, judge
from schemaguard.compat.observation import (
    Described,
    Evidence,
    Failure,
    History,
    Home,
    Image,
    Planned,
    Prepared,
    ResultColumn,
    Row,
    Run,
    Stored,
    Vector,
)
from schemaguard.compat.verdict import Kind, Red, Tested, Unknown, Verdict
from schemaguard.compat.workload import Parameter, query

QUERY = query("SELECT a FROM t WHERE b = $1", "find", [Parameter(("int4",))])
TYPES: tuple[str, ...] = ("int4",)
VECTOR = Vector(TYPES, ("1",))
A = ResultColumn("a", "character varying(10)", "character varying")
PLAN = Planned(reads=frozenset(["public.t"]))


def seen(
    *columns: ResultColumn,
    run: Run | None = None,
    plan: Planned | Failure = PLAN,
    failure: Failure | None = None,
) -> Seen:
    prepared = {TYPES: failure or Prepared(("integer",), columns or (A,))}
    runs = {VECTOR: run or Run(count=1, rows=(("x",),))}
    return Seen(described=Described(prepared=prepared, plan=plan), runs=runs)


def home(run: Run | None = None, again: Run | None = None) -> Home:
    observed = seen(run=run)
    evidence = Evidence(observed.runs, {VECTOR: again or observed.runs[VECTOR]})
    return Home(described=observed.described, evidence={History.LEGACY: evidence})


def kind(verdict: Verdict) -> Kind | None:
    return verdict.witness.kind if isinstance(verdict, Red) else None


def test_the_same_is_green() -> None:
    assert judge(QUERY, home(), seen()) == Tested(1)


def test_what_cannot_be_prepared_at_home_is_unknown() -> None:
    broken = seen(failure=Failure("42P01", "no such table"))

    nowhere = Home(described=broken.described, evidence={History.LEGACY: Evidence()})
    assert isinstance(judge(QUERY, nowhere, seen()), Unknown)


def test_what_never_ran_at_home_is_unknown() -> None:
    assert isinstance(judge(QUERY, home(Run(failure=Failure("23502", "null"))), seen()), Unknown)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((ResultColumn("a", "character varying(20)", "character varying"),), None),
        ((A, ResultColumn("z", "integer", "integer")), None),
        ((ResultColumn("a", "text", "text"),), Kind.SHAPE),
        ((ResultColumn("z", "character varying(10)", "character varying"),), Kind.SHAPE),
    ],
)
def test_another_type_breaks_everybody_and_a_wider_one_no_new_session(
    columns: tuple[ResultColumn, ...], expected: Kind | None
) -> None:
    assert kind(judge(QUERY, home(), seen(*columns))) is expected


def test_a_missing_column_and_a_missing_index_are_told_apart() -> None:
    gone = seen(failure=Failure("42703", "no a"))
    no_arbiter = seen(plan=Failure("42P10", "no unique index"))

    assert kind(judge(QUERY, home(), gone)) is Kind.RESOLVE
    assert kind(judge(QUERY, home(), no_arbiter)) is Kind.PLAN


def test_a_left_out_not_null_column_is_seen_in_the_plan() -> None:
    verdict = judge(QUERY, home(), seen(plan=replace(PLAN, left_null=frozenset(["public.t.c"]))))

    assert isinstance(verdict, Red)
    assert verdict.witness.sqlstate == "23502"


def test_fewer_rows_and_other_values_are_another_meaning() -> None:
    assert kind(judge(QUERY, home(), seen(run=Run()))) is Kind.MEANING
    assert kind(judge(QUERY, home(), seen(run=Run(count=1, rows=(("y",),))))) is Kind.MEANING


def test_what_differs_at_home_already_is_no_difference() -> None:
    one, two = Run(count=1, rows=(("x", "10"),)), Run(count=1, rows=(("x", "11"),))

    assert judge(QUERY, home(one, two), seen(run=Run(count=1, rows=(("x", "27"),)))) == Tested(1)
    assert kind(judge(QUERY, home(one, two), seen(run=Run(count=1, rows=(("z", "27"),))))) is Kind.MEANING


def test_values_that_a_step_has_moved_on_purpose_are_no_difference() -> None:
    other = seen(run=Run(count=1, rows=(("y",),)))

    assert judge(QUERY, home(), other, Circumstances(moved=frozenset(["public.t.a"]))) == Tested(1)
    assert kind(judge(QUERY, home(), other, Circumstances(moved=frozenset(["public.u.a"])))) is Kind.MEANING
    assert kind(judge(QUERY, home(), other, Circumstances(moved=frozenset(["public.t.z"])))) is Kind.MEANING


def test_rows_that_are_gone_explain_a_foreign_key_and_nothing_else() -> None:
    thinned = Circumstances(thinned=frozenset(["public.t"]))
    orphan = seen(run=Run(failure=Failure("23503", "no parent")))
    null = seen(run=Run(failure=Failure("23502", "null")))

    assert isinstance(judge(QUERY, home(), orphan, thinned), Unknown)
    assert kind(judge(QUERY, home(), null, thinned)) is Kind.RUN
    assert judge(QUERY, home(), seen(run=Run()), thinned) == Tested(1)


def stored(columns: tuple[str, ...], before: list[Row], after: list[Row]) -> Run:
    images = [Image(columns, {row[:1]: row for row in rows}) for rows in (before, after)]
    return Run(count=1, stored={"public.t": Stored(images[0], images[1])})


def test_a_row_stored_with_another_value_is_another_meaning() -> None:
    then = stored(("id", "a"), [("1", "x")], [("1", "y")])
    same = stored(("id", "a", "new"), [("1", "x", None)], [("1", "y", "Y")])
    lost = stored(("id", "a", "new"), [("1", "x", None)], [("1", "x", None)])

    assert judge(QUERY, home(then), seen(run=same)) == Tested(1)
    assert kind(judge(QUERY, home(then), seen(run=lost))) is Kind.MEANING


def test_a_column_that_the_statement_leaves_alone_may_hold_something_else() -> None:
    then = stored(("id", "a", "b"), [("1", "x", None)], [("1", "y", None)])
    filled = stored(("id", "a", "b"), [("1", "x", "EUR")], [("1", "y", "EUR")])
    overwritten = stored(("id", "a", "b"), [("1", "x", None)], [("1", "y", "EUR")])

    assert judge(QUERY, home(then), seen(run=filled)) == Tested(1)
    assert kind(judge(QUERY, home(then), seen(run=overwritten))) is Kind.MEANING


def test_new_rows_are_compared_without_the_numbers_that_sequences_give() -> None:
    runs = [
        stored(("id", "a"), [], [(number, value)]) for number, value in (("1", "x"), ("2", "x"), ("9", "x"))
    ]
    other = stored(("id", "a"), [], [("9", "z")])

    assert judge(QUERY, home(runs[0], runs[1]), seen(run=runs[2])) == Tested(1)
    assert kind(judge(QUERY, home(runs[0], runs[1]), seen(run=other))) is Kind.MEANING


def test_a_row_deleted_in_one_of_the_two_is_another_meaning() -> None:
    deletes = stored(("id", "a"), [("1", "x")], [])
    keeps = stored(("id", "a"), [("1", "x")], [("1", "x")])

    assert kind(judge(QUERY, home(deletes), seen(run=keeps))) is Kind.MEANING
    assert kind(judge(QUERY, home(keeps), seen(run=deletes))) is Kind.MEANING
