"""A release is expanded before contracts of earlier ones only where the same comes of it."""

from pathlib import Path

import pytest

from schemaguard.plan.layouts import Neighbour, to_come
from schemaguard.postgres.embedded import Server
from tests.plan.branched import Branched

RENAME = 'op.alter_column("customer", "mail", new_column_name="email")'


@pytest.fixture
def project(tmp_path: Path) -> Branched:
    return Branched(tmp_path / "project")


def split_after(project: Branched, server: Server, earlier: list[str], last: str) -> tuple[int, str]:
    """The exit code and the words of a split with proof, earlier releases being split and not contracted."""
    follows = "0001"
    for number, upgrade in enumerate(earlier, start=2):
        project.release(f"{number:04}", follows, upgrade)
        follows = f"{number:04}"
    original = project.write(f"{len(earlier) + 2:04}", follows, last)
    done = project.split(original, shadow=server.url())
    return done.returncode, done.stdout + done.stderr


#: Earlier releases, and one that may be expanded before their contracts.
FREE = {
    "other tables": ([RENAME], 'op.alter_column("orders", "currency", new_column_name="money")'),
    "other columns of the table": (
        ['op.add_column("customer", sa.Column("a", sa.Text()))', RENAME],
        'op.alter_column("customer", "a", new_column_name="b")',
    ),
    "a default that is another value each time": (
        [RENAME],
        'op.execute("ALTER TABLE customer ADD COLUMN key uuid DEFAULT gen_random_uuid()")',
    ),
    "what earlier releases refuse": (
        [
            'op.alter_column("orders", "currency", nullable=False)',
            'op.create_unique_constraint("one", "item", ["kg"])',
        ],
        'op.add_column("orders", sa.Column("note", sa.Text()))',
    ),
}


@pytest.mark.parametrize("name", FREE)
def test_it_may_come_before_the_contract(name: str, project: Branched, server: Server) -> None:
    earlier, last = FREE[name]
    (project.root / "schemaguard.toml").write_text(f"pg = {server.major}\n")

    code, said = split_after(project, server, earlier, last)

    assert code == 0, said
    assert "proved on" in said


#: Earlier releases, a later one, the contract that has to come before it, and what would be otherwise.
BOUND = {
    "the new name of a table": (
        ['op.rename_table("item", "product")', 'op.add_column("orders", sa.Column("note", sa.Text()))'],
        'op.add_column("product", sa.Column("colour", sa.Text()))',
        "0002",
        "the expand of 0004 fails: 42809",
    ),
    "a column that goes and comes": (
        ['op.drop_column("item", "kg")'],
        'op.add_column("item", sa.Column("kg", sa.Text()))',
        "0002",
        "the expand of 0003 fails: 42701",
    ),
    "an index on a column that is made anew": (
        ['op.alter_column("item", "kg", type_=sa.BigInteger())'],
        'op.create_index("by_weight", "item", ["kg"])',
        "0002",
        "by_weight",
    ),
    "the same column once more": (
        ['op.add_column("orders", sa.Column("note", sa.Text()))', RENAME],
        'op.alter_column("customer", "email", new_column_name="address")',
        "0003",
        "no other release, whose contract is still to come, keeps address and email of public.customer",
    ),
    "what an earlier one tightens": (
        ['op.alter_column("orders", "currency", nullable=False)', RENAME],
        'op.drop_column("orders", "currency")',
        "0002",
        "column public.orders.currency",
    ),
}


@pytest.mark.parametrize("name", BOUND)
def test_it_must_not_come_before_the_contract(name: str, project: Branched, server: Server) -> None:
    earlier, last, contract, told = BOUND[name]
    (project.root / "schemaguard.toml").write_text(f"pg = {server.major}\n")

    code, said = split_after(project, server, earlier, last)

    assert code == 1, said
    assert f"must not run before the contract of {contract}, which on two branches it may" in said
    assert told in said
    assert f'alembic_contracted = "{contract}"' in said
    assert not list((project.root / "written").glob(f"{len(earlier) + 2:04}*"))


@pytest.mark.majors
def test_each_major_tells_what_may_change_places(tmp_path: Path, server: Server) -> None:
    for (earlier, last), expected in ((FREE["other tables"], 0), (BOUND["the new name of a table"][:2], 1)):
        project = Branched(tmp_path / str(expected))
        (project.root / "schemaguard.toml").write_text(f"pg = {server.major}\n")

        code, said = split_after(project, server, earlier, last)

        assert code == expected, said


def test_a_contract_that_is_done_everywhere_comes_before_it(project: Branched, server: Server) -> None:
    (project.root / "schemaguard.toml").write_text('alembic_contracted = "0002"\n')
    earlier, last, *_ = BOUND["the new name of a table"]

    code, said = split_after(project, server, earlier, last)

    assert code == 0, said
    assert 'depends_on = "0002"' in (project.root / "written" / "0004_expand.py").read_text()


def test_a_contract_that_there_is_not_is_told(project: Branched, server: Server) -> None:
    (project.root / "schemaguard.toml").write_text('alembic_contracted = "0009"\n')

    code, said = split_after(project, server, [], RENAME)
    assert code == 0, said
    project.release("0002", "0001", RENAME)
    done = project.split(project.write("0003", "0002", 'op.drop_column("item", "kg")'), shadow=server.url())

    assert done.returncode == 2
    assert "alembic_contracted = '0009' is no revision on the branch 'contract'" in done.stderr
    assert "There are: 0002." in done.stderr


def test_the_contracts_to_come_are_those_of_the_branch_in_its_order() -> None:
    others = [
        Neighbour(revision="c2", down=("c1",)),
        Neighbour(revision="e1", labels=("expand",)),
        Neighbour(revision="c1", labels=("contract",), depends_on=("e1",)),
    ]

    assert to_come(others, None) == ("c1", "c2")
    assert to_come(others, "c1") == ("c2",)
    assert to_come(others[1:2], None) == ()


def test_a_contract_that_an_expand_depends_on_is_not_to_come() -> None:
    others = [
        Neighbour(revision="e1", labels=("expand",)),
        Neighbour(revision="c1", labels=("contract",), depends_on=("e1",)),
        Neighbour(revision="e2", down=("e1",), depends_on=("c1",)),
        Neighbour(revision="c2", down=("c1",), depends_on=("e2",)),
    ]

    assert to_come(others, None) == ("c2",)
    assert to_come(others, "c1") == ("c2",)
