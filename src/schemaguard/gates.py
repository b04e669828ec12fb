"""Ledger and sessions become an answer: may the old shape go? Yes, no, or unknown, with evidence."""

from collections.abc import Collection, Iterable
from enum import Enum

from schemaguard.dataclass import dataclass


class Answer(Enum):
    """What a gate says; the value is the exit code."""

    YES = 0
    NO = 1
    UNKNOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A version of the code that was said to run, with the application_name of its sessions."""

    version: str
    application_name: str
    #: The releases whose new shape it uses, so that it does not need the old.
    knows: tuple[str, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A client connected to the database."""

    pid: int
    application_name: str
    user: str
    query: str
    #: Seconds since it connected.
    age: float

    def __str__(self) -> str:
        named = self.application_name or "(no application_name)"
        return (
            f"pid {self.pid}, {named}, {self.user}, connected {self.age:.0f} s ago, last: {self.query[:60]}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reasons, a sentence each."""

    answer: Answer
    reasons: tuple[str, ...]


def may_contract(release: str, ledger: Iterable[Deployment], sessions: Iterable[Session]) -> Decision:
    """May the old shape go? Only when each version that needs it is retired and has no session left.

    Without a ledger nobody can know: no deployment means UNKNOWN, and so does
    a session that no deployment explains.
    """
    ledger = tuple(ledger)
    if not any(release in deployment.knows for deployment in ledger):
        return Decision(
            Answer.UNKNOWN,
            (f"no deployment is recorded that uses the new shape of {release}",),
        )
    return _when_gone(
        [deployment for deployment in ledger if release not in deployment.knows],
        {d.application_name for d in ledger if release in d.knows and not d.retired},
        sessions,
        needs="needs the old shape",
        yes=f"every live version knows {release}, and no session of an older one is connected",
    )


def may_undo(release: str, ledger: Iterable[Deployment], sessions: Iterable[Session]) -> Decision:
    """May the new shape go again? Only when no version that uses it is live or has a session left.

    A session that no deployment explains may be one of it: then the answer is UNKNOWN.
    """
    ledger = tuple(ledger)
    return _when_gone(
        [deployment for deployment in ledger if release in deployment.knows],
        {deployment.application_name for deployment in ledger if release not in deployment.knows},
        sessions,
        needs="may use the new shape",
        yes=f"no version that uses the new shape of {release} runs",
    )


def _when_gone(
    going: Collection[Deployment], staying: set[str], sessions: Iterable[Session], *, needs: str, yes: str
) -> Decision:
    """YES when none of the versions is live or has a session; ``staying``: application_names of others."""
    sessions, names = tuple(sessions), {deployment.application_name for deployment in going}
    live = [deployment for deployment in going if not deployment.retired]
    standing = [session for session in sessions if session.application_name in names - staying]
    strangers = [session for session in sessions if session.application_name not in names | staying]
    if live or standing:
        return Decision(
            Answer.NO,
            (
                *(f"version {deployment.version} is live and {needs}" for deployment in live),
                *(f"a session of it is connected: {session}" for session in standing),
            ),
        )
    if strangers:
        return Decision(
            Answer.UNKNOWN,
            tuple(f"a session that no deployment explains: {session}" for session in strangers),
        )
    return Decision(Answer.YES, (yes,))
