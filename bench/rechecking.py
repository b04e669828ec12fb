"""Random releases, each checked in three ways: python bench/rechecking.py [--seconds 300] [--seed 0]

As `check` does it, over what is known of the release's first steps, and with nothing taken as known or
proven, so that each statement is run at each state. The first two have to give the same matrix; of the last
one the same cells have to be green, red and unknown. Exits 1 where they differ, and prints where.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.compat.cells import Cell, Matrix, Participant, Side
from schemaguard.compat.unaffected import Ruling
from schemaguard.compat.verdict import Red, is_green
from schemaguard.compat.workload import Workload, query
from schemaguard.postgres import embedded
from schemaguard.postgres.check_states import check_states
from schemaguard.verify import naive_states, with_failed
from tests.compat.test_proven import ANOTHER_NOTE, ANOTHER_TWICE, RESTRICT, SCHEMA, STATEMENTS, STEPS

#: What steps there are, besides those of the tests.
MORE_STEPS = (
    ANOTHER_NOTE,
    ANOTHER_TWICE,
    RESTRICT,
    "ALTER TABLE u ADD y int",
    "ALTER TABLE u ADD z int NOT NULL",
    "ALTER TABLE u RENAME name TO label",
    "ALTER TABLE u ALTER id TYPE bigint",
    "ALTER TABLE u DISABLE TRIGGER ALL",
    "ALTER TABLE u ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE kid ADD n int",
    "ALTER TABLE kid ALTER u_id SET DEFAULT 3",
    "ALTER TABLE kid DROP CONSTRAINT kid_u_id_fkey",
    "ALTER TABLE grandkid ADD n int NOT NULL DEFAULT 4",
    "ALTER TABLE alone ALTER note SET NOT NULL",
    "ALTER TABLE alone ADD CHECK (note <> 'name 1')",
    "ALTER TABLE parted ADD w int",
    "ALTER SEQUENCE numbers INCREMENT 5",
    "CREATE TABLE v (id int REFERENCES alone ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX alone_note ON alone (note)",
    "CREATE VIEW other AS SELECT * FROM alone",
    "CREATE TRIGGER t BEFORE INSERT ON alone FOR EACH ROW EXECUTE FUNCTION note()",
    "CREATE RULE r AS ON INSERT TO alone DO ALSO INSERT INTO noted VALUES (NEW.id)",
    "CREATE SCHEMA s; CREATE TABLE s.u (id int)",
    "GRANT SELECT ON u TO PUBLIC",
    "COMMENT ON TABLE u IS 'x'",
    "DROP TABLE computed",
    "UPDATE alone SET note = upper(note)",
    "DELETE FROM grandkid",
)
MORE_STATEMENTS = (
    "SELECT k.id FROM kid k JOIN u ON u.id = k.u_id WHERE u.name = $1",
    "SELECT id, note FROM alone",
    "SELECT * FROM u",
    "SELECT count(*) FROM alone",
    "INSERT INTO grandkid (id, kid_id) VALUES ($1, $2)",
    "INSERT INTO parted (id, at) VALUES ($1, $2)",
    "INSERT INTO u (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name",
    "UPDATE kid SET u_id = $1 WHERE id = $2",
    "UPDATE alone SET note = $1 WHERE id = $2",
    "UPDATE u SET name = name || 'x'",
    "DELETE FROM alone WHERE id = $1",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0, help="of the first release")
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    seed, counts = asked.seed, Counter[str]()
    with embedded.start() as server:
        while time.monotonic() < end:
            try_one(server, seed, counts)
            seed += 1
    print(f"seeds {asked.seed} to {seed - 1}:", ", ".join(f"{n:,} {what}" for what, n in counts.items()))
    return int(counts["different"] > 0)


def try_one(server: embedded.Server, seed: int, counts: Counter[str]) -> None:
    draw = random.Random(seed)
    statements = [sql for sql in (*STATEMENTS, *MORE_STATEMENTS) if "random()" not in sql]
    code = [
        Participant(side, workload(draw.sample(statements, draw.randint(2, 8))))
        for side in (Side.BASELINE, Side.CANARY)
    ]
    steps = draw.sample((*STEPS, *MORE_STEPS), draw.randint(2, 4))
    states = with_failed(naive_states(steps))
    begun = with_failed(naive_states(steps[:-1]))
    usual = check_states(server, SCHEMA, states, code)
    with nothing_proven():
        whole = check_states(server, SCHEMA, states, code)
    counts["releases"] += 1
    counts["cells"] += len(usual.cells)
    problems = [*differences(usual, whole, kind)]
    first = check_states(server, SCHEMA, begun, code) if states[: len(begun)] == begun else None
    if first is not None and first.course is not None:
        counts["gone on with"] += 1
        known = check_states(server, SCHEMA, states, code, known=first)
        problems += differences(usual, known, lambda cell: cell)
    for problem in problems:
        counts["different"] += 1
        print(f"seed {seed}, {steps}: {problem}", flush=True)


def workload(statements: Sequence[str]) -> Workload:
    queries = tuple(query(sql, sql) for sql in statements)
    return Workload(version="1", driver="psycopg 3", statements=queries)


@contextmanager
def nothing_proven() -> Iterator[None]:
    """All is run: no statement is left alone by any step."""
    with patch.object(Ruling, "left_alone", lambda *_: frozenset()):
        yield


def kind(cell: Cell) -> str:
    return "green" if is_green(cell.verdict) else "red" if isinstance(cell.verdict, Red) else "unknown"


def differences(one: Matrix, other: Matrix, of: object) -> Iterator[str]:
    for mine, theirs in zip(one.cells, other.cells, strict=True):
        if of(mine) != of(theirs):  # type: ignore[operator]
            histories = f"{mine.history.value}, {mine.session.value}"
            where = f"{mine.participant.side.value}, {mine.state.title}, {histories}"
            yield f"{mine.name} ({where}): {mine.verdict}, and {theirs.verdict}"


if __name__ == "__main__":
    sys.exit(main())
