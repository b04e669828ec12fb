"""The page docs/costs.md: what each form of a statement in the corpus costs, and on which majors.

The model is asked. That the server does the same, tests/test_corpus.py proves for each of these statements.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan
from schemaguard.frame import Frame
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import MAJORS, Server
from schemaguard.sql.cursor import over
from schemaguard.sql.lexer import Kind, tokens
from schemaguard.sql.verbs import verb
from tests.test_corpus import CORPUS, TOO_MUCH, script_of

HEAD = """\
# What statements cost

Each form of a statement that the corpus of the tests has, with what others feel of it on a table that is in
use: the **locks**, the **work** that grows with the table and is done meanwhile, and **who waits**. The tests
run each of these statements on PostgreSQL 14 to 18 and compare (`tests/test_corpus.py`). Of statements that
differ in names and types only, the shortest is shown. A form that is there twice costs more or less by what
the schema has: an index on the column, a valid CHECK that proves what is to be proved. On an unknown schema
`schemaguard lint` says what its answer hangs on. Majors in brackets are those that have the form.

| lock | stops |
|---|---|
| ACCESS EXCLUSIVE | reads and writes |
| EXCLUSIVE, SHARE ROW EXCLUSIVE, SHARE | writes |
| SHARE UPDATE EXCLUSIVE | other changes of the schema, VACUUM and ANALYZE; no reads and no writes |
| ROW EXCLUSIVE, ROW SHARE, ACCESS SHARE | what reads and writes take themselves |

