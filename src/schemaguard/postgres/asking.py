"""Questions to the database that are answered with yes or no."""

from collections.abc import Sequence
from contextlib import suppress

import psycopg

from schemaguard.recipe import Step


def probe(conn: psycopg.Connection, step: Step) -> bool:
    """Is the step's end state there already?"""
    return boolean(conn, step.probe)


def is_there(conn: psycopg.Connection, step: Step) -> bool:
    """As `probe`; false also where it cannot be asked, for what it is about is not there."""
    try:
        return probe(conn, step)
    except (psycopg.ProgrammingError, psycopg.DataError):
        return False


def are_done(conn: psycopg.Connection, steps: Sequence[Step]) -> bool:
    """Are the end states of all of them there already? One question, for hundreds take their time.

    False also where one of them cannot be asked.
    """
    with suppress(psycopg.Error):
        return boolean(conn, f"SELECT {' AND '.join(f'({step.probe})' for step in steps) or 'true'}")
    return False


def boolean(conn: psycopg.Connection, query: str) -> bool:
    """What the query says; false where it finds nothing."""
    row = conn.execute(query).fetchone()
    return bool(row and row[0])
