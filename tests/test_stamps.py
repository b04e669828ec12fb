"""After a release the migration's own tool finds it done, by the table that it keeps account in."""

from pathlib import Path

import pytest

from schemaguard.errors import NotSo
from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.postgres.connect import connect
from schemaguard.postgres.taking_back import Consent, take_back
from schemaguard.scripts import frames_of
from schemaguard.sources import read_paths
from schemaguard.sources.stamps import stamps_of
from schemaguard.text import Source
from tests.plan.walking import apply, nothing, rows, run

ACCOUNT = "CREATE TABLE account (id int PRIMARY KEY, name text);"
ADD = "ALTER TABLE account ADD COLUMN age int;\n"
DROP = "ALTER TABLE account DROP COLUMN name;\n"
#: As the tools have made them: golang-migrate 4.19, dbmate 2.28, Flyway 13.12.
MIGRATE = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);"
DBMATE = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY);"
FLYWAY = """
CREATE TABLE flyway_schema_history (
    installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
    type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int,
    installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
    execution_time int NOT NULL, success boolean NOT NULL);
"""

TOOLS = {
    "golang-migrate": (
        ("000001_one.up.sql", "000002_two.up.sql"),
        "{}",
        MIGRATE + "INSERT INTO schema_migrations VALUES (1, false);",
        "SELECT version, dirty FROM schema_migrations",
        [(1, False)],
        [(2, False)],
    ),
    "dbmate": (
        ("20240101_one.sql", "20240202_two.sql"),
        "-- migrate:up\n{}\n-- migrate:down\n",
        DBMATE + "INSERT INTO schema_migrations VALUES ('20240101');",
        "SELECT version FROM schema_migrations ORDER BY 1",
        [("20240101",)],
        [("20240101",), ("20240202",)],
    ),
    "flyway": (
        ("V1__one.sql", "V1.2__two_things.sql"),
        "{}",
        FLYWAY + "INSERT INTO flyway_schema_history"
        " VALUES (4, '1', 'one', 'SQL', 'V1__one.sql', 0, 'a', now(), 1, true);",
        "SELECT installed_rank, version, description, script, success FROM flyway_schema_history ORDER BY 1",
        [(4, "1", "one", "V1__one.sql", True)],
        [(4, "1", "one", "V1__one.sql", True), (5, "1.2", "two things", "V1.2__two_things.sql", True)],
    ),
}


@pytest.mark.majors
@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("schema", ["public", "apart"])
def test_the_tool_finds_it_done_after_the_last_phase_and_not_before(
    tool: str, schema: str, database: str, tmp_path: Path
) -> None:
    names, form, table, query, before, after = TOOLS[tool]
    for name, text in zip(names, (ACCOUNT, DROP), strict=True):
        (tmp_path / name).write_text(form.format(text))
    run(database, ACCOUNT, f"CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema}; {table}")
    plan = plan_of(tmp_path / names[1])
    asked = query.replace("FROM ", f"FROM {schema}.")

    apply(database, plan, Phase.EXPAND)
    assert rows(database, asked) == before
    apply(database, plan, Phase.CONTRACT)
    assert rows(database, asked) == after


@pytest.mark.parametrize("tool", TOOLS)
def test_what_needs_no_contract_is_done_after_expand_and_taken_back_with_it(
    tool: str, database: str, tmp_path: Path
) -> None:
    names, form, table, query, before, after = TOOLS[tool]
    for name, text in zip(names, (ACCOUNT, ADD), strict=True):
        (tmp_path / name).write_text(form.format(text))
    run(database, ACCOUNT, table)
    plan = plan_of(tmp_path / names[1])

    apply(database, plan, Phase.EXPAND)
    assert rows(database, query) == after
    with connect(database) as conn:
        take_back(conn, plan, watch=nothing, consent=Consent(unused=True))
    assert rows(database, query) == before


@pytest.mark.parametrize("tool", TOOLS)
def test_where_the_tool_was_never_used_nothing_is_written(tool: str, database: str, tmp_path: Path) -> None:
    names, form, *_ = TOOLS[tool]
    for name, text in zip(names, (ACCOUNT, ADD), strict=True):
        (tmp_path / name).write_text(form.format(text))
    run(database, ACCOUNT)

    apply(database, plan_of(tmp_path / names[1]), Phase.EXPAND)

    assert rows(database, "SELECT relname FROM pg_class WHERE relname ~ 'schema_(migr|hist)'") == []


