"""DO blocks, as the parser of PL/pgSQL sees them: the statements and expressions that it runs."""

import json
from collections.abc import Iterator
from typing import Any

import pglast.ast
from pglast import parse_sql
from pglast.parser import ParseError, parse_plpgsql_json

Fact = tuple[Any, ...]
_UNMODELLED: Fact = ("unmodelled",)
_UNTOLD: Fact = ("untold",)
_NEXT: Fact = ("NextInBlock",)
#: What a statement has in it, in the order in which it is read; all else of it is no SQL.
_ORDER = (
    "datums", "default_val", "varexpr", "query", "expr", "cond", "lower", "upper", "step", "t_expr", "params",
    "options", "sqlstmt", "then_body", "elsif_list", "stmts", "case_when_list", "else_stmts", "else_body",
    "body", "exceptions", "exc_list", "action",
)  # fmt: skip


def truth_of(node: Any) -> list[Fact]:
    """The facts of each statement that reads or changes something."""
    options = {option.defname: option.arg for option in node.args}
    if "as" not in options or (options.get("language") and options["language"].sval != "plpgsql"):
        return [_UNMODELLED]
    body = options["as"].sval
    tag = next(f"$x{number}$" for number in range(9) if f"$x{number}$" not in body)
    try:
        tree = json.loads(parse_plpgsql_json(f"DO {tag}{body}{tag}"))
    except ParseError:
        return [_UNTOLD]
    found: list[Fact] = []
    try:
        for verb, query in _parts(tree[0]["PLpgSQL_function"], ""):
            found += _facts(verb, query)
    except ParseError:
        return [_UNMODELLED]  # PL/pgSQL does not look at all that it will run.
    return found or [_NEXT]


def _parts(node: Any, verb: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for part in node:
            yield from _parts(part, verb)
    elif isinstance(node, dict):
        for name in (n for n in node if n.startswith("PLpgSQL_")):
            if name == "PLpgSQL_expr":
                yield verb, node[name]["query"]
            elif name in ("PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback"):
                yield name, ""
            else:
                yield from _parts(node[name], name)
        for name in _ORDER:
            yield from _parts(node.get(name), "" if name == "params" else verb)


def _facts(verb: str, query: str) -> list[Fact]:
    from tests.oracle_facts import truth

    match verb:
        case "PLpgSQL_stmt_commit":
            return [_NEXT, ("EndInBlock", True)]
        case "PLpgSQL_stmt_rollback":
            return [_NEXT, ("EndInBlock", False)]
        case "PLpgSQL_stmt_dynexecute" | "PLpgSQL_stmt_dynfors":
            run = _constant(_statement(f"SELECT {query}").targetList[0].val)
            return [_NEXT, *(truth(_statement(run)) if run is not None else [_UNMODELLED])]
        case "PLpgSQL_stmt_execsql" | "PLpgSQL_stmt_fors" | "PLpgSQL_stmt_call":
            text = query
        case "PLpgSQL_stmt_assign":
            text = "SELECT " + query.split("=", 1)[1]
        case "PLpgSQL_stmt_perform":
            text = query
        case _:
            text = f"SELECT {query}"
    facts = truth(_statement(text))
    nothing = all(fact[0] == "SelectRows" and not fact[1] for fact in facts)
    return [] if nothing else [_NEXT, *facts]


def _statement(text: str) -> Any:
    trees: Any = parse_sql(text)
    return trees[0].stmt


def _constant(node: Any) -> str | None:
    """A string, or several joined by ||."""
    if isinstance(node, pglast.ast.A_Const) and isinstance(node.val, pglast.ast.String):
        return str(node.val.sval)
    if isinstance(node, pglast.ast.A_Expr) and (node.name or ())[-1].sval == "||":
        parts = [_constant(node.lexpr), _constant(node.rexpr)]
        return None if None in parts else "".join(part or "" for part in parts)
    return None