"""
#: A form that takes more than this is told by a shorter one, or not at all.
LONGEST = 130
#: The words that tell forms of statements apart. All others are names, types and values.
TELLING = frozenset(
    """ACCESS ADD ALTER ALWAYS ANALYZE ATTACH BY CASCADE CHECK CLUSTER COLUMN COMMENT CONCURRENTLY
    CONSTRAINT COPY CREATE DATABASE DEFAULT DELETE DETACH DISABLE DISTINCT DOMAIN DROP ENABLE ENFORCED ENUM
    EXCLUDE EXISTS EXPRESSION EXTENSION FINALIZE FORCE FOREIGN FULL FUNCTION GENERATED GRANT IDENTITY IF
    INDEX INHERIT INSERT KEY LIKE LOCK LOGGED MATERIALIZED MERGE METHOD NO NOT NULL NULLS OF ONLY
    OPTIONS OWNED OWNER PARTITION POLICY PRIMARY PROCEDURE PUBLICATION REFERENCES REFRESH REINDEX RENAME
    REPLACE REPLICA RESET RESTART REVOKE ROW RULE SCHEMA SECURITY SELECT SEQUENCE SET STATISTICS STORAGE
    STORED SUBSCRIPTION TABLE TABLESPACE TO TRIGGER TRUNCATE TYPE UNIQUE UNLOGGED UPDATE USING VACUUM
    VALIDATE VALID VALUE VIEW VIRTUAL WHERE WITH""".split()
)
VERBS = ("CREATE", "ALTER", "DROP")
LASTING = frozenset("TEMP TEMPORARY UNLOGGED".split())
OF_VERBS = {
    "Rows": "INSERT UPDATE DELETE WITH MERGE COPY SELECT VALUES TABLE".split(),
    "Sessions and transactions": (
        "ABORT BEGIN START COMMIT END ROLLBACK SAVEPOINT RELEASE PREPARE SET RESET SHOW DISCARD EXECUTE"
        " DEALLOCATE DECLARE FETCH MOVE CLOSE LISTEN UNLISTEN NOTIFY LOAD CHECKPOINT EXPLAIN"
    ).split(),
}
#: So many forms that cost nobody anything are named in a section.
MOST_FREE = 12


@dataclass(frozen=True)
class Row:
    """A statement with what it costs on each major where it is possible."""

    area: str
    form: tuple[str, ...]
    text: str
    costs: tuple[tuple[int, frozenset[Cost]], ...]

    def says(self, other: "Row") -> bool:
        """Whether the other one needs no line of its own beside this one."""
        ours = {major: signature(costs, self.text) for major, costs in self.costs}
        return all(ours.get(major) == signature(costs, other.text) for major, costs in other.costs)


def page() -> str:
    kept: dict[object, list[Row]] = {}
    for row in sorted(every_row(), key=lambda row: (-len(row.costs), len(row.text), row.text)):
        alike = kept.setdefault((row.area, row.form), [])
        if not any(other.says(row) for other in alike):
            alike.append(row)
    return HEAD + "\n".join(tables([row for rows in kept.values() for row in rows]))


def tables(rows: list[Row]) -> Iterator[str]:
    ordered = sorted(rows, key=lambda row: (row.area, row.form, row.text))
    for area, group in groupby(ordered, key=lambda row: row.area):
        costly: list[Row] = []
        free: list[Row] = []
        for row in group:
            (costly if any(costs for _, costs in row.costs) else free).append(row)
        yield f"## {area}"
        yield ""
        if costly:
            yield "| statement | locks | work | who waits |"
            yield "|---|---|---|---|"
            for row in costly:
                yield from lines(row)
            yield ""
        if free:
            shortest = sorted(free, key=lambda row: (len(row.text), row.text))[:MOST_FREE]
            more = f", and {len(free) - MOST_FREE} more forms" if len(free) > MOST_FREE else ""
            yield "Nothing that others feel: " + ", ".join(f"`{row.text}`" for row in shortest) + f"{more}."
            yield ""


def lines(row: Row) -> Iterator[str]:
    """A line, or one for each group of majors where they differ."""
    groups: list[tuple[list[int], frozenset[Cost]]] = []
    for major, costs in row.costs:
        same = next((g for g in groups if g[1] == costs), None)
        if same is None:
            groups.append(([major], costs))
        else:
            same[0].append(major)
    for number, (majors, costs) in enumerate(groups):
        shown = f"`{cell(row.text)}`" if number == 0 else "〃"
        where = "" if tuple(majors) == MAJORS else f" ({spelled(majors)})"
        yield f"| {shown}{where} | {locks(costs)} | {work(costs)} | {waits(costs)} |"


def spelled(majors: list[int]) -> str:
    return f"{majors[0]}" if len(majors) == 1 else f"{majors[0]} to {majors[-1]}"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def locks(costs: frozenset[Cost]) -> str:
    modes: dict[LockMode, list[str]] = {}
    for cost in sorted((c for c in costs if isinstance(c, Lock)), key=lambda c: (-c.mode.strength, c.on)):
        modes.setdefault(cost.mode, []).append(name(cost.table))
    return "; ".join(f"{mode.value} on {', '.join(tables)}" for mode, tables in modes.items())


def work(costs: frozenset[Cost]) -> str:
    words = {Rewrite: "rewrites", BuildIndex: "builds an index on", Scan: "reads"}
    found = []
    for kind, word in words.items():
        if touched := sorted({name(cost.table) for cost in costs if isinstance(cost, kind)}):
            found.append(f"{word} {', '.join(touched)}")
    if any(not isinstance(c, Lock | Scan | Rewrite | BuildIndex) for c in costs):
        found.append("waits for older transactions")
    return "; ".join(found)


def waits(costs: frozenset[Cost]) -> str:
    modes = [cost.mode for cost in costs if isinstance(cost, Lock)]
    who = "nobody"
    if any(mode.stops_reads for mode in modes):
        who = "reads and writes"
    elif any(mode.stops_writes for mode in modes):
        who = "writes"
    if who == "nobody":
        return who
    long = any(isinstance(c, Scan | Rewrite | BuildIndex) and c.under.stops_writes for c in costs)
    return f"**{who}, until it is done**" if long else f"{who}, a moment"


def name(table: Relation) -> str:
    return table.name if table.schema == "public" else table.text


def signature(costs: frozenset[Cost], text: str) -> tuple[str, ...]:
    """The costs with tables called by their turn in the statement."""
    folded = text.lower()
    turns = sorted({c.table for c in costs}, key=lambda t: (folded.find(t.name.lower()) % 10_000, t.text))
    called = {table: f"t{number}" for number, table in enumerate(turns)}
    return tuple(
        sorted(
            f"{type(c).__name__} {called[c.table]} {getattr(c, 'mode', getattr(c, 'under', ''))}"
            for c in costs
        )
    )


def every_row() -> Iterator[Row]:
    for file in CORPUS:
        script = script_of(file)
        majors = [major for major in MAJORS if major >= script.since]
        by_major = {
            major: frames_of(
                script.sql,
                before=before(script.given),
                server=Server(major=major, time_zone=script.time_zone),
            )
            for major in majors
        }
        for frames in zip(*by_major.values(), strict=True):
            said = [(major, frame.costs) for major, frame in zip(majors, frames, strict=True) if shown(frame)]
            text = " ".join(frames[0].statement.text.split())
            if said and len(text) <= LONGEST and "`" not in text:
                yield Row(area(frames[0], text), form(text), text, tuple(said))


def before(given: str) -> SchemaState:
    frames = frames_of(given, before=SchemaState(complete=True))
    return frames[-1].after if frames else SchemaState(complete=True)


def shown(frame: Frame) -> bool:
    """Not what is refused, what costs less than we say, or what a lock from before already covers."""
    comments = frame.statement.piece.comments
    plain = bool(frame.effects) and not frame.unread and not frame.refused and not frame.held
    if len(frame.effects) > 1 and frame.statement.text.upper().startswith("ALTER TABLE"):
        return False  # Of several actions the costs are those of each.
    if " EXISTS " in frame.statement.text.upper() and frame.before == frame.after:
        return False  # What it is about is there already, or is not there.
    old = all(cost.table not in frame.young for cost in frame.costs)
    return plain and old and not any(comment.startswith(TOO_MUCH) for comment in comments)


def area(frame: Frame, text: str) -> str:
    """Objects by their kind, ALTER TABLE by what it is about, other statements by their verb."""
    words = [token.text.upper() for token in tokens(text) if token.kind is Kind.WORD]
    if words[:2] == ["ALTER", "TABLE"]:
        return f"ALTER TABLE: {about(type(frame.effects[0].change).__name__)}"
    if words[0] not in VERBS:
        return next((name for name, verbs in OF_VERBS.items() if words[0] in verbs), words[0])
    kind = verb(over(text, tokens(text))).split(" ", 1)[1]
    return " ".join(word for word in kind.split() if word not in LASTING).capitalize()


def about(change: str) -> str:
    if any(word in change for word in ("Column", "Default", "NotNull", "Type", "Identity", "Expression")):
        return "columns"
    constraint = any(
        word in change for word in ("Constraint", "Check", "Unique", "Key", "UsingIndex", "Exclu")
    )
    return "constraints" if constraint else "the table"


def form(text: str) -> tuple[str, ...]:
    words = (token.text.upper() for token in tokens(text) if token.kind is Kind.WORD)
    return tuple(word for word in words if word in TELLING)
