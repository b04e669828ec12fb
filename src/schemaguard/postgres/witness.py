"""What we say of each statement of a script, held against what a server does and has."""

from collections.abc import Iterator
from dataclasses import fields

from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, hangs_on
from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.phase import Phase
from schemaguard.postgres.catalog import Connection, read_schema
from schemaguard.postgres.observe import observe, refusal
from schemaguard.schema import SchemaState, TableState
from schemaguard.scripts import frames_of
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A frame and what the server did and had after its statement."""

    frame: Frame
    costs: frozenset[Cost]
    after: SchemaState
    #: The SQLSTATE with which the server refused it; "" if it did not.
    refused: str = ""


def witness(
    conn: Connection, sql: str, *, phase: Phase = Phase.EXPAND, before: SchemaState | None = None
) -> Iterator[Witnessed]:
    """Run a script statement by statement on a database that is as ``before`` it.

    The catalog is read after each: make ``conn`` one that repeats.
    """
    before = read_schema(conn) if before is None else before
    for frame in frames_of(sql, server=server_of(conn), before=before, phase=phase):
        if frame.refused:
            refused = _refused(conn, frame)
            yield Witnessed(frame, frozenset(), read_schema(conn), refused)
        else:
            costs = observe(conn, frame.statement.text)
            yield Witnessed(frame, costs, read_schema(conn))


def _refused(conn: Connection, frame: Frame) -> str:
    """The SQLSTATE with which a statement is refused; an open transaction goes on as if it had not come."""
    if not frame.in_transaction:
        return refusal(conn, [frame.statement.text])
    conn.execute("SAVEPOINT before_refusal")
    refused = refusal(conn, [frame.statement.text])
    conn.execute("ROLLBACK TO before_refusal")
    return refused


def server_of(conn: Connection) -> Server:
    """What costs depend on."""
    row = conn.execute("SELECT current_setting('TimeZone')").fetchone()
    return Server(major=conn.info.server_version // 10_000, time_zone=row[0] if row else None)


def wrong_costs(witnessed: Witnessed) -> list[str]:
    """Costs that were seen and not said, and those that were said and not seen."""
    frame = witnessed.frame
    if frame.refused:
        said_states = {refusal.sqlstate for effect in frame.effects for refusal in effect.refusals}
        if witnessed.refused in said_states:
            return []
        return [f"refused with {said_states}, seen {witnessed.refused!r} -- {frame.statement.text}"]
    said, seen = _new(frame.costs, frame), _new(witnessed.costs, frame)
    # Which rows a query reads, and how, the planner decides by what is in the tables; locks
    # on the other ends of foreign keys are taken with the first row.
    if any(effect.change.moves_data or effect.change.planned for effect in frame.effects):
        wrong = [f"seen, not said: {cost}" for cost in seen if not _covered(cost, said)]
    else:
        wrong = [f"seen, not said: {cost}" for cost in seen - said]
        # What hangs on something that we do not know may also not come.
        wrong += [f"said, not seen: {cost}" for cost in said - seen if not hangs_on(cost)]
    return [f"{line} -- {frame.statement.text}" for line in sorted(wrong)]


def _new(costs: frozenset[Cost], frame: Frame) -> frozenset[Cost]:
    """Without the locks that the transaction has already or has stronger ones than: they do not show."""
    held = {lock.table: lock.mode.strength for lock in frame.held}
    return frozenset(
        cost
        for cost in costs
        if not (isinstance(cost, Lock) and held.get(cost.table, 0) >= cost.mode.strength)
    )


def _covered(cost: Cost, said: frozenset[Cost]) -> bool:
    match cost:
        case Lock(table, mode):
            return any(
                isinstance(c, Lock) and c.table == table and c.mode.strength >= mode.strength for c in said
            )
        case Scan(table):
            return any(isinstance(c, Scan | Rewrite | BuildIndex) and c.table == table for c in said)
        case Rewrite() | BuildIndex() | Wait():
            return cost in said


def wrong_schema(said: SchemaState, seen: SchemaState) -> list[str]:
    """Where two schemas differ, a line for each thing."""
    wrong = []
    for what in ("tables", "indexes", "views", "sequences", "types", "functions"):
        ours, theirs = getattr(said, what), getattr(seen, what)
        for name in sorted(ours.keys() | theirs.keys()):
            state = ours.get(name)
            # Of what is said not to be known whole nothing is said.
            if isinstance(state, TableState) and not state.complete and name in theirs:
                continue
            if ours.get(name) != theirs.get(name):
                wrong.extend(
                    _differing(f"{what} {getattr(name, 'text', name)}", ours.get(name), theirs.get(name))
                )
    if said.things != seen.things:
        more, less = set(said.things - seen.things), set(seen.things - said.things)
        wrong.append(f"things: said, not seen {more}, seen, not said {less}")
    return wrong


def _differing(name: str, said: object, seen: object) -> list[str]:
    if said is None or seen is None or type(said) is not type(seen):
        return [f"{name}: said {said}, seen {seen}"]
    wrong = []
    for field in fields(said):  # type: ignore[arg-type]  # a dataclass
        ours, theirs = getattr(said, field.name), getattr(seen, field.name)
        if field.compare and ours != theirs:
            # Of many columns or constraints only those that differ.
            if isinstance(ours, tuple) and set(ours) != set(theirs):
                ours, theirs = [o for o in ours if o not in theirs], [t for t in theirs if t not in ours]
            wrong.append(f"{name}.{field.name}: said {ours}, seen {theirs}")
    return wrong
