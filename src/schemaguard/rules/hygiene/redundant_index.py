"""
An index that another one makes needless.

## Why

Each index is written with every row and vacuumed with the table, and takes its share of
memory. A B-tree over `(a, b)` finds rows by `a` as well as one over `(a)` does, if
not in as little room; a unique constraint has an index already.

## Instead

Keep the longer one. Where the shorter one is there already and a longer one comes, drop
the shorter one CONCURRENTLY, in the same migration or in the next.

An index over part of the rows, one in another order and a unique one say something of their own.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from schemaguard.evidence import Wording
from schemaguard.made import indexes
from schemaguard.names import Relation
from schemaguard.overlaps import does_the_work
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import SchemaState


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new index beside another one that does its work, or whose work it does, when the migration ends."""
    made = [(frame, name) for frame in frames for name, _ in indexes(frame)]
    for frame, name in made:
        for needless, other in _needless(name, frames[-1].after, {new for _, new in made}):
            yield (
                frame,
                Finding(
                    message=f"index {other.name} does all that {needless.name} is good for",
                    because=Wording(f"indexes {needless.name} and {other.name}"),
                    advice=f"Leave {needless.name} out." if needless == name else f"Drop {needless.name}.",
                ),
            )


def _needless(name: Relation, schema: SchemaState, new: set[Relation]) -> Iterator[tuple[Relation, Relation]]:
    """Pairs of which the index is one: the needless one first. Of two that are alike it is the younger."""
    index = schema.indexes.get(name)
    if index is None:
        return
    others = [(other, state) for other, state in schema.indexes_of(index.table) if other != name]
    older = {other for other, _ in takewhile(lambda one: one[0] != name, schema.indexes_of(index.table))}
    for other, state in others:
        if does_the_work(state, index) and (other in older or not does_the_work(index, state)):
            yield name, other
            return
    for other, state in others:
        if does_the_work(index, state) and other not in new:
            yield other, name


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, email text UNIQUE, city text, street text);
    CREATE INDEX account_place ON account (city, street);
    """,
    examples=(
        Bad("the beginning of another", "CREATE INDEX CONCURRENTLY account_city ON account (city);"),
        Bad(
            "a constraint has one",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            ends_elsewhere="it is about another column",
        ),
        Bad(
            "the same again",
            "CREATE INDEX CONCURRENTLY account_place_2 ON account (city, street);",
            ends_elsewhere="it is about more columns",
        ),
        Bad(
            "the longer one comes",
            "CREATE INDEX CONCURRENTLY account_address ON account (city, street, email);",
            ends_elsewhere="it is about more columns",
        ),
        Good(
            "not the beginning",
            "CREATE INDEX CONCURRENTLY account_street ON account (street);",
            ends_elsewhere="it is about another column",
        ),
        Good(
            "some of the rows",
            "CREATE INDEX CONCURRENTLY account_city ON account (city) WHERE street IS NULL;",
            ends_elsewhere="it is about some rows",
        ),
        Good(
            "for LIKE",
            "CREATE INDEX CONCURRENTLY account_city ON account (city text_pattern_ops);",
        ),
        Good(
            "in the place of the other one",
            """
            CREATE INDEX CONCURRENTLY account_place_2 ON account (city, street);
            DROP INDEX CONCURRENTLY account_place;
            """,
            ends_elsewhere="the other one is gone",
        ),
    ),
)
