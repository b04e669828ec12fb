"""The text of triggers after each row, whose functions have the rights of who makes them."""

from collections.abc import Iterable

from schemaguard.column_types import Type, is_built_in
from schemaguard.conditions import WITHOUT_EQUALITY
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, dollar_quoted, quote

#: Equality in any search_path.
IS = "OPERATOR(pg_catalog.=)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A trigger of ours: ``event`` with what makes it fire."""

    name: str
    table: Relation
    event: str
    function: Relation
    each: str = "ROW"
    when: str = ""

    def create(self) -> str:
        """The statement that makes it."""
        only = f" WHEN ({self.when})" if self.when else ""
        return (
            f"CREATE OR REPLACE TRIGGER {quote(self.name)} AFTER {self.event} ON {self.table}"
            f" FOR EACH {self.each}{only} EXECUTE FUNCTION {self.function}()"
        )


def differ(a: str, b: str, type_: Type) -> str:
    """Whether two values differ, in any search_path. Of a user's type, whether their texts do."""
    if _as_text(type_):
        a, b = f"{a}::pg_catalog.text", f"{b}::pg_catalog.text"
    return f"({a} {IS} {b} OR {a} IS NULL AND {b} IS NULL) IS NOT TRUE"


def _as_text(type_: Type) -> bool:
    return type_.name in WITHOUT_EQUALITY or not is_built_in(type_)


def differ_here(a: str, b: str, type_: Type) -> str:
    """The same, where it is our own search_path."""
    as_ = "::text" if _as_text(type_) else ""
    return f"{a}{as_} IS DISTINCT FROM {b}{as_}"


def changed(column: str, type_: Type) -> str:
    """Whether an UPDATE changes the column; for WHEN, which is read once and for all."""
    return differ_here(f"OLD.{quote(column)}", f"NEW.{quote(column)}", type_)


def key_changed(columns: Iterable[str]) -> str:
    """The same of some columns of PostgreSQL's own types."""
    return " OR ".join(f"OLD.{quote(c)} IS DISTINCT FROM NEW.{quote(c)}" for c in columns)


def matching(row: str, columns: Iterable[str], other: str, others: Iterable[str]) -> str:
    """Whether two rows have the same in these columns, in any search_path."""
    pairs = zip(columns, others, strict=True)
    return " AND ".join(f"{other}.{quote(b)} {IS} {row}.{quote(a)}" for a, b in pairs)


def about(columns: Iterable[str], other: Relation) -> str:
    """A comment; other releases look for the names of the columns that a trigger of ours is about."""
    text = f"{', '.join(f'NEW.{quote(column)}' for column in columns)} -> {other}"
    return f"    /* {text.replace('*/', '* /')} */"


def create_function(function: Relation, body: Iterable[str]) -> tuple[str, str]:
    """The function. Nobody else may make a trigger of it, which would write with our rights."""
    text = "\n".join(body)
    block = dollar_quoted(f"\nBEGIN\n{text}\nEND\n", "across")
    create = f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
    return f"{create} AS {block}", f"REVOKE ALL ON FUNCTION {function}() FROM PUBLIC"
