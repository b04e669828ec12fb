"""The actions of ALTER TABLE that are not about columns, types and constraints."""

from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.changes.base import Change
from schemaguard.changes.inherit_not_null import InheritNotNull
from schemaguard.changes.move_storage import MoveStorage
from schemaguard.changes.replica_identity import ReplicaIdentity
from schemaguard.changes.row_security import RowSecurity
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_identity import SetIdentity
from schemaguard.changes.set_option import SetOption
from schemaguard.changes.set_persistence import SetPersistence
from schemaguard.changes.set_row_type import SetRowType
from schemaguard.changes.set_schema import SetSchema
from schemaguard.changes.switch_trigger import SwitchTrigger
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import Identity, Numbers, Persistence
from schemaguard.sql.constraints import attributes
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.lexer import Kind
from schemaguard.sql.sequences import sequence_options

_AX, _SUX = LockMode.ACCESS_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE
#: Options for which a stronger lock is taken than that which lets reads and writes through (reloptions.c;
#: measured on 14 to 18).
_STRONG_OPTIONS = frozenset(
    """user_catalog_table check_option security_barrier security_invoker fastupdate gin_pending_list_limit
    buffering pages_per_range autosummarize""".split()
)
_SEQUENCE = ("RESTART", "START", "INCREMENT", "MINVALUE", "MAXVALUE", "CACHE", "CYCLE", "NO")


def table_action(part: Cursor, table: Relation) -> Change | None:
    """The action, if it is one of these; the part is read up to its end."""
    match part.word:
        case "ENABLE" | "DISABLE":
            return _switch(part, table)
        case "FORCE" | "NO" if part.is_at("FORCE", "ROW") or part.is_at("NO", "FORCE"):
            verb = "NO FORCE" if part.accept("NO") else "FORCE"
            part.expect("FORCE", "ROW", "LEVEL", "SECURITY")
            return RowSecurity(table, verb)
        case "CLUSTER":
            part.expect("CLUSTER", "ON")
            return SetOption(table=table, what="CLUSTER ON", mode=_SUX, of=part.name("an index"))
        case "OWNER":
            part.expect("OWNER", "TO")
            if not part.accept_one("CURRENT_USER", "CURRENT_ROLE", "SESSION_USER"):
                part.function_name("a role")
            return SetOption(table=table, what="OWNER TO", mode=_AX)
        case "REPLICA":
            return _replica_identity(part, table)
        case "SET":
            return _set(part, table)
        case "RESET":
            part.expect("RESET")
            reset = relation_options(part, values=False)
            return SetOption(table=table, what="RESET", mode=_mode_of(reset), options=reset)
        case "OPTIONS":
            foreign_changes(part)
            return SetOption(table=table, what="OPTIONS", mode=_AX)
        case "OF":
            part.expect("OF")
            return SetRowType(table=table, type=part.relation("a type"))
        case "NOT" if part.look() == "OF":
            part.expect("NOT", "OF")
            return SetRowType(table=table, type=None)
        case "ALTER" if part.look() == "CONSTRAINT":
            return _alter_constraint(part, table)
        case _:
            return None


def _switch(part: Cursor, table: Relation) -> Change:
    verb = part.expect_one("ENABLE", "DISABLE")
    if part.accept("ROW", "LEVEL", "SECURITY"):
        return RowSecurity(table, verb)
    if verb == "ENABLE":
        part.accept_one("REPLICA", "ALWAYS")
    kind = part.expect_one("TRIGGER", "RULE").lower()
    if kind == "trigger" and (together := part.accept_one("ALL", "USER")):
        return SwitchTrigger(table=table, kind=kind, name=together, on=verb == "ENABLE")
    return SwitchTrigger(table=table, kind=kind, name=part.name(f"a {kind}"), on=verb == "ENABLE")


def _replica_identity(part: Cursor, table: Relation) -> Change:
    part.expect("REPLICA", "IDENTITY")
    if part.accept("USING", "INDEX"):
        return ReplicaIdentity(table=table, by="USING INDEX", index=part.name("an index"))
    return ReplicaIdentity(table=table, by=part.expect_one("DEFAULT", "FULL", "NOTHING"))


def _set(part: Cursor, table: Relation) -> Change:
    part.expect("SET")
    match part.word:
        case "LOGGED" | "UNLOGGED":
            logged = part.expect_one("LOGGED", "UNLOGGED") == "LOGGED"
            return SetPersistence(table, Persistence.PERMANENT if logged else Persistence.UNLOGGED)
        case "SCHEMA":
            part.expect("SCHEMA")
            return SetSchema(table=table, to=part.name("a schema"))
        case "TABLESPACE":
            part.expect("TABLESPACE")
            return MoveStorage(table=table, what="tablespace", to=part.name("a tablespace"))
        case "ACCESS":
            part.expect("ACCESS", "METHOD")
            to = "heap" if part.accept("DEFAULT") else part.name("an access method")
            return MoveStorage(table=table, what="access method", to=to)
        case "WITHOUT":
            part.expect("WITHOUT")
            what = part.expect_one("CLUSTER", "OIDS")
            mode = _SUX if what == "CLUSTER" else _AX
            return SetOption(table=table, what=f"SET WITHOUT {what}", mode=mode)
        case "(":
            set_ = relation_options(part, values=True)
            return SetOption(table=table, what="SET", mode=_mode_of(set_), options=set_)
        case _:
            raise part.expected("what is set")