@pytest.mark.parametrize("tool", TOOLS)
def test_another_applications_account_is_left_alone(tool: str, database: str, tmp_path: Path) -> None:
    names, form, table, query, before, after = TOOLS[tool]
    for name, text in zip(names, (ACCOUNT, ADD), strict=True):
        (tmp_path / name).write_text(form.format(text))
    run(database, ACCOUNT, table, f"CREATE SCHEMA another; SET search_path = another; {table}")
    plan = plan_of(tmp_path / names[1])
    there = query.replace("FROM ", "FROM another.")

    apply(database, plan, Phase.EXPAND)
    assert (rows(database, query), rows(database, there)) == (after, before)
    with connect(database) as conn:
        take_back(conn, plan, watch=nothing, consent=Consent(unused=True))
    assert (rows(database, query), rows(database, there)) == (before, before)


@pytest.mark.parametrize("tool", TOOLS)
def test_what_the_account_does_not_allow_stops_the_release_before_it_begins(
    tool: str, database: str, tmp_path: Path
) -> None:
    names, form, table, *_ = TOOLS[tool]
    for name, text in zip(names, (ACCOUNT, ADD), strict=True):
        (tmp_path / name).write_text(form.format(text))
    run(database, ACCOUNT, table.partition("INSERT")[0])

    with pytest.raises(NotSo, match="says that the migration before version"):
        apply(database, plan_of(tmp_path / names[1]), Phase.EXPAND)

    assert rows(database, "SELECT count(*) FROM information_schema.columns WHERE column_name = 'age'") == [
        (0,)
    ]


def test_any_character_is_written_as_it_is(database: str, tmp_path: Path) -> None:
    (tmp_path / "V1__one.sql").write_text(ACCOUNT)
    name = "V2__add_50%_of_%s_and_%1$s_%I.sql"
    (tmp_path / name).write_text(ADD)
    run(database, ACCOUNT, TOOLS["flyway"][2])

    apply(database, plan_of(tmp_path / name), Phase.EXPAND)

    assert rows(database, "SELECT script FROM flyway_schema_history WHERE version = '2'") == [(name,)]


def test_the_checksum_is_flyways(tmp_path: Path) -> None:
    """What Flyway 13.12 has written down of this file."""
    (tmp_path / "V1__one_thing.sql").write_bytes(
        "CREATE TABLE c (id int);\r\n-- é\n\nCREATE TABLE c2 (id int);".encode()
    )

    (stamp,) = stamps_of([_source(tmp_path / "V1__one_thing.sql")], None)

    assert "'V1__one_thing.sql', 342506067" in stamp.write


def test_alembics_table_may_be_in_another_schema(database: str) -> None:
    run(
        database,
        ACCOUNT,
        "CREATE SCHEMA apart; CREATE TABLE apart.alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO apart.alembic_version VALUES ('0001'), ('other')",
    )
    source = Source(path="0002.py", pieces=(), revision="0002")
    frames = frames_of(ADD, given=ACCOUNT)
    plan = make_plan(frames, release="0002", source=source, stamps=stamps_of([source], "0001"))

    apply(database, plan, Phase.EXPAND)

    asked = "SELECT version_num FROM apart.alembic_version ORDER BY 1"
    assert rows(database, asked) == [("0002",), ("other",)]
    with connect(database) as conn:
        take_back(conn, plan, watch=nothing, consent=Consent(unused=True))
    assert rows(database, asked) == [("0001",), ("other",)]


def plan_of(path: Path) -> Plan:
    source = _source(path)
    frames = frames_of("\n".join(piece.text for piece in source.pieces) + ";", given=ACCOUNT)
    return make_plan(frames, release=path.stem, source=source, stamps=stamps_of([source], None))


def _source(path: Path) -> Source:
    asked = next(iter(read_paths([path], python=None, time_limit=60)))
    return next(source for source in asked.sources if Path(source.path).name == path.name)
