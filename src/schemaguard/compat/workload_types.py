"""What one version of the code asks of the database, as a value."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from schemaguard.compat.parameters import numbered, squeezed, style_of
from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import Kind, tokens

#: Recorded without a driver, of a session that was seen not to keep prepared statements.
_UNPREPARED = frozenset(("wire protocol", "server log"))
_KINDS = frozenset(("select", "insert", "update", "delete", "merge", "copy", "values", "table"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is known of the values of one ``$n``."""

    #: The PostgreSQL types that the driver was seen to declare; "": it left the type to the server.
    types: tuple[str, ...] = ("",)
    #: Whether NULL was sent.
    null: bool = False
    #: The sequences or tables that its values name, as for ``nextval``.
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement of a workload, with ``$n`` for its parameters."""

    id: str
    #: The function that sends it, such as ``customers.find_customer``.
    name: str
    sql: str
    kind: str
    parameters: tuple[Parameter, ...] = ()
    #: Whether it was sent with many rows at once (executemany).
    many: bool = False
    #: Where it is sent, ``path:line``.
    origin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """The calls in the application's source that send a statement, each ``path:line``."""

    seen: tuple[str, ...] = ()
    #: Those that no recording reached: what they send is not in the workload.
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one version of the code asks of the database."""

    version: str
    app: str = ""
    #: With its version, such as ``psycopg 3.2.9``; "": unknown.
    driver: str = ""
    #: The role that the code works as, without which rights are not looked at; "": unknown.
    role: str = ""
    statements: tuple[Query, ...] = ()
    #: What was sent but could not be recorded: no verdict can be green because of it.
    unrecorded: tuple[str, ...] = ()
    #: None: nobody has looked at the source.
    cover: Cover | None = None

    @property
    def prepares(self) -> bool:
        """Whether sessions keep prepared statements, which a change of their result breaks."""
        return not all(
            one in _UNPREPARED or one.startswith(("psycopg2", "pg8000")) for one in self.driver.split(" + ")
        )


def query(sql: str, name: str, parameters: Iterable[Parameter] | None = None, **more: object) -> Query:
    """A statement with ``$n``, given its id, its kind and one entry for each parameter."""
    count = len(numbered(sql, style_of("$1")).keys)
    known = tuple(parameters or ())
    known += (Parameter(),) * (count - len(known))
    made = Query(id=identity(sql), name=name, sql=sql, kind=kind_of(sql), parameters=known)
    return replace(made, **more)  # type: ignore[arg-type]


def identity(sql: str) -> str:
    """The same for the same tokens, whatever the white space and comments between them."""
    return hashlib.sha256(f"1\n{squeezed(sql)}".encode()).hexdigest()[:16]


def kind_of(sql: str) -> str:
    """``select``, ``insert``...: what a statement does; of a WITH what follows its queries."""
    found = tokens(sql)
    # A parenthesis may open the whole statement.
    start = next((place for place, token in enumerate(found) if token.text != "("), 0)
    depth = 0
    for token in found[start:]:
        if token.kind is Kind.OP:
            depth += (token.text == "(") - (token.text == ")")
        elif token.kind is Kind.WORD and not depth and token.identifier in _KINDS:
            return token.identifier
    return "other"
