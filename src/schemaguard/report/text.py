"""Findings for people: place, rule, what happens and to whom, the lines themselves, what to do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from schemaguard.costs import BuildIndex, Lock, Rewrite, Scan
from schemaguard.frame import Frame
from schemaguard.lint import Reported
from schemaguard.locks import LockMode
from schemaguard.report.colour import Paint
from schemaguard.report.excerpt import excerpt, pointed, sent
from schemaguard.report.findings import message
from schemaguard.rule import Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.DEPENDS: "cyan"}

#: Of a long recipe so many statements are shown.
_SHOWN = 8


def render(
    reported: Iterable[Reported], *, migrations: int, statements: int, paint: Paint, width: int | None = None
) -> Iterator[str]:
    """The lines of the report, the sum last. ``width`` None: sentences are not broken."""
    counts: Counter[Severity] = Counter()
    rules: set[str] = set()
    for finding in reported:
        counts[finding.severity] += 1
        rules.add(finding.rule)
        yield from _finding(finding, paint, width)
        yield ""
    if rules:
        told = f"`schemaguard explain NAME` tells why, with examples: {', '.join(sorted(rules))}"
        yield from _wrapped(told, "", "  ", width)
    yield _sum(counts, migrations, statements, paint)


def verbose(frames: Sequence[Frame], paint: Paint) -> Iterator[str]:
    """Each statement with the phase that it belongs to, and what others feel of it."""
    for frame in frames:
        phase = frame.derived_phase
        word = phase.value if phase else "unread"
        yield f"{paint(str(frame.statement.place), bold=True)}: {paint(word, 'blue')}"
        yield f"  {' '.join(frame.statement.text.split())[:160]}"
        for line in sorted(_felt(frame)):
            yield paint(f"  {line}", "dim")
    if frames:
        yield ""


def _felt(frame: Frame) -> Iterator[str]:
    young = frame.young
    for cost in frame.costs:
        if isinstance(cost, Lock):
            new = ", which this release makes" if cost.table in young else f": {waits(cost.mode)}"
            yield f"locks {cost.on} {cost.mode.value}{new}"
        elif isinstance(cost, Scan | Rewrite | BuildIndex):
            yield told(cost)
        else:
            yield f"waits for all transactions that use {cost.stands_for or cost.table.text} or are older"


def told(cost: Scan | Rewrite | BuildIndex) -> str:
    """What is done to the table meanwhile, under which lock, and who waits."""
    perhaps = ", perhaps" if cost.hangs_on else ""
    return f"{_work(cost)} under {cost.under.value}{perhaps}: {waits(cost.under)}"


def _work(cost: Scan | Rewrite | BuildIndex) -> str:
    match cost:
        case Scan(table):
            return f"reads every row of {table.text}"
        case Rewrite(table):
            return f"writes every row of {table.text} and its indexes anew"
        case BuildIndex(table):
            return f"builds an index from every row of {table.text}"


def waits(mode: LockMode) -> str:
    """Who waits for whoever holds the lock."""
    if mode.stops_reads:
        return "reads and writes wait"
    return "writes wait, reads go on" if mode.stops_writes else "reads and writes go on"


def _finding(finding: Reported, paint: Paint, width: int | None) -> Iterator[str]:
    severity = paint(finding.severity.value, _COLOURS[finding.severity], bold=True)
    yield f"{paint(pointed(finding), bold=True)}: {severity} {paint(finding.rule, 'magenta')}"
    yield from _wrapped(message(finding), "  ", "  ", width)
    for line in excerpt(finding):
        marks = line.lstrip().lstrip("|").strip()
        underline = bool(marks) and set(marks) == {"^"}
        yield paint(line, _COLOURS[finding.severity]) if underline else paint(line, "dim")
    if statement := sent(finding):
        yield paint(f"  sends: {statement}", "dim")
    if isinstance(finding.because, Scan | Rewrite | BuildIndex):
        cost = told(finding.because).replace(
            finding.because.table.text, finding.about or finding.because.table.text
        )
        yield from _labelled("cost:", cost, "blue", paint, width)
    if finding.advice:
        yield from _labelled("do:", finding.advice, "green", paint, width)
    for advice in finding.instead[:_SHOWN]:
        yield f"    {paint(advice.phase.value + ':', 'dim')} {' '.join(advice.sql.split())};"
    if len(finding.instead) > _SHOWN:
        more = f"and {len(finding.instead) - _SHOWN} more: `schemaguard split` writes them all"
        yield f"    {paint(more, 'dim')}"


def _labelled(label: str, text: str, colour: str, paint: Paint, width: int | None) -> Iterator[str]:
    first, *more = _wrapped(text, f"  {label} ", "    ", width)
    yield f"  {paint(label, colour)} {first[len(label) + 3 :]}"
    yield from more


def _wrapped(text: str, first: str, more: str, width: int | None) -> list[str]:
    """The text in lines that fit, none of its words broken."""
    if width is None:
        return [first + text]
    return wrap(
        text,
        max(width, 40),
        initial_indent=first,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first]


def _sum(counts: Counter[Severity], migrations: int, statements: int, paint: Paint) -> str:
    read = f"{_plural(migrations, 'migration')}, {_plural(statements, 'statement')}"
    if not counts:
        return f"{read}: {paint('clean', 'green', bold=True)}"
    found = ", ".join(
        paint(_plural(counts[severity], severity.value, "depends"), _COLOURS[severity], bold=True)
        for severity in Severity
        if counts[severity]
    )
    return f"{read}: {found}"


def _plural(number: int, word: str, same: str = "") -> str:
    return f"{number} {word}" + ("" if number == 1 or word == same else "s")
