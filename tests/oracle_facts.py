"""What PostgreSQL's own parser (pglast) sees in a statement, in the same words as our grammar's facts.

Only tests use pglast. ``truth`` gives one fact a change, or ``UNMODELLED`` where the
statement says something that no change can say: then only ``Unread`` is right.
"""

import re
from collections.abc import Iterator
from typing import Any

import pglast.ast
from pglast import enums, parse_sql
from pglast.parser import ParseError

from schemaguard.call_routines import CallRoutines
from schemaguard.changes import (
    AddCheck,
    AddColumn,
    AddExclude,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    ChangeType,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    DropTrigger,
    NextInBlock,
    PlanStatement,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SelectRows,
    SetDefault,
    SetNotNull,
    ValidateConstraint,
)
from schemaguard.changes.base import Change, Unread
from schemaguard.column_types import Type, user_type
from schemaguard.names import Column, Relation
from schemaguard.run_prepared import RunPrepared
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    Expression,
    ForeignKey,
    NotNull,
    Unique,
)
from tests import oracle_of
from tests.oracle_of import around

Fact = tuple[Any, ...]
#: Typed as what it is in effect: its annotations say of every field that it may be None.
ast: Any = pglast.ast
_PARENTHESES = re.compile(r"\([^)]*\)")
#: No change says what this action or statement says.
UNMODELLED: Fact = ("unmodelled",)
#: The parser of PL/pgSQL, which pglast runs without a catalog, has refused a block that a server takes.
UNTOLD: Fact = ("untold",)

_T = enums.AlterTableType
_C = enums.ConstrType


def accepted(text: str) -> Any | None:
    """The one statement's tree; None where PostgreSQL finds a syntax error, or not exactly one statement."""
    try:
        statements = parse_sql(text)
    except (ParseError, RecursionError):
        return None
    return statements[0].stmt if len(statements) == 1 else None


def said(changes: tuple[Change | Unread, ...]) -> list[Fact | None]:
    """Our reading of a statement: a fact for each change, None for what is unread."""
    found: list[Fact | None] = []
    # Over there what reads no relation is left out, whatever values it makes.
    for one in (one for one in _statements(changes) if not _is_pure(one)):
        if any(isinstance(change, CallRoutines) and not change.beside for change in one):
            # Over there the whole of it is unmodelled.
            found += [_said(mark) for mark in one[:1] if isinstance(mark, NextInBlock)] + [None]
        else:
            found += [_said_or_unread(c) for c in one if not isinstance(c, CallRoutines)]
    return found or [_said(mark) for mark in changes[:1] if isinstance(mark, NextInBlock)]


def _statements(changes: tuple[Change | Unread, ...]) -> list[list[Change | Unread]]:
    """Those of a block, each with the mark before it; else all as one."""
    found: list[list[Change | Unread]] = [[]]
    for change in changes:
        if isinstance(change, NextInBlock):
            found.append([])
        found[-1].append(change)
    return found


def _is_pure(statement: list[Change | Unread]) -> bool:
    """Whether it is one of a block that reads and changes nothing."""
    pure = all(isinstance(change, SelectRows) and not change.reads for change in statement[1:])
    return len(statement) > 1 and isinstance(statement[0], NextInBlock) and pure


def _said_or_unread(change: Change | Unread) -> Fact | None:
    if isinstance(change, RunPrepared):
        return around.executed(change)
    if isinstance(change, PlanStatement) and None in said(change.would):
        return None
    return None if isinstance(change, Unread) else _said(change)


# --- our side


