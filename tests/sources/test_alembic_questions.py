"""What a revision is told when it asks the database, and what is known of its answer."""

import pytest

from tests.sources.revisions import Revisions, read, texts


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
    copied = (
        "CREATE TABLE copy ( id BIGINT NOT NULL, t VARCHAR(9)[], b INTEGER, "
        "CONSTRAINT a_pkey PRIMARY KEY (id), CONSTRAINT a_b_fkey FOREIGN KEY(b) REFERENCES copy (id) )"
    )
    assert texts(source) == [copied]


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
        """
        op.execute("SELECT 1" if context.is_offline_mode() else "SELECT 2")
        assert not op.get_context().as_sql
        """,
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
