"""What mapped classes declare becomes a workload, as SQLAlchemy itself would send it."""

import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.compat.workload import Workload, read_workload
from tests.record.conftest import Record

SHOP = """
    import os
    from sqlalchemy import (
        Boolean, Column, Computed, DateTime, Enum, ForeignKey, Identity, Integer, Numeric, String, Table, func
    )
    from sqlalchemy.orm import declarative_base, deferred, relationship

    print("this is no answer")
    Base = declarative_base()
    tagged = Table(
        "tagged", Base.metadata,
        Column("item_id", ForeignKey("item.id"), primary_key=True),
        Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    )

    class Item(Base):
        __tablename__ = "item"
        id = Column(Integer, primary_key=True)
        name = Column(String(20), nullable=False)
        state = Column(Enum("new", "old", name="state"), nullable=False, server_default="new")
        made = Column(DateTime(timezone=True), nullable=False, server_default=func.now())
        note = deferred(Column(String))
        price = Column(Numeric(10, 2), default=1)
        upper = Column(String, Computed("upper(name)"))
        tags = relationship("Tag", secondary=tagged)

    class Tag(Base):
        __tablename__ = "tag"
        id = Column(Integer, Identity(always=True), primary_key=True)
        kind = Column(String, nullable=False)
        version = Column(Integer, nullable=False)
        __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "tag", "version_id_col": version}

    class Colour(Tag):
        __tablename__ = "colour"
        id = Column(ForeignKey("tag.id"), primary_key=True)
        bright = Column(Boolean, nullable=False)
        __mapper_args__ = {"polymorphic_identity": "colour"}
    """


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "project"
    (place / "src" / "shop").mkdir(parents=True)
    (place / "src" / "shop" / "__init__.py").write_text("")
    (place / "src" / "shop" / "models.py").write_text(textwrap.dedent(SHOP))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(place)
    return place


def models(name: str = "shop.models:Base", *options: str) -> Workload:
    assert main(["record", "--out", "w", "--version", "7", "--models", name, *options]) == 0
    return read_workload(Path("w"))


def texts(workload: Workload) -> set[str]:
    return {" ".join(statement.sql.split()) for statement in workload.statements}


def test_each_class_has_its_statements_with_types_and_nulls(project: Path) -> None:
    workload = models()

    assert sorted({(statement.name, statement.kind) for statement in workload.statements}) == [
        ("Colour.delete", "delete"),
        ("Colour.get", "select"),
        ("Colour.insert", "insert"),
        ("Colour.update", "update"),
        ("Item.delete", "delete"),
        ("Item.get", "select"),
        ("Item.insert", "insert"),
        ("Item.tags.delete", "delete"),
        ("Item.tags.insert", "insert"),
        ("Item.update", "update"),
        ("Tag.delete", "delete"),
        ("Tag.get", "select"),
        ("Tag.insert", "insert"),
        ("Tag.update", "update"),
    ]
    (add,) = [
        one
        for one in workload.statements
        if one.name == "Item.insert" and "made," in one.sql.split("VALUES")[0]
    ]
    assert add.sql.startswith("INSERT INTO item (name, state, made, note, price) VALUES ($1")
    assert [(one.types, one.null) for one in add.parameters] == [
        (("",), False),
        (("",), False),
        (("timestamptz",), False),
        (("",), True),
        (("numeric",), True),
    ]
    assert add.origin == ("src/shop/models.py:16",)
    assert "note" in next(one.sql for one in workload.statements if one.name == "Item.get")
    assert workload.driver.endswith("(models)")
    assert not (project / "src" / "shop" / "__pycache__").exists()


@pytest.mark.newer
def test_they_are_the_statements_that_sqlalchemy_sends(record: Record) -> None:
    sent = record(
        """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session
        from shop.models import Base, Colour, Item, Tag

        engine = create_engine(URL.replace("postgresql:", "postgresql+psycopg:"))
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            item = Item(name="x", state="old", made="2020-01-01", note="n", price=2)
            session.add(item)
            session.flush()
            item.tags.append(Tag())
            session.flush()
            session.add(Colour(bright=True))
            session.flush()
            session.add(Item(name="y"))
            session.commit()
            item.name, item.state, item.made, item.note, item.price = "z", "new", "2021-01-01", None, 3
            item.tags.clear()
            session.commit()
            session.delete(item)
            session.commit()
        """,
        files={"shop/models.py": SHOP, "shop/__init__.py": ""},
    )
    declared = texts(models())
    changing = {one for one in texts(sent) if not one.startswith("SELECT")}

    # An item without a value for each column that may be NULL sends NULL.
    assert len(changing) == 8
    assert changing <= declared


@pytest.mark.newer
@pytest.mark.majors
@pytest.mark.usefixtures("project")
def test_a_server_prepares_each_of_them(database: str) -> None:
    program = """
        import sys, psycopg
        from sqlalchemy import create_engine
        sys.path.insert(0, "src")
        from shop.models import Base
        Base.metadata.create_all(
            create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(sys.argv[1]))
        )
        """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), database], check=True)
    workload = models()

    with psycopg.connect(database, autocommit=True) as conn:
        for statement in workload.statements:
            types = [one.types[0] for one in statement.parameters]
            oids = [conn.adapters.types[one].oid if one else 0 for one in types]
            answer = conn.pgconn.prepare(b"", statement.sql.encode(), oids)
            assert answer.status == psycopg.pq.ExecStatus.COMMAND_OK, (statement.sql, answer.error_message)


@pytest.mark.usefixtures("project")
def test_a_module_stands_for_all_that_is_in_it_and_the_same_classes_make_the_same_files() -> None:
    by_base = models()

    assert models("shop.models") == by_base
    assert models("shop.models:Base.registry") == by_base


def test_a_commit_is_read_and_not_what_is_there_now(project: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)

    git("init", "-q", ".")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    file = project / "src" / "shop" / "models.py"
    file.write_text(file.read_text().replace('"item"', '"product"').replace("item.id", "product.id"))

    now = models()
    assert main(["record", "--out", "old", "--models", "shop.models:Base", "--git-ref", "v1"]) == 0
    old = read_workload(Path("old"))

    assert (old.version, now.version) == ("v1", "7")
    assert any("FROM item" in one for one in texts(old))
    assert not any("FROM item" in one for one in texts(now))
    assert any("FROM product" in one for one in texts(now))


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--models", "nosuch:Base"], 2, "ModuleNotFoundError: No module named 'nosuch'"),
        (["--models", "shop.models:Nosuch"], 2, "has no attribute 'Nosuch'"),
        (["--models", "shop"], 3, "imports all modules with mapped classes"),
        (["--models", "json", "--git-ref", "HEAD"], 2, "not a git repository"),
        (["--models", "shop.models", "--python", "nosuch"], 2, "the interpreter cannot be run"),
        (["--git-ref", "HEAD", "--", "true"], 2, "--git-ref belongs to --models"),
    ],
)
def test_what_cannot_be_read_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str
) -> None:
    assert main(["record", "--out", "w", "--version", "7", *options]) == code

    assert said in capsys.readouterr().err
    assert not (project / "w").exists()


@pytest.mark.usefixtures("project")
def test_a_class_of_an_installed_package_is_not_taken_for_one_of_the_commit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "add", "."], check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "-qm", "one"], check=True)

    assert main(["record", "--out", "w", "--models", "sqlalchemy.orm", "--git-ref", "HEAD"]) == 2
    assert "which is not of HEAD" in capsys.readouterr().err
    assert main(["record", "--out", "w", "--models", "shop.models", "--git-ref", "v9"]) == 2
    assert "v9" in capsys.readouterr().err
