"""A file of a release, on which other texts are tried: what would be reported of them, and where they end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from schemaguard.commands.judging import Judged
from schemaguard.dataclass import dataclass
from schemaguard.fix.draft import Instead, redrafted, spans_of
from schemaguard.frame import Frame
from schemaguard.lint import Reported
from schemaguard.rule import Severity
from schemaguard.schema import SchemaState
from schemaguard.sources.files import outside_transaction, read_sql_file
from schemaguard.sql.split import Cut, Remark, split
from schemaguard.text import Source

#: What rules say of a statement, and how bad that is at worst.
Said = dict[str, int]

_WORST = {severity: place for place, severity in enumerate(Severity)}
#: Transactions of what is tried have other numbers than those of the release.
_APART = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One text of the file, and the release with it."""

    parts: Sequence[Judged]
    place: int
    judge: Callable[[Sequence[Source]], list[Judged]]
    report: Callable[[Source, Sequence[Frame]], list[Reported]]
    text: str
    #: What files beside it are to say.
    besides: Mapping[Path, str] = field(default_factory=dict)
    #: Which statement of the first text each has come from.
    origins: Sequence[int]

    @property
    def file(self) -> Path:
        return Path(self.source.path)

    @property
    def source(self) -> Source:
        return self.parts[self.place][0]

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self.parts[self.place][1]

    @cached_property
    def reported(self) -> list[Reported]:
        return self.report(self.source, self.frames)

    @cached_property
    def said(self) -> list[Said]:
        """What is said of each statement."""
        return _said(self.reported, len(self.frames))

    def tried(
        self, plan: Mapping[int, Instead], aims: Mapping[int, set[str]], *, outside: bool = False
    ) -> "Bench | str":
        """The file with these statements; or why it is no better.

        ``aims``: the rules that are to be silent; ``outside``: its tool is told to open no transaction.
        """
        spans = spans_of(self.text, [frame.statement.piece for frame in self.frames])
        if spans is None:
            return "where it stands in the file is not known"
        text, besides = redrafted(self.text, spans, plan), dict(self.besides)
        if _comments(self.text) - _comments(text):
            return "a comment inside of it would be lost"
        if outside:
            changed = outside_transaction(self.file, text)
            if not changed:
                return "its tool cannot be told to open no transaction"
            text = changed.get(self.file, text)
            besides |= {file: said for file, said in changed.items() if file != self.file}
        read = read_sql_file(self.file, text, blocks=count(_APART), besides=besides)
        sources = [source for source, _ in self.parts]
        sources[self.place] = replace(read, phase=self.source.phase)
        kept = {place: Instead(frame.statement.text) for place, frame in enumerate(self.frames)}
        owners = [owner for place, new in (kept | dict(plan)).items() for owner in new.owners(place)]
        made = replace(
            self,
            parts=self.judge(sources),
            text=text,
            besides=besides,
            origins=[self.origins[owner] for owner in owners],
        )
        return self._worse(made, owners, aims) or made

    def _worse(self, made: "Bench", owners: Sequence[int], aims: Mapping[int, set[str]]) -> str:
        """Why the other text is no better; "": it is."""
        if len(made.frames) != len(owners):
            return "its tool would cut the file elsewhere"
        if _problems(made.reported) - _problems(self.reported):
            return next(iter(_problems(made.reported) - _problems(self.reported)))
        for place, before in enumerate(self.said):
            now: Said = {}
            for owner, said in zip(owners, made.said, strict=True):
                if owner == place:
                    now = {rule: min(worst, now.get(rule, worst)) for rule, worst in (now | said).items()}
            if still := aims.get(place, set()) & now.keys():
                return f"it would still be reported: {', '.join(sorted(still))}"
            if new := _more(now, before):
                return f"it would be reported instead: {new}"
        for place, (source, frames) in enumerate(self.parts):
            if place != self.place:
                told = zip(_of(made, place), _said(self.report(source, frames), len(frames)), strict=True)
                if any(_more(now, before) for now, before in told):
                    return "another migration of the release would be reported"
        if _end(made.parts) != _end(self.parts):
            return "the schema would be another in the end"
        return ""


def _of(bench: Bench, place: int) -> list[Said]:
    source, frames = bench.parts[place]
    return _said(bench.report(source, frames), len(frames))


def _said(reported: Sequence[Reported], statements: int) -> list[Said]:
    found: list[Said] = [{} for _ in range(statements)]
    for one in reported:
        if one.statement:
            said, worst = found[one.statement - 1], _WORST[one.severity]
            said[one.rule] = min(worst, said.get(one.rule, worst))
    return found


def _more(now: Said, before: Said) -> str:
    """What is said that was not, or not as bad; "": nothing."""
    new = (rule for rule, worst in now.items() if worst < before.get(rule, len(_WORST)))
    return ", ".join(sorted(new))


def _problems(reported: Sequence[Reported]) -> Counter[str]:
    return Counter(one.message for one in reported if not one.statement)


def _end(parts: Sequence[Judged]) -> SchemaState | None:
    return next((frames[-1].after for _, frames in reversed(parts) if frames), None)


def _comments(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in split(text):
        match part:
            case Cut(comments=comments):
                found.update(comments)
            case Remark(text=comment):
                found[comment] += 1
            case _:
                pass
    return found