def _said(change: Change) -> Fact:
    name = type(change).__name__
    match change:
        case CreateTable():
            columns = tuple(_column_said(c) for c in change.columns)
            said = [_constraint_said(c) for c in change.constraints]
            said += [_not_null_said(column, how) for column, how in change.not_nulls]
            constraints = sorted(map(repr, said))
            likes = [(_rel(like.table), like.place, sorted(like.including)) for like in change.likes]
            shape = (
                change.persistence.value,
                None if change.partitioned_by is None else sorted(change.partitioned_by),
                [_rel(parent) for parent in change.parents],
                change.bound.split()[:3] != [] and " ".join(change.bound.upper().split("(")[0].split()),
                change.of_type.text if change.of_type else change.complete,
                likes,
            )
            foreign = ("foreign",) if change.foreign else ()
            return (name, _rel(change.table), columns, constraints, change.if_not_exists, shape, *foreign)
        case AddColumn():
            constraints = sorted(map(repr, (_constraint_said(c) for c in change.constraints)))
            return (name, _rel(change.table), _column_said(change.column), constraints, change.if_not_exists)
        case DropTable(table, if_exists, cascade, foreign=foreign):
            return (name, _rel(table), if_exists, cascade, foreign)
        case RenameTable(table, new):
            return (name, _rel(table), new)
        case RenameConstraint(table, constraint, new):
            return (name, _rel(table), constraint, new)
        case RenameIndex(renamed, new, if_exists):
            return (name, _rel(renamed), new, if_exists)
        case DropColumn(column, if_exists, cascade):
            return (name, _col(column), if_exists, cascade)
        case RenameColumn(column, new):
            return (name, _col(column), new)
        case ChangeType(column, kind, using):
            return (name, _col(column), _type_said(kind), _expression_said(using), change.collated)
        case SetNotNull(column) | DropNotNull(column) | DropDefault(column):
            return (name, _col(column))
        case SetDefault(column, default):
            return (name, _col(column), _default_said(default))
        case (
            AddCheck(table, constraint)
            | AddForeignKey(table, constraint)
            | AddUnique(table, constraint)
            | AddPrimaryKey(table, constraint)
        ):
            return (name, _rel(table), _constraint_said(constraint))
        case AddNotNull(column, how):
            return (name, _rel(column.table), _not_null_said(column.name, how))
        case AddUsingIndex():
            when = (change.deferrable or change.deferred, change.deferred)
            return (name, _rel(change.table), change.name, change.index, change.primary, when)
        case AddExclude(table, exclude):
            return (name, _rel(table), _constraint_said(exclude))
        case ValidateConstraint(table, constraint):
            return (name, _rel(table), constraint)
        case DropConstraint():
            return (name, _rel(change.table), change.name, change.if_exists, change.cascade)
        case CreateIndex():
            index = change.index
            return (
                name,
                change.name.schema,
                change.name.name,
                _rel(index.table),
                index.columns,
                sorted(index.also),
                index.unique,
                index.partial,
                change.concurrently,
                change.if_not_exists,
            )
        case DropIndex():
            return (name, _rel(change.index), change.concurrently, change.if_exists, change.cascade)
        case CreateTrigger(table, trigger, replace):
            return (name, _rel(table), trigger, replace)
        case DropTrigger():
            return (name, _rel(change.table), change.name, change.if_exists, change.cascade)
        case _:
            found = _ask("said", change)
            if found is None:
                raise AssertionError(f"the oracle does not know {name}")
            fact: Fact = found
            return fact


def _rel(relation: Relation) -> str:
    return relation.text


def _col(column: Column) -> str:
    return column.text


def _expression_said(expression: Expression | None) -> Fact | None:
    if expression is None:
        return None
    return (sorted(expression.columns), sorted(expression.proves_present))


def _default_said(expression: Expression | None) -> Fact | None:
    # What a default is not understood to be has no columns known: there can be none.
    return None if expression is None else ("default",)


def _column_said(column: ColumnState) -> Fact:
    generated = column.generated is not None
    return (
        column.name,
        _type_said(column.type),
        column.not_null,
        (column.not_null_as.name, column.not_null_as.own),
        _expression_said(column.default) if generated else _default_said(column.default),
        column.generated and column.generated.value,
        column.identity and column.identity.value,
    )


def _type_said(kind: Type | None) -> str:
    # Modifiers are kept as written; libpg_query folds those that are words, in ASCII.
    return _PARENTHESES.sub(lambda found: found[0].encode().lower().decode(), str(kind))


def _not_null_said(column: str, how: NotNull) -> Fact:
    return ("not null", how.name, column, how.valid, how.own)


def _constraint_said(constraint: Constraint) -> Fact:
    match constraint:
        case Check():
            expression = _expression_said(constraint.expression)
            flags = (constraint.valid, constraint.enforced, constraint.own)
            return ("check", constraint.name, expression, constraint.at_column, flags)
        case ForeignKey():
            return (
                "key",
                constraint.name,
                (*constraint.columns, "period") if constraint.period else constraint.columns,
                _rel(constraint.target),
                constraint.target_columns,
                (constraint.valid, constraint.enforced, constraint.deferrable, constraint.deferred),
            )
        case Unique():
            when = (constraint.nulls_distinct, constraint.deferrable, constraint.deferred)
            about = (constraint.columns, constraint.primary, constraint.included, constraint.without_overlaps)
            return ("unique", constraint.name, *about, when)
        case Exclude(index=index) if index is not None:
            built = (index.method, index.columns, sorted(index.also), index.partial)
            return ("exclude", constraint.name, *built, (constraint.deferrable, constraint.deferred))
        case Exclude():
            raise AssertionError("the index is not told")


