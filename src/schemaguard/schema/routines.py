"""Functions and procedures as they are."""

from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation
from schemaguard.schema.expressions import Expression, Volatility


@dataclass(frozen=True, slots=True, order=True)
class Routine:
    """A function or procedure, by which it can be told from all others."""

    schema: str
    name: str
    #: The types of its arguments but those of OUT, as ``format_type`` spells them.
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The body of a function or procedure, and with how many values it can be called."""

    language: str
    #: The text; of SQL itself from BEGIN or RETURN on.
    text: str
    fewest: int = 0
    #: None: as many as one likes.
    most: int | None = 0
    #: The search path that it is run with; None: that of its caller.
    search_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineState:
    """A function or procedure as it is."""

    #: ``function`` or ``procedure``.
    kind: str = "function"
    #: As declared.
    volatility: Volatility = Volatility.VOLATILE
    #: STRICT.
    strict: bool = False
    #: SECURITY DEFINER.
    definer: bool = False
    #: The settings that it is run with.
    settings: frozenset[str] = frozenset()
    #: The type of its value; "": not known.
    returns: str = field(default="", compare=False)
    #: The types of all its arguments, where those of OUT make a difference.
    whole: tuple[str, ...] = field(default=(), compare=False)
    #: The columns that a body uses which is SQL itself (BEGIN ATOMIC, RETURN), and the functions it calls.
    uses: frozenset[Column] = field(default=frozenset(), compare=False)
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    #: What its body comes to, if that is one expression in SQL.
    body: Expression | None = field(default=None, compare=False)
    #: Whether the body is put in the place of a call whatever the arguments are.
    plain: bool = field(default=False, compare=False)
    #: What it runs; None: nobody knows.
    code: Code | None = field(default=None, compare=False)

    @property
    def inlined(self) -> Expression | None:
        """What the server puts in the place of a call; None: it calls the function."""
        return None if self.definer or self.settings else self.body

    @property
    def surely_inlined(self) -> bool:
        """Whether it does so whatever the arguments are."""
        return self.inlined is not None and self.plain
