"""What an expression can be when the planner has seen its constants."""

from enum import Enum


class Value(Enum):
    """What an expression can be when it is planned."""

    TRUE = "true"
    FALSE = "false"
    NULL = "null"
    #: Another constant.
    SOME = "some"
    #: No constant: it is computed when the statement runs.
    LATER = "later"


Values = frozenset[Value]
ANY: Values = frozenset(Value)
TRUE, FALSE, NULL, SOME, LATER = (frozenset({value}) for value in Value)
TRUTHS = TRUE | FALSE
NOT_TRUE = FALSE | NULL


def truth(value: Values) -> Values:
    """The same as a condition."""
    return value - SOME | TRUTHS if Value.SOME in value else value
