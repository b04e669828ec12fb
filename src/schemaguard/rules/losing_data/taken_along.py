"""
A drop takes along what the statement does not name.

## Why

DROP COLUMN asks nobody before it drops the indexes, UNIQUE and FOREIGN KEY constraints
of which the column is only a part: with `UNIQUE (country, fax)` the whole constraint goes, and
nothing keeps countries apart any longer. CASCADE goes further, to views, to generated columns,
and to the foreign keys of other tables, whose rows may then point to nothing. The server
says so in a NOTICE that nobody reads in a deployment.

## Instead

Drop each thing by its name first, so that it can be seen in review; and build before what has
to take its place. A plain DROP then refuses (2BP01) if it would reach further than somebody
has thought of.
"""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_view import DropView
from schemaguard.evidence import Loss
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import Check, Exclude, ForeignKey, SchemaState, Unique, constrained_columns

DROPPING = DropColumn | DropConstraint | DropIndex | DropTable | DropView


def check(frame: Frame) -> Iterator[Finding]:
    """What is gone after a drop, beside the thing itself and what is nothing without it."""
    for effect in frame.effects if not frame.refused else ():
        if isinstance(effect.change, DROPPING):
            gone = sorted(_gone(effect.change, frame))
            if gone:
                yield Finding(
                    message=f"also drops {', '.join(gone)}",
                    because=Loss(gone[0]),
                    advice="Drop it by its own name first, if it is meant to go.",
                )


def _gone(change: Change, frame: Frame) -> Iterator[str]:
    after = change.apply(frame.before)
    kept = {what for what, _, _ in _parts(after)}
    for what, table, about in _parts(frame.before):
        # What is about the column alone is nothing without it.
        mere = (
            isinstance(change, DropColumn) and change.column.table == table and about == {change.column.name}
        )
        there = table in after.tables or table in frame.before.views
        if what not in kept and not mere and there and table not in frame.young and not _is(change, what):
            yield what


def _is(change: Change, what: str) -> bool:
    """Whether it is the thing that the statement names."""
    match change:
        case DropConstraint(name=name):
            return f" {name} of {change.table.text} " in what
        case DropIndex(index=index):
            return what == f"index {index.text}"
        case DropView(view=view):
            return what == f"view {view.text}"
        case _:
            return False


def _parts(schema: SchemaState) -> Iterator[tuple[str, Relation, frozenset[str]]]:
    """Each thing that can go along: what to call it, its table, the columns that it is about."""
    for table, state in schema.tables.items():
        for constraint in state.constraints:
            if isinstance(constraint, Check):
                continue  # It speaks of the column: without that it has nothing to say.
            about = constrained_columns(constraint)
            text = (
                f"{_KINDS[type(constraint)]} {constraint.name} of {table.text} ({', '.join(sorted(about))})"
            )
            yield text, table, about
        for column in state.columns:
            yield f"column {table.text}.{column.name}", table, frozenset({column.name})
        for trigger in state.triggers:
            yield f"trigger {trigger} of {table.text}", table, frozenset()
    for name, index in schema.indexes.items():
        if not isinstance(schema.known(index.table).constraint(name.name), Unique | Exclude):
            columns = {column for column in index.columns if column is not None}
            yield f"index {name.text}", index.table, frozenset(columns | index.also)
    for thing in schema.things:
        if thing.table is not None:
            yield f"{thing.kind} {thing.name} of {thing.table.text}", thing.table, frozenset()
    for view in schema.views:
        yield f"view {view.text}", view, frozenset()


_KINDS = {ForeignKey: "foreign key", Unique: "unique constraint", Exclude: "exclusion"}

RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, country text, fax text, UNIQUE (country, fax));
    CREATE INDEX account_by_fax ON account (fax, country);
    """,
    examples=(
        Bad(
            "a constraint and an index over two columns",
            "ALTER TABLE account DROP COLUMN fax;",
            phase=Phase.CONTRACT,
        ),
        Good(
            "each by its name",
            """
            DROP INDEX CONCURRENTLY account_by_fax;
            ALTER TABLE account DROP CONSTRAINT account_country_fax_key;
            ALTER TABLE account DROP COLUMN fax;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
