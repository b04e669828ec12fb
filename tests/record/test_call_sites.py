"""Which calls in the source a recording reached."""

from pathlib import Path

from schemaguard.compat.workload import Cover
from schemaguard.record.call_sites import cover_of
from tests.record.conftest import Record


def test_calls_that_no_recording_reached_are_listed(record: Record) -> None:
    workload = record(
        """
        import store

        with psycopg.connect(URL) as conn:
            store.find(conn)
        """,
        files={
            "store.py": """
                def find(conn):
                    return conn.cursor().execute(
                        "SELECT b FROM t WHERE a = %s",
                        [1],
                    ).fetchall()

                def forgotten(conn):
                    conn.execute("SELECT a FROM t")
            """,
            "test_store.py": "def test_it(conn):\n    conn.execute('SELECT 1')\n",
            "migrations/one.py": "from alembic import op\nop.execute('SELECT 1')\n",
            ".venv/other.py": "conn.execute('SELECT 1')\n",
            "old.py": "print 'python 2'; conn.execute('SELECT 1')\n",
        },
    )

    assert workload.cover == Cover(("store.py:3",), ("store.py:9",))


def test_places_are_in_order_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.py").write_text("conn.execute('SELECT 1')\n" * 11)

    first = cover_of(tmp_path, ["a.py:2", "b.py:10", "elsewhere.py:1", ""])

    assert first == cover_of(tmp_path, ["b.py:10", "a.py:2"])
    assert first is not None
    assert first.seen == ("a.py:2", "b.py:10")
    assert first.unseen[:3] == ("a.py:1", "a.py:3", "a.py:4")
    assert len(first.unseen) == 20


def test_where_no_call_is_there_is_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('SELECT 1')\n")

    assert cover_of(tmp_path, ["a.py:1"]) is None
