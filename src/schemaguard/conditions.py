"""Questions to the catalog, each an SQL expression without a free variable.

They can be asked at any moment of a release, also where the table or the column
is not there yet, or no longer: then the answer is false, or what ``no_row`` says.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from schemaguard.names import Column, Relation, literal, quote

#: What the names of triggers that keep columns in step begin with. They sort behind other names.
SYNC = "zzsync"
#: And those of triggers that compute a column for good: they come before the former.
COMPUTED = "zzgenerated"
#: And those of triggers that look at what is written before others do.
FIRST = "!sync"
#: What has no operator = compares by its text; so do arrays of it.
WITHOUT_EQUALITY = frozenset({"json", "xml", "point", "polygon", "path", "line", "lseg", "box", "circle"})
_FINDS = re.compile(r"EXISTS \(SELECT FROM ts_stat\((?P<escaped> E)?'(?P<text>(?:[^']|'')*)'\)\)")
_TWICE = "\\\\"
#: The schema of what we keep in mind.
JOURNAL_SCHEMA = "schemaguard"
#: The steps of the journal.
_STEPS = Relation(JOURNAL_SCHEMA, "step")


def ask(condition: str) -> str:
    """The condition as a query."""
    return f"SELECT {condition}"


def differ(a: str, b: str, type_: str) -> str:
    """Whether two values of the type differ, NULL being a value like others."""
    if type_.removesuffix("[]") in WITHOUT_EQUALITY:
        a, b = f"{a}::text", f"{b}::text"
    return f"{a} IS DISTINCT FROM {b}"


def regclass(relation: Relation) -> str:
    """The relation's oid, or NULL."""
    return f"to_regclass({literal(str(relation))})"


def is_table(relation: Relation) -> str:
    """Whether a table of that name is there: a view, under the same name, is none."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = {regclass(relation)} AND relkind IN ('r', 'p'))"
    )


def enum_has_value(type_: Relation, value: str) -> str:
    """Whether the enum has the value."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_enum WHERE enumtypid = to_regtype({literal(str(type_))})"
        f" AND enumlabel = {literal(value)})"
    )


def enum_is_ordered(type_: Relation, first: str, second: str) -> str:
    """Whether the enum has both values, in that order."""
    return (
        "EXISTS (SELECT FROM pg_catalog.pg_enum AS a JOIN pg_catalog.pg_enum AS b USING (enumtypid)"
        f" WHERE enumtypid = to_regtype({literal(str(type_))}) AND a.enumlabel = {literal(first)}"
        f" AND b.enumlabel = {literal(second)} AND a.enumsortorder < b.enumsortorder)"
    )


def relation_exists(relation: Relation) -> str:
    """Whether a table, an index or a view of that name is there."""
    return f"{regclass(relation)} IS NOT NULL"


def _attribute(column: Column, more: str = "") -> str:
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {regclass(column.table)}"
        f" AND attname = {literal(column.name)} AND NOT attisdropped{more})"
    )


def column_exists(column: Column) -> str:
    """Whether the column is there."""
    return _attribute(column)


def column_has_type(column: Column, type_: str) -> str:
    """Whether the column is there and of the type, as format_type spells it."""
    return _attribute(column, f" AND format_type(atttypid, atttypmod) = {literal(type_)}")


def column_is_not_null(column: Column) -> str:
    """Whether the column is there and NOT NULL, which from 18 on may not be valid."""
    unproved = (
        "EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = attrelid AND k.contype = 'n'"
        " AND k.conkey = ARRAY[attnum] AND NOT k.convalidated)"
    )
    return _attribute(column, f" AND attnotnull AND NOT {unproved}")


def column_has_default(column: Column) -> str:
    """Whether the column is there and has a default."""
    return _attribute(column, " AND atthasdef")


def column_is_identity(column: Column) -> str:
    """Whether the column is there and an identity."""
    return _attribute(column, " AND attidentity <> ''")


