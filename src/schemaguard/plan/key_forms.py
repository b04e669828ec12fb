"""What of a key's form we can write anew, and how to ask a server whether it has that form."""

import re

from schemaguard.conditions import regclass
from schemaguard.names import Relation, literal
from schemaguard.schema import ForeignKey, Unique

_ACTION = r"NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT"
_ACTIONS = re.compile(
    r"(?:MATCH (?P<match>FULL|SIMPLE))?"
    rf"(?: ?ON (?:DELETE (?P<delete>{_ACTION})|UPDATE (?P<update>{_ACTION})))*",
    re.IGNORECASE,
)
_CODES = {"NO ACTION": "a", "RESTRICT": "r", "CASCADE": "c", "SET NULL": "n", "SET DEFAULT": "d"}


def unique_obstacle(own: Unique) -> str:
    """Why the key cannot be made anew; empty: it can."""
    plain = own.nulls_distinct and not (own.deferrable or own.included or own.without_overlaps)
    return "" if plain and not own.inherited else f"{own.name} is more than a plain key"


def foreign_key_obstacle(key: ForeignKey) -> str:
    """Why the foreign key cannot be made anew; empty: it can."""
    if key.inherited or key.period or not key.enforced:
        return f"foreign key {key.name} is part of another, about a PERIOD or not enforced"
    if _ACTIONS.fullmatch(" ".join(key.actions.split())) is None:
        return f"foreign key {key.name} sets some of its columns only: {key.actions}"
    return ""


def actions_of(key: ForeignKey) -> str:
    """What stands behind REFERENCES."""
    deferrable = "DEFERRABLE" if key.deferrable else ""
    return " ".join(filter(None, (key.actions, deferrable, "INITIALLY DEFERRED" if key.deferred else "")))


def key_differs(table: Relation, key: ForeignKey) -> str:
    """Whether the server has the foreign key in another form than we would write it, or with a comment."""
    found = _ACTIONS.fullmatch(" ".join(key.actions.split()))
    said = found.groupdict() if found else {}
    match = "f" if (said.get("match") or "").upper() == "FULL" else "s"
    delete, update = (_CODES[(said.get(what) or "NO ACTION").upper()] for what in ("delete", "update"))
    same = (
        f"k.confrelid = {regclass(key.target)} AND k.confmatchtype = '{match}'"
        f" AND k.confdeltype = '{delete}' AND k.confupdtype = '{update}' AND k.conparentid = 0"
        f" AND k.condeferrable = {key.deferrable} AND k.condeferred = {key.deferred}"
        f" AND k.convalidated = {key.valid} AND to_jsonb(k) ->> 'confdelsetcols' IS NULL"
        " AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)"
        " AND obj_description(k.oid, 'pg_constraint') IS NULL"
    )
    return (
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS k"
        f" WHERE k.conrelid = {regclass(table)} AND k.conname = {literal(key.name)} AND NOT ({same}))"
    )
