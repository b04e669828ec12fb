"""Comments that speak to us: ``-- schemaguard: phase=contract``."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemaguard.directive_keys import KEYS, did_you_mean
from schemaguard.phase import Phase

_DIRECTIVE = re.compile(r"^[\s*]*schemaguard\s*:\s*([^\s=(]*)\s*=?\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Directive:
    """``schemaguard: key=value``, or ``schemaguard: key value``. Only ``phase`` is read here."""

    key: str
    value: str

    @property
    def problem(self) -> str:
        """What is wrong with it; empty: nothing."""
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
        if "schemaguard" in comment:
            yield from (Directive(key, value) for key, value in _DIRECTIVE.findall(comment))
