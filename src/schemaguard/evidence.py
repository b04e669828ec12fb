"""What else a finding can rest on, beside costs and breaks: a refusal, a loss, or its own words."""

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """PostgreSQL refuses the statement with this SQLSTATE, and nothing of it happens.

    ``why`` ends the sentence "PostgreSQL refuses this: ...". ``certain`` False: it hangs on
    the rows that are there, or on what we do not know of the schema.
    """

    sqlstate: str
    why: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows or values are gone for good. ``what``: ``the rows of public.account``."""

    what: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What the statement says, or leaves out, and anybody can read there: for conventions and settings."""

    what: str