# --- PostgreSQL's side


def truth(node: Any) -> list[Fact]:
    """What PostgreSQL sees in a statement. A name or type that we have no word for is "?"."""
    return [UNMODELLED if _has_unknown(fact) else fact for fact in _truth(node)]


def _has_unknown(part: Any) -> bool:
    if isinstance(part, tuple | list):
        return any(map(_has_unknown, part))
    return isinstance(part, str) and (part.startswith("?") or part.endswith("?"))


def _ask(question: str, *about: Any) -> Any:
    """What one of the modules that know more answers; None: none of them does."""
    for module in oracle_of.modules():
        asked = getattr(module, question, None)
        answer = asked(*about) if asked is not None else None
        if answer is not None:
            return answer
    return None


def _truth(node: Any) -> list[Fact]:
    more: list[Fact] | None = _ask("truth", node)
    if more is not None:
        return more
    match node:
        case ast.CreateStmt():
            return [_create_table(node)]
        case ast.CreateForeignTableStmt():
            made = _create_table(node.base)
            return [made if made == UNMODELLED else (*made, "foreign")]
        case ast.AlterTableStmt() if node.objtype == enums.ObjectType.OBJECT_TABLE:
            return [action(node, command) for command in node.cmds]
        case ast.RenameStmt():
            return [_rename(node)]
        case ast.DropStmt():
            return _drop(node)
        case ast.IndexStmt():
            return [_index(node)]
        case ast.CreateTrigStmt():
            return [("CreateTrigger", _range(node.relation), node.trigname, node.replace)]
        case _:
            return [UNMODELLED]


def _range(relation: Any) -> str:
    if relation.catalogname:
        return "?"
    return f"{relation.schemaname or 'public'}.{relation.relname}"


def _walk(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.TypeName):
        return  # Its modifiers look like columns.
    if isinstance(node, ast.Node):
        yield node
        for slot in node:
            yield from _walk(getattr(node, slot))
    elif isinstance(node, tuple | list):
        for part in node:
            yield from _walk(part)


def _column_name(node: Any) -> str | None:
    last = node.fields[-1]
    return last.sval if isinstance(last, ast.String) else None


def columns_of(node: Any) -> list[str]:
    """The columns that an expression names."""
    found = (_column_name(part) for part in _walk(node) if isinstance(part, ast.ColumnRef))
    return sorted({name for name in found if name is not None})


def present(node: Any, *, negated: bool = False) -> set[str]:
    """The columns that it proves present, to SET NOT NULL."""
    match node:
        case ast.BoolExpr(boolop=enums.BoolExprType.NOT_EXPR):
            return present(node.args[0], negated=not negated)
        case ast.BoolExpr():
            parts = [present(part, negated=negated) for part in node.args]
            conjunction = (node.boolop == enums.BoolExprType.AND_EXPR) != negated
            return set.union(*parts) if conjunction else set.intersection(*parts)
        case ast.NullTest():
            says_not = node.nulltesttype == enums.NullTestType.IS_NOT_NULL
            return _named(node.arg, says_not=says_not) if says_not != negated else set()
        case ast.A_Expr(kind=enums.A_Expr_Kind.AEXPR_DISTINCT | enums.A_Expr_Kind.AEXPR_NOT_DISTINCT):
            if not (isinstance(node.rexpr, ast.A_Const) and node.rexpr.isnull):
                return set()
            says_not = node.kind == enums.A_Expr_Kind.AEXPR_DISTINCT
            return _named(node.lexpr, says_not=says_not) if says_not != negated else set()
        case _:
            return set()


def _named(node: Any, *, says_not: bool) -> set[str]:
    match node:
        case ast.ColumnRef():
            return set(columns_of(node))
        case ast.RowExpr() if says_not:
            return {
                name
                for part in node.args or ()
                if isinstance(part, ast.ColumnRef)
                for name in columns_of(part)
            }
        case _:
            return set()


