"""The settings of a session: what SET, SET LOCAL and the ends of transactions make of them."""

from collections.abc import Mapping
from dataclasses import field, replace

from schemaguard.dataclass import dataclass

_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
#: Those of which a migration should know how they are.
TIMEOUTS = frozenset(
    {
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
        "transaction_timeout",
    }
)
#: What RESET ALL leaves alone; DISCARD ALL does not. (``pg_settings_get_flags``, 15 to 18.)
NOT_RESET = frozenset(
    {
        "role",
        "seed",
        "session_authorization",
        "transaction_deferrable",
        "transaction_isolation",
        "transaction_read_only",
    }
)
#: These are of the transaction, whether LOCAL is said or not.
_OF_TRANSACTION = ("transaction_isolation", "transaction_read_only", "transaction_deferrable")


def milliseconds_of(value: str) -> int | None:
    """A duration as the server reads it; None: it is none, and the server refuses it."""
    text = value.strip()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :] or "ms"
    try:
        # Python rounds halves to even, as the server's rint() does.
        return round(float(number.strip()) * _MILLISECONDS[unit])
    except (ValueError, KeyError, OverflowError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Milliseconds; 0: waits for ever; None: the session's default, which nobody has told us."""

    lock: int | None = None
    statement: int | None = None
    idle_in_transaction: int | None = None
    transaction: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What has been set; a setting that is not here is as when the session began."""

    now: Mapping[str, str] = field(default_factory=dict)
    #: What remains at COMMIT.
    lasting: Mapping[str, str] = field(default_factory=dict)
    #: What was set before the first statement.
    begun: Mapping[str, str] = field(default_factory=dict)
    #: Of the time-outs that were set and are no longer in effect, or never came to be: why.
    lapsed: Mapping[str, str] = field(default_factory=dict)

    @property
    def timeouts(self) -> Timeouts:
        """The time-outs that are in effect."""
        return Timeouts(
            lock=self.timeout("lock_timeout"),
            statement=self.timeout("statement_timeout"),
            idle_in_transaction=self.timeout("idle_in_transaction_session_timeout"),
            transaction=self.timeout("transaction_timeout"),
        )

    def timeout(self, name: str) -> int | None:
        """The time-out in milliseconds, if it has been set."""
        return milliseconds_of(self.now[name]) if name in self.now else None

    def is_set_here(self, name: str) -> bool:
        """Whether the script itself has set what is in effect."""
        return name in self.now and self.now[name] is not self.begun.get(name)

    @property
    def time_zone(self) -> str | None:
        """The time zone, if it has been set; of UTC the name as the server spells it."""
        zone = self.now.get("timezone")
        return "UTC" if zone is not None and zone.upper() in ("UTC", "0") else zone

    @property
    def search_path(self) -> str | None:
        """The search path, if it has been set."""
        return self.now.get("search_path")

    def with_value(self, name: str, value: str | None, *, local: bool, within: bool) -> "Settings":
        """After SET or RESET, which is ``within`` a transaction or not."""
        if (local or name in _OF_TRANSACTION) and not within:
            # The server warns, and does nothing.
            if name in TIMEOUTS and not self.timeout(name):
                return self._lapsing({name: "SET LOCAL does nothing outside of a transaction"})
            return self
        of_transaction = local or name in _OF_TRANSACTION
        now, lasting = _with(self.now, name, value), self.lasting
        after = replace(self, now=now, lasting=lasting if of_transaction else _with(lasting, name, value))
        return self._becoming(after, f"RESET took {name} back" if value is None else "")

    def kept(self, name: str, *, local: bool, within: bool) -> "Settings":
        """After SET ... FROM CURRENT: SET LOCAL becomes SET."""
        return (
            self.with_value(name, self.now.get(name), local=local, within=within)
            if name in self.now
            else self
        )

    def reset(self, *, everything: bool) -> "Settings":
        """After RESET ALL, or DISCARD ALL."""
        stay = frozenset() if everything else NOT_RESET
        after = replace(
            self,
            now={name: value for name, value in self.now.items() if name in stay},
            lasting={name: value for name, value in self.lasting.items() if name in stay},
        )
        return self._becoming(after, f"{'DISCARD' if everything else 'RESET'} ALL took it back")

    def committed(self) -> "Settings":
        """After COMMIT."""
        return self._becoming(replace(self, now=self.lasting), "SET LOCAL ended with its transaction")

    def taken_back(self, before: "Settings", by: str) -> "Settings":
        """After ROLLBACK, ROLLBACK TO, ``by`` which all is as ``before``."""
        return self._becoming(before, f"{by} took the SET back")

    def _becoming(self, after: "Settings", why: str) -> "Settings":
        """The settings after, with the time-outs that have lapsed."""
        lapsed = {
            name: self.lapsed.get(name, "")
            for name in TIMEOUTS
            if name in self.lapsed and not after.timeout(name)
        }
        for name in TIMEOUTS:
            if self.timeout(name) and not after.timeout(name):
                lapsed[name] = why
        return replace(after, lapsed={name: reason for name, reason in lapsed.items() if reason})

    def _lapsing(self, more: Mapping[str, str]) -> "Settings":
        return replace(self, lapsed={**self.lapsed, **more})


def settings_of(timeouts: Timeouts, search_path: str | None = None) -> Settings:
    """The settings with these time-outs, and that search path if it is known to be another than the usual."""
    given = {"lock_timeout": timeouts.lock, "statement_timeout": timeouts.statement}
    given["idle_in_transaction_session_timeout"] = timeouts.idle_in_transaction
    given["transaction_timeout"] = timeouts.transaction
    set_ = {name: str(value) for name, value in given.items() if value is not None}
    if search_path is not None:
        set_["search_path"] = search_path
    return Settings(now=set_, lasting=set_, begun=set_)


def _with(settings: Mapping[str, str], name: str, value: str | None) -> dict[str, str]:
    others = {other: kept for other, kept in settings.items() if other != name}
    return others if value is None else {**others, name: value}
