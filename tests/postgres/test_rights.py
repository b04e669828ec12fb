"""What the role may do: what is found before the first step is what the server says in the middle."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.cli import main
from schemaguard.errors import DatabaseError, Refused
from schemaguard.phase import Phase
from schemaguard.postgres import journal, preflight, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.preflight import Finding, Severity
from tests.plan.walking import Case, apply, nothing, plan_of

TABLES = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE TABLE app.country (id bigint PRIMARY KEY);
CREATE TABLE app.customer (id bigint PRIMARY KEY, mail text NOT NULL, country bigint);
"""
RELEASE = Case(
    given=TABLES,
    rows="INSERT INTO app.country VALUES (1); INSERT INTO app.customer VALUES (1, 'ann@example.org', 1);",
    sql="""
    ALTER TABLE app.customer ADD COLUMN email text;
    UPDATE app.customer SET email = lower(mail);
    -- schemaguard: down = email
    ALTER TABLE app.customer DROP COLUMN mail;
    CREATE INDEX by_country ON app.customer (country);
    ALTER TYPE app.mood ADD VALUE 'merry';
    ALTER TABLE app.customer ADD CONSTRAINT its_country FOREIGN KEY (country) REFERENCES app.country (id);
    """,
)
#: Each with the phase that needs it first.
GRANTS = {
    "GRANT CREATE ON DATABASE {database} TO {role};": Phase.EXPAND,
    "GRANT CREATE ON SCHEMA app TO {role};": Phase.EXPAND,
    "GRANT USAGE ON SCHEMA app TO {role};": Phase.EXPAND,
    "GRANT {owner} TO {role};": Phase.EXPAND,
    "GRANT {moody} TO {role};": Phase.EXPAND,
    "GRANT REFERENCES ON app.country TO {role};": Phase.CONTRACT,
    "GRANT UPDATE ON app.country TO {role};": Phase.CONTRACT,
}


def deployer(url: str, grants: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The database's URL for a role that has these rights and no other, and what their names stand for."""
    with connect(url) as conn:
        database = conn.info.dbname
        names = {kind: f"{kind}_{database}" for kind in ("role", "owner", "moody")} | {"database": database}
        conn.execute(
            "CREATE ROLE {role} LOGIN; CREATE ROLE {owner}; CREATE ROLE {moody}".format(**names).encode()
        )
        conn.execute("ALTER TABLE app.customer OWNER TO {owner}".format(**names).encode())
        conn.execute("ALTER TYPE app.mood OWNER TO {moody}".format(**names).encode())
        for grant in grants:
            conn.execute(grant.format(**names).encode())
    return make_conninfo(url, user=names["role"]), names


@pytest.mark.majors
def test_a_role_with_the_rights_that_are_documented_runs_all_three_phases(
    database_with: Callable[[str], str],
) -> None:
    plan = plan_of(RELEASE)
    url, _ = deployer(database_with(RELEASE.setup), GRANTS)
    apply(url, plan)

    with connect(url) as conn:
        records = journal.steps(conn, plan.release)
    assert len(records) == len(plan.steps)
    assert all(record.is_done for record in records.values())


@pytest.mark.majors
def test_a_role_that_is_named_is_the_one_that_makes_everything(
    database_with: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.sql").write_text(TABLES)
    (tmp_path / "2.sql").write_text("CREATE INDEX by_country ON app.customer (country);")
    (tmp_path / "schemaguard.toml").write_text("")
    database = database_with(RELEASE.setup)
    _, names = deployer(database, GRANTS)
    role, user = names["role"], f"login_{names['database']}"
    with connect(database) as conn:
        conn.execute(f"CREATE ROLE {user} LOGIN NOINHERIT; GRANT {role} TO {user}".encode())
    command = ["apply", str(tmp_path / "2.sql"), "--phase", "expand"]
    command += ["--database-url", make_conninfo(database, user=user)]

    assert main(command) == 1
    assert f"role {user} lacks rights" in capsys.readouterr().err
    assert main([*command, "--role", role]) == 0
    (tmp_path / "schemaguard.toml").write_text(f'role = "{role}"')
    assert main(command) == 0
    with connect(database) as conn:
        row = conn.execute("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'schemaguard'")
        assert row.fetchone() == (role,)


@pytest.mark.majors
@pytest.mark.parametrize("missing", GRANTS)
def test_a_right_that_is_missing_is_found_before_the_server_finds_it(
    database_with: Callable[[str], str], missing: str
) -> None:
    plan, phase = plan_of(RELEASE), GRANTS[missing]
    grants = [grant for grant in GRANTS if grant != missing]
    url, names = deployer(database_with(RELEASE.setup), grants)
    for earlier in Phase:
        if earlier.order < phase.order:
            apply(url, plan, earlier)
    with pytest.raises(Refused) as refused:
        apply(url, plan, phase)
    with connect(url) as conn, pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        runner.apply(conn, plan, phase, watch=nothing, options=runner.Options(allow=lambda _: None))

    assert missing.format(**names) in str(refused.value)
    assert str(refused.value).count("GRANT") == 1


def test_who_may_not_use_the_journal_is_told(database_with: Callable[[str], str]) -> None:
    plan, url = plan_of(RELEASE), database_with(RELEASE.setup)
    with connect(url) as conn:
        journal.create(conn)
    theirs, names = deployer(url, GRANTS)

    with pytest.raises(Refused, match=f"GRANT USAGE ON SCHEMA schemaguard TO {names['role']}"):
        apply(theirs, plan, Phase.EXPAND)


@pytest.mark.majors
def test_sessions_that_may_not_be_seen_are_told(database_with: Callable[[str], str]) -> None:
    plan, url = plan_of(RELEASE), database_with(RELEASE.setup)
    theirs, names = deployer(url, GRANTS)

    def unseen() -> list[Finding]:
        with connect(theirs) as conn:
            findings = preflight.look(conn, plan, Phase.EXPAND)
        return [one for one in findings if one.check == "unseen-sessions"]

    with connect(url) as other:
        before = unseen()
        other.execute("GRANT pg_read_all_stats TO {role}".format(**names).encode())
        after = unseen()

    assert [one.severity for one in (*before, *after)] == [Severity.WARN, Severity.PLAIN]
    assert before[0].advice == "GRANT pg_read_all_stats TO {role};".format(**names)
