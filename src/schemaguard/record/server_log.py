"""A workload of what a server has written into its log.

With ``log_statement``, a statement is in the log before it is executed, and an error after it says that
it failed. With ``log_min_duration_statement``, it is there after it has succeeded.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import UsageError
from schemaguard.record.log_entries import Entry, entries
from schemaguard.record.merge import merge
from schemaguard.record.names import Names
from schemaguard.record.notebook import Notebook
from schemaguard.record.output import finish
from schemaguard.record.texts import objects, statements

DRIVER = "server log"
PREPARED = "server log with prepared statements"

_SENT = re.compile(
    r"(?P<after>duration: [\d.]+ ms  )?(?:statement|execute(?: fetch from)? (?P<name>[^:]*)): (?P<text>.*)",
    re.DOTALL,
)
_PARAMETER = re.compile(r"\$(\d+) = (?:(NULL)|'((?:[^']|'')*)')")
_PREPARED_AS = "prepare: "
_TOGETHER = "was sent in one message with one that failed"


@dataclass(frozen=True, slots=True)
class Only:
    """Whose entries are read; "": everybody's."""

    user: str = ""
    database: str = ""
    application: str = ""

    def has(self, entry: Entry) -> bool:
        """Whether an entry is one of those."""
        return all(
            not wanted or wanted == found
            for wanted, found in (
                (self.user, entry.user),
                (self.database, entry.database),
                (self.application, entry.application),
            )
        )


@dataclass(frozen=True, slots=True)
class _Sent:
    text: str
    driver: str
    detail: str


def record_log(out: Path, names: Names, files: Iterable[Path], only: Only) -> int:
    """The statements in the files, in their order, as a workload."""
    reading = _Reading(only)
    for file in files:
        for entry in entries(file):
            if entry is None:
                reading.notebook.lose_all(f"an entry of {file.name} that is not whole", DRIVER)
            else:
                reading.take(entry)
    return finish(
        out,
        merge(reading.done().lines(), names.found()),
        what="those whose entries were read",
        advice="it has statements with log_statement = 'all' or log_min_duration_statement = 0, and they "
        "are found in it with lc_messages = 'C'; do --user, --database and --application fit?",
    )


class _Reading:
    def __init__(self, only: Only) -> None:
        self.notebook = Notebook()
        self._only = only
        self._databases: set[str] = set()
        #: By the session: what was sent last, whose failure would come next.
        self._pending: dict[str, _Sent] = {}

    def take(self, entry: Entry) -> None:
        """The next entry of the log."""
        if not self._only.has(entry):
            return
        if entry.severity in ("ERROR", "FATAL", "PANIC"):
            self._failed(entry)
            return
        if entry.severity != "LOG":
            return
        if entry.message.startswith("fastpath function call: "):
            self.notebook.lose_all("a call of a function by its number", DRIVER)
        found = _SENT.fullmatch(entry.message)
        if found is None:
            return
        self._databases.add(entry.database)
        named = found["name"] not in (None, "<unnamed>") and not found["name"].startswith("<unnamed>/")
        sent = _Sent(found["text"], PREPARED if named else DRIVER, entry.detail)
        self._settle(entry.session)
        if found["after"]:
            self._note(sent)
        else:
            self._pending[entry.session] = sent

    def done(self) -> Notebook:
        """All of them, when the log is at its end."""
        for session in list(self._pending):
            self._settle(session)
        if len(self._databases) > 1:
            raise UsageError(
                f"the log has statements of several databases: {', '.join(sorted(self._databases))}",
                advice="say which one with --database",
            )
        return self.notebook

    def _settle(self, session: str) -> None:
        if session in self._pending:
            self._note(self._pending.pop(session))

    def _failed(self, entry: Entry) -> None:
        sent = self._pending.get(entry.session)
        if sent is not None and entry.statement not in ("", sent.text):
            # It is another one that could not even be parsed; the one before has succeeded.
            self._settle(entry.session)
            sent = None
        if sent is not None:
            del self._pending[entry.session]
        elif entry.statement:
            sent = _Sent(entry.statement, DRIVER, "")
        else:
            return
        self._databases.add(entry.database)
        together = list(statements(sent.text))
        if len(together) > 1:
            for text in together:
                self.notebook.lose(text or sent.text, _TOGETHER, DRIVER)
        elif not entry.state.startswith("42"):
            self._note(sent)

    def _note(self, sent: _Sent) -> None:
        if sent.detail.startswith(_PREPARED_AS):
            # Of EXECUTE, what was prepared.
            self.notebook.note(sent.detail.removeprefix(_PREPARED_AS), PREPARED)
            return
        values = {match[1]: match for match in _PARAMETER.finditer(sent.detail)}
        types = {place: ("", bool(match[2])) for place, match in values.items()}
        for text in statements(sent.text):
            if text is None:
                self.notebook.lose_all("a text that cannot be read as SQL", DRIVER)
            else:
                names = objects(text, lambda place: values[str(place)][3] if str(place) in values else None)
                self.notebook.note(text, sent.driver, types, names)
