"""Our grammar against PostgreSQL's own (pglast): what it reads is the same, or it says that it cannot read.

The statements are in ``statements.sql``; mutants of them stand for what nobody thought of.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemaguard.changes import AddCheck, Unread
from schemaguard.run_prepared import RunPrepared
from schemaguard.schema import Volatility
from schemaguard.sql.functions import of_function
from schemaguard.sql.grammar import read_text
from schemaguard.sql.lexer import Token, tokens
from schemaguard.volatility import worst
from tests.oracle_facts import UNMODELLED, accepted, compare, functions_called, truth

STATEMENTS = [
    line
    for line in Path(__file__).with_name("statements.sql").read_text().splitlines()
    if line and not line.startswith("--")
]
SEED = int(os.environ.get("SCHEMAGUARD_FUZZ_SEED", "1"))
TRIES = int(os.environ.get("SCHEMAGUARD_FUZZ_TRIES", "100000"))
#: What we read on PostgreSQL's side, with so many statements that it does not read by design.
KNOWN = re.compile(
    r"(CREATE|ALTER|DROP) |INSERT |UPDATE |DELETE |WITH |BEGIN|START|COMMIT|END|ROLLBACK|ABORT|RE?SET |"
    r"VACUUM|ANALY[SZ]E|CLUSTER|REINDEX |LOCK |TRUNCATE |GRANT |REVOKE |COMMENT |SECURITY |CHECKPOINT|"
    r"EXECUTE |SELECT |VALUES |TABLE |MERGE |\(|DO |COPY |EXPLAIN |PREPARE |"
    r"DECLARE |FETCH |MOVE |CLOSE |DEALL|LOAD |LISTEN |UNLISTEN |NOTIFY |REASSIGN |SAVEPOINT|RELEASE|SHOW |"
    r"DISCARD|PREPARE TRANSACTION|IMPORT "
)


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_is_read_is_what_postgres_reads(text: str) -> None:
    node = accepted(text)
    assert node is not None, "PostgreSQL has no such statement"

    verdict = compare(read_text(text), node)

    assert verdict in ("equal", "unread")


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_changes_can_say_is_read(text: str) -> None:
    facts = truth(accepted(text))
    # What was prepared elsewhere is read there.
    changes = [change for change in read_text(text) if not isinstance(change, RunPrepared)]
    unread = [change.text for change in changes if isinstance(change, Unread)]

    assert len(unread) == facts.count(UNMODELLED) or (unread == [text] and UNMODELLED in facts)


def mutants(statements: list[str], seed: int) -> Iterator[str]:
    """Statements with tokens left out, doubled, swapped, replaced, and spliced in from others."""
    rng = random.Random(seed)
    known = [text for text in statements if KNOWN.match(text)]
    lists = [[token.text for token in tokens(text)] for text in known]
    pool = [word for words in lists for word in words]
    while True:
        words = list(rng.choice(lists))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            at = rng.randrange(len(words)) if words else 0
            match rng.randrange(6):
                case 0:
                    del words[at : at + rng.choice((1, 1, 2, 3))]
                case 1:
                    words.insert(at, rng.choice(pool))
                case 2:
                    words[at : at + 1] = [rng.choice(pool)]
                case 3:
                    other = rng.randrange(len(words)) if words else 0
                    if words:
                        words[at], words[other] = words[other], words[at]
                case 4:
                    end = at + rng.randrange(1, 5)
                    words[at:at] = words[at:end]
                case _:
                    donor = rng.choice(lists)
                    start = rng.randrange(len(donor))
                    words[at : at + rng.randrange(3)] = donor[start : start + rng.randrange(1, 6)]
        yield " ".join(words)


def test_mutants_are_read_as_postgres_reads_them_or_not_at_all() -> None:
    verdicts: Counter[str] = Counter()
    different: list[str] = []
    seen: set[str] = set()
    source = mutants(STATEMENTS, SEED)
    for _ in range(TRIES):
        text = next(source)
        if text in seen:
            continue
        seen.add(text)
        node = accepted(text)
        if node is None:
            continue
        verdict = compare(read_text(text), node)
        verdicts[verdict.split(":")[0].split(" ")[0]] += 1
        if verdict not in ("equal", "unread"):
            different.append(f"{text}\n    {verdict}")

    print(f"{sum(verdicts.values())} valid mutants of {len(seen)}: {dict(verdicts)}")
    assert different == []
    assert verdicts["equal"] > TRIES * 0.02


_OPERANDS = """
a
b
c
t.a
x.y.z
"A b"
1
'x'
$$x$$
NULL
TRUE
(a)
(a, b)
ROW(a, c)
f(a)
s.f(a, b)
random()
now()
gen_random_uuid()
pg_catalog.random()
a::int
CAST(b AS text)
a[1]
a[1:2]
lower(b) COLLATE "C"
- a
(a).b
ARRAY[a, 1]
date 'x'
extract(year from a)
substring(a from 1 for b)
CASE WHEN a THEN b ELSE c END
interval '1' day
coalesce(a, b)
CURRENT_DATE
trim(both 'x' from a)
position(a in b)
(SELECT 1)
make_interval(days => a)
left(a, 1)
s.filter(a)
timestamp with time zone 'x'
overlay(a placing b from 1)
greatest(a, random())
nullif(a, b)
zone(a)
""".strip().splitlines()
_TESTS = """
IS NULL
IS NOT NULL
IS NOT NULL
NOTNULL
ISNULL
IS DISTINCT FROM NULL
IS NOT DISTINCT FROM NULL
IS TRUE
IS NOT UNKNOWN
IS NOT DISTINCT FROM b
IS NORMALIZED
""".strip().splitlines()
_BETWEEN = """
=
<
<>
+
OR
->
@>
LIKE
NOT ILIKE
IS DISTINCT FROM
AT TIME ZONE
OVERLAPS
SIMILAR TO
= ANY
?
BETWEEN 1 AND
OPERATOR(pg_catalog.+)
OPERATOR(s.+)
""".strip().splitlines()
_WORDS = """
a b ( ) AND OR NOT IS NULL = < 1 'x' , ROW CASE WHEN THEN ELSE END BETWEEN IN LIKE :: int text [ ] .
f DISTINCT FROM TRUE + || COLLATE "C" AT TIME ZONE now coalesce ARRAY CAST AS ANY ALL SIMILAR TO
ESCAPE SYMMETRIC extract for both date interval OPERATOR pg_catalog ? nullif exists values DOCUMENT
JSON year day second numeric timestamp with bit char => := VARIADIC filter over within""".split()


def expressions(seed: int) -> Iterator[str]:
    """Expressions, and mutants of them."""
    rng = random.Random(seed)

    def made(depth: int) -> str:
        if depth <= 0:
            return rng.choice(_OPERANDS)
        match rng.randrange(9):
            case 0 | 1:
                return f"{made(depth - 1)} AND {made(depth - 1)}"
            case 2 | 3:
                return f"{made(depth - 1)} OR {made(depth - 1)}"
            case 4:
                return f"NOT {made(depth - 1)}"
            case 5:
                return f"({made(depth - 1)})"
            case 6 | 7:
                return f"{rng.choice(_OPERANDS)} {rng.choice(_TESTS)}"
            case _:
                return f"{rng.choice(_OPERANDS)} {rng.choice(_BETWEEN)} {rng.choice(_OPERANDS)}"

    while True:
        words = [token.text for token in tokens(made(rng.randrange(4)))]
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            at = rng.randrange(len(words) + 1)
            words[at : at + rng.randrange(2)] = rng.choice(([], [rng.choice(_WORDS)]))
        yield " ".join(words)


def test_of_expressions_no_column_proof_or_function_is_missed() -> None:
    verdicts: Counter[str] = Counter()
    different: list[str] = []
    source = expressions(SEED)
    for _ in range(TRIES // 5):
        text = f"ALTER TABLE t ADD CHECK ( {next(source)} )"
        node = accepted(text)
        if node is None or getattr(node.cmds[0].def_, "raw_expr", None) is None:
            continue
        changes = read_text(text)
        verdict = compare(changes, node)
        if verdict == "equal":
            assert isinstance(changes[0], AddCheck)
            said = changes[0].check.expression.volatility
            for name in functions_called(node.cmds[0].def_.raw_expr):
                real = of_function(name.removeprefix("pg_catalog."))
                if worst(said, real) is not said and real is not Volatility.STABLE:
                    verdict = f"different: {name} is {real}, and not {said}"
        verdicts[verdict.split(":")[0].split(" ")[0]] += 1
        if verdict not in ("equal", "unread"):
            different.append(f"{text}\n    {verdict}")

    print(f"{sum(verdicts.values())} valid expressions: {dict(verdicts)}")
    assert different == []
    assert verdicts["equal"] > TRIES * 0.05


def test_tokens_that_are_joined_are_the_same_tokens() -> None:
    """The mutants are made of tokens with spaces between them: none may be lost."""

    def spelled(found: list[Token]) -> list[str]:
        return [token.text for token in found]

    for text in STATEMENTS:
        words = spelled(tokens(text))

        assert spelled(tokens(" ".join(words))) == words
