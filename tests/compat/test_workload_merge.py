"""Workloads of parts become that of the whole, whatever the order."""

import random

import pytest

from schemaguard.compat.workload import Cover, Parameter, Query, Workload, query
from schemaguard.compat.workload_merge import merged
from schemaguard.errors import UsageError

TEXTS = (
    "SELECT a FROM t WHERE b = $1",
    "SELECT a FROM t WHERE b IN ($1)",
    "SELECT a FROM t WHERE b IN ($1, $2)",
    "SELECT a FROM t WHERE b IN ($1, $2, $3)",
    "INSERT INTO t VALUES ($1, $2)",
    "SELECT nextval($1)",
)


def some(rng: random.Random, texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(rng.sample(texts, rng.randint(0, len(texts)))))


def any_query(rng: random.Random, text: str) -> Query:
    parameters = [
        Parameter(some(rng, ("", "int2", "int4")) or ("",), rng.random() < 0.3, some(rng, ("s", "t")))
        for _ in range(text.count("$"))
    ]
    origin = tuple(f"shop/{rng.choice('abc')}.py:{rng.randint(1, 9)}" for _ in range(rng.randint(0, 9)))
    # White space does not make another statement.
    text = text.replace(" FROM ", rng.choice((" FROM ", "  FROM\n")))
    name = rng.choice(("", "shop.find", "test_shop.test_find", "shop.add"))
    return query(text, name, parameters, many=rng.random() < 0.3, origin=origin)


def any_workload(rng: random.Random) -> Workload:
    places = ("shop/a.py:1", "shop/a.py:10", "shop/a.py:2", "shop/b.py:1")
    return Workload(
        app="shop",
        version="7",
        driver=" + ".join(some(rng, ("asyncpg 0.30", "psycopg 3.3", "psycopg2 2.9"))),
        role=rng.choice(("", "shop_app")),
        statements=tuple(any_query(rng, text) for text in some(rng, TEXTS)),
        unrecorded=some(rng, ("a template string sent at a.py:1", "another")),
        cover=rng.choice((None, Cover(some(rng, places), some(rng, places)))),
    )


@pytest.mark.parametrize("seed", range(200))
def test_order_grouping_and_repetition_do_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    a, b, c = (any_workload(rng) for _ in range(3))

    whole = merged([a, b, c])

    assert merged([c, b, a]) == whole
    assert merged([merged([a, b]), c]) == merged([a, merged([b, c])]) == whole
    assert merged([whole, whole]) == merged([whole]) == merged([whole, b]) == whole


def test_what_is_known_of_a_statement_adds_up() -> None:
    text = TEXTS[0]
    one = query(text, "", [Parameter(("int2",), null=True)], origin=("tests/test_a.py:1",))
    two = query(text, "shop.find", [Parameter(("int4",), objects=("s",))], many=True, origin=("z.py:3",))

    (found,) = merged(Workload(version="7", statements=(one_,)) for one_ in (one, two)).statements

    assert found == query(
        text,
        "shop.find",
        [Parameter(("int2", "int4"), null=True, objects=("s",))],
        many=True,
        origin=("z.py:3", "tests/test_a.py:1"),
    )


def test_of_lists_the_shortest_and_the_longest_are_kept() -> None:
    parts = [Workload(version="7", statements=(query(text, ""),)) for text in TEXTS[1:4]]

    assert {len(statement.parameters) for statement in merged(parts).statements} == {1, 3}


def test_a_call_that_one_part_reached_is_reached() -> None:
    parts = [Workload(version="7", cover=cover) for cover in (Cover(("a.py:1",), ("a.py:2", "a.py:3")), None)]
    parts.append(Workload(version="7", cover=Cover(("a.py:2",), ("a.py:1", "a.py:3"))))

    assert merged(parts).cover == Cover(("a.py:1", "a.py:2"), ("a.py:3",))


@pytest.mark.parametrize(
    ("other", "told", "names"),
    [
        (Workload(app="bank", version="7"), "app: bank, shop", {"app": "both"}),
        (Workload(app="shop", version="8"), "version: 7, 8", {"version": "both"}),
        (Workload(app="shop", version="7", role="me"), "role: me, shop_app", {"role": "both"}),
    ],
    ids=("app", "version", "role"),
)
def test_parts_of_different_things_need_a_name_for_the_whole(
    other: Workload, told: str, names: dict[str, str]
) -> None:
    part = Workload(app="shop", version="7", role="shop_app")

    with pytest.raises(UsageError, match=f"more than one {told}"):
        merged([part, other])
    whole = merged([part, other], **names)
    assert {what: getattr(whole, what) for what in names} == names
