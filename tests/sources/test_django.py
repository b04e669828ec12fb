"""The migrations of a real Django project: rendered by Django, placed in their files, judged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from schemaguard.cli import main
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.errors import InputError
from schemaguard.sources.django_project import read_django
from schemaguard.sources.files import read_sql_file
from schemaguard.text import Source
from tests.sources.revisions import shown, texts

SETTINGS = """\
DATABASES = {"default": {"ENGINE": "django.db.backends.ENGINE", "HOST": "127.0.0.1", "PORT": 9}}
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
USE_TZ = True
SECRET_KEY = "none"
print("settings may print")
"""
FIRST = """\
class Migration(migrations.Migration):
    initial = True
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel("Account", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel(
            "Invoice",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("email", models.TextField(default="it's 100%")),
            ],
        ),
    ]
"""
SECOND = """\
def fill(apps, editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField(
            "invoice", "account", models.ForeignKey("shop.Account", models.CASCADE, null=True)
        ),
        # schemaguard: allow dropped-column (nobody has read it since May)
        migrations.RemoveField("invoice", "email"),
        migrations.RunSQL(
            '''
            SET lock_timeout = '1s';
            DROP TABLE person;
            '''
        ),
        migrations.RunPython(fill),
        migrations.RunSQL("SELECT 1", migrations.RunSQL.noop),
    ]
"""
THIRD = """\
from django.contrib.postgres.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0002_more")]
    operations = [
        migrations.AddField("invoice", "paid", models.BooleanField(null=True)),
        AddIndexConcurrently("invoice", models.Index(fields=["paid"], name="paid")),
        migrations.AlterField("invoice", "account", models.IntegerField(null=True)),
        migrations.RunSQL("DROP TABLE visit"),
    ]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop" / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "settings.py").write_text(SETTINGS.replace('ENGINE"', 'postgresql"'))
    (tmp_path / "settings.py").write_text(SETTINGS.replace("backends.ENGINE", "backends.postgresql"))
    (tmp_path / "lite.py").write_text(SETTINGS.replace("backends.ENGINE", "backends.sqlite3"))
    (tmp_path / "shop" / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    for name, text in (("0001_initial", FIRST), ("0002_more", SECOND), ("0003_last", THIRD)):
        (folder / f"{name}.py").write_text(f"from django.db import migrations, models\n\n\n{text}")
    return tmp_path


@pytest.fixture
def read(project: Path) -> dict[str, Source]:
    asked = read_django("settings", [project], python=None, major=17)
    return {source.revision or "": source for source in asked.sources}


def test_the_migrations_come_in_the_order_in_which_they_run(read: dict[str, Source]) -> None:
    names = list(read)

    assert names[0] == "contenttypes.0001_initial"
    assert names[-3:] == ["shop.0001_initial", "shop.0002_more", "shop.0003_last"]
    assert read["shop.0002_more"].follows == ("shop.0001_initial",)


def test_what_django_sends_is_read_whole_and_in_its_order(read: dict[str, Source]) -> None:
    first, second = texts(read["shop.0001_initial"]), texts(read["shop.0002_more"])

    assert first[0].startswith('CREATE TABLE "shop_account"')
    assert len(first) == 2  # A default of Python's is none of the table's.
    assert 'ADD COLUMN "account_id" bigint NULL' in second[0]
    assert second[1].startswith('SET CONSTRAINTS "shop_invoice_account_id_')
    assert second[2:6] == [
        'ALTER TABLE "shop_invoice" DROP COLUMN "email" CASCADE',
        "SET lock_timeout = '1s'",
        "DROP TABLE person",
        "SELECT 1",
    ]
    assert [text.split()[:2] for text in second[6:]] == [["CREATE", "INDEX"]]  # Django sends it last.


def test_it_is_what_sqlmigrate_prints(project: Path, read: dict[str, Source], database: str) -> None:
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {names[key]: value for key, value in conninfo_to_dict(database).items() if key in names}
    default = {"ENGINE": "django.db.backends.postgresql", **given}
    (project / "live.py").write_text(f"from settings import *\nDATABASES = {{'default': {default!r}}}\n")
    for name in ("0001", "0002"):
        command = [sys.executable, "-m", "django", "sqlmigrate", "shop", name, "--settings=live"]
        environment = {**os.environ, "PYTHONPATH": str(project)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        printed = done.stdout.replace("settings may print\n", "")
        script = Path(f"{name}.sql")
        script.write_text(printed)
        [source] = [source for key, source in read.items() if key.startswith(f"shop.{name}")]
        assert ["BEGIN", *texts(source), "COMMIT"] == texts(read_sql_file(script))


def test_each_statement_is_placed_at_its_operation_or_where_its_sql_stands(read: dict[str, Source]) -> None:
    source = read["shop.0002_more"]
    added, _, _, _, dropped, _, index = source.pieces

    assert shown(added.place).startswith('migrations.AddField(\n            "invoice", "account"')
    assert shown(dropped.place) == "DROP TABLE person"
    assert [shown(place)[:18] for place in dropped.through] == ["migrations.RunSQL("]
    assert index.place == added.place
    assert len({piece.block for piece in source.pieces}) == 1
    assert source.approximate == ("line 22: Raw Python operation",)
    assert [piece.block for piece in read["shop.0003_last"].pieces] == [None, None, None]


def test_what_asks_the_database_is_told_and_the_rest_goes_on(read: dict[str, Source]) -> None:
    source = read["shop.0003_last"]

    [problem] = source.problems
    assert "asks the database" in problem.message
    assert shown(problem.place).startswith('migrations.AlterField("invoice", "account"')
    assert texts(source)[1:] == [
        'CREATE INDEX CONCURRENTLY "paid" ON "shop_invoice" ("paid")',
        "DROP TABLE visit",
    ]


def test_what_is_named_is_judged_and_all_before_it_is_history(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", "--django", "settings", "shop/migrations/0002_more.py"]) == 1
    said = capsys.readouterr().out
    assert "shop/migrations/0002_more.py:19:13: error dropped-table" in said
    assert "dropped-column" not in said  # It is allowed where it stands.
    assert "approximate" in said
    assert said.splitlines()[-1].startswith("1 migration, 7 statements: ")
    (project / "schemaguard.toml").write_text('start-after = "shop.0002_more"\n')
    result = lint_paths([Path()], asking=Asking(django="settings"))
    assert [source.revision for source, _ in result.linted] == ["shop.0003_last"]
    assert {one.rule for one in result.reported if one.severity.value == "error"} == {
        "dropped-table",
        "unread",
    }


@pytest.mark.parametrize(
    ("settings", "path", "said"),
    [
        ("nothing", ".", "No module named 'nothing'"),
        ("lite", ".", "is sqlite, not PostgreSQL"),
        ("settings", "empty", "no migration of settings is here"),
        ("settings", "nowhere", "there is no such file"),
    ],
)
def test_a_project_that_cannot_be_read_is_told(project: Path, settings: str, path: str, said: str) -> None:
    (project / "empty").mkdir()

    with pytest.raises(InputError, match=said):
        read_django(settings, [Path(path)], python=None, major=17)
