"""A column that is numbered by a sequence of its own, serial or identity: how a second one takes it over."""

import re
from dataclasses import replace

from schemaguard.conditions import regclass
from schemaguard.dataclass import dataclass
from schemaguard.likeness import GRANTEE
from schemaguard.names import Column, Relation, generated, literal, named_relation, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.steps import ensure, own_name, slug

_NEXTVAL = re.compile(r"(?:pg_catalog\.)?nextval(?:\('(?P<name>[^']+)'(?:::regclass)?\))?", re.IGNORECASE)


_GO_ON = """-- schemaguard: allow unread (what the sequence of {column} is like, only the database knows)
DO $go_on$
DECLARE
    old record;
    new record;
    one record;
    old_max int8;
BEGIN
    SELECT * INTO STRICT old FROM pg_catalog.pg_sequence WHERE seqrelid = {aside}::regclass;
    SELECT * INTO STRICT new FROM pg_catalog.pg_sequence WHERE seqrelid = {made}::regclass;
    old_max := CASE format_type(old.seqtypid, NULL) WHEN 'smallint' THEN 32767
        WHEN 'integer' THEN 2147483647 ELSE 9223372036854775807 END;
    EXECUTE format(
        'ALTER SEQUENCE %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s RESTART %s CACHE %s %s',
        {made}, old.seqincrement, CASE old.seqmin WHEN -old_max - 1 THEN -new.seqmax - 1 ELSE old.seqmin END,
        CASE old.seqmax WHEN old_max THEN new.seqmax ELSE old.seqmax END,
        old.seqstart, old.seqstart, old.seqcache,
        CASE WHEN old.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END);
    EXECUTE format('SELECT setval(%L, last_value, is_called) FROM %s', {made}, {aside});
    IF obj_description({aside}::regclass, 'pg_class') IS NOT NULL THEN
        EXECUTE format('COMMENT ON SEQUENCE %s IS %L', {made},
            obj_description({aside}::regclass, 'pg_class'));
    END IF;
    FOR one IN
        SELECT rights.* FROM pg_catalog.pg_class, aclexplode(relacl) AS rights WHERE oid = {aside}::regclass
    LOOP
        EXECUTE format('GRANT %s ON SEQUENCE %s TO %s%s', one.privilege_type, {made},
            {grantee});
    END LOOP;
END
$go_on$"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """What has to be true at first, and statements of the swap."""

    plain: Step
    before: tuple[str, ...]
    after: tuple[str, ...]


def is_numbered(column: ColumnState) -> bool:
    """Whether it is serial or identity."""
    return column.identity is not None or _default(column) is not None


def without_numbers(column: ColumnState) -> ColumnState:
    """The column as if it were not numbered."""
    return replace(column, identity=None, default=None) if is_numbered(column) else column


def numbering(
    before: SchemaState, end: SchemaState, column: Column, second: str, last: str
) -> Numbering | None:
    """How the second column takes over; None: the column is not numbered."""
    state = before.column(column)
    if state is None or not is_numbered(state):
        return None
    sequence = _sequence(column, state)
    plain = ensure(
        slug(column.table.name, column.name, "numbered"),
        f"the sequence of {column.text} is {sequence.text} and belongs to it",
        Phase.EXPAND,
        _belongs(column, sequence, "i" if state.identity else "a"),
    )
    if state.identity is not None:
        return _identity(plain, column, state, sequence, second)
    table, final = column.table, end.column(Column(column.table, last))
    of = f"ALTER TABLE {table} ALTER COLUMN {quote(last)}"
    default = f"{of} SET DEFAULT nextval({literal(str(sequence))}::regclass)"
    again = final is not None and _default(final) is not None
    return Numbering(
        plain=plain,
        before=(f"ALTER SEQUENCE {sequence} OWNED BY {table}.{quote(second)}",),
        after=(default,) if again else (),
    )


def _identity(plain: Step, column: Column, state: ColumnState, sequence: Relation, second: str) -> Numbering:
    """A sequence of its own, which goes on where the other one was, and then has its name."""
    assert state.identity is not None
    table, made = column.table, sequence.sibling(own_name(sequence.name, "new"))
    aside = sequence.sibling(own_name(sequence.name, "old"))
    of = f"ALTER TABLE {table} ALTER COLUMN {quote(second)}"
    kind = state.identity.value.upper()
    return Numbering(
        plain=plain,
        before=(
            # Nobody takes a number from it any more.
            f"ALTER SEQUENCE {sequence} RENAME TO {quote(aside.name)}",
            f"{of} ADD GENERATED {kind} AS IDENTITY (SEQUENCE NAME {made})",
            _go_on(column, aside, made),
        ),
        after=(f"ALTER SEQUENCE {made} RENAME TO {quote(sequence.name)}",),
    )


def _go_on(column: Column, aside: Relation, made: Relation) -> str:
    """The statement that makes one sequence like another, and lets it go on from there."""
    words = {"aside": literal(str(aside)), "made": literal(str(made))}
    return _GO_ON.format(column=column.text.replace("\n", " "), grantee=GRANTEE, **words)


def _default(column: ColumnState) -> re.Match[str] | None:
    return _NEXTVAL.fullmatch(column.default.text.strip()) if column.default is not None else None


def _sequence(column: Column, state: ColumnState) -> Relation:
    """The sequence that the default names, or the one that PostgreSQL makes."""
    found = _default(state)
    if found is None or found["name"] is None:
        return column.table.sibling(generated(column.table.name, (column.name,), "seq", ()))
    return named_relation(found["name"], column.table.schema)


def _belongs(column: Column, sequence: Relation, how: str) -> str:
    """Whether the sequence belongs to the column."""
    return (
        "EXISTS (SELECT FROM pg_catalog.pg_depend AS d"
        " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        f" WHERE d.classid = 'pg_class'::regclass AND d.objid = {regclass(sequence)}"
        f" AND d.refclassid = 'pg_class'::regclass AND d.refobjid = {regclass(column.table)}"
        f" AND a.attname = {literal(column.name)} AND d.deptype = '{how}')"
    )
