"""The text of triggers that compute columns: what they compare and compute, how they are made and go."""

from collections.abc import Iterable, Mapping, Sequence

from schemaguard.conditions import differ
from schemaguard.names import Relation, dollar_quoted, quote
from schemaguard.sql.words import named


def moved(columns: Iterable[str], types: Mapping[str, str], *, new: str = "NEW", old: str = "OLD") -> str:
    """Whether the row that is written differs in one of the columns; "" where there are none."""
    return " OR ".join(differ(f"{new}.{quote(c)}", f"{old}.{quote(c)}", types[c]) for c in columns)


def computed(expressions: Iterable[str], into: Iterable[str], types: Mapping[str, str]) -> str:
    """The statement that computes expressions over the row that is written."""
    expressions = list(expressions)
    used = sorted(set().union(*(named(text, types) for text in expressions)))
    row = ", ".join(f"NEW.{quote(column)} AS {quote(column)}" for column in used) or "NULL"
    values = ", ".join(f"({text})" for text in expressions)
    return f"SELECT {values} INTO {', '.join(into)} FROM (SELECT {row}) AS written;"


def create_function(
    function: Relation, body: Sequence[str], variables: Sequence[str] = (), *, definer: bool = False
) -> str:
    """The function with these lines; in it columns of the row go before variables of the same name.

    ``definer``: with the rights of who makes it, rather than of who writes.
    """
    text = "\n".join(body)
    declare = "\n".join(["DECLARE", *variables]) + "\n" if variables else ""
    block = f"\n#variable_conflict use_column\n{declare}BEGIN\n{text}\n    RETURN NEW;\nEND\n"
    rights = " SECURITY DEFINER" if definer else ""
    return (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql{rights}\n"
        f"SET search_path = pg_catalog, {quote(function.schema)}, pg_temp AS {dollar_quoted(block, 'sync')}"
    )


def create_trigger(name: str, table: Relation, function: Relation, event: str, when: str = "") -> str:
    """The trigger before each row that is written, or each of which the condition holds."""
    only = f" WHEN ({when})" if when else ""
    return (
        f"CREATE OR REPLACE TRIGGER {quote(name)} BEFORE {event} ON {table}"
        f" FOR EACH ROW{only} EXECUTE FUNCTION {function}()"
    )


def drop_triggers(names: Iterable[str], table: Relation, function: Relation) -> tuple[str, ...]:
    """The statements that take triggers away, and then their function."""
    return (
        *(f"DROP TRIGGER IF EXISTS {quote(name)} ON {table}" for name in names),
        f"DROP FUNCTION IF EXISTS {function}()",
    )
