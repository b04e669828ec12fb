"""What each operation of a revision becomes, and where it is said to be."""

import pytest

from schemaguard.text import Source
from tests.sources.revisions import Revisions, read, shown, texts


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
            sa.Column("name", sa.Text, nullable=False),
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
        """
        renamed = sa.text("UPDATE account SET name = :n WHERE id = :i")
        op.get_bind().execute(renamed, {"n": "O'Neil", "i": 7})
        """,
    )
    revisions.add(
        "bulk",
        """
        account = sa.table("account", sa.column("id"), sa.column("name"))
        op.bulk_insert(account, [{"id": 1, "name": "100 %"}, {"id": 2, "name": None}])
        """,
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
    revisions.add(
        "misspelt",
        """
        # schemagaurd: allow drop-column
        # schema: guarded = by us
        op.drop_column("account", "x")
        op.execute("SELECT 1; SELECT 2")  # schemaguard: alow drop-column
        op.execute("-- Schema-guard: down = 1\\nSELECT 3")
        # schemaguard: phase=contract
        op.drop_column("account", "y")
        """,
    )
    return read(revisions)


def test_an_operation_becomes_the_statement_that_alembic_sends(ops: dict[str, Source]) -> None:
    assert texts(ops["create"]) == [
        "CREATE TYPE kind AS ENUM ('a', 'b')",
        "CREATE TABLE account ( id BIGSERIAL NOT NULL, name TEXT NOT NULL, kind kind, PRIMARY KEY (id) )",
        "CREATE INDEX account_name ON account (name)",
    ]
    assert not any(
        source.approximate or source.problems for name, source in ops.items() if name != "misspelt"
    )


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
    assert texts(ops["bulk"]) == ["INSERT INTO account (id, name) VALUES (1, '100 %'), (2, NULL)"]


def test_a_misspelt_or_misplaced_directive_is_a_problem_at_its_call(ops: dict[str, Source]) -> None:
    phase = 'schemaguard_phase = "contract"'

    assert [(shown(problem.place)[:12], problem.message) for problem in ops["misspelt"].problems] == [
        ("op.drop_colu", "schemaguard: this is said to 'schemagaurd'; did you mean 'schemaguard'?"),
        ('op.execute("', "schemaguard: there is no directive 'alow'; did you mean 'allow'?"),
        ("SELECT 3", "schemaguard: this is said to 'Schema-guard'; did you mean 'schemaguard'?"),
        (
            "op.drop_colu",
            f"schemaguard: the phase is the whole revision's: write {phase} beside its revision",
        ),
    ]


def test_a_directive_above_or_beside_a_call_belongs_to_its_statement(ops: dict[str, Source]) -> None:
    assert [piece.comments for piece in ops["directive"].pieces] == [
        ("schemaguard: allow drop-column",),
        ("schemaguard: allow drop-column",),
        (),
    ]