def _expression(node: Any) -> Fact | None:
    return None if node is None else (columns_of(node), sorted(present(node)))


_TYPES = {
    "int4": "integer", "int2": "smallint", "int8": "bigint", "float4": "real", "float8": "double precision",
    "bool": "boolean", "varchar": "character varying", "bpchar": "character", "varbit": "bit varying",
}  # fmt: skip
_ZONES = {
    "timestamptz": ("timestamp", " with time zone"), "timestamp": ("timestamp", " without time zone"),
    "timetz": ("time", " with time zone"), "time": ("time", " without time zone"),
}  # fmt: skip
_SERIALS = {
    "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
    "smallserial": "smallint", "serial2": "smallint",
}  # fmt: skip
#: MONTH 1, YEAR 2, DAY 3, HOUR 10, MINUTE 11, SECOND 12: bits of an interval's first modifier.
_FIELDS = {
    4: "year", 2: "month", 8: "day", 1024: "hour", 2048: "minute", 4096: "second", 6: "year to month",
    1032: "day to hour", 3080: "day to minute", 7176: "day to second", 3072: "hour to minute",
    7168: "hour to second", 6144: "minute to second",
}  # fmt: skip


def type_of(node: Any) -> str:
    """The type as ``format_type`` spells it."""
    names: list[str] = [part.sval for part in node.names]
    array = "[]" if node.arrayBounds else ""
    if node.setof or node.pct_type:
        return "?"
    modifiers = tuple(_modifier(part) for part in node.typmods or ())
    schema, name = (names[0], names[-1]) if len(names) > 1 else (None, names[0])
    if name == "interval" and schema == "pg_catalog" and modifiers and modifiers[0].isdigit():
        fields = _FIELDS.get(int(modifiers[0]), "")
        spelled = "interval" + (f" {fields}" if fields else "")
        return spelled + (f"({modifiers[1]})" if len(modifiers) > 1 else "") + array
    if name == "bpchar" and not modifiers and schema in (None, "pg_catalog"):
        return "bpchar" + array
    if name == "char" and (schema == "pg_catalog" or schema is None):
        return '"char"' + array
    written = f"({','.join(modifiers)})" if modifiers else ""
    if schema in (None, "pg_catalog"):
        if name in _ZONES:
            before, after = _ZONES[name]
            return before + written + after + array
        if name == "numeric" and len(modifiers) == 1:
            written = f"({modifiers[0]},0)"
        if name == "bit" and not modifiers:
            return '"bit"' + array
        if name in _TYPES:
            return _TYPES[name] + written + array
        if name in ("numeric", "interval", "json", "bit"):
            return name + written + array
    return user_type(schema, name) + written + array


def _modifier(node: Any) -> str:
    if isinstance(node, ast.ColumnRef):
        return "".join(part.sval for part in node.fields)
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Integer):
        return str(node.val.ival)
    return "?"


def _cascades(node: Any) -> bool:
    return bool(node.behavior == enums.DropBehavior.DROP_CASCADE)


def _create_table(node: Any) -> Fact:
    columns: list[Any] = []
    constraints: list[Fact] = []
    likes = []
    for element in node.tableElts or ():
        if isinstance(element, ast.ColumnDef):
            column, own = _column(element)
            columns.append(column)
            constraints += own
        elif isinstance(element, ast.Constraint):
            constraints.append(_constraint(element, None))
        else:
            copied = sorted(word for bit, word in _LIKE.items() if element.options & bit)
            likes.append((_range(element.relation), len(columns), copied))
    if UNMODELLED in constraints or UNMODELLED in columns or any(c[0] == "using" for c in constraints):
        return UNMODELLED
    shape = (
        around.PERSISTENCE[node.relation.relpersistence],
        _partition_key(node.partspec),
        [_range(parent) for parent in node.inhRelations or ()],
        _bound_kind(node.partbound),
        ".".join(_path(node.ofTypename.names)) if node.ofTypename else True,
        likes,
    )
    table, shape = around.temporary(node.relation, shape)
    return ("CreateTable", table, tuple(columns), sorted(map(repr, constraints)), node.if_not_exists, shape)


_LIKE = {
    1 << place: word
    for place, word in enumerate(
        "comments compression constraints defaults generated identity indexes statistics storage".split()
    )
}


