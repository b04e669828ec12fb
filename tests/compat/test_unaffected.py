"""Between two states: who does what it did, also after others wrote."""

from dataclasses import replace

import pytest

from schemaguard.compat.unaffected import Footing, Ruling

NONE: frozenset[str] = frozenset()


def on(*tables: str, **more: object) -> Footing:
    return replace(Footing(tree="t", facts={"a": "b"}, relations=frozenset(tables)), **more)  # type: ignore[arg-type]


OTHER = on("public.a", facts={"a": "other"})
READER, APART, WRITER, NEXT = 0, 1, 2, 3
THEN = {
    READER: on("public.a"),
    APART: on("public.b"),
    WRITER: on("public.a"),
    NEXT: on("public.a", "public.b"),
}


def left(writers: list[int], *, moved: frozenset[str] = NONE, **now: Footing | None) -> set[int]:
    footings = THEN | {globals()[name]: one for name, one in now.items() if one is not None}
    gone = {globals()[name] for name, one in now.items() if one is None}
    kept = {number: one for number, one in footings.items() if number not in gone}
    return set(Ruling(then=THEN, now=kept, moved=moved).left_alone(writers))


def test_nobody_is_affected_by_nothing() -> None:
    assert left([]) == left([WRITER, NEXT]) == {READER, APART, WRITER, NEXT}


def test_moved_rows_affect_who_touches_them() -> None:
    assert left([], moved=frozenset(["public.a"])) == {APART}


def test_who_does_something_else_reaches_its_tables() -> None:
    assert left([], WRITER=OTHER) == {READER, APART, NEXT}
    assert left([WRITER], WRITER=OTHER) == {APART}


def test_whom_it_reaches_may_write_other_rows_but_only_after_it() -> None:
    assert left([WRITER, NEXT], WRITER=OTHER) == set()
    assert left([NEXT, WRITER], WRITER=OTHER) == {APART}


def test_its_tables_are_those_of_both_states() -> None:
    assert left([NEXT], NEXT=on("public.a", facts={})) == set()
    assert left([NEXT], NEXT=on("public.c", facts={})) == set()


@pytest.mark.parametrize(
    "now", [None, Footing(), on("public.a", reaches_all=True)], ids=["gone", "no tree", "code"]
)
def test_of_a_writer_that_may_reach_anything_nothing_is_known(now: Footing | None) -> None:
    assert left([WRITER], WRITER=now) == set()
    assert left([], WRITER=now) == {READER, APART, NEXT}


def test_who_did_not_write_then_may_reach_only_what_it_touches_now() -> None:
    now = THEN | {9: on("public.b")}

    assert set(Ruling(then=THEN, now=now, moved=NONE).left_alone([9])) == {READER, WRITER}


def test_a_tree_that_the_server_does_not_make_is_never_the_same() -> None:
    assert left([], READER=Footing()) == {APART, WRITER, NEXT}
    assert not Ruling(then={0: Footing()}, now={0: Footing()}, moved=NONE).same(0)