def column_is_generated(column: Column) -> str:
    """Whether the column is there and the server computes it."""
    return _attribute(column, " AND attgenerated <> ''")


def routine_exists(function: Relation) -> str:
    """Whether a function without arguments of that name is there."""
    return f"to_regprocedure({literal(f'{function}()')}) IS NOT NULL"


def constraint_exists(table: Relation, name: str, *, valid: bool = False) -> str:
    """Whether the table has the constraint, and if ``valid`` is asked for, whether it is valid."""
    more = " AND convalidated" if valid else ""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {regclass(table)}"
        f" AND conname = {literal(name)}{more})"
    )


def index_is_ready(index: Relation) -> str:
    """Whether the index is there and valid: IF NOT EXISTS would take an invalid one for it."""
    return f"EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = {regclass(index)} AND indisvalid)"


def is_part(part: Relation, whole: Relation) -> str:
    """Whether a table or an index is attached to the partitioned one."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = {regclass(part)}"
        f" AND inhparent = {regclass(whole)})"
    )


def is_detaching(part: Relation, whole: Relation) -> str:
    """Whether a DETACH ... CONCURRENTLY of the partition was begun, and not ended."""
    return is_part(part, whole).removesuffix(")") + " AND inhdetachpending)"


def trigger_exists(table: Relation, name: str, *, enabled: bool = False) -> str:
    """Whether the table has the trigger, and if ``enabled`` is asked for, whether it fires."""
    more = " AND tgenabled <> 'D'" if enabled else ""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {regclass(table)}"
        f" AND tgname = {literal(name)}{more})"
    )


def any_row(table: Relation, where: str) -> str:
    """Whether there is such a row in a table which itself need not be there: then there is none."""
    return f"CASE WHEN {regclass(table)} IS NULL THEN false ELSE {finds(f'{table} WHERE {where}')} END"


def finds(source: str) -> str:
    """Whether there is a row in what stands behind FROM; what is not there, only fails when it is asked."""
    # ts_stat runs a query that is a mere text until then, so nobody minds that its table is missing.
    # query_to_xml would do, too, but not on servers that are built without libxml.
    query = f"SELECT 'found'::tsvector FROM {source} LIMIT 1"
    return f"EXISTS (SELECT FROM ts_stat({literal(query)}))"


def plainly(condition: str) -> str:
    """The condition for a moment when all is there that it is about: people can read it, and the linter."""

    def query(found: re.Match[str]) -> str:
        text = found["text"].replace("''", "'")
        return f"EXISTS ({text.replace(_TWICE, _TWICE[0]) if found['escaped'] else text})"

    return _FINDS.sub(query, condition)


def written_down(release: str, step: str) -> str:
    """Whether the journal says that the step was done: for what the catalog does not tell."""
    where = f"release = {literal(release)} AND id = {literal(step)} AND state IN ('done', 'found')"
    return any_row(_STEPS, where)


def asks_the_journal(condition: str) -> bool:
    """Whether ``written_down`` is a part of it."""
    return f" {_STEPS} " in condition


def no_row(table: Relation, where: str, types: Mapping[str, str]) -> str:
    """Whether there is no row where ``where`` holds. A column of ``types`` that is not there counts as NULL.

    Names in the inner query are looked for in the table first, and only then in ``absent``. So they
    must not be qualified.
    """
    absent = ", ".join(f"NULL::{type_} AS {quote(name)}" for name, type_ in sorted(types.items()))
    return (
        f"NOT EXISTS (SELECT FROM (SELECT {absent}) AS absent,"
        f" LATERAL (SELECT FROM {table} WHERE {where}) AS present)"
    )


def either(*conditions: str) -> str:
    """Whether one of the conditions holds."""
    return " OR ".join(f"({condition})" for condition in conditions)


def all_of(*conditions: str) -> str:
    """Whether all conditions hold."""
    return " AND ".join(f"({condition})" for condition in conditions)


def nothing_found(query: str) -> str:
    """Whether the query has no row."""
    return f"NOT EXISTS ({query})"


def negated(condition: str) -> str:
    """Whether the condition does not hold."""
    return f"NOT ({condition})"


def constraint_is(table: Relation, name: str, definition: str) -> str:
    """Whether the constraint is what the server would make of the definition."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {regclass(table)}"
        f" AND conname = {literal(name)} AND pg_get_constraintdef(oid) = {literal(definition)})"
    )


