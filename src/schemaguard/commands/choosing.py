"""Which rules are asked, and how severe what they find is: the settings, and options, which win over them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.config import Config
from schemaguard.dataclass import dataclass
from schemaguard.errors import UsageError, nearest
from schemaguard.lint import ALWAYS, ON_REQUEST, Reported
from schemaguard.rule import NamedRule, Severity
from schemaguard.rules import all_rules

#: What is found without a rule is of these families.
_FAMILIES = dict.fromkeys(ALWAYS, "reading") | dict.fromkeys(ON_REQUEST, "hygiene")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is asked."""

    #: Also those that are ignored: what they explain is explained.
    rules: tuple[NamedRule, ...]
    #: The names of those that are ignored.
    silent: frozenset[str]
    #: What is found without a rule, and wanted.
    others: frozenset[str]
    #: What the project says of rules and families.
    severities: dict[str, Severity]

    def of(self, reported: Iterable[Reported]) -> Iterator[Reported]:
        """What is wanted of it, as severe as the project says where no rule has said so."""
        for one in reported:
            if one.rule not in _FAMILIES and one.rule not in self.silent:
                yield one
            elif one.rule in self.others:
                said = _severity(self.severities, one.rule, one.family)
                yield one if said is None or one.severity is Severity.DEPENDS else replace(one, severity=said)


def choose(settings: Config, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Chosen:
    """What is asked. UsageError for a name that no rule and no family has.

    A rule's own name counts more than its family's, and an option more than a setting.
    """
    rules = all_rules()
    known = {rule.name for rule in rules} | {rule.family for rule in rules} | _FAMILIES.keys()
    known |= set(_FAMILIES.values())
    severities = {name: Severity(said) for name, said in settings.severity or ()}
    wanted = [(frozenset(select), frozenset(ignore)), (settings.chosen, frozenset(settings.ignore))]
    for name in sorted({*severities, *(name for pair in wanted for names in pair for name in names)}):
        _must_be_known(name, known)
    for _, ignored in wanted:
        for name in sorted(ignored & {"unread", "unexplained", "reading"}):
            raise UsageError(
                f"{name!r} is not ignored as a whole: nothing passes unseen",
                advice="Allow it where it stands, with the reason, or give it another severity.",
            )

    def speaks(name: str, family: str, *, default: bool) -> bool:
        for selected, ignored in wanted:
            for word in (name, family):
                if word in selected or word in ignored:
                    return word not in ignored
        return default

    speaking = {rule.name for rule in rules if speaks(rule.name, rule.family, default=rule.rule.default)}
    asked = [rule for rule in rules if rule.rule.default or rule.name in speaking]
    return Chosen(
        rules=tuple(replace(rule, severity=_severity(severities, rule.name, rule.family)) for rule in asked),
        silent=frozenset(rule.name for rule in asked) - speaking,
        others=frozenset(
            name for name, family in _FAMILIES.items() if speaks(name, family, default=name in ALWAYS)
        ),
        severities=severities,
    )


def _severity(severities: dict[str, Severity], name: str, family: str) -> Severity | None:
    return severities.get(name, severities.get(family))


def _must_be_known(name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = nearest(name, known)
        raise UsageError(
            f"there is no rule {name!r}",
            advice=f"Did you mean {near!r}?" if near else "`schemaguard rules` lists them.",
        )
