"""
Whether what is called exact is what a real PostgreSQL gets.

Runs the histories of ``histories.py`` once more, each revision in a transaction of its own against an empty
database of an embedded server, in the application's own environment with its own driver, and writes down
what is sent. For every revision that was read as exact and that the server accepted, the statements must be
the same, in the same order. Exits 1 if one differs.

    python bench/histories_truth.py [--cache DIR] [PROJECT ...]
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import histories

from schemaguard.postgres.embedded import start
from schemaguard.sources.alembic_project import find_project, read_project
from schemaguard.sources.alembic_project.naming import find_naming
from schemaguard.text import Source

#: The ``target_metadata`` of each env.py.
METADATA = {
    "apache-airflow-core": "airflow.models.base:Base.metadata",
    "mlflow": "mlflow.store.db.base_sql_model:Base.metadata",
    "langflow-base": "sqlmodel:SQLModel.metadata",
    "open-webui": "open_webui.models.auths:Auth.metadata",
}
#: Runs in the application's interpreter: revisions come in as JSON, one line a revision goes out.
ONLINE = r"""
import importlib, importlib.util, json, operator, sys
import sqlalchemy
from sqlalchemy import event
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

request = json.load(sys.stdin)
sys.path.extend(request["paths"])
answers = open(sys.argv[1], "w")
engine = sqlalchemy.create_engine(request["url"])
sent = []

def note(connection, cursor, statement, parameters, context, many):
    frame = sys._getframe()
    while frame is not None:
        file = frame.f_code.co_filename
        if file.endswith(("sqlalchemy/engine/reflection.py", "sqlalchemy/dialects/postgresql/base.py")):
            return
        frame = frame.f_back
    for one in parameters if isinstance(parameters, list) else [parameters]:
        sent.append(cursor.mogrify(statement, one).decode())

with engine.connect() as connection:
    number = sqlalchemy.Column("version_num", sqlalchemy.String(32))
    version = sqlalchemy.Table("alembic_version", sqlalchemy.MetaData(), number)
    version.create(connection)
    connection.commit()
event.listen(engine, "before_cursor_execute", note)
for revision in request["revisions"]:
    sent.clear()
    error = None
    with engine.connect() as connection, EnvironmentContext(Config(), None) as environment:
        options = {"transaction_per_migration": True}
        if request["metadata"]:
            module, _, name = request["metadata"].partition(":")
            options["target_metadata"] = operator.attrgetter(name)(importlib.import_module(module))
            if request["convention"]:
                options["target_metadata"].naming_convention = request["convention"]
        context = MigrationContext.configure(connection, opts=options, environment_context=environment)
        environment._migration_context = context
        with Operations.context(context):
            try:
                name = "r" + str(len(revision["id"])) + revision["id"]
                spec = importlib.util.spec_from_file_location(name, revision["path"])
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                with context.begin_transaction(_per_migration=True):
                    module.upgrade()
            except BaseException as failure:
                error = f"{type(failure).__name__}: {failure}"
                connection.rollback()
    print(json.dumps({"id": revision["id"], "sent": sent, "error": error}), file=answers, flush=True)
"""


def plain(text: str) -> str:
    """A statement without comments, the time of day, and the spaces that drivers put in differently."""
    text = re.sub(r"\b1[67]\d{11}\b|'20\d\d-[-0-9:.T+ ]+'", "now", re.sub(r"--[^\n]*", "", text))
    return re.sub(r"\s+|;", "", text)


def online(
    name: str,
    environment: Path | None,
    python: str,
    root: Path,
    url: str,
    sources: Sequence[Source],
    cache: Path,
) -> dict[str, dict[str, object]]:
    """What the server got, by revision."""
    request = {
        "url": url,
        "paths": [str(root)],
        "revisions": [
            {"id": source.revision, "path": str(Path(source.path).absolute())} for source in sources
        ],
        "metadata": METADATA.get(name),
        # Langflow's env.py sets it there.
        "convention": dict(find_naming(environment, []).convention),
    }
    answers = cache / "answers.jsonl"
    subprocess.run(
        [python, "-c", ONLINE, str(answers)],
        input=json.dumps(request),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    return {answer["id"]: answer for line in answers.read_text().splitlines() if (answer := json.loads(line))}


def same(source: Source, answer: dict[str, object]) -> bool:
    """
    Whether a revision sent what we said. Several statements sent at once are one text there.
    The indexes of ``Column(index=True)`` are in a set, and come in another order each time.
    """
    sent = answer["sent"]
    assert isinstance(sent, list)
    said = [plain(piece.text) for piece in source.pieces]
    got = [plain(text) for text in sent]
    return "".join(said) == "".join(got) or sorted(said) == sorted(got)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("projects", nargs="*", metavar="PROJECT")
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "schemaguard" / "histories"
    parser.add_argument("--cache", type=Path, default=default)
    options = parser.parse_args()
    (options.cache / "wheels").mkdir(parents=True, exist_ok=True)
    wrong = 0
    with start() as server:
        for name in options.projects or histories.PROJECTS:
            wheel = histories.wheel_of(name, options.cache)
            root, python = histories.installed(wheel, options.cache)
            os.environ.update(histories.PROJECTS[name])
            for number, directory in enumerate(histories.versions_of(wheel, root)):
                database = re.sub(r"\W", "_", f"{name}_{number}")
                server.create_database(database)
                project = find_project(directory)
                assert project is not None
                sources = read_project(project, python=python)
                url = re.sub(r"^postgres(ql)?:", "postgresql+psycopg2:", server.url(database))
                answers = online(name, project.environment, python, root, url, sources, options.cache)
                exact = [source for source in sources if not source.approximate and not source.problems]
                accepted = [source for source in exact if not answers[source.revision or ""]["error"]]
                differing = [s for s in accepted if not same(s, answers[s.revision or ""])]
                wrong += len(differing)
                print(
                    f"{wheel.name.partition('-py')[0]} {directory.parent.name}: {len(exact)} exact,"
                    f" {len(accepted)} of them accepted by the server, {len(differing)} differ",
                    flush=True,
                )
                for source in differing:
                    print(f"    {source.path}")
                    said = [piece.text for piece in source.pieces]
                    sent = answers[source.revision or ""]["sent"]
                    assert isinstance(sent, list)
                    for one, other in zip_longest(said, sent, fillvalue=""):
                        if plain(one) != plain(other):
                            print(f"      said: {one!r}\n      sent: {other!r}")
                refusals = Counter(
                    str(error).split("\n")[0][:110]
                    for s in exact
                    if (error := answers[s.revision or ""]["error"])
                )
                for error, times in refusals.most_common(5):
                    print(f"    refused {times} times: {error}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
