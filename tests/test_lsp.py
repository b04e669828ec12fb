"""The language server, asked by a client that speaks JSON-RPC to the process, as an editor does."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

INDEX = "CREATE INDEX i ON account (name);"
GENTLE = "CREATE INDEX CONCURRENTLY i ON account (name);"


class Client:
    """An editor: it keeps what it is told of each document."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "schemaguard", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=directory,
        )
        self.numbers = count(1)
        self.published: list[dict[str, Any]] = []

    def send(self, **message: object) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        header = self.process.stdout.readline()
        assert self.process.stdout.readline() == b"\r\n"
        content: dict[str, Any] = json.loads(self.process.stdout.read(int(header.split(b":")[1])))
        return content

    def notify(self, method: str, **params: object) -> None:
        self.send(method=method, params=params)

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        number = next(self.numbers)
        self.send(id=number, method=method, params=params)
        while (message := self.receive()).get("id") != number:
            self.published.append(message["params"])
        return message

    def open(self, file: Path, text: str) -> list[dict[str, Any]]:
        """The diagnostics of a document that holds the text."""
        said = {"uri": file.as_uri(), "languageId": "sql", "version": 1, "text": text}
        self.notify("textDocument/didOpen", textDocument=said)
        return self.told(file)

    def change(self, file: Path, text: str, version: int) -> list[dict[str, Any]]:
        self.notify(
            "textDocument/didChange",
            textDocument={"uri": file.as_uri(), "version": version},
            contentChanges=[{"text": text}],
        )
        return self.told(file)

    def told(self, file: Path) -> list[dict[str, Any]]:
        message = self.receive()
        assert message["method"] == "textDocument/publishDiagnostics"
        assert message["params"]["uri"] == file.as_uri()
        found: list[dict[str, Any]] = message["params"]["diagnostics"]
        return found

    def actions(self, file: Path, line: int, **context: object) -> list[dict[str, Any]]:
        at = {"line": line, "character": 3}
        found: list[dict[str, Any]] = self.ask(
            "textDocument/codeAction",
            textDocument={"uri": file.as_uri()},
            range={"start": at, "end": at},
            context={"diagnostics": [], **context},
        )["result"]
        return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "001.sql").write_text("CREATE TABLE account (id bigint PRIMARY KEY, name text, age int);\n")
    return tmp_path


@pytest.fixture
def client(project: Path) -> Iterator[Client]:
    with (client := Client(project)).process:
        assert client.ask("initialize", capabilities={})["result"]["capabilities"]["hoverProvider"]
        client.notify("initialized")
        yield client
        assert client.ask("shutdown")["result"] is None
        client.notify("exit")
        assert client.process.wait(timeout=30) == 0


def rules(diagnostics: list[dict[str, Any]]) -> set[str]:
    return {one["code"] for one in diagnostics}


def applied(text: str, action: Mapping[str, Any]) -> str:
    """The text after an action's edits of its one document, which touch ASCII lines alone."""
    (change,) = action["edit"]["documentChanges"]
    lines = [*text.splitlines(keepends=True), ""]
    for edit in reversed(change["edits"]):
        start, end = edit["range"]["start"], edit["range"]["end"]
        before, behind = lines[start["line"]][: start["character"]], lines[end["line"]][end["character"] :]
        lines[start["line"] : end["line"] + 1] = [before + edit["newText"] + behind]
    return "".join(lines)


def test_the_buffer_is_judged_and_not_the_file(client: Client, project: Path) -> None:
    file = project / "002.sql"
    file.write_text("SELECT 1;\n")

    found = client.open(file, f"-- é\U0001f600\n/* \U0001f600 */ {INDEX}\n")

    blocking = next(one for one in found if one["code"] == "blocking-index")
    assert blocking["severity"] == 1
    assert blocking["range"] == {
        "start": {"line": 1, "character": 9},
        "end": {"line": 1, "character": 9 + len(INDEX) - 1},
    }
    assert client.change(file, f"{GENTLE}\n", 2) == []


def test_the_action_of_a_statement_is_marked_by_itself(client: Client, project: Path) -> None:
    found = client.open(
        project / "002.sql", "ALTER TABLE account ADD COLUMN fax text, ADD CHECK (age > 0);\n"
    )

    scanning = next(one for one in found if one["code"] == "scanning-check")
    assert (scanning["range"]["start"]["character"], scanning["range"]["end"]["character"]) == (41, 60)


def test_what_is_saved_is_judged_over_the_migrations_before(client: Client, project: Path) -> None:
    file = project / "002.sql"
    file.write_text("")
    text = "SET lock_timeout = '2s';\nALTER TABLE account ALTER COLUMN name SET NOT NULL;\n"
    assert "set-not-null" in rules(client.open(file, text))
    with (project / "001.sql").open("a") as first:
        first.write("ALTER TABLE account ADD CONSTRAINT named CHECK (name IS NOT NULL);\n")

    client.notify("textDocument/didSave", textDocument={"uri": file.as_uri()})

    assert client.told(file) == []


