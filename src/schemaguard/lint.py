"""Frames and rules become findings; what no rule explains is reported all the same."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.costs import BuildIndex, Cost, Rewrite, Scan, blocks, hangs_on
from schemaguard.dataclass import dataclass
from schemaguard.errors import nearest
from schemaguard.estimates import Estimate, counted, is_small, total
from schemaguard.evidence import Refusal
from schemaguard.frame import Frame
from schemaguard.gathered import Said, gathered
from schemaguard.recipe import Intent
from schemaguard.rule import Advice, Evidence, Finding, NamedRule, Severity
from schemaguard.text import Place, Source
from schemaguard.within import within_of

#: What is reported without a rule, unless it is ignored.
ALWAYS = frozenset({"unread", "unexplained", "approximate", "broken-statement"})
#: What breaks a statement of a workload, although no rule says so.
BROKEN = "broken-statement"
#: What is reported without a rule where it is selected.
ON_REQUEST = frozenset({"no-way-back", "several-heads", "idle-allow"})
#: Where what is not known can come from.
SETTLES = "the migrations before it, --schema or --database-url would tell"

_ALLOW = re.compile(r"(?i:schemaguard)\s*:\s*allow\s+(?P<names>[a-z][a-z0-9-]*(?:\s*,\s*[a-z][a-z0-9-]*)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A finding with the rule that made it and its place."""

    rule: str
    family: str
    severity: Severity
    message: str
    place: Place
    because: Evidence | None = None
    #: The same of other partitions of one table, and what to call all of them.
    also: tuple[Cost, ...] = ()
    about: str = ""
    instead: tuple[Advice, ...] = ()
    advice: str = ""
    #: What its cost comes to on this server; None: unknown, or nothing that grows.
    estimate: Estimate | None = None
    #: How many the migration has that are not told, because what mends this one mends them.
    more: int = 0
    #: The statement's place in its migration, from 1; 0: none.
    statement: int = 0
    #: The statement's text; "": it is about no statement.
    sql: str = ""
    #: The range of the action that it is about in ``sql``, where the statement has several.
    within: tuple[int, int] | None = None
    #: The calls in a revision that sent it, outermost first.
    through: tuple[Place, ...] = ()
    revision: str | None = None


def lint(
    frames: Sequence[Frame],
    rules: Iterable[NamedRule],
    *,
    known: frozenset[str] | None = None,
    besides: Callable[[int, Frame], Iterable[Reported]] = lambda *_: (),
    folded: bool = True,
) -> Iterator[Reported]:
    """What the rules find in one migration, what they leave unexplained, and what could not be read.

    Of what one remedy mends in all of it the first is told, with how many there are more; unless ``folded``
    is false, each.

    ``known`` are the names of all rules, where it is asked what is allowed in vain; None: that is not asked.
    ``besides`` tells what else there is to report of a frame and its place, from 1.
    """
    rules = tuple(rules)
    once = {named.name for named in rules if named.rule.once and folded}
    return _folded(_each(frames, rules, known, besides), once)


def _folded(reported: Iterable[Reported], once: Container[str]) -> Iterator[Reported]:
    every = list(reported)
    left = Counter((one.rule, one.severity) for one in every)
    told: set[tuple[str, Severity]] = set()
    for one in every:
        if one.rule not in once:
            yield one
        elif (key := (one.rule, one.severity)) not in told:
            told.add(key)
            yield replace(one, more=left[key] - 1)


def _each(
    frames: Sequence[Frame],
    rules: tuple[NamedRule, ...],
    known: frozenset[str] | None,
    besides: Callable[[int, Frame], Iterable[Reported]],
) -> Iterator[Reported]:
    """The same, of each statement."""
    found: dict[int, list[tuple[NamedRule, Finding]]] = {index: [] for index in range(len(frames))}
    places = {id(frame): index for index, frame in enumerate(frames)}
    for named in rules:
        if named.rule.check_script is not None:
            for frame, finding in named.rule.check_script(frames):
                found[places[id(frame)]].append((named, finding))
    for index, frame in enumerate(frames):
        for named in rules:
            if (check := named.rule.check) is not None:
                each = dict.fromkeys(f for moment in frame.moments or (frame,) for f in check(moment))
                found[index].extend((named, finding) for finding in each)
        allowed = _allowed(frame)
        reported = [*_of_frame(index + 1, frame, found[index]), *besides(index + 1, frame)]
        yield from (one for one in reported if one.rule not in allowed)
        if known is not None:
            asked = {named.name for named in rules} | ALWAYS
            for name in sorted(allowed - {one.rule for one in reported}):
                if name in asked or name not in known | ALWAYS:
                    yield _idle(index + 1, frame, name, known, exists=name in asked)


def _idle(number: int, frame: Frame, name: str, known: Collection[str], *, exists: bool) -> Reported:
    near = "" if exists else nearest(name, known)
    why = "does not report this statement" if exists else "does not exist"
    why += f"; did you mean {near!r}?" if near else ""
    return Reported(
        rule="idle-allow",
        family="hygiene",
        severity=Severity.WARNING,
        message=f"allows {name} in vain: the rule {why}",
        place=frame.statement.place,
        advice="Take the comment away, or correct the name.",
        statement=number,
        sql=frame.statement.text,
    )


