"""How goose cuts its files: line by line, without looking at the SQL."""

import re
from dataclasses import field

from schemaguard.dataclass import dataclass

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_ANNOTATION = re.compile(r"(\s*)--\s*\+goose\s+(.*?)\s*\Z", re.IGNORECASE)
_KNOWN = ("UP", "DOWN", "STATEMENTBEGIN", "STATEMENTEND", "NO TRANSACTION")
_ENVIRONMENT = ("ENVSUB ON", "ENVSUBST ON", "ENVSUB OFF", "ENVSUBST OFF")


@dataclass(slots=True)
class GooseFile:
    """What goose makes of the part under ``-- +goose Up``."""

    #: Where that part begins.
    begins: int
    #: What goose sends, one after the other. Comments above belong to it.
    pieces: list[tuple[int, int]] = field(default_factory=list)
    #: Why goose refuses the file, and where.
    problems: list[tuple[str, int, int]] = field(default_factory=list)
    transaction: bool = True
    #: Whether environment variables are filled in.
    environment: bool = False
    #: Whether there are pieces between StatementBegin and StatementEnd.
    quoted: bool = False
    #: Where the part under ``-- +goose Down`` begins; None: there is none.
    down: int | None = None


def read_goose(text: str) -> GooseFile:
    """Reads the file as goose does."""
    reader = _Reader(GooseFile(begins=len(text)))
    for line in _LINE.finditer(text):
        reader.line(line.group().rstrip("\r\n"), line.start(), line.end())
    reader.end(len(text))
    return reader.file


class _Reader:
    """Where goose is: in which direction, in a quoted statement, in a statement begun at ``piece``."""

    def __init__(self, file: GooseFile) -> None:
        self.file = file
        self.direction = ""
        self.quoting = False
        self.piece = 0
        #: Whether the piece holds more than comments.
        self.begun = False

    def line(self, line: str, start: int, end: int) -> None:
        annotation = _ANNOTATION.match(line)
        if annotation and annotation[1]:
            self.problem("goose ignores annotations that do not begin the line", start, start + len(line))
        elif annotation:
            self.annotation(" ".join(annotation[2].upper().split()), line, start, end)
        elif self.direction == "UP":
            self.begun = self.begun or not (line.lstrip().startswith("--") or not line.strip())
            if self.begun and not self.quoting and _ends_with_semicolon(line):
                self.cut(end)
        elif not self.direction and line.strip() and not line.startswith("--"):
            self.problem("goose refuses statements above `-- +goose Up`", start, start + len(line))

    def annotation(self, name: str, line: str, start: int, end: int) -> None:
        stop = start + len(line)
        match name:
            case "UP" if not self.direction:
                self.direction = "UP"
                self.file.begins = self.piece = end
            case "UP":
                self.problem("a second `-- +goose Up`: goose refuses it", start, stop)
            case "DOWN" if self.direction == "UP":
                self.end(start)
                self.direction, self.quoting = "DOWN", False
                self.file.down = end
            case "DOWN":
                self.problem(
                    "goose wants `-- +goose Up` above `-- +goose Down`, and one of each", start, stop
                )
            case "STATEMENTBEGIN" if self.direction:
                self.quoting = True
                self.file.quoted = self.file.quoted or self.direction == "UP"
            case "STATEMENTEND" if self.quoting:
                self.quoting = False
                if self.direction == "UP":
                    self.cut(end)
            case "STATEMENTBEGIN" | "STATEMENTEND":
                self.problem("goose wants StatementEnd after StatementBegin, and both after Up", start, stop)
            case "NO TRANSACTION":
                self.file.transaction = False
            case _ if name in _ENVIRONMENT:
                self.file.environment = self.file.environment or name.endswith("ON")
            case _:
                self.problem(f"goose knows no `+goose {name}`; there are {', '.join(_KNOWN)}", start, stop)

    def cut(self, end: int) -> None:
        self.file.pieces.append((self.piece, end))
        self.piece, self.begun = end, False

    def end(self, at: int) -> None:
        """The end of the part for this direction."""
        if not self.direction:
            self.problem("goose refuses a file without `-- +goose Up`", 0, 0)
        if self.direction != "UP":
            return
        if self.quoting:
            self.problem("`-- +goose StatementEnd` is missing", self.piece, at)
        elif self.begun:
            self.problem(
                "goose refuses a statement without a semicolon at the end of its line", self.piece, at
            )
        if self.begun or at > self.piece:
            self.cut(at)

    def problem(self, message: str, start: int, end: int) -> None:
        self.file.problems.append((message, start, end))


def _ends_with_semicolon(line: str) -> bool:
    last = ""
    for word in line.split():
        if word.startswith("--"):
            break
        last = word
    return last.endswith(";")
