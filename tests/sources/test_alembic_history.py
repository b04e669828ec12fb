"""In which order revisions run, and in which transactions."""

from pathlib import Path

import pytest

from schemaguard.sources.alembic_project import find_project, read_project
from tests.sources.revisions import Revisions, messages, read, shown, texts


def test_branches_come_before_their_merge_and_after_their_fork(revisions: Revisions) -> None:
    revisions.add("z_base")
    revisions.add("a_left", after="z_base")
    revisions.add("b_right", after="z_base")
    revisions.add("a_merge", after=("b_right", "a_left"))

    order = list(read(revisions))

    assert order[0] == "z_base"
    assert order[-1] == "a_merge"
    assert len(order) == 4


def test_a_project_with_two_heads_and_two_bases_is_read_whole(revisions: Revisions) -> None:
    revisions.add("one", after=())
    revisions.add("two", after=())
    revisions.add("two_more", after="two")

    found = read(revisions)

    assert sorted(found) == ["one", "two", "two_more"]
    assert not any(source.problems for source in found.values())


def test_a_revision_comes_after_what_it_depends_on(revisions: Revisions) -> None:
    revisions.add("a", after=(), top="depends_on = ('z',)")
    revisions.add("b", after=(), top="depends_on = 'label'")
    revisions.add("z", after=())
    revisions.add("y", after=(), top="branch_labels = ('label',)")

    order = list(read(revisions))

    assert order.index("z") < order.index("a")
    assert order.index("y") < order.index("b")


def test_a_missing_parent_is_a_problem_at_down_revision_and_the_rest_goes_on(revisions: Revisions) -> None:
    revisions.add("child", "op.execute('SELECT 1')", after="gone")

    source = read(revisions)["child"]

    assert messages(source) == ["follows gone, which is not in this history"]
    assert shown(source.problems[0].place) == "down_revision = 'gone'"
    assert texts(source) == ["SELECT 1"]


def test_a_circle_is_a_problem_of_each_revision_in_it(revisions: Revisions) -> None:
    revisions.add("good", "op.execute('SELECT 1')", after=())
    revisions.add("a", after="b")
    revisions.add("b", after="a")

    found = read(revisions)

    assert texts(found["good"]) == ["SELECT 1"]
    assert "circle" in messages(found["a"])[0]
    assert "circle" in messages(found["b"])[0]


def test_two_files_with_one_id_are_both_reported(revisions: Revisions) -> None:
    path = revisions.add("same")
    (revisions.versions / "other.py").write_text(path.read_text())
    project = find_project(revisions.root)
    assert project is not None

    found = read_project(project)

    assert [messages(source) for source in found] == [
        ["has the id same, and so has same.py"],
        ["has the id same, and so has other.py"],
    ]


def test_an_id_that_is_not_a_literal_is_a_problem(revisions: Revisions) -> None:
    (revisions.versions / "odd.py").write_text("revision = make()\n\ndef upgrade():\n    pass\n")

    (source,) = read(revisions).values()

    assert "is not a literal" in messages(source)[0]


def test_downgrades_are_read_newest_first(revisions: Revisions) -> None:
    revisions.add("one", "op.create_table('a', sa.Column('id', sa.Integer))", downgrade="op.drop_table('a')")
    revisions.add("two", "op.rename_table('a', 'b')", downgrade="op.rename_table('b', 'a')")

    found = read(revisions, downgrade=True)

    assert [(name, texts(source)) for name, source in found.items()] == [
        ("two", ["ALTER TABLE b RENAME TO a"]),
        ("one", ["DROP TABLE a"]),
    ]


# Transactions


def test_all_revisions_share_one_transaction(revisions: Revisions) -> None:
    revisions.add("one", "op.execute('SELECT 1')")
    revisions.add("empty")
    revisions.add("two", "op.execute('SELECT 2')")

    found = read(revisions)

    assert found["one"].pieces[0].block == found["two"].pieces[0].block is not None


@pytest.mark.parametrize(
    "environment",
    [
        "context.configure(connection=c, transaction_per_migration=True)",
        "options = {'transaction_per_migration': True}\ncontext.configure(**options)",
        "context.configure(connection=c, transactional_ddl=False)",
    ],
)
def test_each_revision_has_its_transaction_if_env_py_says_so(tmp_path: Path, environment: str) -> None:
    revisions = Revisions(tmp_path, environment=environment)
    revisions.add("one", "op.execute('SELECT 1')\nop.execute('SELECT 2')")
    revisions.add("two", "op.execute('SELECT 2')")

    found = read(revisions)
    blocks = [piece.block for name in ("one", "two") for piece in found[name].pieces]

    assert blocks[0] == blocks[1] != blocks[2]
    assert None not in blocks


def test_an_engine_in_autocommit_mode_has_no_transactions(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path, environment="engine = create_engine(url, isolation_level='AUTOCOMMIT')")
    revisions.add("one", "op.execute('SELECT 1')")

    assert read(revisions)["one"].pieces[0].block is None


def test_an_autocommit_block_commits_and_what_follows_is_another_transaction(revisions: Revisions) -> None:
    revisions.add(
        "one",
        """
        op.execute("SELECT 1")
        with op.get_context().autocommit_block():
            op.create_index("i", "t", ["a"], postgresql_concurrently=True)
        op.execute("SELECT 2")
        """,
    )
    revisions.add("two", "op.execute('SELECT 3')")

    found = read(revisions)
    before, inside, after = (piece.block for piece in found["one"].pieces)

    assert texts(found["one"])[1] == "CREATE INDEX CONCURRENTLY i ON t (a)"
    assert inside is None
    assert before != after
    assert after == found["two"].pieces[0].block


def test_several_statements_sent_at_once_share_a_transaction_even_in_autocommit(revisions: Revisions) -> None:
    revisions.add("one", "with op.get_context().autocommit_block():\n    op.execute('SELECT 1; SELECT 2')")

    first, second = read(revisions)["one"].pieces

    assert first.block == second.block is not None


def test_a_commit_of_the_connection_begins_another_transaction(revisions: Revisions) -> None:
    # A connection of SQLAlchemy 1.4 has no commit(), but the driver's below it has.
    commit = "bind = op.get_bind()\ngetattr(bind, 'commit', bind.connection.commit)()"
    revisions.add("one", f"op.execute('SELECT 1')\n{commit}\nop.execute('SELECT 2')")

    first, second = read(revisions)["one"].pieces

    assert None not in (first.block, second.block)
    assert first.block != second.block


def test_after_commit_as_text_concurrent_work_is_outside_and_other_work_in_another_transaction(
    revisions: Revisions,
) -> None:
    index = "op.create_index('i', 't', ['a'], postgresql_concurrently=True)"
    revisions.add("alone", f"op.execute('SELECT 1')\nop.execute('COMMIT')\n{index}")
    revisions.add("more", "op.execute('SELECT 1')\nop.execute('COMMIT')\nop.execute('SELECT 2')")

    found = read(revisions)
    alone = [piece.block for piece in found["alone"].pieces]
    more = [piece.block for piece in found["more"].pieces]

    assert alone[0] == alone[1] is not None
    assert alone[2] is None
    assert more[1] != more[2] is not None
