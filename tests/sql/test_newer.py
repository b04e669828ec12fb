"""Clauses that old servers do not know: what is one, for statements that no test can run."""

import pytest

from schemaguard.sql.newer import Newer, newer


@pytest.mark.parametrize(
    ("sql", "since"),
    [
        ("CREATE DATABASE shop STRATEGY wal_log", 15),
        ("CREATE DATABASE oid", None),
        ("CREATE DATABASE shop ICU_RULES ''", 16),
        ("CREATE DATABASE shop LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C'", 17),
        ("ALTER SUBSCRIPTION s SKIP (lsn = '0/1')", 15),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false, two_phase)", 15),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (streaming = parallel)", 16),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (streaming = on)", None),
        ("ALTER SUBSCRIPTION s SET (origin = none)", 16),
        ("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (failover = true)", 17),
        ("COPY t FROM STDIN (FORMAT csv, HEADER MATCH)", 15),
        ("COPY t FROM STDIN (FORMAT csv, HEADER)", None),
        ("COPY t (default_) FROM STDIN", None),
        ("ALTER TABLE t ADD enforced bool", None),
        ("ALTER TABLE t ADD CHECK (NOT enforced)", None),
        ("ALTER TABLE t RENAME enforced TO storage", None),
        ('ALTER TABLE t ADD CHECK (a = \'IS JSON\' AND "AT" = "LOCAL")', None),
        ("INSERT INTO t SELECT 1 FROM old JOIN new ON true RETURNING id", None),
        ("UPDATE t SET a = 0xFF", 16),
        ("SELECT a FROM t WHERE a IS DISTINCT FROM (SELECT 1)", None),
    ],
)
def test_since_when_a_statement_is_known(sql: str, since: int | None) -> None:
    found = newer(sql)

    assert max((clause.since for clause in found), default=None) == since


def test_a_clause_says_what_it_is_and_how_it_is_refused() -> None:
    assert newer("ALTER VIEW v SET (security_invoker = on)") == (Newer("security_invoker", 15, "22023"),)
