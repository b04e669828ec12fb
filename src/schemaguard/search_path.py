"""Names without a schema: what they mean where the search path is another one than PostgreSQL's own."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from schemaguard.changes.base import Change
from schemaguard.changes.create_index import CreateIndex
from schemaguard.names import Relation
from schemaguard.schema import SchemaState

#: What ``"$user", public`` comes to where nobody has a schema of their own.
USUAL = ("public",)
TEMPORARY = "pg_temp"


def schemas_in(setting: str) -> tuple[str, ...]:
    """The schemas of a search path that can hold what migrations make, in order."""
    found = []
    rest = setting.strip()
    while rest:
        if rest.startswith('"'):
            end = _closing(rest)
            name, rest = rest[1:end].replace('""', '"'), rest[end + 1 :].lstrip()
        else:
            word, comma, after = rest.partition(",")
            name, rest = word.strip().lower(), comma + after
        rest = rest.removeprefix(",").lstrip()
        if name not in ("", "$user", "pg_catalog"):
            found.append(name)
    return tuple(found)


def _closing(text: str) -> int:
    """The place of the quote that ends the one at the beginning."""
    at = 1
    while at < len(text):
        if text[at] == '"':
            if not text.startswith('""', at):
                return at
            at += 1
        at += 1
    return at


def resolved(change: Change, schema: SchemaState, path: tuple[str, ...]) -> Change:
    """The change with all its names resolved."""
    temporary = _has_temporary(schema)
    if path == USUAL and not temporary:
        return change  # As it is read.
    searched = path if TEMPORARY in path or not temporary else (TEMPORARY, *path)
    made = {
        name: getattr(change, name)
        for name in change.new_names
        if isinstance(getattr(change, name), Relation)
    }

    def found(relation: Relation) -> Relation:
        at = next((s for s in searched if _is_there(schema, Relation(s, relation.name))), None)
        return Relation(at if at is not None else _first(path), relation.name, qualified=False)

    settled = _walk(change, found)
    for field, relation in made.items():
        if not relation.qualified and relation.schema != TEMPORARY:
            settled = replace(settled, **{field: Relation(_first(path), relation.name, qualified=False)})
    if isinstance(settled, CreateIndex):
        # An index lives where its table does.
        settled = replace(settled, name=settled.index.table.sibling(settled.name.name))
    assert isinstance(settled, Change)
    return settled


def settled(change: Change, schema: SchemaState, path: tuple[str, ...]) -> Change:
    """The change with all its names resolved, for good."""
    found = _walk(resolved(change, schema, path), lambda one: replace(one, qualified=True))
    assert isinstance(found, Change)
    return found


def unresolved(change: Change) -> Iterator[Relation]:
    """The names without a schema, once resolved, for which there was none."""
    return (relation for relation in relations_in(change) if relation.schema == "")


def _first(path: tuple[str, ...]) -> str:
    return path[0] if path else ""


def _has_temporary(schema: SchemaState) -> bool:
    return any(name.schema == TEMPORARY for name in (*schema.tables, *schema.views, *schema.sequences))


def _is_there(schema: SchemaState, name: Relation) -> bool:
    return any(
        name in known
        for known in (schema.tables, schema.indexes, schema.views, schema.sequences, schema.types)
    ) or any((one.schema, one.name) == (name.schema, name.name) for one in schema.functions)


def _walk(value: Any, found: Any) -> Any:
    """The value with each unqualified relation in it, however deep, replaced."""
    if isinstance(value, Relation):
        return value if value.qualified or value.schema == TEMPORARY else found(value)
    if isinstance(value, tuple | frozenset):
        parts = [_walk(part, found) for part in value]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else type(value)(parts)
    if is_dataclass(value) and not isinstance(value, type):
        before = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        after = {name: _walk(part, found) for name, part in before.items()}
        changed = {name: part for name, part in after.items() if part is not before[name]}
        return replace(value, **changed) if changed else value
    return value


def relations_in(value: Any) -> Iterator[Relation]:
    """The names of tables, views, indexes and sequences in a change, however deep."""
    if isinstance(value, Relation):
        yield value
    elif isinstance(value, tuple | frozenset):
        for part in value:
            yield from relations_in(part)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _all(getattr(value, field.name) for field in fields(value))


def _all(values: Iterable[Any]) -> Iterator[Relation]:
    for value in values:
        yield from relations_in(value)
