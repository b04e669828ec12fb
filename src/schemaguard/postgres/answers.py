"""What the server answers to one statement, as libpq gives it."""

from typing import cast

import psycopg
from psycopg import pq

from schemaguard.compat.observation import Failure, Row, Vector

#: In COPY's binary format: its signature, no flags, nothing more in the header, and the end.
_NO_ROWS = b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\xff\xff"


def execute(conn: psycopg.Connection, name: bytes, vector: Vector) -> pq.abc.PGresult:
    """What the server answers to the prepared statement with these values."""
    # None is NULL, though the annotation of exec_prepared forgets it.
    values = cast("list[bytes]", [None if v is None else v.encode() for v in vector.values])
    return conn.pgconn.exec_prepared(name, values)


def end_copy(conn: psycopg.Connection, told: pq.abc.PGresult) -> None:
    """Copy no row in, and read none of those that come out."""
    if told.status == pq.ExecStatus.COPY_IN:
        if told.binary_tuples:
            conn.pgconn.put_copy_data(_NO_ROWS)
        conn.pgconn.put_copy_end()
    elif told.status == pq.ExecStatus.COPY_OUT:
        while conn.pgconn.get_copy_data(0)[0] > 0:
            pass


def rows_of(told: pq.abc.PGresult) -> tuple[Row, ...]:
    """The rows, as text."""
    return tuple(
        tuple(
            None if (value := told.get_value(row, column)) is None else value.decode(errors="replace")
            for column in range(told.nfields)
        )
        for row in range(told.ntuples)
    )


def failure_of(told: pq.abc.PGresult) -> Failure:
    """Why the server refused."""
    message = (told.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or told.error_message).decode().strip()
    state = told.error_field(pq.DiagnosticField.SQLSTATE)
    if state is None:
        # Not the server's answer: libpq's own.
        raise psycopg.OperationalError(message)
    named = [
        (told.error_field(part) or b"").decode()
        for part in (
            pq.DiagnosticField.SCHEMA_NAME,
            pq.DiagnosticField.TABLE_NAME,
            pq.DiagnosticField.CONSTRAINT_NAME,
        )
    ]
    return Failure(state.decode(), message, ".".join(named) if named[-1] else "")
