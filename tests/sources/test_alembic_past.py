"""A catalog that is had again is the one that it was, whatever was sent since it was copied."""

import pytest

from schemaguard.sources.extract.catalog import Catalog, Column
from schemaguard.sources.extract.ddl import follow
from schemaguard.sources.extract.past import Past

SENT = (
    "CREATE TABLE a (id int PRIMARY KEY, b text UNIQUE)",
    "CREATE TABLE c (id int REFERENCES a (id), d int)",
    "CREATE INDEX c_d ON c (d)",
    "INSERT INTO a VALUES (1, '')",
    "ALTER TABLE a RENAME COLUMN b TO e",
    "ALTER TABLE c RENAME TO f; ALTER TABLE f ADD CONSTRAINT k CHECK (d > 0)",
    "CREATE TYPE mood AS ENUM ('sad')",
    "SOMETHING nobody knows of a",
    "DROP TABLE a CASCADE",
)


@pytest.mark.parametrize("often", [1, 30])
def test_it_is_the_same_after_each_statement(often: int) -> None:
    catalog = Catalog()
    past = Past(catalog)
    for _ in range(often):
        for sql in SENT:
            follow(catalog, sql)
            past.sent([sql], catalog)
            assert past.again() == catalog


def test_what_was_not_sent_is_copied() -> None:
    catalog = Catalog()
    past = Past(catalog)
    follow(catalog, SENT[0])
    catalog.tables["", "a"].columns["x"] = Column("x", "text")
    past.copy(catalog)
    follow(catalog, SENT[1])
    past.sent([SENT[1]], catalog)

    assert past.again() == catalog


def test_nobody_else_has_it() -> None:
    catalog = Catalog()
    past = Past(catalog)
    follow(catalog, SENT[0])
    past.sent([SENT[0]], catalog)

    past.again().tables.clear()

    assert past.again() == catalog
