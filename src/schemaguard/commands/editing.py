"""What the language server answers: diagnostics, explanations, and mended statements."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from schemaguard import __version__
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.commands.mending import Mender
from schemaguard.dataclass import dataclass
from schemaguard.errors import Bug, SchemaguardError
from schemaguard.explain import BUILT_IN, page
from schemaguard.lint import Reported
from schemaguard.lsp import Connection, Handler, Text
from schemaguard.report.findings import told
from schemaguard.rule import Severity
from schemaguard.rules import all_rules

_NAME = "schemaguard"
CAPABILITIES = {
    "capabilities": {
        "positionEncoding": "utf-16",
        "textDocumentSync": {"openClose": True, "change": 1, "save": True},
        "hoverProvider": True,
        "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll"]},
    },
    "serverInfo": {"name": _NAME, "version": __version__},
}
_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.DEPENDS: 3}

Params = Mapping[str, Any]


@dataclass(slots=True)
class _Document:
    """A file as the editor holds it, and what is found in it: ranges, and by which rules."""

    path: Path
    text: Text
    version: int | None = None
    found: list[tuple[int, int, Reported]] = field(default_factory=list)


class Editor:
    """The documents that an editor has opened."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._documents: dict[str, _Document] = {}
        #: What has changed since it was judged: who types quickly does not wait for each letter's findings.
        self._changed_since: dict[str, None] = {}

    def handlers(self) -> dict[str, Handler]:
        """What is done for each message."""
        return {
            "initialized": lambda _: None,
            "textDocument/didOpen": self._opened,
            "textDocument/didChange": self._changed,
            "textDocument/didSave": self._saved,
            "textDocument/didClose": self._closed,
            "textDocument/hover": self._explained,
            "textDocument/codeAction": self._mended,
        }

    def _opened(self, params: Params) -> None:
        said = params["textDocument"]
        self._take(said["uri"], said["text"], said.get("version"))

    def _changed(self, params: Params) -> None:
        said = params["textDocument"]
        for change in params["contentChanges"][-1:]:
            self._take(said["uri"], change["text"], said.get("version"))

    def _saved(self, params: Params) -> None:
        """Others may rest on what is saved: each is judged anew."""
        del params
        self._changed_since |= dict.fromkeys(self._documents)

    def _closed(self, params: Params) -> None:
        uri = params["textDocument"]["uri"]
        self._documents.pop(uri, None)
        self._changed_since.pop(uri, None)
        self._publish(uri, [])

    def _take(self, uri: str, text: str, version: int | None) -> None:
        path = _path(uri)
        if path is not None and path.suffix.lower() == ".sql":
            self._documents[uri] = _Document(path, Text(text), version)
            self._changed_since[uri] = None

    def judge(self) -> None:
        """Publish what is found in what has changed."""
        while self._changed_since:
            self._judge(next(iter(self._changed_since)))

    def _judge(self, uri: str) -> None:
        document = self._documents[uri]
        del self._changed_since[uri]
        document.found.clear()
        try:
            asking = Asking(unsaved=document.text.text)
            reported = lint_paths([document.path], asking=asking).reported
        except Exception as error:  # noqa: BLE001 - what is said of one document does not hang on another
            problem = error if isinstance(error, SchemaguardError) else Bug.of(error)
            whole = {"range": document.text.range(0, 0), "severity": 1, "source": _NAME}
            self._publish(uri, [{**whole, "message": str(problem)}], document.version)
            return
        document.found += ((*_range(document.text, one), one) for one in reported)
        self._publish(uri, [*_diagnostics(document)], document.version)

    def _publish(self, uri: str, diagnostics: list[object], version: int | None = None) -> None:
        params: dict[str, object] = {"uri": uri, "diagnostics": diagnostics}
        if version is not None:
            params["version"] = version
        self._connection.notify("textDocument/publishDiagnostics", params)

    def _explained(self, params: Params) -> object:
        """The pages of the rules that speak at that place."""
        self.judge()
        document = self._documents.get(params["textDocument"]["uri"])
        if document is None:
            return None
        at = params["position"]
        pages = {
            one.rule: _page(one.rule)
            for start, end, one in document.found
            if _within(at, document.text.range(start, end))
        }
        text = "\n\n---\n\n".join(pages.values())
        return {"contents": {"kind": "markdown", "value": text}} if text else None

    def _mended(self, params: Params) -> list[object]:
        """What lint --fix would write: of the statements there, and of all."""
        uri, at = params["textDocument"]["uri"], params["range"]
        document = self._documents.get(uri)
        if document is None:
            return []
        lines = at["start"]["line"] + 1, at["end"]["line"] + 1
        ways = (
            ("quickfix", "Let others work meanwhile (schemaguard)", lines),
            ("source.fixAll", "Let others work meanwhile, in the whole file (schemaguard)", None),
        )
        only = params.get("context", {}).get("only")
        actions: list[object] = []
        for kind, title, where in ways:
            if only is not None and not any(kind == one or kind.startswith(f"{one}.") for one in only):
                continue
            mender = Mender(unsaved=document.text.text, lines=where)
            lint_paths([document.path], asking=Asking(unsaved=document.text.text, mender=mender))
            if mender.texts:
                edit = {"documentChanges": [*_changes(uri, document, mender.texts)]}
                actions.append({"title": title, "kind": kind, "edit": edit})
        return actions


def _path(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _range(text: Text, one: Reported) -> tuple[int, int]:
    """Where a finding is in the text."""
    place = one.place
    start = text.start_of(place.line) + place.column - 1
    if one.within is not None:
        return start + one.within[0], start + one.within[1]
    return start, text.start_of(place.end_line) + place.end_column - 1


def _diagnostics(document: _Document) -> Iterator[object]:
    for start, end, one in document.found:
        yield {
            "range": document.text.range(start, end),
            "severity": _SEVERITIES[one.severity],
            "code": one.rule,
            "source": _NAME,
            "message": told(one),
        }


def _within(at: Mapping[str, int], range_: Mapping[str, Mapping[str, int]]) -> bool:
    place, start, end = ((one["line"], one["character"]) for one in (at, range_["start"], range_["end"]))
    return start <= place <= end


def _page(name: str) -> str:
    named = next((rule for rule in all_rules() if rule.name == name), None)
    return page(named) if named is not None else f"# {name}\n\n{BUILT_IN.get(name, '')}"


def _changes(uri: str, document: _Document, texts: Mapping[Path, str]) -> Iterator[object]:
    """The edits of the document, and of files beside it, which may have to be made first."""
    for file, text in texts.items():
        mine = file.resolve() == document.path.resolve()
        there = uri if mine else file.resolve().as_uri()
        old = document.text if mine else Text(file.read_text(encoding="utf-8") if file.exists() else "")
        if not mine and not file.exists():
            yield {"kind": "create", "uri": there}
        yield {
            "textDocument": {"uri": there, "version": document.version if mine else None},
            "edits": [*_edits(old, text)],
        }


def _edits(old: Text, text: str) -> Iterator[object]:
    """Line by line, so that the editor keeps its marks in what stays."""
    before, after = (one.splitlines(keepends=True) for one in (old.text, text))
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    for tag, first, last, new, end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag != "equal":
            yield {
                "range": old.range(starts[first], starts[last]),
                "newText": "".join(after[new:end]),
            }
