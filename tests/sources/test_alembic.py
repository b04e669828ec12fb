"""Alembic revisions become SQL: exactly, at their places, and without a database."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy

from schemaguard.errors import ConfigError, UsageError
from schemaguard.phase import Phase
from schemaguard.sources.alembic_project import find_project, find_projects, read_project
from schemaguard.text import Place, Source
from tests.sources.revisions import Revisions


def read(revisions: Revisions, **options: bool | float | str) -> dict[str, Source]:
    project = find_project(revisions.root)
    assert project is not None
    sources = read_project(project, **options)  # type: ignore[arg-type]
    return {source.revision or source.path: source for source in sources}


def texts(source: Source) -> list[str]:
    return [" ".join(piece.text.split()) for piece in source.pieces]


def shown(place: Place) -> str:
    """The text at a place."""
    lines = Path(place.path).read_text().split("\n")[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


def messages(source: Source) -> list[str]:
    return [problem.message for problem in source.problems]


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    return Revisions(tmp_path)


@pytest.fixture(scope="module")
def ops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    """A history of operations that are rendered exactly."""
    revisions = Revisions(tmp_path_factory.mktemp("ops"))
    revisions.add(
        "create",
        """
        op.create_table(
            "account",
            sa.Column("id", sa.BigInteger, primary_key=True),
            sa.Column("name", sa.String(30), nullable=False),
            sa.Column("kind", sa.Enum("a", "b", name="kind")),
        )
        op.create_index("account_name", "account", ["name"])
        """,
    )
    revisions.add(
        "batch",
        """
        with op.batch_alter_table("account") as batch_op:
            batch_op.add_column(sa.Column("age", sa.Integer))
            batch_op.alter_column(
                "name",
                nullable=True,
            )
            batch_op.drop_column("kind")
        """,
    )
    revisions.add(
        "helper",
        "add_to('account')",
        top="def add_to(table):\n    op.add_column(table, sa.Column('more', sa.Text))\n",
    )
    revisions.add("loop", "for name in ('x', 'y'):\n    op.add_column('account', sa.Column(name, sa.Text))")
    revisions.add(
        "literal",
        '''
        op.execute("""
            UPDATE account
               SET age = 1;
            -- schemaguard: allow delete
            DELETE FROM account WHERE name LIKE 'ü%'
        """)
        ''',
    )
    revisions.add("escapes", r"""op.execute('SELECT \'a\tb\'; SELECT 2'  " ;SELECT '\u00fc', 3")""")
    revisions.add(
        "variable", "op.execute(sa.text(SQL))", top='SQL = "DROP TABLE IF EXISTS other; SELECT 1"\n'
    )
    revisions.add("formatted", 'name = "account"\nop.execute(f"ANALYZE {name}")')
    revisions.add(
        "parameters",
        "op.get_bind().execute(sa.text('UPDATE account SET name = :n WHERE id = :i'), {'n': \"O'Neil\", 'i': 7})",
    )
    revisions.add(
        "bulk",
        "op.bulk_insert(sa.table('account', sa.column('id'), sa.column('name')), [{'id': 1, 'name': 'a'}, {'id': 2, 'name': None}])",
    )
    revisions.add(
        "directive",
        """
        # schemaguard: allow drop-column
        # not for us
        op.drop_column("account", "x")
        op.drop_column("account", "y")  # schemaguard: allow drop-column
        op.drop_column("account", "age")
        """,
    )
    return read(revisions)


def test_an_operation_becomes_the_statement_that_alembic_sends(ops: dict[str, Source]) -> None:
    assert texts(ops["create"]) == [
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE TABLE account ( id BIGSERIAL NOT NULL, name VARCHAR(30) NOT NULL, kind kind, PRIMARY KEY (id) )",
        "CREATE INDEX account_name ON account (name)",
    ]
    assert not any(source.approximate or source.problems for source in ops.values())


def test_a_statement_is_at_the_call_that_made_it(ops: dict[str, Source]) -> None:
    assert shown(ops["create"].pieces[2].place) == 'op.create_index("account_name", "account", ["name"])'


def test_a_batch_operation_is_at_its_own_call(ops: dict[str, Source]) -> None:
    assert [
        (text.partition(" account ")[2], shown(piece.place))
        for text, piece in zip(texts(ops["batch"]), ops["batch"].pieces, strict=True)
    ] == [
        ("ADD COLUMN age INTEGER", 'batch_op.add_column(sa.Column("age", sa.Integer))'),
        (
            "ALTER COLUMN name DROP NOT NULL",
            'batch_op.alter_column(\n            "name",\n            nullable=True,\n        )',
        ),
        ("DROP COLUMN kind", 'batch_op.drop_column("kind")'),
    ]


def test_a_helper_names_the_call_in_it_and_the_one_that_led_there(ops: dict[str, Source]) -> None:
    piece = ops["helper"].pieces[0]

    assert shown(piece.place) == "op.add_column(table, sa.Column('more', sa.Text))"
    assert [shown(place) for place in piece.through] == ["add_to('account')"]


def test_a_loop_sends_a_statement_each_time(ops: dict[str, Source]) -> None:
    assert texts(ops["loop"]) == [
        "ALTER TABLE account ADD COLUMN x TEXT",
        "ALTER TABLE account ADD COLUMN y TEXT",
    ]


def test_statements_in_a_string_are_at_their_own_lines(ops: dict[str, Source]) -> None:
    update, delete = ops["literal"].pieces

    assert shown(update.place) == update.text == "UPDATE account\n           SET age = 1"
    assert shown(delete.place) == delete.text == "DELETE FROM account WHERE name LIKE 'ü%'"
    assert update.block == delete.block
    assert delete.comments == ("schemaguard: allow delete",)


def test_escapes_and_joined_literals_do_not_shift_places(ops: dict[str, Source]) -> None:
    assert [(piece.text, shown(piece.place)) for piece in ops["escapes"].pieces] == [
        ("SELECT 'a\tb'", r"SELECT \'a\tb\'"),
        ("SELECT 2", "SELECT 2"),
        ("SELECT 'ü', 3", r"SELECT '\u00fc', 3"),
    ]


def test_sql_in_a_variable_is_found_where_it_is_written(ops: dict[str, Source]) -> None:
    assert [(piece.text, shown(piece.place)) for piece in ops["variable"].pieces] == [
        ("DROP TABLE IF EXISTS other", "DROP TABLE IF EXISTS other"),
        ("SELECT 1", "SELECT 1"),
    ]


def test_sql_that_is_put_together_is_at_the_call(ops: dict[str, Source]) -> None:
    assert [(piece.text, shown(piece.place)) for piece in ops["formatted"].pieces] == [
        ("ANALYZE account", 'op.execute(f"ANALYZE {name}")')
    ]


def test_parameters_are_kept_as_literals(ops: dict[str, Source]) -> None:
    assert texts(ops["parameters"]) == ["UPDATE account SET name = 'O''Neil' WHERE id = 7"]


def test_a_bulk_insert_is_one_insert_with_its_rows(ops: dict[str, Source]) -> None:
    assert texts(ops["bulk"]) == ["INSERT INTO account (id, name) VALUES (1, 'a'), (2, NULL)"]


def test_a_directive_above_or_beside_a_call_belongs_to_its_statement(ops: dict[str, Source]) -> None:
    assert [piece.comments for piece in ops["directive"].pieces] == [
        ("schemaguard: allow drop-column",),
        ("schemaguard: allow drop-column",),
        (),
    ]


# The order of the history


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


@pytest.mark.skipif(sqlalchemy.__version__ < "2", reason="a connection of SQLAlchemy 1.4 has no commit()")
def test_a_commit_of_the_connection_begins_another_transaction(revisions: Revisions) -> None:
    revisions.add("one", "op.execute('SELECT 1')\nop.get_bind().commit()\nop.execute('SELECT 2')")

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


# What a revision may ask


def test_the_inspector_knows_what_the_history_made(revisions: Revisions) -> None:
    revisions.add("make", "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True))")
    revisions.add(
        "ask",
        """
        inspector = sa.inspect(op.get_bind())
        if "a" in inspector.get_table_names() and "b" not in inspector.get_table_names():
            names = {column["name"] for column in inspector.get_columns("a")}
            if "id" in names and "more" not in names:
                op.add_column("a", sa.Column("more", sa.Text))
            op.create_table("b", sa.Column("id", sa.Integer))
        op.drop_constraint(inspector.get_pk_constraint("a")["name"], "a")
        """,
    )

    source = read(revisions)["ask"]

    assert source.approximate == ()
    assert texts(source) == [
        "ALTER TABLE a ADD COLUMN more TEXT",
        "CREATE TABLE b ( id INTEGER )",
        "ALTER TABLE a DROP CONSTRAINT a_pkey",
    ]


def test_reflection_gives_the_types_of_the_history(revisions: Revisions) -> None:
    revisions.add(
        "make", "op.execute('CREATE TABLE a (id bigint PRIMARY KEY, t varchar(9)[], b int REFERENCES a)')"
    )
    revisions.add(
        "ask",
        """
        table = sa.Table("a", sa.MetaData(), autoload_with=op.get_bind())
        op.execute(sa.schema.CreateTable(table.to_metadata(sa.MetaData(), name="copy")))
        """,
    )

    source = read(revisions)["ask"]

    assert source.approximate == ()
    assert texts(source) == [
        "CREATE TABLE copy ( id BIGINT NOT NULL, t VARCHAR(9)[], b INTEGER, "
        "CONSTRAINT a_pkey PRIMARY KEY (id), CONSTRAINT a_b_fkey FOREIGN KEY(b) REFERENCES copy (id) )"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "inspector.has_table('elsewhere')",
        "'elsewhere' in inspector.get_table_names()",
        "'elsewhere' in set(inspector.get_table_names())",
    ],
)
def test_what_depends_on_a_table_of_somebody_else_is_approximate_and_shown(
    revisions: Revisions, condition: str
) -> None:
    revisions.add(
        "ask", f"inspector = sa.inspect(op.get_bind())\nif {condition}:\n    op.drop_table('elsewhere')"
    )

    source = read(revisions)["ask"]

    assert texts(source) == ["DROP TABLE elsewhere"]
    assert len(source.approximate) == 1
    assert "history" in source.approximate[0]


def test_a_question_whose_answer_does_not_matter_leaves_a_revision_exact(revisions: Revisions) -> None:
    revisions.add("ask", "print(sa.inspect(op.get_bind()).get_table_names(), 'x')\nop.execute('SELECT 1')")

    assert read(revisions)["ask"].approximate == ()


def test_rows_that_a_revision_reads_make_it_approximate(revisions: Revisions) -> None:
    revisions.add(
        "loop",
        """
        for row in op.get_bind().execute(sa.text("SELECT id FROM t")).fetchall():
            op.execute(f"DELETE FROM t WHERE id = {row.id}")
        """,
    )
    revisions.add("unread", "op.get_bind().execute(sa.text('SELECT id FROM t'))")

    found = read(revisions)

    assert texts(found["loop"]) == ["SELECT id FROM t"]
    assert found["loop"].approximate == ("the rows of “SELECT id FROM t” are not known here (line 9)",)
    assert found["unread"].approximate == ()


def test_a_table_made_by_the_same_revision_certainly_has_no_rows(revisions: Revisions) -> None:
    revisions.add(
        "seed",
        """
        op.create_table("single", sa.Column("id", sa.Integer))
        if op.get_bind().execute(sa.text("SELECT count(*) FROM single")).scalar() == 0:
            op.execute("INSERT INTO single VALUES (1)")
        if op.get_bind().execute(sa.text("SELECT count(*) FROM single")).scalar() == 0:
            op.execute("INSERT INTO single VALUES (2)")
        """,
    )

    source = read(revisions)["seed"]

    assert source.approximate == ("the rows of “SELECT count(*) FROM single” are not known here (line 12)",)


def test_a_counted_change_makes_a_revision_approximate(revisions: Revisions) -> None:
    revisions.add(
        "batches",
        """
        while op.get_bind().execute(sa.text("DELETE FROM t")).rowcount:
            pass
        """,
    )

    source = read(revisions)["batches"]

    assert texts(source) == ["DELETE FROM t"]
    assert source.approximate == ("how many rows a statement changes is not known here (line 9)",)


def test_an_orm_session_sends_its_statements_and_reads_nothing(revisions: Revisions) -> None:
    revisions.add(
        "orm",
        """
        session = Session(bind=op.get_bind())
        for thing in session.query(Thing).filter(Thing.name == "x"):
            thing.name = "y"
        session.add(Thing(id=1, name="new"))
        session.commit()
        """,
        top="""
        from sqlalchemy.orm import Session, declarative_base
        Base = declarative_base()
        class Thing(Base):
            __tablename__ = "thing"
            id = sa.Column(sa.Integer, primary_key=True)
            name = sa.Column(sa.String)
        """,
    )

    source = read(revisions)["orm"]

    assert [text for text in texts(source) if "SAVEPOINT" not in text][1:] == [
        "INSERT INTO thing (id, name) VALUES (1, 'new')"
    ]
    assert "the rows of" in source.approximate[0]


def test_online_branches_run_and_offline_ones_do_not(revisions: Revisions) -> None:
    revisions.add(
        "mode",
        "op.execute('SELECT 1' if context.is_offline_mode() else 'SELECT 2')\nassert not op.get_context().as_sql",
        top="from alembic import context\n",
    )

    assert texts(read(revisions)["mode"]) == ["SELECT 2"]


def test_doubt_about_one_revision_reaches_those_which_depend_on_it_and_no_others(
    revisions: Revisions,
) -> None:
    revisions.add("make", "op.create_table('a', sa.Column('id', sa.Integer))")
    revisions.add(
        "maybe",
        """
        if op.get_bind().execute(sa.text("SELECT 1 FROM elsewhere")).first():
            op.add_column("a", sa.Column("b", sa.Text))
        """,
    )
    ask = """
    if {name!r} not in [column["name"] for column in sa.inspect(op.get_bind()).get_columns("a")]:
        op.add_column("a", sa.Column({name!r}, sa.Text))
    """
    revisions.add("asks_b", ask.format(name="b"))
    revisions.add("asks_c", ask.format(name="c"))

    found = read(revisions)

    assert found["asks_b"].approximate == ("whether b of table a exist is not exactly known",)
    assert found["asks_c"].approximate == ()


# What is missing, broken, or endless


def test_a_missing_module_makes_approximate_what_uses_it(revisions: Revisions) -> None:
    revisions.add(
        "only", "op.execute('SELECT 1')", top="import not_installed\nfrom not_installed import settings\n"
    )
    revisions.add(
        "logs", "logger.info('hello')\nop.execute('SELECT 1')", top="from not_installed.log import logger\n"
    )
    revisions.add(
        "calls", "if flag('x'):\n    op.execute('SELECT 1')", top="from not_installed import flag\n"
    )
    revisions.add("type", "op.add_column('a', sa.Column('b', Odd(3)))", top="from not_installed import Odd\n")

    found = read(revisions)

    assert found["only"].approximate == found["logs"].approximate == ()
    assert texts(found["calls"]) == ["SELECT 1"]
    assert "not_installed.flag cannot be imported here, and was called" in found["calls"].approximate[0]
    assert texts(found["type"]) == ["ALTER TABLE a ADD COLUMN b odd"]
    assert "used as a type" in found["type"].approximate[0]


def test_the_projects_own_modules_are_real(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path, ini="[alembic]\nscript_location = migrations\nprepend_sys_path = .\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "helpers.py").write_text(
        "import not_installed\n\n\ndef has(table, bind):\n    import sqlalchemy\n    return sqlalchemy.inspect(bind).has_table(table)\n"
    )
    revisions.add("make", "op.create_table('a', sa.Column('id', sa.Integer))")
    revisions.add(
        "ask", "if has('a', op.get_bind()):\n    op.drop_table('a')", top="from shop.helpers import has\n"
    )

    source = read(revisions)["ask"]

    assert (texts(source), source.approximate) == (["DROP TABLE a"], ())


def test_a_revision_that_raises_is_a_problem_at_its_line_and_keeps_what_it_sent(revisions: Revisions) -> None:
    revisions.add("bad", "op.execute('SELECT 1')\nraise KeyError('SHOP_REGION')")
    revisions.add("good", "op.execute('SELECT 2')")

    found = read(revisions)

    assert messages(found["bad"]) == ["KeyError: 'SHOP_REGION'"]
    assert shown(found["bad"].problems[0].place) == "raise KeyError('SHOP_REGION')"
    assert texts(found["bad"]) == ["SELECT 1"]
    assert texts(found["good"]) == ["SELECT 2"]


def test_a_revision_that_is_not_python_is_a_problem_at_its_line(revisions: Revisions) -> None:
    path = revisions.add("bad")
    path.write_text(path.read_text() + "def broken(:\n")
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions)

    assert messages(found["bad"]) == ["not valid Python: invalid syntax"]
    assert found["bad"].problems[0].place.line == len(path.read_text().split("\n")) - 1
    assert texts(found["good"]) == ["SELECT 1"]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try:\n        import time; time.sleep(60)\n    except Exception:\n        pass",
    ],
)
def test_an_endless_revision_is_a_problem_and_the_rest_goes_on(revisions: Revisions, body: str) -> None:
    revisions.add("bad", body)
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions, time_limit=0.5)

    assert messages(found["bad"]) == ["upgrade() did not end within 0.5 seconds"]
    assert texts(found["good"]) == ["SELECT 1"]


def test_a_revision_that_cannot_be_interrupted_is_killed_and_the_rest_goes_on(
    revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schemaguard.sources.alembic_project.child.GRACE", 0.5)
    revisions.add("before", "op.create_table('a', sa.Column('id', sa.Integer))")
    revisions.add("bad", "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(60)")
    revisions.add("good", "assert sa.inspect(op.get_bind()).has_table('a')\nop.execute('SELECT 1')")

    found = read(revisions, time_limit=0.5)

    assert messages(found["bad"]) == ["did not end within 0.5 seconds, and had to be killed"]
    assert texts(found["before"]) == ["CREATE TABLE a ( id INTEGER )"]
    assert texts(found["good"]) == ["SELECT 1"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("import os\nos._exit(7)", "exit code 7"), ("raise SystemExit('no')", "SystemExit: no")],
)
def test_a_revision_that_ends_the_interpreter_is_a_problem_and_the_rest_goes_on(
    revisions: Revisions, body: str, said: str
) -> None:
    revisions.add("bad", body)
    revisions.add("good", "op.execute('SELECT 1')")

    found = read(revisions)

    assert said in messages(found["bad"])[0]
    assert texts(found["good"]) == ["SELECT 1"]


def test_what_a_revision_prints_and_reads_disturbs_nobody(
    revisions: Revisions, capfd: pytest.CaptureFixture[str]
) -> None:
    revisions.add("loud", "import os\nprint('x' * 100000)\nos.write(2, b'y' * 100000)\ninput()")

    source = read(revisions)["loud"]

    assert "EOF" in messages(source)[0]
    assert capfd.readouterr() == ("", "")


def test_reading_leaves_nothing_in_the_project(revisions: Revisions) -> None:
    revisions.add("one", "op.execute('SELECT 1')")
    before = sorted(revisions.root.rglob("*"))

    read(revisions)

    assert sorted(revisions.root.rglob("*")) == before


def test_nothing_is_left_running_after_ctrl_c(revisions: Revisions) -> None:
    revisions.add(
        "hangs",
        f"""
        import os, pathlib, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        pathlib.Path({str(revisions.root / "pids")!r}).write_text(f"{{os.getpid()}} {{child.pid}}\\n")
        time.sleep(600)
        """,
    )
    script = (
        "from pathlib import Path\n"
        "from schemaguard.sources.alembic_project import find_project, read_project\n"
        f"read_project(find_project(Path({str(revisions.root)!r})))\n"
    )

    for signal_number in (2, 9):
        pids = revisions.root / "pids"
        pids.unlink(missing_ok=True)
        reader = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
        wait_for(lambda: pids.exists() and pids.read_text().endswith("\n"))
        os.kill(reader.pid, signal_number)
        reader.wait()

        wait_for(lambda: not any(runs(int(pid)) for pid in pids.read_text().split()))


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


# Phases, layouts, interpreters


@pytest.mark.parametrize(
    ("top", "phase"),
    [
        ("schemaguard_phase = 'contract'", Phase.CONTRACT),
        ("branch_labels = ('shop_expand',)", Phase.EXPAND),
        ("branch_labels = ('expanded',)", None),
        ("", None),
    ],
)
def test_a_revision_may_declare_its_phase(revisions: Revisions, top: str, phase: Phase | None) -> None:
    revisions.add("one", top=top)

    assert read(revisions)["one"].phase == phase


def test_a_phase_that_does_not_exist_is_a_problem(revisions: Revisions) -> None:
    revisions.add("one", top="schemaguard_phase = 'later'")

    assert messages(read(revisions)["one"]) == [
        "schemaguard_phase is 'later': it must be one of expand, backfill, contract"
    ]


def test_a_naming_convention_in_env_py_names_constraints(tmp_path: Path) -> None:
    revisions = Revisions(
        tmp_path, environment="naming_convention = {'uq': 'unique_%(table_name)s'}\nimport the_app\n"
    )
    revisions.add("one", "op.create_unique_constraint(None, 'a', ['b'])")

    assert texts(read(revisions)["one"]) == ["ALTER TABLE a ADD CONSTRAINT unique_a UNIQUE (b)"]


def test_a_naming_convention_is_found_where_the_metadata_is_made(revisions: Revisions) -> None:
    models = "NAMES = {'uq': 'unique_%(table_name)s'}\nmetadata = sa.MetaData(naming_convention=NAMES)\n"
    (revisions.root / "models.py").write_text(models)
    revisions.add("one", "op.create_unique_constraint(None, 'a', ['b'])")

    source = read(revisions)["one"]

    assert texts(source) == ["ALTER TABLE a ADD CONSTRAINT unique_a UNIQUE (b)"]
    assert source.approximate == ()


def test_constraints_are_approximate_if_there_are_several_naming_conventions(revisions: Revisions) -> None:
    for name in ("one", "two"):
        (revisions.root / f"{name}.py").write_text(f"naming_convention = {{'uq': '{name}_%(table_name)s'}}\n")
    revisions.add("unique", "op.create_unique_constraint(None, 'a', ['b'])")
    revisions.add("column", "op.add_column('a', sa.Column('c', sa.Text))")

    found = read(revisions)

    assert "several" in found["unique"].approximate[0]
    assert found["column"].approximate == ()


def test_a_versions_directory_or_one_revision_is_enough(revisions: Revisions) -> None:
    path = revisions.add("one")

    from_root = find_project(revisions.root)

    assert from_root is not None
    assert find_project(revisions.versions) == from_root
    assert find_project(path) == from_root
    assert find_project(revisions.root / "alembic.ini") == from_root


def test_a_versions_directory_without_configuration_is_a_project(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path)
    revisions.add("one", "op.execute('SELECT 1')")
    (tmp_path / "alembic.ini").unlink()
    project = find_project(revisions.versions)
    assert project is not None

    (source,) = read_project(project)

    assert texts(source) == ["SELECT 1"]
    assert project.environment == revisions.versions.parent / "env.py"


def test_each_section_of_the_ini_file_is_a_history(tmp_path: Path) -> None:
    one = "[one]\nscript_location = a\nversion_locations = %(here)s/a/versions %(here)s/a/more\n"
    two = "[two]\nscript_location = b\npath_separator = newline\nversion_locations =\n  b/here\n  b/there\n"
    for directory in ("a/versions", "a/more", "b/here", "b/there"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(one + two)

    projects = find_projects(tmp_path)

    assert [
        (project.section, [str(v.relative_to(tmp_path)) for v in project.versions]) for project in projects
    ] == [
        ("one", ["a/versions", "a/more"]),
        ("two", ["b/here", "b/there"]),
    ]


def test_pyproject_toml_may_configure_a_project(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path)
    revisions.add("one", "op.execute('SELECT 1')")
    (tmp_path / "alembic.ini").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')

    assert texts(read(revisions)["one"]) == ["SELECT 1"]


def test_a_directory_without_revisions_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1\n")

    assert find_project(tmp_path) is None
    assert find_project(tmp_path / "nothing") is None


def test_a_configured_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = gone\n")

    with pytest.raises(ConfigError, match="there is no directory"):
        find_project(tmp_path)


def test_an_interpreter_without_alembic_is_refused_with_advice(revisions: Revisions, tmp_path: Path) -> None:
    revisions.add("one")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)

    with pytest.raises(UsageError, match="No module named 'sqlalchemy'"):
        read(revisions, python=str(tmp_path / "bare" / "bin" / "python"))


@pytest.mark.parametrize("python", ["/nowhere/python", "no-such-python"])
def test_an_interpreter_that_is_not_there_is_refused(revisions: Revisions, python: str) -> None:
    revisions.add("one")

    with pytest.raises(UsageError, match=python):
        read(revisions, python=python)


def test_paths_are_shown_from_here(revisions: Revisions, monkeypatch: pytest.MonkeyPatch) -> None:
    path = revisions.add("one", "op.execute('SELECT 1')")
    monkeypatch.chdir(revisions.root)

    source = read(revisions)["one"]

    assert source.path == str(path.relative_to(revisions.root)) == source.pieces[0].place.path


def test_the_extractor_can_be_read_by_python_3_9() -> None:
    directory = Path(find_project.__code__.co_filename).parent.parent / "extract"
    for file in directory.glob("*.py"):
        ast.parse(file.read_text(), feature_version=(3, 9))

    assert (directory / "__main__.py").exists()
