"""SET, RESET and set_config() of a setting."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SetSetting(SessionChange):
    """The setting has that value from now on.

    ``value`` is what SHOW would tell before the server makes it canonical: of a list, its parts
    joined by ``, `` (and quoted as identifiers, where they are such, as in ``search_path``).
    None: as when the session began (RESET, TO DEFAULT).
    """

    #: In lower case.
    name: str
    value: str | None
    #: To the end of the transaction only: SET LOCAL, or the third argument of set_config().
    local: bool = False
    #: The value is the one that it has (FROM CURRENT).
    current: bool = False
