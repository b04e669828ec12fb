"""All errors that schemaguard raises on purpose. Each branch has an exit code.

    SchemaguardError
    ├── Refused                 1   the answer is no
    ├── UsageError              2   wrong usage, configuration or input
    │   ├── InputError              a file, directory or text that cannot be used
    │   └── ConfigError             pyproject.toml or schemaguard.toml
    ├── NotEnoughEvidence       3   neither yes nor no
    ├── DatabaseError           4   the database refused or was lost
    │   ├── NoServer                no PostgreSQL can be started or reached
    │   └── NotSo                   it is not as a step needs it to be
    │       └── InTheWay            something in it is in the way, and is named
    └── Bug                     5   our own fault

A message has three parts: what happened, to what, and what to do. The third
is ``advice`` and is shown on a line of its own.
"""

import os
from collections.abc import Iterable


class SchemaguardError(Exception):
    """What happened and to what; ``advice`` says what to do."""

    exit_code = 5

    def __init__(self, what: str, *, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}\n  {self.advice}" if self.advice else self.what


class Refused(SchemaguardError):
    """The answer is no, and the message holds the reasons."""

    exit_code = 1


class UsageError(SchemaguardError):
    """Wrong usage, configuration or input."""

    exit_code = 2


class InputError(UsageError):
    """A file, directory or text that cannot be used."""

    def __init__(
        self, what: str, *, path: str = "", line: int = 0, column: int = 0, advice: str = ""
    ) -> None:
        super().__init__(what, advice=advice)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        at = (
            f"{self.path}:{self.line}:{self.column}: " if self.line else f"{self.path}: " if self.path else ""
        )
        return at + super().__str__()


class ConfigError(InputError):
    """A setting that does not exist or has an impossible value."""


class NotEnoughEvidence(SchemaguardError):
    """Neither yes nor no."""

    exit_code = 3


class DatabaseError(SchemaguardError):
    """The database refused or was lost."""

    exit_code = 4


class NoServer(DatabaseError):
    """No PostgreSQL server can be started or reached."""


class NotSo(DatabaseError):
    """The database is not as a step needs it to be."""


class InTheWay(NotSo):
    """Something in the database is, and the message names it."""


class Bug(SchemaguardError):
    """Our own fault."""

    exit_code = 5

    @classmethod
    def of(cls, error: Exception) -> "Bug":
        """What to say of an exception that nobody foresaw."""
        import traceback  # Here nobody is in a hurry any more.

        where = traceback.extract_tb(error.__traceback__)[-1]
        return cls(
            f"a bug of ours, sorry: {type(error).__name__}: {error}"
            f" ({os.path.basename(where.filename)}:{where.lineno})",  # noqa: PTH119 (pathlib takes long)
            advice="Please report it with this line.",
        )


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """The known word that is most like this one, for "did you mean"; "": none is, by ``likeness``."""
    from difflib import get_close_matches  # Only a typing error needs it.

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=likeness)), "")