def _mode_of(options: tuple[tuple[str, str], ...]) -> LockMode:
    return _AX if _STRONG_OPTIONS & dict(options).keys() else _SUX


def relation_options(part: Cursor, *, values: bool) -> tuple[tuple[str, str], ...]:
    """The names in ``(fillfactor = 70, toast.autovacuum_enabled, ...)``, with their values as written."""
    found = []
    for option in part.inside().parts():
        name, value = option.label("an option"), ""
        if option.accept("."):
            name = option.label("an option")
        if option.accept("="):
            if not values:
                raise option.expected("nothing more")
            value = option.token.text
            option.accept_one("-", "+")
            if option.word in ("", "(", ")", ",", "="):
                raise option.expected("a value")
            option.at += 1
        option.finish()
        found.append((name, value))
    return tuple(found)


def foreign_changes(part: Cursor) -> None:
    """Reads OPTIONS ([ADD | SET | DROP] name ['value'], ...)."""
    part.expect("OPTIONS")
    for option in part.inside().parts():
        verb = option.accept_one("ADD", "SET", "DROP") if option.look() else ""
        option.label("an option")
        if verb != "DROP":
            if option.token.kind not in (Kind.STRING, Kind.DOLLAR):
                raise option.expected("a string")
            option.at += 1
        option.finish()


def _alter_constraint(part: Cursor, table: Relation) -> Change:
    part.expect("ALTER", "CONSTRAINT")
    name = part.name("a constraint")
    if part.accept("INHERIT"):
        return InheritNotNull(table=table, name=name, inherits=True)
    if part.accept("NO", "INHERIT"):
        return InheritNotNull(table=table, name=name, inherits=False)
    start = part.at
    said = attributes(part, "a constraint that is altered", "enforced", "deferrable", "deferred")
    if part.at == start:
        raise part.expected("DEFERRABLE, INITIALLY or ENFORCED")
    return AlterConstraint(
        table=table, name=name, enforced=said.enforced, deferrable=said.deferrable, deferred=said.deferred
    )


def column_action(part: Cursor, column: Column) -> Change | None:
    """What ALTER COLUMN does with the column's storage, identity or expression, if it does."""
    at = part.at
    words: tuple[str, str] = (part.look(0), part.look(1))
    match words:
        case "SET", "STATISTICS":
            part.expect("SET", "STATISTICS")
            statistics_target(part)
            return _option(column, "SET STATISTICS", _SUX)
        case "SET", "STORAGE" | "COMPRESSION":
            part.expect("SET")
            what = part.expect_one("STORAGE", "COMPRESSION")
            if not part.accept("DEFAULT"):
                part.name("how it is kept")
            return _option(column, f"SET {what}", _AX)
        case "SET", "(":
            part.expect("SET")
            relation_options(part, values=True)
            return _option(column, "SET", _SUX)
        case "RESET", "(":
            part.expect("RESET")
            relation_options(part, values=False)
            return _option(column, "RESET", _SUX)
        case "OPTIONS", _:
            foreign_changes(part)
            return _option(column, "OPTIONS", _AX)
        case "ADD", _:
            part.expect("ADD", "GENERATED")
            identity = _generated(part)
            part.expect("AS", "IDENTITY")
            numbers = sequence_options(part.inside()) if part.word == "(" else Numbers()
            return SetIdentity(column=column, identity=identity, adds=True, sequence=numbers.sequence)
        case "DROP", "IDENTITY":
            part.expect("DROP", "IDENTITY")
            return SetIdentity(column=column, identity=None, if_exists=part.accept("IF", "EXISTS"))
        case ("SET", "GENERATED") | ("RESTART", _):
            return _identity_options(part, column)
        case "SET", word if word in _SEQUENCE:
            return _identity_options(part, column)
        case "SET", "EXPRESSION":
            part.expect("SET", "EXPRESSION", "AS")
            return SetExpression(column=column, expression=facts_at(part.inside()))
        case "DROP", "EXPRESSION":
            part.expect("DROP", "EXPRESSION")
            return SetExpression(column=column, expression=None, if_exists=part.accept("IF", "EXISTS"))
        case _:
            part.at = at
            return None


def _option(column: Column, what: str, mode: LockMode) -> Change:
    return SetOption(table=column.table, what=what, mode=mode, columns=(column.name,))


def statistics_target(part: Cursor) -> None:
    """Reads a number, or DEFAULT."""
    if part.accept("DEFAULT"):
        return
    part.accept_one("-", "+")
    if part.token.kind is not Kind.NUMBER:
        raise part.expected("a number")
    part.at += 1


def _generated(part: Cursor) -> Identity:
    if part.accept("ALWAYS"):
        return Identity.ALWAYS
    part.expect("BY", "DEFAULT")
    return Identity.BY_DEFAULT


def _identity_options(part: Cursor, column: Column) -> Change:
    """SET GENERATED ..., SET INCREMENT BY ..., RESTART ...: several may stand together."""
    identity = None
    while not part.done:
        if part.accept("SET", "GENERATED"):
            identity = _generated(part)
            continue
        part.accept("SET")
        if part.word not in _SEQUENCE:
            raise part.expected("an option of the sequence")
        sequence_options(part.up_to(_end_of_option(part)))
    return SetIdentity(column=column, identity=identity, options=True)


def _end_of_option(part: Cursor) -> int:
    """Where the next option begins: with SET or RESTART."""
    ends = (place for place in range(part.at + 1, part.stop) if part.words[place] in ("SET", "RESTART"))
    return next(ends, part.stop)
