"""Comments that speak to us: ``-- schemaguard: phase=contract``."""

import re
from collections.abc import Iterable, Iterator

from schemaguard.dataclass import dataclass
from schemaguard.directive_keys import KEYS, did_you_mean, said_to_us
from schemaguard.phase import Phase

_DIRECTIVE = re.compile(r"([^\s=(]*)\s*=?\s*(.*)")


@dataclass(frozen=True, slots=True)
class Directive:
    """``schemaguard: key=value``, or ``schemaguard: key value``. Only ``phase`` is read here."""

    key: str
    value: str
    #: What is wrong with what stands before it; empty: nothing.
    misspelt: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with it; empty: nothing."""
        if self.misspelt:
            return self.misspelt
        if self.key not in KEYS:
            return f"there is no directive {self.key!r}; {did_you_mean(self.key, KEYS)}"
        if self.key == "phase" and self.phase is None:
            return f"there is no phase {self.value!r}; {did_you_mean(self.value, _PHASES)}"
        return ""

    @property
    def phase(self) -> Phase | None:
        """The phase that a ``phase`` directive names."""
        return Phase(self.value) if self.key == "phase" and self.value in _PHASES else None


_PHASES = tuple(phase.value for phase in Phase)


def directives(comments: Iterable[str]) -> Iterator[Directive]:
    """The directives in these comments; each stands on a line of its own."""
    for comment in comments:
        for said in said_to_us(comment):
            found = _DIRECTIVE.match(said.text)
            assert found is not None, "it matches anything"
            yield Directive(found[1], found[2], said.problem)