def test_the_pointer_is_told_why(client: Client, project: Path) -> None:
    file = project / "002.sql"
    client.open(file, f"{INDEX}\nSELECT 1;\n")

    def hover(line: int) -> Any:
        at = {"line": line, "character": 8}
        return client.ask("textDocument/hover", textDocument={"uri": file.as_uri()}, position=at)["result"]

    assert "# blocking-index\n" in hover(0)["contents"]["value"]
    assert "## Instead\n" in hover(0)["contents"]["value"]
    assert hover(1) is None


def test_a_statement_is_mended_or_the_whole_file(client: Client, project: Path) -> None:
    file, text = project / "002.sql", f"{INDEX}\n\nDROP INDEX j;\n"
    client.open(file, text)

    one, whole = client.actions(file, 0)

    assert (one["kind"], whole["kind"]) == ("quickfix", "source.fixAll")
    assert applied(text, one) == f"{GENTLE}\n\nDROP INDEX j;\n"
    assert applied(text, whole) == f"{GENTLE}\n\nDROP INDEX CONCURRENTLY j;\n"
    assert [each["kind"] for each in client.actions(file, 0, only=["source"])] == ["source.fixAll"]
    assert client.actions(file, 1, only=["quickfix"]) == []
    assert not file.exists()


def test_a_file_beside_the_script_is_made(client: Client, project: Path) -> None:
    file = project / "flyway/V1__c.sql"
    file.parent.mkdir()
    client.open(file, "ALTER TABLE account ADD CHECK (age > 0);\n")

    (action,) = client.actions(file, 0, only=["source.fixAll"])

    _, created, conf = action["edit"]["documentChanges"]
    assert created == {"kind": "create", "uri": file.with_name("V1__c.sql.conf").as_uri()}
    assert [edit["newText"] for edit in conf["edits"]] == ["executeInTransaction=false\n"]


def test_who_types_quickly_does_not_wait_for_each_letter(client: Client, project: Path) -> None:
    file = project / "002.sql"
    client.open(file, "")

    for version in range(2, 102):
        client.notify(
            "textDocument/didChange",
            textDocument={"uri": file.as_uri(), "version": version},
            contentChanges=[{"text": f"{INDEX}\n-- {version}\n"}],
        )
    at = {"line": 0, "character": 0}
    assert client.ask("textDocument/hover", textDocument={"uri": file.as_uri()}, position=at)["result"]

    assert client.published[-1]["version"] == 101
    assert len(client.published) < 50


def test_what_is_no_message_ends_it(project: Path) -> None:
    with Client(project).process as process:
        assert process.stdin
        process.stdin.write(b"Content-Length: 3\r\n\r\n{]}")
        process.stdin.flush()
        assert process.wait(timeout=30) == 1


def test_wrong_settings_are_told(client: Client, project: Path) -> None:
    (project / "schemaguard.toml").write_text("pg = 9\n")

    (told,) = client.open(project / "002.sql", INDEX)

    assert told["severity"] == 1
    assert "pg" in told["message"]


def test_what_is_closed_has_no_findings(client: Client, project: Path) -> None:
    file = project / "002.sql"
    client.open(file, INDEX)

    client.notify("textDocument/didClose", textDocument={"uri": file.as_uri()})

    assert client.told(file) == []
    assert client.actions(file, 0) == []


def test_what_is_no_sql_file_is_left_alone(client: Client, project: Path) -> None:
    for uri in ((project / "a.py").as_uri(), "untitled:Untitled-1"):
        said = {"uri": uri, "languageId": "sql", "version": 1, "text": INDEX}
        client.notify("textDocument/didOpen", textDocument=said)

    client.ask("textDocument/hover", textDocument={"uri": "untitled:1"}, position={"line": 0, "character": 0})

    assert client.published == []


def test_what_it_does_not_know_it_refuses(client: Client) -> None:
    client.notify("$/setTrace", value="off")

    assert client.ask("textDocument/rename")["error"]["code"] == -32601


def test_an_editor_that_goes_without_a_word(project: Path) -> None:
    with Client(project).process as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait(timeout=30) == 1


def test_what_nobody_foresaw_is_told_and_the_session_goes_on(client: Client, project: Path) -> None:
    file = project / "002.sql"
    assert rules(client.open(file, INDEX)) >= {"blocking-index"}

    # No editor forgets where the pointer is.
    refused = client.ask("textDocument/hover", textDocument={"uri": file.as_uri()})

    assert refused["error"]["code"] == -32603
    assert "a bug of ours, sorry: KeyError: 'position' (editing.py:" in refused["error"]["message"]
    assert client.published[-1] == {"type": 1, "message": f"schemaguard: {refused['error']['message']}"}
    assert rules(client.change(file, GENTLE, 2)) == set()


def test_a_document_that_cannot_be_judged_says_so_and_others_are(client: Client, project: Path) -> None:
    said = {"uri": f"{project.as_uri()}/%00.sql", "languageId": "sql", "version": 1, "text": INDEX}
    client.notify("textDocument/didOpen", textDocument=said)

    (told,) = client.receive()["params"]["diagnostics"]

    assert "a bug of ours, sorry: ValueError: " in told["message"]
    assert rules(client.open(project / "002.sql", INDEX)) >= {"blocking-index"}
