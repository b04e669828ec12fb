"""Privileges, roles, databases, comments and their like, as PostgreSQL's parser sees them."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import (
    ChangeInCluster,
    ChangeMembership,
    CommentOn,
    DefaultPrivileges,
    DropOwned,
    Grant,
    ReassignOwned,
    Revoke,
    TouchNoTable,
)
from schemaguard.changes.base import Change
from schemaguard.changes.grant import Privileges

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_UNMODELLED: Fact = ("unmodelled",)

_KINDS = {
    _O.OBJECT_TABLE: "table",
    _O.OBJECT_SEQUENCE: "sequence",
    _O.OBJECT_FDW: "foreign data wrapper",
    _O.OBJECT_FOREIGN_SERVER: "foreign server",
    _O.OBJECT_FUNCTION: "function",
    _O.OBJECT_PROCEDURE: "procedure",
    _O.OBJECT_ROUTINE: "routine",
    _O.OBJECT_DATABASE: "database",
    _O.OBJECT_DOMAIN: "domain",
    _O.OBJECT_LANGUAGE: "language",
    _O.OBJECT_LARGEOBJECT: "large object",
    _O.OBJECT_PARAMETER_ACL: "parameter",
    _O.OBJECT_SCHEMA: "schema",
    _O.OBJECT_TABLESPACE: "tablespace",
    _O.OBJECT_TYPE: "type",
}
_COMMENTED = {
    **_KINDS,
    _O.OBJECT_FOREIGN_SERVER: "server",
    _O.OBJECT_COLUMN: "column",
    _O.OBJECT_VIEW: "view",
    _O.OBJECT_MATVIEW: "materialized view",
    _O.OBJECT_INDEX: "index",
    _O.OBJECT_FOREIGN_TABLE: "foreign table",
    _O.OBJECT_COLLATION: "collation",
    _O.OBJECT_CONVERSION: "conversion",
    _O.OBJECT_STATISTIC_EXT: "statistics",
    _O.OBJECT_TSCONFIGURATION: "text search configuration",
    _O.OBJECT_TSDICTIONARY: "text search dictionary",
    _O.OBJECT_TSPARSER: "text search parser",
    _O.OBJECT_TSTEMPLATE: "text search template",
    _O.OBJECT_ACCESS_METHOD: "access method",
    _O.OBJECT_EVENT_TRIGGER: "event trigger",
    _O.OBJECT_EXTENSION: "extension",
    _O.OBJECT_PUBLICATION: "publication",
    _O.OBJECT_SUBSCRIPTION: "subscription",
    _O.OBJECT_ROLE: "role",
    _O.OBJECT_AGGREGATE: "aggregate",
    _O.OBJECT_OPERATOR: "operator",
    _O.OBJECT_OPCLASS: "operator class",
    _O.OBJECT_OPFAMILY: "operator family",
    _O.OBJECT_TABCONSTRAINT: "constraint",
    _O.OBJECT_DOMCONSTRAINT: "domain constraint",
    _O.OBJECT_POLICY: "policy",
    _O.OBJECT_RULE: "rule",
    _O.OBJECT_TRIGGER: "trigger",
    _O.OBJECT_TRANSFORM: "transform",
    _O.OBJECT_CAST: "cast",
}
#: Of these only the kind is compared: their names hold types.
_WITH_TYPES = ("type", "domain", "operator", "domain constraint", "transform", "cast")


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case Grant():
            return (name, *_privileges(change.privileges), change.roles, change.grant_option)
        case Revoke():
            flags = (change.option_only, change.cascade)
            return (name, *_privileges(change.privileges), change.roles, *flags)
        case ChangeMembership():
            taken = (change.revoke, change.options, change.cascade)
            return (name, change.roles, change.members, *taken)
        case DefaultPrivileges():
            how = (change.revoke, change.grant_option, change.cascade)
            return (
                name,
                change.privileges,
                change.kind,
                change.roles,
                change.made_by,
                change.schemas,
                *how,
            )
        case ChangeInCluster():
            return (name, change.verb.value, change.kind, change.name, change.if_exists, change.what)
        case DropOwned():
            return (name, change.roles, change.cascade)
        case ReassignOwned():
            return (name, change.roles, change.new_owner)
        case CommentOn():
            shown = "" if change.kind in _WITH_TYPES else change.name
            return (name, change.kind, shown, change.label)
        case TouchNoTable(verb, of):
            return (name, verb, of)
        case _:
            return None


def _privileges(privileges: Privileges) -> Fact:
    return (privileges.privileges, privileges.kind, privileges.names)


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    match node:
        case ast.GrantStmt():
            return [_grant(node)]
        case ast.GrantRoleStmt():
            options = () if node.opt is None else node.opt
            return [
                (
                    "ChangeMembership",
                    tuple(role.priv_name for role in node.granted_roles),
                    role_names(node.grantee_roles),
                    not node.is_grant,
                    tuple((one.defname, one.arg.boolval) for one in options),
                    _cascades(node),
                )
            ]
        case ast.AlterDefaultPrivilegesStmt():
            return [_defaults(node)]
        case ast.DropOwnedStmt():
            return [("DropOwned", role_names(node.roles), _cascades(node))]
        case ast.ReassignOwnedStmt():
            return [("ReassignOwned", role_names(node.roles), *role_names((node.newrole,)))]
        case ast.CommentStmt() | ast.SecLabelStmt():
            return [_comment(node)]
        case _:
            return _cluster(node) or _untouching(node)


def _untouching(node: Any) -> list[Fact] | None:
    match node:
        case ast.CheckPointStmt():
            return [("TouchNoTable", "CHECKPOINT", "")]
        case ast.LoadStmt():
            return [("TouchNoTable", "LOAD", node.filename)]
        case ast.ListenStmt():
            return [("TouchNoTable", "LISTEN", node.conditionname)]
        case ast.UnlistenStmt():
            return [("TouchNoTable", "UNLISTEN", node.conditionname or "")]
        case ast.NotifyStmt():
            return [("TouchNoTable", "NOTIFY", node.conditionname)]
        case _:
            return None


# Privileges


def _grant(node: Any) -> Fact:
    kind = _KINDS[node.objtype]
    if node.targtype == enums.GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        kind = f"all {kind}s in schema"
    names = tuple(_object(one) for one in node.objects)
    privileges = _words(node.privileges)
    roles = role_names(node.grantees)
    if node.is_grant:
        return ("Grant", privileges, kind, names, roles, node.grant_option)
    return ("Revoke", privileges, kind, names, roles, node.grant_option, _cascades(node))


def _words(privileges: Any) -> tuple[str, ...]:
    return tuple(
        (one.priv_name or "all") + (f" ({', '.join(c.sval for c in one.cols)})" if one.cols else "")
        for one in privileges or ()
    )


def _object(node: Any) -> str:
    match node:
        case ast.RangeVar():
            return "?" if node.catalogname else f"{node.schemaname or 'public'}.{node.relname}"
        case ast.ObjectWithArgs():
            return _path(node.objname)
        case ast.String():
            return str(node.sval)
        case ast.Integer():
            return str(node.ival)
        case ast.Float():
            return str(node.fval)
        case _:
            return _path(node)


def _path(names: Any) -> str:
    strings = [name.sval for name in names]
    return ".".join(["public", *strings] if len(strings) == 1 else strings)


def role_names(nodes: Any) -> tuple[str, ...]:
    kind = enums.RoleSpecType
    words = {
        kind.ROLESPEC_PUBLIC: "public",
        kind.ROLESPEC_CURRENT_ROLE: "current_role",
        kind.ROLESPEC_CURRENT_USER: "current_user",
        kind.ROLESPEC_SESSION_USER: "session_user",
    }
    return tuple(words.get(node.roletype) or node.rolename for node in nodes or ())


def _cascades(node: Any) -> bool:
    return bool(node.behavior == enums.DropBehavior.DROP_CASCADE)


def _defaults(node: Any) -> Fact:
    given = {option.defname: option.arg for option in node.options or ()}
    if len(given) < len(node.options or ()):
        return _UNMODELLED  # One option twice: which the server refuses.
    action = node.action
    kind = _KINDS[action.objtype] + "s"
    return (
        "DefaultPrivileges",
        _words(action.privileges),
        kind,
        role_names(action.grantees),
        role_names(given.get("roles")),
        tuple(name.sval for name in given.get("schemas") or ()),
        not action.is_grant,
        action.grant_option,
        _cascades(action),
    )


# Comments


def _comment(node: Any) -> Fact:
    kind = _COMMENTED[node.objtype]
    label = isinstance(node, ast.SecLabelStmt)
    shown = node.object
    if kind in _WITH_TYPES:
        name = ""
    elif kind == "column":
        strings = [one.sval for one in shown]
        name = ".".join(strings if len(strings) == 3 else ["public", *strings]) if len(strings) > 1 else "?"
    elif kind in ("constraint", "policy", "rule", "trigger"):
        name = f"{shown[-1].sval} on {_path(shown[:-1])}"
    elif kind in ("operator class", "operator family"):
        name = f"{_path(shown[1:])} using {shown[0].sval}"
    else:
        name = _object(shown)
    return ("CommentOn", kind, name, label)


# What databases share


def _cluster(node: Any) -> list[Fact] | None:
    def changed(verb: str, kind: str, name: str, *what: str, missing_ok: bool = False) -> list[Fact]:
        return [("ChangeInCluster", verb, kind, name, missing_ok, what)]

    match node:
        case ast.CreateRoleStmt():
            return changed("create", "role", node.role, *_role_options(node.options))
        case ast.AlterRoleStmt():
            name = role_names((node.role,))[0]
            if [option.defname for option in node.options or ()] == ["rolemembers"]:
                return _members(node, name)
            return changed("alter", "role", name, *_role_options(node.options))
        case ast.AlterRoleSetStmt():
            name = role_names((node.role,))[0] if node.role else ""
            return changed("alter", "role", name, "setting " + _setting(node.setstmt))
        case ast.DropRoleStmt():
            return [
                fact
                for name in role_names(node.roles)
                for fact in changed("drop", "role", name, missing_ok=node.missing_ok)
            ]
        case ast.RenameStmt() if node.renameType in (
            _O.OBJECT_ROLE,
            _O.OBJECT_DATABASE,
            _O.OBJECT_TABLESPACE,
        ):
            return changed("rename", _COMMENTED[node.renameType], node.subname, node.newname)
        case ast.CreatedbStmt():
            return changed("create", "database", node.dbname, *_database_options(node.options))
        case ast.AlterDatabaseStmt():
            options = _database_options(node.options)
            return changed("alter", "database", node.dbname, *options)
        case ast.AlterDatabaseSetStmt():
            return changed("alter", "database", node.dbname, "setting " + _setting(node.setstmt))
        case ast.AlterDatabaseRefreshCollStmt():
            return changed("alter", "database", node.dbname, "collation version")
        case ast.AlterOwnerStmt() if node.objectType in (_O.OBJECT_DATABASE, _O.OBJECT_TABLESPACE):
            return changed("alter", _COMMENTED[node.objectType], node.object.sval, "owner")
        case ast.DropdbStmt():
            force = ("force",) if node.options else ()
            return changed("drop", "database", node.dbname, *force, missing_ok=node.missing_ok)
        case ast.CreateTableSpaceStmt():
            return changed("create", "tablespace", node.tablespacename)
        case ast.AlterTableSpaceOptionsStmt():
            return changed("alter", "tablespace", node.tablespacename, "parameters")
        case ast.DropTableSpaceStmt():
            return changed("drop", "tablespace", node.tablespacename, missing_ok=node.missing_ok)
        case ast.AlterSystemStmt():
            kind = enums.VariableSetKind
            if node.setstmt.kind == kind.VAR_RESET_ALL:
                return changed("alter", "setting", "", "reset")
            verb = "reset" if node.setstmt.kind == kind.VAR_RESET else "set"
            return changed("alter", "setting", _setting(node.setstmt), verb)
        case _:
            return None


def _setting(node: Any) -> str:
    kind = enums.VariableSetKind
    if node.kind == kind.VAR_RESET_ALL:
        return "all"
    if node.kind == kind.VAR_SET_MULTI:
        return "?"
    return str(node.name)


_OPTIONS = {
    "rolemembers": "role",
    "adminmembers": "admin",
    "addroleto": "in role",
    "connectionlimit": "connection limit",
    "validUntil": "valid until",
    "isreplication": "replication",
    "canlogin": "login",
}


def _role_options(options: Any) -> list[str]:
    found = []
    for option in options or ():
        name = _OPTIONS.get(option.defname, option.defname)
        if isinstance(option.arg, ast.Boolean) and not option.arg.boolval:
            name = "no" + name
        found.append(name)
    return found


def _members(node: Any, name: str) -> list[Fact]:
    members = role_names(node.options[0].arg)
    return [("ChangeMembership", (name,), members, node.action < 0, (), False)]


def _database_options(options: Any) -> list[str]:
    return [option.defname.replace("connection_limit", "connection limit") for option in options or ()]
