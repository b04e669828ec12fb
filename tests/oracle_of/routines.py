"""Facts of functions and procedures."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import AlterFunction, Change, CreateFunction, DropFunction, RenameFunction
from schemaguard.names import Column
from schemaguard.routines import Arguments

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_M = enums.FunctionParameterMode
_KINDS = {_O.OBJECT_FUNCTION: "function", _O.OBJECT_PROCEDURE: "procedure", _O.OBJECT_ROUTINE: "routine"}
_OF_OUT = (_M.FUNC_PARAM_OUT, _M.FUNC_PARAM_TABLE)


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case CreateFunction():
            state = change.state
            told = (state.kind, state.volatility.value, state.strict, state.definer, sorted(state.settings))
            where = (change.function.text, _given(change.arguments), change.replace, change.language)
            return (name, *where, state.kind, change.body, *told)
        case DropFunction():
            how = (change.kind, change.if_exists, change.cascade)
            return (name, change.function.text, _given(change.arguments), *how)
        case RenameFunction():
            new = (change.new_name, change.new_schema)
            return (name, change.function.text, _given(change.arguments), change.kind, *new)
        case AlterFunction():
            volatility = change.volatility.value if change.volatility is not None else None
            flags = (volatility, change.strict, change.definer)
            changed = (sorted(change.sets), sorted(change.resets), change.resets_all)
            return (name, change.function.text, _given(change.arguments), change.kind, *flags, *changed)
        case _:
            return None


def _given(arguments: Arguments | None) -> Any:
    return None if arguments is None else [_type_said(one) for one in arguments.types]


def _type_said(one: str | Column) -> str:
    return one if isinstance(one, str) else f"{one.text}%TYPE"


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement about functions."""
    match node:
        case ast.CreateFunctionStmt():
            return [_created(node)]
        case ast.DropStmt() if node.removeType in _KINDS:
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            how = (_KINDS[node.removeType], bool(node.missing_ok), cascade)
            return [("DropFunction", *_named(one), *how) for one in node.objects]
        case ast.RenameStmt() if node.renameType in _KINDS:
            return [("RenameFunction", *_named(node.object), _KINDS[node.renameType], node.newname, "")]
        case ast.AlterObjectSchemaStmt() if node.objectType in _KINDS:
            return [("RenameFunction", *_named(node.object), _KINDS[node.objectType], "", node.newschema)]
        case ast.AlterOwnerStmt() if node.objectType in _KINDS:
            return [_thing(node.objectType, node.object, "owner to")]
        case ast.AlterObjectDependsStmt() if node.objectType in _KINDS:
            return [
                _thing(node.objectType, node.object, f"{'no ' if node.remove else ''}depends on extension")
            ]
        case ast.AlterFunctionStmt():
            return [_altered(node)]
        case _:
            return None


def _thing(kind: Any, node: Any, action: str) -> Fact:
    return ("AlterThing", (_KINDS[kind], _named(node)[0], ""), action)


def _named(node: Any) -> tuple[str, Any]:
    name = _path(node.objname)
    if node.args_unspecified:
        return name, None
    parameters = node.objfuncargs
    if parameters is None:
        return name, [_type(one) for one in node.objargs or ()]
    return name, [_type(one.argType) for one in parameters if one.mode not in _OF_OUT]


def _path(names: Any) -> str:
    parts = [name.sval for name in names]
    return "?" if len(parts) > 2 else ".".join(parts if len(parts) == 2 else ["public", *parts])


def _type(node: Any) -> str:
    from tests.oracle_of.operators import _type as of_name

    if node.pct_type:
        parts = [part.sval for part in node.names]
        return "?" if len(parts) > 3 else ".".join(["public", *parts][-3:]) + "%TYPE"
    if node.setof:
        return of_name(ast.TypeName(names=node.names, typmods=node.typmods, arrayBounds=node.arrayBounds))
    return of_name(node)


def _created(node: Any) -> Fact:
    kind = "procedure" if node.is_procedure else "function"
    given = [_type(one.argType) for one in node.parameters or () if one.mode not in _OF_OUT]
    options = {option.defname: option.arg for option in node.options or () if option.defname != "set"}
    language = options["language"].sval if "language" in options else "sql"
    body = None if node.sql_body is not None else options.get("as", (None,))[0]
    if node.sql_body is None and body is None:
        return ("unmodelled",)
    sets = {_setting(one.arg) for one in node.options or () if one.defname == "set"}
    volatility = options["volatility"].sval if "volatility" in options else "volatile"
    flags = (_flag(options, "strict") or False, _flag(options, "security") or False)
    told = (_VOLATILITIES[volatility], *flags, sorted(sets))
    text = None if body is None else body.sval
    return (
        "CreateFunction",
        _path(node.funcname),
        given,
        bool(node.replace),
        language,
        kind,
        text,
        kind,
        *told,
    )


_VOLATILITIES = {"immutable": "constant", "stable": "stable", "volatile": "volatile"}


def _flag(options: Any, name: str) -> bool | None:
    return bool(options[name].boolval) if name in options else None


def _setting(node: Any) -> str:
    return str(node.name).lower()


def _altered(node: Any) -> Fact:
    options: dict[str, Any] = {}
    sets: set[str] = set()
    resets: set[str] = set()
    resets_all = False
    for action in node.actions:
        if action.defname != "set":
            options[action.defname] = action.arg
            continue
        kind = enums.VariableSetKind
        if action.arg.kind == kind.VAR_RESET_ALL:
            resets_all = True
            sets.clear()
        elif action.arg.kind == kind.VAR_RESET:
            resets.add(_setting(action.arg))
            sets.discard(_setting(action.arg))
        else:
            sets.add(_setting(action.arg))
    volatility = _VOLATILITIES[options["volatility"].sval] if "volatility" in options else None
    flags = (volatility, _flag(options, "strict"), _flag(options, "security"))
    kinds = (_KINDS[node.objtype], *flags, sorted(sets), sorted(resets), resets_all)
    return ("AlterFunction", *_named(node.func), *kinds)