def _partition_key(spec: Any) -> list[str] | None:
    if spec is None:
        return None
    found: set[str] = set()
    for part in spec.partParams:
        found |= {part.name} if part.name else set(columns_of(part.expr))
    return sorted(found)


def _bound_kind(spec: Any) -> Any:
    if spec is None:
        return False
    kinds = {"l": "FOR VALUES IN", "r": "FOR VALUES FROM", "h": "FOR VALUES WITH"}
    return "DEFAULT" if spec.is_default else kinds[spec.strategy]


def _column(node: Any) -> tuple[Fact, list[Fact]]:
    if node.typeName is None:
        # Its type comes from elsewhere.
        kind, serial = "None", None
    else:
        kind = type_of(node.typeName)
        serial = len(node.typeName.names) == 1 and _SERIALS.get(kind.removesuffix("[]"))
    not_null, default, generated, identity = bool(serial), None, None, None
    how = ("", False)
    if serial:
        if kind.endswith("[]") or node.typeName.typmods:
            return UNMODELLED, []
        kind, default = serial, ("default",)
    constraints: list[Fact] = []
    for clause in node.constraints or ():
        match clause.contype:
            case _C.CONSTR_NOTNULL:
                not_null, how = True, (clause.conname or "", bool(clause.is_no_inherit))
            case _C.CONSTR_DEFAULT:
                default = ("default",) if default is None and identity is None else UNMODELLED
            case _C.CONSTR_GENERATED:
                default = _expression(clause.raw_expr)
                generated = "stored" if clause.generated_kind == "s" else "virtual"
            case _C.CONSTR_IDENTITY:
                identity, not_null = ("always" if clause.generated_when == "a" else "by default"), True
                default = UNMODELLED if default is not None else None
            case _C.CONSTR_NULL:
                pass
            case attribute if attribute in _ATTRIBUTES and constraints:
                constraints[-1] = _attributed(constraints[-1], attribute)
            case attribute if attribute in _ATTRIBUTES:
                return UNMODELLED, []
            case _:
                constraints.append(_constraint(clause, node.colname))
    if default is UNMODELLED:
        return UNMODELLED, []
    return (node.colname, kind, not_null, how, default, generated, identity), constraints


#: What is written after a constraint of a column, and is a clause of its own to the grammar.
_ATTRIBUTES = {
    _C.CONSTR_ATTR_DEFERRABLE, _C.CONSTR_ATTR_NOT_DEFERRABLE, _C.CONSTR_ATTR_DEFERRED,
    _C.CONSTR_ATTR_IMMEDIATE, _C.CONSTR_ATTR_ENFORCED, _C.CONSTR_ATTR_NOT_ENFORCED,
}  # fmt: skip


def _attributed(constraint: Fact, attribute: Any) -> Fact:
    """The constraint, of which the attribute is said: it is the last of the facts about it."""
    if constraint is UNMODELLED:
        return UNMODELLED
    *said, flags = constraint
    kind = said[0]
    match attribute:
        case _C.CONSTR_ATTR_NOT_ENFORCED if kind in ("check", "key"):
            return (*said, (False, False, *flags[2:]))
        case _C.CONSTR_ATTR_DEFERRABLE if kind == "key":
            return (*said, (*flags[:2], True, flags[3]))
        case _C.CONSTR_ATTR_DEFERRED if kind == "key":
            return (*said, (*flags[:2], True, True))
        case _C.CONSTR_ATTR_NOT_DEFERRABLE | _C.CONSTR_ATTR_IMMEDIATE:
            return constraint
        case _C.CONSTR_ATTR_ENFORCED if kind in ("check", "key"):
            return constraint
        case _C.CONSTR_ATTR_DEFERRABLE if kind == "unique":
            return (*said, (flags[0], True, flags[2]))
        case _C.CONSTR_ATTR_DEFERRED if kind == "unique":
            return (*said, (flags[0], True, True))
        case _:
            return UNMODELLED


def _strings(nodes: Any) -> tuple[str, ...]:
    return tuple(node.sval for node in nodes or ())


