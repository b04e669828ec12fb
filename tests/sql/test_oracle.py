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

from schemaguard.changes import Unread
from schemaguard.sql.grammar import read_text
from schemaguard.sql.lexer import Token, tokens
from tests.oracle_facts import UNMODELLED, accepted, compare, truth

STATEMENTS = [
    line
    for line in Path(__file__).with_name("statements.sql").read_text().splitlines()
    if line and not line.startswith("--")
]
SEED = int(os.environ.get("SCHEMAGUARD_FUZZ_SEED", "1"))
TRIES = int(os.environ.get("SCHEMAGUARD_FUZZ_TRIES", "100000"))
#: What we read on PostgreSQL's side, with so many statements that it does not read by design.
KNOWN = re.compile(
    r"(CREATE|ALTER|DROP) |INSERT |UPDATE |DELETE |WITH |BEGIN|START|COMMIT|END|ROLLBACK|ABORT|RE?SET "
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
    unread = [change.text for change in read_text(text) if isinstance(change, Unread)]

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


def test_tokens_that_are_joined_are_the_same_tokens() -> None:
    """The mutants are made of tokens with spaces between them: none may be lost."""

    def spelled(found: list[Token]) -> list[str]:
        return [token.text for token in found]

    for text in STATEMENTS:
        words = spelled(tokens(text))

        assert spelled(tokens(" ".join(words))) == words
