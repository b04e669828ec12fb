"""Which functions may use what the contract takes away: of most bodies the server does not know that."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from schemaguard.changes import DropColumn, DropFunction, DropTable, RenameColumn, RenameTable
from schemaguard.conditions import COMPUTED, FIRST, JOURNAL_SCHEMA, SYNC, described, regclass
from schemaguard.frame import Frame
from schemaguard.names import Relation, literal, quote
from schemaguard.phase import Phase
from schemaguard.plan.said import Said
from schemaguard.recipe import Step
from schemaguard.steps import ensure_none, listed, slug

_FOLDED = re.compile(r"[a-z_][a-z0-9_$]*")


def no_function_uses(frames: Sequence[Frame], said: Said) -> Iterator[Step]:
    """No function names a column or a table that goes, but those of which it is said that they do without."""
    going: dict[Relation, list[str]] = defaultdict(list)
    allowed = set(said.unused)
    for frame in frames:
        for effect in frame.effects:
            match effect.change:
                case DropColumn(column=column) | RenameColumn(column=column) if _is_used(frame, column.table):
                    going[column.table].append(said.original(column).name)
                case DropTable(table=table) | RenameTable(table=table) if _is_used(frame, table):
                    # Without the table each of its columns is gone.
                    going[table] = []
                case DropFunction(function=function):
                    allowed.add(function.name)
                case _:
                    pass  # Nothing goes that code could name.
    for table, columns in going.items():
        what = f"{listed(columns)} of {table.text}" if columns else table.text
        yield ensure_none(
            slug(table.name, *columns, "unnamed"),
            f"no function names {what}, but those of `schemaguard: unused = NAME`",
            Phase.CONTRACT,
            naming(table, columns, allowed),
        )


def _is_used(frame: Frame, table: Relation) -> bool:
    return table in frame.before.tables and table not in frame.young


def naming(table: Relation, columns: Collection[str], but: Collection[str]) -> str:
    """The functions but these, ours and extensions', in which one of the columns may be used; or the table.

    A column is where its name and the table's are, or its name and a row of the table. Of bodies that the
    server has read it knows itself.
    """
    of = regclass(table)
    ours = ", ".join(literal(f"{prefix}%") for prefix in (SYNC, COMPUTED, FIRST))
    others = "".join(f" AND p.proname <> {literal(name)}" for name in sorted(but))
    named = _says(table.name)
    if columns:
        has_row = (
            f"EXISTS (SELECT FROM pg_catalog.pg_type AS y WHERE y.typrelid = {of}"
            " AND ARRAY[y.oid, y.typarray]"
            " && (p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}') || p.prorettype))"
        )
        of_trigger = f"p.oid IN (SELECT tgfoid FROM pg_catalog.pg_trigger WHERE tgrelid = {of})"
        named = f"({named} OR {has_row} OR {of_trigger}) AND ({' OR '.join(map(_says, columns))})"
    numbers = f"SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {of}"
    names = f" AND attname IN ({', '.join(map(literal, columns))})" if columns else ""
    known = f"d.refclassid = 'pg_class'::regclass AND d.refobjid = {of}" + (
        f" AND d.refobjsubid IN ({numbers}{names})" if columns else ""
    )
    return (
        f"SELECT {described('pg_proc', 'p.oid')} FROM pg_catalog.pg_proc AS p"
        " JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace"
        f" AND n.nspname NOT IN ('pg_catalog', 'information_schema', {literal(JOURNAL_SCHEMA)})"
        f" WHERE p.proname NOT LIKE ALL (ARRAY[{ours}]){others}"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_proc'::regclass"
        f" AND d.objid = p.oid AND d.deptype = 'e') AND {named}"
        f" UNION SELECT {described('pg_proc', 'd.objid')} FROM pg_catalog.pg_depend AS d"
        f" WHERE d.classid = 'pg_proc'::regclass AND {known}"
    )


def _says(name: str) -> str:
    """Whether the body has the name as a word. A keyword is a name only in quotes, or behind a point."""
    if not _FOLDED.fullmatch(name):
        return f"strpos(p.prosrc, {literal(name)}) > 0"
    before = "(^|[^[:alnum:]_])" if quote(name) == name else "[\"'.]"
    word = name.replace("$", "[$]")
    return f"p.prosrc ~* {literal(f'{before}{word}([^[:alnum:]_]|$)')}"