def _constraint(node: Any, column: str | None) -> Fact:
    name = node.conname or ""
    own = (column,) if column else ()
    match node.contype:
        case _C.CONSTR_NOTNULL:
            (key,) = _strings(node.keys)
            return ("not null", name, key, not node.skip_validation, bool(node.is_no_inherit))
        case _C.CONSTR_CHECK:
            flags: Fact = (not node.skip_validation, bool(node.is_enforced), bool(node.is_no_inherit))
            return ("check", name, _expression(node.raw_expr), column, flags)
        case _C.CONSTR_FOREIGN:
            if bool(node.fk_with_period) != bool(node.pk_with_period) and (node.pk_attrs or own):
                return UNMODELLED
            columns = own or _strings(node.fk_attrs)
            columns += ("period",) if node.fk_with_period else ()
            valid, enforced = not node.skip_validation, bool(node.is_enforced)
            flags = (valid, enforced, bool(node.deferrable), bool(node.initdeferred))
            return ("key", name, columns, _range(node.pktable), _strings(node.pk_attrs), flags)
        case _C.CONSTR_UNIQUE | _C.CONSTR_PRIMARY:
            primary = node.contype == _C.CONSTR_PRIMARY
            if node.indexname:
                when = (bool(node.deferrable), bool(node.initdeferred))
                return ("using", name or node.indexname, node.indexname, primary, when)
            about = (
                own or _strings(node.keys),
                primary,
                _strings(node.including),
                bool(node.without_overlaps),
            )
            flags = (not node.nulls_not_distinct, bool(node.deferrable), bool(node.initdeferred))
            return ("unique", name, *about, flags)
        case _C.CONSTR_EXCLUSION:
            over, also = _elements([element for element, _ in node.exclusions])
            also |= set(_strings(node.including))
            partial = node.where_clause is not None
            if partial:
                also |= set(columns_of(node.where_clause))
            built = (node.access_method or "btree", tuple(over), sorted(also), partial)
            return ("exclude", name, *built, (bool(node.deferrable), bool(node.initdeferred)))
        case _:
            return UNMODELLED


def action(node: Any, command: Any) -> Fact:
    """The fact of an action of ALTER TABLE."""
    table = _range(node.relation)
    column = f"{table}.{command.name}"
    more: Fact | None = _ask("action", node, command)
    if more is not None:
        return more
    match command.subtype:
        case _T.AT_AddColumn:
            made, constraints = _column(command.def_)
            if made is UNMODELLED or UNMODELLED in constraints:
                return UNMODELLED
            return ("AddColumn", table, made, sorted(map(repr, constraints)), command.missing_ok)
        case _T.AT_DropColumn:
            return ("DropColumn", column, command.missing_ok, _cascades(command))
        case _T.AT_SetNotNull:
            return ("SetNotNull", column)
        case _T.AT_DropNotNull:
            return ("DropNotNull", column)
        case _T.AT_ColumnDefault:
            return ("DropDefault", column) if command.def_ is None else ("SetDefault", column, ("default",))
        case _T.AT_AlterColumnType:
            kind = type_of(command.def_.typeName)
            if kind in _SERIALS:
                return UNMODELLED
            collated = command.def_.collClause is not None
            return ("ChangeType", column, kind, _expression(command.def_.raw_default), collated)
        case _T.AT_AddConstraint:
            return _added(table, _constraint(command.def_, None))
        case _T.AT_ValidateConstraint:
            return ("ValidateConstraint", table, command.name)
        case _T.AT_DropConstraint:
            return ("DropConstraint", table, command.name, command.missing_ok, _cascades(command))
        case _:
            return UNMODELLED


def _added(table: str, constraint: Fact) -> Fact:
    match constraint:
        case ("check", *_):
            return ("AddCheck", table, constraint)
        case ("not null", *_):
            return ("AddNotNull", table, constraint)
        case ("key", *_):
            return ("AddForeignKey", table, constraint)
        case ("using", name, index, primary, when):
            return ("AddUsingIndex", table, name, index, primary, when)
        case ("exclude", *_):
            return ("AddExclude", table, constraint)
        case ("unique", _, _, primary, *_):
            return ("AddPrimaryKey" if primary else "AddUnique", table, constraint)
        case _:
            return UNMODELLED


def _rename(node: Any) -> Fact:
    kind = enums.ObjectType
    views = (kind.OBJECT_VIEW, kind.OBJECT_MATVIEW)
    if node.renameType == kind.OBJECT_COLUMN and node.relationType in (kind.OBJECT_TABLE, *views):
        return ("RenameColumn", f"{_range(node.relation)}.{node.subname}", node.newname)
    if node.renameType in (kind.OBJECT_TABLE, *views):
        return ("RenameTable", _range(node.relation), node.newname)
    if node.renameType == kind.OBJECT_TABCONSTRAINT:
        return ("RenameConstraint", _range(node.relation), node.subname, node.newname)
    if node.renameType == kind.OBJECT_INDEX:
        return ("RenameIndex", _range(node.relation), node.newname, node.missing_ok)
    return UNMODELLED


