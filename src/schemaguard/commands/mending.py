"""lint --fix: statements that make others wait become gentle ones; what would be no better stays as it is."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from schemaguard.changes import DropIndex, EndTransaction, SetSetting
from schemaguard.commands.bench import Bench, Said
from schemaguard.commands.judging import Judged
from schemaguard.commands.writing import replace_content
from schemaguard.dataclass import dataclass
from schemaguard.fix.draft import Instead
from schemaguard.fix.mend import MENDED, WAITS, Unmendable, mended
from schemaguard.fix.time_limits import bounded, limited, runs, unbounded
from schemaguard.frame import Frame
from schemaguard.lint import Reported
from schemaguard.report.findings import plural
from schemaguard.sources.decode import encoded, read_text
from schemaguard.text import Place, Source

_BY_SPLIT = "it takes several steps; `schemaguard split` writes them"
_REVISION = "revisions are mended by hand, or by `schemaguard split`"
_TOOL = "its tool runs it in one transaction with others: put it into a migration of its own"
_SCRIPT = "it is inside of the script's own BEGIN and COMMIT: put it behind COMMIT"


@dataclass(frozen=True, slots=True)
class Told:
    """A statement that was reported, by which rules, and why it is left; "": it is mended."""

    place: Place
    rules: tuple[str, ...]
    why: str = ""


@dataclass(slots=True)
class Mender:
    """Mends release by release, and keeps what is to be written and told."""

    #: The files as they are to be, as text.
    texts: dict[Path, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    #: What an editor holds of the one file; None: what it says.
    unsaved: str | None = None
    #: Only statements in these lines of the one file, from and to, are mended; None: all.
    lines: tuple[int, int] | None = None
    #: What is reported of a migration.
    report: Callable[[Source, Sequence[Frame]], list[Reported]] = lambda *_: []

    def __call__(
        self,
        parts: Sequence[Judged],
        wanted: Sequence[bool],
        judge: Callable[[Sequence[Source]], list[Judged]],
    ) -> list[Judged]:
        """The release with the migrations as they are to be."""
        parts = list(parts)
        for place, asked in enumerate(wanted):
            if asked:
                parts = self._file(parts, place, judge)
        return parts

    def write(self) -> None:
        """Write the files, each whole or not at all."""
        for file, text in self.texts.items():
            replace_content(file, _as_bytes(file, text))

    def summary(self, *, written: bool) -> Iterator[str]:
        """What is mended and what is left, and why, a line each."""
        done = "mended" if written else "would mend"
        for told in self.told:
            what = f"{told.place}: {', '.join(told.rules)}"
            yield f"left {what}: {told.why}" if told.why else f"{done} {what}"
        mended = len({told.place for told in self.told if not told.why})
        left = len({told.place for told in self.told if told.why})
        yield f"{done} {plural(mended, 'statement')}, {plural(left, 'statement')} left"

    def diff(self) -> Iterator[str]:
        """What writing would change."""
        for file, text in self.texts.items():
            said = read_text(file, str(file)) if file.exists() else ""
            old = str(file) if file.exists() else "/dev/null"
            yield from difflib.unified_diff(_lines(said), _lines(text), old, str(file))

    def _file(
        self, parts: list[Judged], place: int, judge: Callable[[Sequence[Source]], list[Judged]]
    ) -> list[Judged]:
        source, frames = parts[place]
        sql = source.revision is None and Path(source.path).suffix.lower() == ".sql"
        bench = Bench(
            parts=parts,
            place=place,
            judge=judge,
            report=self.report,
            text=self._text(source) if sql else "",
            origins=range(len(frames)),
        )
        asked = [at for at, frame in enumerate(frames) if self._asks(frame)]
        aims = {at: rules for at in asked if (rules := _aims(bench.said[at], frames[at]))}
        waiting = [at for at in asked if WAITS in bench.said[at]]
        for at in asked:
            said = bench.said[at]
            if at not in aims and any(rule.startswith("rewriting-") for rule in said):
                self._tell(frames[at], (rule for rule in said if rule.startswith("rewriting-")), _BY_SPLIT)
        if not sql:
            for at in sorted({*aims, *waiting}):
                self._tell(frames[at], aims.get(at, set()) | ({WAITS} & bench.said[at].keys()), _REVISION)
            return parts
        made, left = _gentle(bench, aims)
        made, late = _limited(made, {*aims, *waiting})
        for at in sorted({*aims, *waiting}):
            why = {rule: left.get(at, "") for rule in aims.get(at, ()) if rule != WAITS}
            if at in waiting:
                why[WAITS] = late.get(at, "")
            for reason in sorted(set(why.values())):
                self._tell(frames[at], (rule for rule, told in why.items() if told == reason), reason)
        if made is not bench:
            self.texts |= {Path(source.path): made.text, **made.besides}
        return list(made.parts)

    def _text(self, source: Source) -> str:
        return read_text(Path(source.path), source.path) if self.unsaved is None else self.unsaved

    def _asks(self, frame: Frame) -> bool:
        """Whether the statement is to be mended."""
        place, lines = frame.statement.place, self.lines
        return lines is None or (place.line <= lines[1] and lines[0] <= place.end_line)

    def _tell(self, frame: Frame, rules: Iterable[str], why: str) -> None:
        self.told.append(Told(frame.statement.place, tuple(sorted(rules)), why))


def _aims(said: Said, frame: Frame) -> set[str]:
    """The rules that another form of the statement silences."""
    rules = said.keys() & MENDED
    drops = any(isinstance(change, DropIndex) for change in frame.statement.changes)
    return rules | ({WAITS} & said.keys() if drops else set())


def _gentle(bench: Bench, aims: dict[int, set[str]]) -> tuple[Bench, dict[int, str]]:
    """The file with gentle statements, and why some are left: each is tried with those before it."""
    made, plan, left = bench, dict[int, Instead](), dict[int, str]()
    others = dict[int, Instead]()
    for at, rules in aims.items():
        frame = bench.frames[at]
        if frame.refused:
            left[at] = "PostgreSQL refuses it as it is"
            continue
        try:
            statements = mended(frame)
        except Unmendable as why:
            left[at] = str(why)
            continue
        new = unbounded(frame.settings, statements)
        for way in ({at: new}, *_behind_commit(bench, at, statements, plan)):
            tried = bench.tried(plan | way, {at: rules})
            if isinstance(tried, Bench):
                made, plan = tried, plan | way
                left.pop(at, None)
                break
            left[at] = left.get(at, tried)
        if at in left:
            others[at] = new
            if frame.in_transaction:
                left[at] = _SCRIPT if frame.statement.piece.block is None else _TOOL
    # Without the tool's transaction nothing takes the others back: it is given up for gentle ones alone.
    apart = plan.keys() | others.keys()
    if others and all(at in apart or _only_sets(frame) for at, frame in enumerate(bench.frames)):
        tried = bench.tried(plan | others, {at: aims[at] for at in apart & aims.keys()}, outside=True)
        if isinstance(tried, Bench):
            return tried, {at: why for at, why in left.items() if at not in others}
    return made, left


def _behind_commit(
    bench: Bench, at: int, statements: Sequence[str], plan: Mapping[int, Instead]
) -> Iterator[dict[int, Instead]]:
    """The first of the statements where it was, the others behind the script's own COMMIT.

    With a limit, too: there they take locks anew which the transaction had.
    """
    end = _commit(bench.frames, at)
    if end is None or len(statements) == 1:
        return
    there = plan.get(end, Instead(bench.frames[end].statement.text))
    for rest in (tuple(statements[1:]), limited(statements[1:])):
        behind = replace(there, after=(*there.after, *rest), moved=(*there.moved, *(at for _ in rest)))
        yield {at: Instead(statements[0]), end: behind}


def _commit(frames: Sequence[Frame], at: int) -> int | None:
    """Where the script commits the transaction that it has begun before the statement; None: it does not."""
    if frames[at].statement.piece.block is not None or not frames[at].in_transaction:
        return None
    end = next((place for place in range(at, len(frames)) if not frames[place].leaves_open), None)
    if end is None or frames[end].statement.changes != (EndTransaction(commit=True),):
        return None
    return end


def _limited(bench: Bench, asked: set[int]) -> tuple[Bench, dict[int, str]]:
    """The file with a limit to its waits, and why some are left, by the statements of the first text."""
    made, plan, left = bench, dict[int, Instead](), dict[int, str]()
    waiting = [at for at, said in enumerate(bench.said) if WAITS in said and bench.origins[at] in asked]
    # The last first: what waits behind a RESET is reported in another way.
    for run in reversed(list(runs(bench.frames, waiting))):
        why = ""
        for way in bounded(bench.frames, run):
            tried = bench.tried(plan | way, {at: {WAITS} for at in run})
            if isinstance(tried, Bench):
                made, plan, why = tried, plan | way, ""
                break
            why = why or tried
        left |= {bench.origins[at]: why for at in run if why}
    return made, left


def _only_sets(frame: Frame) -> bool:
    return all(isinstance(change, SetSetting) for change in frame.statement.changes)


def _as_bytes(file: Path, text: str) -> bytes:
    return encoded(text, file.read_bytes() if file.exists() else b"")


def _lines(text: str) -> list[str]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
