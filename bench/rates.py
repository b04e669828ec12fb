"""Measures how many bytes of a table a second a scan, a rewrite and an index build take, on the newest one.

    python bench/rates.py [MEGABYTES]

The constants in src/schemaguard/estimates.py are well below what this prints on a plain machine with the
table in memory, for production has slower disks, wider rows, more indexes and other work to do.
"""

import sys
import time

import psycopg

from schemaguard.postgres import embedded

MEGABYTES = int(sys.argv[1]) if len(sys.argv) > 1 else 300

ROWS = """
INSERT INTO account
SELECT n, md5(n::text), repeat('x', 80), n %% 1000 FROM generate_series(1, %s) AS n
"""
TRIED = {
    "scan": "ALTER TABLE account ALTER COLUMN email SET NOT NULL",
    "check": "ALTER TABLE account ADD CHECK (length(email) > 3)",
    "rewrite": "ALTER TABLE account ALTER COLUMN age TYPE bigint",
    "index build": "CREATE INDEX ON account (email)",
}


def main() -> None:
    with (
        embedded.start() as server,
        psycopg.connect(server.create_database("rates"), autocommit=True) as conn,
    ):
        conn.execute("CREATE TABLE account (id bigint PRIMARY KEY, email text, note text, age int)")
        conn.execute(ROWS, (MEGABYTES * 6000,))
        conn.execute("VACUUM ANALYZE account")
        (size,) = conn.execute("SELECT pg_table_size('account')").fetchone() or (0,)
        print(f"{size / 1e6:.0f} MB")
        for name, sql in TRIED.items():
            begun = time.monotonic()
            conn.execute(sql.encode())
            print(f"{name:12} {size / 1e6 / (time.monotonic() - begun):8.0f} MB/s")


if __name__ == "__main__":
    main()
