"""What new code alone has written: rows and values that the release itself has put there are left out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from schemaguard.across import Across
from schemaguard.across_new import AcrossNew
from schemaguard.changes import InsertRows, UpdateRows
from schemaguard.conditions import WITHOUT_EQUALITY, differ
from schemaguard.holdings import default_of, is_untold, of_added, of_column, of_table
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.plan.released import Released
from schemaguard.plan.unmade import dropped_tables
from schemaguard.recipe import Holding, Step
from schemaguard.schema import ColumnState, SchemaState, TableState, Volatility
from schemaguard.sql.expressions import facts
from schemaguard.sql.inserted import inserted
from schemaguard.sql.lexer import LexError
from schemaguard.sql.reject import Reject


def known_better(steps: Iterable[Step], released: Released) -> list[Step]:
    """The steps, whose holdings leave out what the release itself writes, as far as that can be told."""
    steps = tuple(steps)
    better = {**dict(_filled(steps, released.end)), **dict(_better(released))}

    def known(step: Step) -> Iterator[Holding]:
        for holding in step.holds:
            instead = better.get(holding, holding)
            if instead is not None:
                yield instead

    return [replace(step, holds=tuple(known(step))) for step in steps]


def _better(released: Released) -> Iterator[tuple[Holding, Holding | None]]:
    moved = [move.across for move in released.moves if isinstance(move.across, Across)]
    for across in moved:
        if isinstance(across, AcrossNew):
            yield of_table(across.target), _beyond(across, released.end)
        else:
            yield from _beside(across, released.end)
    for table in dropped_tables(released.frames):
        yield of_table(table), None
    targets = {across.target for across in moved}
    put: dict[Relation, list[str]] = {}
    changed: set[Relation] = set()
    for frame in released.frames:
        for change in (effect.change for effect in frame.effects):
            if isinstance(change, InsertRows) and change.table in frame.young - targets:
                put.setdefault(change.table, []).append(frame.statement.text)
            elif isinstance(change, UpdateRows):
                changed.add(change.table)
    for table in put.keys() - dropped_tables(released.frames):
        ours = of_table(table, with_ours=True)
        yield of_table(table), ours if table in changed else _of_others(table, put[table], released.end)


def _filled(steps: Iterable[Step], end: SchemaState) -> Iterator[tuple[Holding, Holding]]:
    """Columns that the backfill fills where they are NULL."""
    for backfill in (step.backfill for step in steps if step.backfill and step.phase is Phase.BACKFILL):
        for name, value in backfill.values.items():
            state = end.column(Column(backfill.table, name))
            alike = backfill.into is None and backfill.where == f"{quote(name)} IS NULL"
            if not alike or state is None or state.type is None:
                continue
            of, type_ = Column(backfill.table, name), str(state.type)
            volatility = _volatility(value)
            if volatility in (Volatility.CONSTANT, Volatility.STABLE):
                given = f"{quote(name)} IS NOT NULL AND {differ(quote(name), f'({value})::{type_}', type_)}"
                # What is stable may be another one by now.
                like = of_column(of, type_, told=volatility is Volatility.CONSTANT)
                count = f"SELECT count(*) FROM {backfill.table} WHERE {given}"
                yield of_added(of, state), replace(like, count=count)
            else:
                yield of_added(of, state), of_column(of, type_, told=False)


def _volatility(value: str) -> Volatility:
    try:
        return facts(value).volatility
    except Reject:
        return Volatility.UNKNOWN


def _beyond(across: AcrossNew, end: SchemaState) -> Holding:
    """The rows of a new table that say more than the columns which have moved there."""
    same = f"{across.same_key('here', 'there')} AND NOT ({_apart(across, across.moved)})"
    rest = end.known(across.target)
    ours = {*across.key.values(), *across.moved.values(), *across.given}
    more = [f"there.{quote(c)} IS DISTINCT FROM ({v})::{type_}" for c, (v, type_) in across.given.items()]
    more += [_says(column, "there.") for column in rest.columns if column.name not in ours]
    unknown = any(column.name not in ours and is_untold(column) for column in rest.columns)
    if unknown:
        return of_table(across.target, with_ours=True)
    wanted = " OR ".join(
        (f"NOT EXISTS (SELECT FROM {across.source} AS here WHERE {same})", *filter(None, more))
    )
    return Holding(
        f"rows of {across.target.text} that say more than those of {across.source.text}",
        f"SELECT count(*) FROM {across.target} AS there WHERE {wanted}",
    )


def _beside(across: Across, end: SchemaState) -> Iterator[tuple[Holding, Holding]]:
    """The same of each column that has come to a table which is in use."""
    for here, there in across.moved.items():
        state = end.column(Column(across.target, there))
        if state is None or state.type is None:
            continue
        plain = of_added(Column(across.target, there), state)
        same = f"{across.same_key('here', 'there')} AND NOT ({_apart(across, (here,))})"
        follows = f"EXISTS (SELECT FROM {across.source} AS here WHERE {same})"
        own = f"({_says(state, 'there.')}) AND NOT {follows}"
        yield plain, replace(plain, count=f"SELECT count(*) FROM {across.target} AS there WHERE {own}")


def _apart(across: Across, columns: Iterable[str]) -> str:
    """Whether the two rows differ in one of these columns."""
    return " OR ".join(
        differ(f"here.{quote(c)}", f"there.{quote(across.moved[c])}", str(across.types[c])) for c in columns
    )


def _of_others(table: Relation, statements: Sequence[str], end: SchemaState) -> Holding:
    """The rows of a new table but for those that these INSERT statements have put there."""
    plain, state = of_table(table, with_ours=True), end.table(table)
    if state is None:
        return plain
    try:
        parts = [_compared(statement, state) for statement in statements]
    except (Reject, LexError):
        return plain
    columns = {compared for compared, _ in parts}
    if len(columns) != 1:
        return plain
    ours = " UNION ALL ".join(query for _, query in parts)
    return Holding(
        f"rows of {table.text} beside those that the release itself puts there",
        f"SELECT count(*) FROM (SELECT {columns.pop()} FROM {table} EXCEPT ALL ({ours})) AS others",
        or_else=plain,
    )


def _compared(statement: str, state: TableState) -> tuple[str, str]:
    """What of the table's rows is compared, and the query whose rows the statement has put there."""
    said = inserted(statement)
    if said.volatility is not Volatility.CONSTANT:
        raise Reject("it has other rows each time")
    names = [column.name for column in state.columns]
    given = list(said.columns or names)
    here, there = [], []
    for column in state.columns:
        if column.generated or (column.brings_sequence and column.name not in given):
            continue
        if column.name not in given and is_untold(column):
            raise Reject("nobody can tell what it has put there")
        value = f"put.{quote(column.name)}" if column.name in given else default_of(column)
        as_text = "::text" if str(column.type).removesuffix("[]") in WITHOUT_EQUALITY else ""
        here.append(f"{quote(column.name)}{as_text}")
        there.append(f"({value})::{column.type}{as_text}")
    put = f"({said.query}) AS put ({', '.join(map(quote, given))})"
    return ", ".join(here), f"SELECT {', '.join(there)} FROM {put}"


def _says(column: ColumnState, row: str) -> str:
    """Whether the row has another value than by default; "": that follows by itself."""
    if column.generated or column.brings_sequence:
        return ""
    return differ(f"{row}{quote(column.name)}", f"({default_of(column)})::{column.type}", str(column.type))
