"""What differs between the workloads of two versions."""

from schemaguard.compat.workload import Parameter, Query, Workload, query
from schemaguard.compat.workload_diff import difference

FIND = query("SELECT id FROM t WHERE a = $1", "shop.find", [Parameter(("int2",))], origin=("a.py:3",))
ADD = query("INSERT INTO t VALUES ($1)", "shop.add")
DROP = query("DELETE FROM t", "shop.drop")


def workload(*statements: Query) -> Workload:
    return Workload(version="7", statements=statements)


def test_equal_workloads_do_not_differ_wherever_the_calls_are() -> None:
    moved = query(FIND.sql, "other.find", FIND.parameters, origin=("b.py:3",))

    assert not difference(workload(FIND, ADD), workload(ADD, moved))


def test_what_has_come_and_gone() -> None:
    found = difference(workload(FIND, ADD), workload(FIND, DROP))

    assert (found.added, found.removed, found.changed) == ((DROP,), (ADD,), ())


def test_another_text_of_the_same_function_is_a_change() -> None:
    new = query("SELECT id, b FROM t WHERE a = $1", "shop.find")

    found = difference(workload(FIND, ADD), workload(ADD, new))

    assert (found.added, found.removed, found.changed) == ((), (), ((FIND, new),))


def test_of_many_statements_of_a_function_those_alike_are_paired() -> None:
    old = [query(f"SELECT {columns} FROM {t}", "f") for columns, t in (("a", "long_name"), ("a", "x"))]
    new = [query(f"SELECT {columns} FROM {t}", "f") for columns, t in (("a, b", "x"), ("b", "long_name"))]

    found = difference(workload(*old), workload(*new))

    assert set(found.changed) == {(old[0], new[1]), (old[1], new[0])}


def test_a_parameter_of_another_type_is_a_change() -> None:
    wider = query(FIND.sql, "shop.find", [Parameter(("int8",))])

    assert difference(workload(FIND), workload(wider)).changed == ((FIND, wider),)


def test_statements_without_a_name_are_not_paired() -> None:
    old, new = query("SELECT 1 FROM t", ""), query("SELECT 2 FROM t", "")

    assert difference(workload(old), workload(new)).changed == ()