def fires_on_update(table: Relation, columns: Collection[str], but: Collection[str]) -> str:
    """The triggers but these, and ours, that fire when the columns are updated; those of partitions, too."""
    names = ", ".join(literal(column) for column in sorted(columns))
    ours = ", ".join(literal(f"{prefix}%") for prefix in (SYNC, COMPUTED, FIRST))
    others = "".join(f" AND t.tgname <> {literal(name)}" for name in sorted(but))
    return (
        f"SELECT {described('pg_trigger', 't.oid')} FROM pg_catalog.pg_trigger AS t"
        f" WHERE (t.tgrelid = {regclass(table)}"
        f" OR t.tgrelid IN (SELECT relid FROM pg_partition_tree({regclass(table)})))"
        f" AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 16 <> 0"
        f" AND t.tgname NOT LIKE ALL (ARRAY[{ours}]){others}"
        " AND (t.tgattr::text = '' OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a"
        f" WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr) AND a.attname IN ({names})))"
    )


def rules_of(table: Relation) -> str:
    """The rules that an UPDATE of the table goes through."""
    return (
        f"SELECT {described('pg_rewrite', 'r.oid')} FROM pg_catalog.pg_rewrite AS r"
        f" WHERE r.ev_class = {regclass(table)} AND r.ev_type = '2' AND r.ev_enabled <> 'D'"
    )


def used_elsewhere(table: Relation, columns: Sequence[str]) -> str:
    """The views, policies, publications, triggers and generated columns that use one of the columns."""
    names = ", ".join(literal(column) for column in columns)
    return (
        "SELECT regexp_replace(pg_describe_object(d.classid, d.objid, d.objsubid), '^rule _RETURN on ', '')"
        " FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_attribute AS a"
        " ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        " LEFT JOIN pg_catalog.pg_attrdef AS f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid"
        " LEFT JOIN pg_catalog.pg_trigger AS t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid"
        f" WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = {regclass(table)}"
        f" AND a.attname IN ({names}) AND NOT a.attisdropped"
        " AND (d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_publication_rel'::regclass,"
        " 'pg_statistic_ext'::regclass)"
        f" OR f.adnum <> d.refobjsubid OR t.tgname NOT LIKE {literal(f'{SYNC}%')})"
    )


def described(catalog: str, oid: str) -> str:
    """The object of that catalog as a server tells it."""
    return f"pg_describe_object('{catalog}'::regclass, {oid}, 0)"


def kept_in_step(table: Relation, columns: Collection[str], but: Collection[str]) -> str:
    """The triggers that keep columns in step, but these, and read or write one of the columns."""
    names = [quote(column) for column in sorted(columns)]
    plain = "|".join(name for name in names if not name.startswith('"'))
    found = [f"p.prosrc ~ {literal(f'NEW[.]({plain})([^a-z0-9_]|$)')}"] if plain else []
    found += [f"strpos(p.prosrc, {literal(f'NEW.{name}')}) > 0" for name in names if name.startswith('"')]
    others = ", ".join(literal(name) for name in sorted(but))
    return (
        f"SELECT {described('pg_trigger', 't.oid')} FROM pg_catalog.pg_trigger AS t"
        " JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid"
        f" WHERE t.tgrelid = {regclass(table)} AND t.tgname LIKE {literal(f'{SYNC}%')}"
        f" AND t.tgname NOT IN ({others}) AND ({' OR '.join(found)})"
    )