def against_conventions(source: Source, selected: Container[str]) -> Iterator[Reported]:
    """What conventions about whole migrations find, of those that are selected."""
    for name, problem in source.conventions:
        if name in selected:
            yield Reported(
                rule=name,
                family="hygiene",
                severity=Severity.WARNING,
                message=problem.message,
                place=problem.place,
                revision=source.revision,
            )


def problems(source: Source) -> Iterator[Reported]:
    """What could not be read of the source itself."""
    for problem in source.problems:
        yield Reported(
            rule="unread",
            family="reading",
            severity=Severity.ERROR,
            message=problem.message,
            place=problem.place,
            revision=source.revision,
        )


def _of_frame(number: int, frame: Frame, found: list[tuple[NamedRule, Finding]]) -> Iterator[Reported]:
    sql = frame.statement.text
    for unread in frame.unread:
        yield Reported(
            rule="unread",
            family="reading",
            severity=Severity.ERROR,
            message=f"not read: {unread.reason}",
            place=frame.statement.place,
            statement=number,
            sql=sql,
            within=within_of(frame, unread),
            through=frame.statement.piece.through,
        )
    for said in gathered(_said(frame, found), frame.before):
        finding = said.finding
        size = total(said.costs, frame.server)
        yield Reported(
            rule=said.rule,
            family=said.family,
            severity=said.severity,
            message=_told(finding.message, finding.because, size, frame),
            place=frame.statement.place,
            because=finding.because,
            also=said.also,
            about=said.about,
            instead=finding.instead or _recipe(frame, finding.because),
            advice=finding.advice,
            estimate=size,
            statement=number,
            sql=sql,
            within=within_of(frame, finding.because),
            through=frame.statement.piece.through,
        )


def _said(frame: Frame, found: list[tuple[NamedRule, Finding]]) -> Iterator[Said]:
    """What the rules say of the frame, and what none of them speaks of."""
    explained = set()
    for named, finding in found:
        explained.add(finding.because)
        severity = _severity(named, finding, frame)
        yield Said(rule=named.name, family=named.family, severity=severity, finding=finding)
    for because in _to_explain(frame):
        if because not in explained:
            yield Said(
                rule="unexplained",
                family="reading",
                severity=_softened(Severity.ERROR, because, frame),
                finding=Finding(message=_unexplained(because), because=because),
            )


def _severity(named: NamedRule, finding: Finding, frame: Frame) -> Severity:
    return _softened(named.severity or finding.severity or named.rule.severity, finding.because, frame)


def _softened(severity: Severity, because: Evidence, frame: Frame) -> Severity:
    """What hangs on something that we do not know is softer than what is certain; so is a short wait."""
    if hangs_on(because):
        return Severity.DEPENDS
    return Severity.WARNING if severity is Severity.ERROR and is_small(because, frame.server) else severity


def _told(message: str, because: Evidence, size: Estimate | None, frame: Frame) -> str:
    """The message, how long it takes, and what would settle it."""
    if size is not None:
        rows = f", {counted(size.rows)}" if size.rows is not None else ""
        message = f"{message}: {size.text}{rows}"
    unknown = hangs_on(because)
    if not unknown:
        return message
    told = f"{message}, unless {unknown}"
    assert isinstance(because, Cost), because
    # Of a function or the time zone no schema tells.
    of_table = because.table.text in unknown and not frame.before.knows(because.table)
    return f"{told} ({SETTLES})" if of_table else told


def _holds_up(frame: Frame, cost: Cost) -> bool:
    """Whether there is anybody to hold up: a materialized view has only readers."""
    if cost.table not in frame.before.views or not isinstance(cost, Scan | Rewrite | BuildIndex):
        return True
    return cost.under.stops_reads


def _to_explain(frame: Frame) -> Iterator[Evidence]:
    """What no migration may do without a rule that speaks of it."""
    yield from dict.fromkeys(cost for _, cost in frame.felt if blocks(cost) and _holds_up(frame, cost))
    yield from (refusal for refusal in frame.refusals if refusal.certain)
    for effect in frame.effects:
        yield from (b for _, b in frame.breaking(type(effect.change), certain=True) if b in effect.breaks)


def _unexplained(because: Evidence) -> str:
    if isinstance(because, Refusal):
        return f"PostgreSQL refuses this: {because.why} ({because.sqlstate})"
    if isinstance(because, Break):
        return f"takes away {because.needs}, which {because.by} needs"
    assert isinstance(because, Cost), because
    return f"others wait for {because.table.text} for a time that grows with the table"


def _recipe(frame: Frame, because: Evidence) -> tuple[Advice, ...]:
    """The recipe of the change that costs or breaks; none for a lock, which a gentle way takes, too."""
    if not isinstance(because, Break | Scan | Rewrite | BuildIndex):
        return ()
    for effect in frame.effects:
        if because in effect.costs or because in effect.breaks:
            recipe = effect.change.recipe(frame.before, frame.server, Intent())
            if recipe is None or recipe.pairs:
                return ()  # A pair needs a trigger, which `schemaguard split` writes.
            return tuple(Advice(step.phase, sql) for step in recipe.steps for sql in step.statements)
    return ()


def _allowed(frame: Frame) -> set[str]:
    """The rules that a comment at the statement allows."""
    return {
        name.strip()
        for comment in frame.statement.piece.comments
        for match in _ALLOW.finditer(comment)
        for name in match["names"].split(",")
    }
