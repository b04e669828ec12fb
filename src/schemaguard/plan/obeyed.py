"""What a directive says becomes something that is said of a column, or of the release."""

from schemaguard.changes import DropColumn, DropTable
from schemaguard.directive_keys import did_you_mean
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.directives import Directive, names_in
from schemaguard.plan.said import Ruled, Said, wrong
from schemaguard.plan.subjects import subjects, written
from schemaguard.recipe import Conflict
from schemaguard.sql.words import alike, exchanged, unqualified
from schemaguard.text import Place

_VERBS = {
    "up": "added",
    "down": "dropped",
    "null": "made NOT NULL",
    "stored": "generated",
    "conflict": "added, renamed or dropped",
}


def obey(said: Said, directive: Directive, frame: Frame) -> None:
    """Note what the directive says. InputError where that is about nothing, or contradicts another one."""
    if directive.key == "fire":
        said.fires |= names_in(directive.expression)
        return
    if directive.key == "unused":
        said.unused |= names_in(directive.expression)
        return
    if directive.key == "tombstone":
        _obey_tombstone(said, directive, frame)
        return
    if directive.key == "conflict":
        _obey_conflict(said, directive, frame)
        return
    column = _column_of(said, directive, frame)
    if column.table in frame.young:
        return  # Of a table that no code uses yet nothing has to be kept in step.
    text = unqualified(directive.expression, said.columns(column.table, frame) | _names(said, column.table))
    if directive.key == "up":
        # Over the row as it was, as what an UPDATE says.
        old_names = {new: old.name for old, new in said.renamed.items() if old.table == column.table}
        text = exchanged(text, old_names)
        _agree(said, column, text, directive.place)
    _obey_once(said, directive, column, text)
    match directive.key:
        case "up":
            said.up[column] = text
        case "down":
            said.down[said.original(column)] = text
        case "stored":
            _obey_stored(said, column, text, directive.place)
        case _:
            said.null[column] = text


def _obey_once(said: Said, directive: Directive, of: object, text: str) -> None:
    before, place = said.directed.setdefault((directive.key, of), (text, directive.place))
    if before != text:
        key = directive.key
        what = f"schemaguard: {key} = {text}, but {key} = {before} at {place}"
        raise wrong(what, directive.place, "Say one of them.")


def _agree(said: Said, column: Column, text: str, place: Place) -> None:
    """What one UPDATE gives all rows is what the directive says."""
    updated = said.updated.get(column)
    if updated is not None and updated.value is not None and not alike(updated.value, text):
        said_there = f"the UPDATE at {updated.place} sets it to {updated.value}"
        raise wrong(
            f"schemaguard: up {column.name} = {text}, but {said_there}",
            place,
            "Leave the directive out, or say the same by both.",
        )


def _obey_stored(said: Said, column: Column, text: str, place: Place) -> None:
    match text:
        case "rewrite":
            said.rewritten.add(column)
        case "trigger":
            said.rewritten.discard(column)
        case _:
            raise wrong(
                f"schemaguard: stored = {text}: there are rewrite and trigger",
                place,
                "rewrite: others wait until all rows are written anew; trigger: it stays a plain column.",
            )


def _obey_tombstone(said: Said, directive: Directive, frame: Frame) -> None:
    drops = [e.change for e in frame.effects if isinstance(e.change, DropColumn | DropTable)]
    if directive.column is not None or not drops or directive.expression not in ("yes", "no"):
        raise wrong(
            "schemaguard: tombstone = yes, or = no, stands above a DROP COLUMN or DROP TABLE",
            directive.place,
            "yes: it gets another name first, and is removed by the last step.",
        )
    for change in drops:
        _obey_once(said, directive, id(change), directive.expression)
    said.buried.update((id(change), directive.expression == "yes") for change in drops)


def _obey_conflict(said: Said, directive: Directive, frame: Frame) -> None:
    known = [conflict.value for conflict in Conflict]
    if directive.expression not in known:
        raise wrong(
            f"schemaguard: conflict = {directive.expression}: {did_you_mean(directive.expression, known)}",
            directive.place,
            "Where one statement writes both forms and they contradict each other: new, the new one counts;"
            " old, the old one does; error, the statement fails.",
        )
    columns = {column for effect in frame.effects for column in written(effect.change)}
    if directive.column is not None:
        columns = {_column_of(said, directive, frame)}
    if not all(column.table in frame.young for column in columns):
        originals = frozenset(said.original(column) for column in columns)
        said.conflicts.append(Ruled(originals, Conflict(directive.expression), directive.place))


def _names(said: Said, table: Relation) -> frozenset[str]:
    return frozenset(column.name for column in (*said.added, *said.dropped) if column.table == table)


def _column_of(said: Said, directive: Directive, frame: Frame) -> Column:
    below = [c for effect in frame.effects for c in subjects(effect.change) if c[0] == directive.key]
    if directive.column is None:
        if len(below) == 1:
            return below[0][1]
        raise wrong(
            f"schemaguard: {directive.key}: of which column?",
            directive.place,
            f"Name it: schemaguard: {directive.key} column = {directive.expression}",
        )
    tables = {c.table for c in (*said.added, *said.dropped, *said.renamed, *(c for _, c in below))}
    if directive.table is not None:
        tables = {table for table in tables if table.name == directive.table}
    found = [Column(table, directive.column) for table in sorted(tables)]
    both = {*said.added, *said.dropped, *said.renamed, *map(said.final, said.renamed)}
    pools = {"up": frozenset(said.added), "down": frozenset(said.dropped), "conflict": both}
    if directive.key in pools:
        found = [column for column in found if column in pools[directive.key]]
    if len(found) == 1:
        return found[0]
    verb = _VERBS[directive.key]
    raise wrong(
        f"schemaguard: {directive.key}: no column {directive.column} is {verb} in this release"
        if not found
        else f"schemaguard: {directive.key}: {directive.column} of which table?",
        directive.place,
        f"Write table.column: schemaguard: {directive.key} table.{quote(directive.column)} = ...",
    )
