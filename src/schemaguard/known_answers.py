"""The answer to a question that was asked before: found before anything slow is imported.

An answer is kept with all that the run looked at to give it: files by their content, directories by their
names, paths by whether they are there, modules by their times. It is given again while all of that is as it
was, for the same words in the same directory, terminal and environment, from the same schemaguard and Python.
A run that starts other programs, connects anywhere, reads standard input or writes a file is never kept;
but the schemas that it keeps itself follow from what it looks at.
"""

import os
import sys

from schemaguard import __version__, kept

# Only for the checker of types: the path of a known answer imports nothing that takes time.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    #: What it looked at, what it wrote to standard error and to standard output, and its exit code.
    _Known = tuple[list[tuple[str, str, object]], str, str, int]

_FORMAT = 1
#: What the environment can change in an answer, besides SCHEMAGUARD_*.
_ENVIRONMENT = (
    "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLORTERM", "COLUMNS", "LINES", "HOME",
    "CI", "GITHUB_ACTIONS", "PYTHONIOENCODING", "PYTHONUTF8", "LANG", "LC_ALL", "LC_CTYPE", "TZ",
)  # fmt: skip
#: More answers than that are not kept: the oldest go.
_MOST = 400
#: Where Python's own modules are, which do not change.
_STANDARD = os.path.join(os.path.dirname(os.__file__), "")
#: The beginnings of options whose answer is of one moment; people may shorten them.
_MOMENTARY = ("--no-c", "--w", "--fi", "--h")
#: What makes an answer one of this moment alone.
_BEYOND = frozenset(
    ("subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system", "socket.connect")
)


def recall(words: list[str]) -> int | None:
    """Print the known answer again and give its exit code; None: there is none."""
    place = _place(words)
    if not place:
        return None
    try:
        known: _Known = kept.read(place)  # type: ignore[assignment]
        inputs, err, out, code = known
        if not _unchanged(inputs):
            return None
    except (ValueError, TypeError):
        return None
    sys.stderr.write(err)
    sys.stdout.write(out)
    sys.stdout.flush()
    return code


def remember(words: list[str], run: "Callable[[], int]") -> int:
    """Run, and keep the answer where it is one that can be given again."""
    place = _place(words)
    if not place:
        return run()
    watch, real = _Watch(), (sys.stdout, sys.stderr)
    said = _Said(sys.stdout), _Said(sys.stderr)
    sys.stdout, sys.stderr = said
    try:
        with watch:
            code = run()
    finally:
        sys.stdout, sys.stderr = real
    inputs = list(watch.inputs())
    if code in (0, 1) and not watch.beyond and _unchanged(inputs):
        kept.keep(place, (inputs, said[1].text, said[0].text, code), _MOST)
    return code


def _may_be_known(words: list[str]) -> bool:
    if words[:1] != ["lint"] or sys.stdout is None or sys.stderr is None:
        return False
    return not any(word in ("-", "-h") or word.startswith(_MOMENTARY) for word in words)


def _place(words: list[str]) -> str:
    """Where the answer to these words is kept; "": nowhere."""
    if not _may_be_known(words):
        return ""
    try:
        return os.path.join(kept.directory("answers"), kept.digest(_question(words)).hex())
    except (OSError, ValueError):
        return ""  # The directory in which we are is gone, or the terminal.


def _question(words: list[str]) -> bytes:
    """All that makes it another question, but for what it looks at."""
    streams = [(stream.isatty(), stream.encoding) for stream in (sys.stdout, sys.stderr)]
    size = tuple(os.get_terminal_size(sys.stdout.fileno())) if streams[0][0] else None
    environment = sorted(
        (name, value)
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith("SCHEMAGUARD_")
    )
    asked = (
        _FORMAT, __version__, sys.version, sys.path[1:], words, os.getcwd(), streams, size, environment,
        list(kept.own_files()),
    )  # fmt: skip
    return repr(asked).encode("utf-8", "surrogateescape")


def _look(kind: str, path: str) -> object:
    """What is there now, in a form that can be kept."""
    try:
        if kind == "content":
            with open(path, "rb", buffering=0) as file:
                return kept.digest(file.read())
        if kind == "names":
            return kept.digest("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape"))
        stat = os.stat(path)
        if kind == "module":
            return stat.st_mtime_ns, stat.st_size
        return stat.st_mode >> 12, os.path.islink(path)
    except OSError:
        return None


def _unchanged(inputs: "list[tuple[str, str, object]]") -> bool:
    return all(_look(kind, path) == seen for kind, path, seen in inputs)


class _Watch:
    """What a run looks at."""

    def __init__(self) -> None:
        self.beyond = False
        self._on = False
        self._seen: dict[tuple[str, str], object] = {}
        self._stat = os.stat
        self._schemas = os.path.join(os.path.abspath(kept.directory("schemas")), "")

    def __enter__(self) -> None:
        # A hook cannot be taken away again: it is turned off.
        sys.addaudithook(self._heard)
        os.stat = self._asked
        self._on = True

    def __exit__(self, *_: object) -> None:
        self._on = False
        os.stat = self._stat

    def inputs(self) -> "Iterator[tuple[str, str, object]]":
        """Each with what was there when the run first looked."""
        for (kind, path), seen in self._seen.items():
            if kind != "there" or ("content", path) not in self._seen:
                yield kind, path, seen
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None) or ""
            others = "-packages" in file or not file.startswith(_STANDARD)
            if file and others and not file.startswith(kept.HERE):
                yield "module", file, _look("module", file)

    def _asked(self, path: object, **options: object) -> os.stat_result:
        self._note("there", path)
        return self._stat(path, **options)  # type: ignore[arg-type]

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._on:
            return
        if event in ("open", "os.listdir", "os.scandir") and _is_import(sys._getframe(1).f_code):
            return  # It may write down what it has compiled, too.
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                self.beyond = self.beyond or not (path == os.devnull or self._is_kept(path))
            else:
                self._note("content", path)
        elif event in ("os.listdir", "os.scandir"):
            self._note("names", arguments[0])
        elif event in _BEYOND:
            self.beyond = True

    def _note(self, kind: str, path: object) -> None:
        if isinstance(path, int) or not self._on:
            return
        name = os.path.abspath(os.fsdecode(path if path is not None else "."))  # type: ignore[arg-type]
        if (kind, name) in self._seen or name.startswith(kept.HERE) or self._is_kept(name):
            return
        # Before the run sees it: what changes afterwards makes another answer than the kept one.
        self._on = False
        if kind == "content" and os.path.exists(name) and not os.path.isfile(name):
            self.beyond = True  # A pipe can be read once, and that is for the run.
        else:
            self._seen[kind, name] = _look(kind, name)
        self._on = True

    def _is_kept(self, path: object) -> bool:
        return isinstance(path, str) and os.path.join(os.path.abspath(path), "").startswith(self._schemas)


def _is_import(code: "CodeType") -> bool:
    return code.co_filename.startswith("<frozen importlib")


class _Said:
    """A stream that keeps what is written to it."""

    def __init__(self, stream: object) -> None:
        self.stream = stream
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        """All of it, as the stream was able to take it."""
        encoding, errors = self.stream.encoding, self.stream.errors  # type: ignore[attr-defined]
        return "".join(self.parts).encode(encoding, errors).decode(encoding)

    def write(self, text: str) -> int:
        """As of the stream."""
        self.parts.append(text)
        return self.stream.write(text)  # type: ignore[attr-defined,no-any-return]

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)
