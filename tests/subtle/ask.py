"""What our linter says of a case."""

from dataclasses import dataclass

from schemaguard.lint import Reported, lint
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.settings import Timeouts
from tests.subtle.cases import Case


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a case's answer is not the right one; all empty: it is."""

    missed: frozenset[int]
    false_alarms: frozenset[int]
    not_depending: frozenset[int]
    findings: tuple[Reported, ...]

    @property
    def right(self) -> bool:
        return not (self.missed or self.false_alarms or self.not_depending)

    def __str__(self) -> str:
        said = "; ".join(f"{f.statement}: {f.severity.value} {f.rule}: {f.message}" for f in self.findings)
        return (
            f"missed {set(self.missed)}, false {set(self.false_alarms)}, "
            f"should depend {set(self.not_depending)}; said {said or 'nothing'}"
        )


def ask(case: Case) -> Answer:
    """The answer of all rules that are on by default."""
    findings = tuple(
        lint(
            frames_of(
                case.sql,
                given=case.given or "",
                before=SchemaState() if case.given is None else None,
                phase=case.phase,
                server=Server(major=case.pg) if case.pg else None,
                timeouts=Timeouts(lock=case.lock_timeout, statement=0),
            ),
            [named for named in all_rules() if named.rule.default],
        )
    )
    hard = frozenset(f.statement for f in findings if f.severity is not Severity.DEPENDS)
    soft = frozenset(f.statement for f in findings if f.severity is Severity.DEPENDS)
    return Answer(case.reported - hard, hard - case.reported, case.depends - soft, findings)