def _path(names: Any) -> tuple[str, str]:
    strings = _strings(names)
    if len(strings) > 2:
        return "?", "?"
    return (strings[0] if len(strings) == 2 else "public", strings[-1])


def dropped_tables(node: Any, *, foreign: bool) -> list[Fact]:
    """The facts of DROP [FOREIGN] TABLE."""
    flags = (node.missing_ok, _cascades(node), foreign)
    return [("DropTable", ".".join(_path(names)), *flags) for names in node.objects]


def _drop(node: Any) -> list[Fact]:
    kind = enums.ObjectType
    flags = (node.missing_ok, _cascades(node))
    match node.removeType:
        case kind.OBJECT_TABLE:
            return dropped_tables(node, foreign=False)
        case kind.OBJECT_INDEX:
            return [("DropIndex", ".".join(_path(names)), node.concurrent, *flags) for names in node.objects]
        case kind.OBJECT_TRIGGER:
            return [
                ("DropTrigger", ".".join(_path(names[:-1])), names[-1].sval, *flags) for names in node.objects
            ]
        case _:
            return [UNMODELLED]


def _elements(elements: Any) -> tuple[list[str | None], set[str]]:
    """The columns that an index is over, None for an expression, and what these use."""
    columns: list[str | None] = []
    also: set[str] = set()
    for element in elements:
        if element.name is None and isinstance(element.expr, ast.ColumnRef):
            columns.append(columns_of(element.expr)[-1])
        elif element.name is None:
            columns.append(None)
            also |= set(columns_of(element.expr))
        else:
            columns.append(element.name)
    return columns, also


def _index(node: Any) -> Fact:
    columns, also = _elements(node.indexParams)
    for element in node.indexIncludingParams or ():
        if element.name is None:
            return UNMODELLED
        also.add(element.name)
    if node.whereClause is not None:
        also |= set(columns_of(node.whereClause))
    table = _range(node.relation)
    return (
        "CreateIndex",
        table.split(".")[0],
        node.idxname or "",
        table,
        tuple(columns),
        sorted(also),
        node.unique,
        node.whereClause is not None,
        node.concurrent,
        node.if_not_exists,
    )


def assigned(target: Any) -> Any:
    """The value of one column that UPDATE assigns; None: there is none."""
    value = target.val
    if not isinstance(value, ast.MultiAssignRef):
        return value
    source = value.source
    if not isinstance(source, ast.RowExpr):
        return source
    return source.args[value.colno - 1] if len(source.args or ()) == value.ncolumns else None


def own_columns(node: Any, called: str) -> list[str]:
    """The columns that may be the row's own."""
    found = set()
    for part in _walk(node):
        if isinstance(part, ast.ColumnRef):
            fields = [field.sval if isinstance(field, ast.String) else "*" for field in part.fields]
            if fields[-1] != "*" and (len(fields) == 1 or fields[-2] == called):
                found.add(fields[-1])
    return sorted(found)


def functions_called(node: Any) -> set[str]:
    """The functions that an expression calls, each with its schema if that is written."""
    return {".".join(_strings(part.funcname)) for part in _walk(node) if isinstance(part, ast.FuncCall)}


# --- the two together


def compare(changes: tuple[Change | Unread, ...], node: Any) -> str:
    """``equal``, ``unread`` (in part at least), ``untold`` (their parser gives up), or what is different."""
    ours, theirs = said(changes), truth(node)
    if ours == [None]:
        return "unread"
    if UNTOLD in theirs:
        return "untold"
    if len(ours) != len(theirs):
        return f"different number: {ours} and {theirs}"
    for our, theirs_here in zip(ours, theirs, strict=True):
        their = theirs_here
        if our is None:
            continue
        if our[0] == "CreateFunction" and their[0] == "CreateFunction" and their[6] is None:
            # Of a body that is SQL itself there is no text over there.
            their = (*their[:6], our[6], *their[7:])
        if our != their:
            return f"different: {our} and {their}"
    return "unread" if None in ours else "equal"
