"""One row in the making: each refusal of the server says what to change."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import product

from psycopg import pq

from schemaguard.compat.candidates import Sample
from schemaguard.compat.observation import Row
from schemaguard.dataclass import dataclass
from schemaguard.postgres.sample_tables import Name, Reference, SampleTable
from schemaguard.postgres.sample_values import alternatives, value_of

#: Others refer to so many rows of a table, its first.
PARENTS = 3
#: Spare rows have other numbers than those that are there.
SPARE_FROM = 501


@dataclass(slots=True)
class Draft:
    """One row in the making: changed after each refusal."""

    table: SampleTable
    number: int
    nulls: bool
    samples: Mapping[Name, Sample]
    #: Raised where a value is taken already.
    bumps: dict[str, int] = field(default_factory=dict)
    #: Which row each reference points to, beyond the one of the same number.
    turns: dict[Reference, int] = field(default_factory=dict)
    forced: dict[str, str] = field(default_factory=dict)
    searches: dict[str, Iterator[dict[str, str]]] = field(default_factory=dict)

    def row(self) -> Row | None:
        """The row as it stands; None: one of its references has nothing to point to."""
        values = {column.name: self._value(column.name) for column in self.table.columns}
        for reference in self.table.references:
            pointed = self._pointed(reference)
            if pointed is None and any(self.table.column(c).not_null for c in reference.columns):
                if reference.target != self.table.name:
                    return None
                pointed = {theirs: values.get(theirs) for theirs in reference.target_columns}
            for ours, theirs in zip(reference.columns, reference.target_columns, strict=True):
                if ours in values:
                    values[ours] = None if pointed is None else pointed[theirs]
        return tuple(values[column.name] for column in self.table.columns)

    def _value(self, name: str) -> str | None:
        column = self.table.column(name)
        if name in self.forced:
            return self.forced[name]
        if self.nulls and not column.not_null:
            return None
        return value_of(column, self._number(name), self._checks(name))

    def _number(self, name: str) -> int:
        # So far apart that a raised one meets no other.
        return self.number + self.bumps.get(name, 0) * 1_000

    def _checks(self, name: str) -> str:
        texts = [text for _, columns, text in self.table.checks if name in columns]
        return " ".join([*texts, self.table.column(name).domain_checks])

    def _pointed(self, reference: Reference) -> dict[str, str | None] | None:
        sample = self.samples.get(reference.target)
        optional = all(not self.table.column(c).not_null for c in reference.columns)
        if sample is None or not sample.rows or (self.nulls and optional):
            return None
        row = sample.rows[(self.number - 1 + self.turns.get(reference, 0)) % self._choices(reference)]
        return dict(zip(sample.columns, row, strict=True))

    def _choices(self, reference: Reference) -> int:
        """How many rows it may point to: spare rows to all."""
        rows = len(self.samples[reference.target].rows) if reference.target in self.samples else 0
        return max(rows if self.number >= SPARE_FROM else min(rows, PARENTS), 1)

    def learn(self, refusal: pq.abc.PGresult) -> bool:
        """Change the row where the server's refusal points to; whether there is anything left to change."""
        state = (refusal.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        name = (refusal.error_field(pq.DiagnosticField.CONSTRAINT_NAME) or b"").decode()
        if state in ("23505", "23P01"):
            columns = next((of for index, of in self.table.unique if index == name), self.table.key)
            return self._make_unique(columns)
        if state == "23514":
            found = [check for check in self.table.checks if check[0] == name] or [
                check for check in self.table.checks if not check[0]
            ]
            columns = found[0][1] if found else tuple(c.name for c in self.table.columns if c.domain_checks)
            return self._turn(columns) or self._search(name, columns)
        return False

    def _make_unique(self, columns: tuple[str, ...]) -> bool:
        free = [c for c in columns if all(c not in r.columns for r in self.table.references)]
        for name in free:
            self.bumps[name] = self.bumps.get(name, 0) + 1
            self.forced.pop(name, None)
            for check, of, _ in self.table.checks:
                if name in of:
                    self.searches.pop(check, None)
        if free:
            return True
        return self._turn(columns)

    def _turn(self, columns: tuple[str, ...]) -> bool:
        """Point to the next rows: like the hands of a clock, so that every combination comes once."""
        referring = [r for r in self.table.references if set(r.columns) & set(columns)]
        for reference in referring:
            self.turns[reference] = self.turns.get(reference, 0) + 1
            if self.turns[reference] % self._choices(reference):
                return True
        return False

    def _search(self, check: str, columns: tuple[str, ...]) -> bool:
        if check not in self.searches:
            self.searches[check] = self._combinations(columns)
        following = next(self.searches[check], None)
        if following is None:
            return False
        self.forced.update(following)
        return True

    def _combinations(self, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
        known = {column.name for column in self.table.columns}
        names = [name for name in columns if name in known]
        pools = [
            alternatives(self.table.column(name), self._number(name), self._checks(name)) for name in names
        ]
        for values in product(*pools):
            yield dict(zip(names, values, strict=True))
