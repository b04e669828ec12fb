"""What the trigger that keeps two forms in step does for one pair: lines of its function."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from schemaguard.conditions import differ
from schemaguard.dataclass import dataclass
from schemaguard.names import literal, quote, quote_all
from schemaguard.recipe import Conflict, Pair
from schemaguard.trigger_text import computed, moved


@dataclass(frozen=True, slots=True)
class PairText:
    """The pair, its number in the function, and the types of the table's columns."""

    number: int
    pair: Pair
    types: Mapping[str, str]

    def variables(self) -> Iterator[str]:
        """What has to be declared."""
        sides = [(self._up, self.pair.new)] if self.pair.down else []
        if self._asks:
            sides.append((self._down, self.pair.down))
        for names, columns in sides:
            for name, column in zip(names, columns, strict=True):
                yield f"    {name} {self.types[column]};"

    def body(self) -> Iterator[str]:
        """What is done."""
        pair = self.pair
        new_moved, old_moved = moved(pair.new, self.types), moved(pair.old, self.types)
        first = "TG_OP = 'INSERT'" + (f" OR {old_moved}" if old_moved else "")
        targets = _written(pair.new)
        arrow = "<->" if pair.down else "->"
        about = f"{quote_all(pair.old) or 'nothing'} {arrow} {quote_all(pair.new)}"
        yield f"    /* {about.replace('*/', '* /')} */"
        if not pair.down:
            yield f"    IF NOT ({new_moved}) AND ({first}) THEN"
            yield f"        {computed(pair.up.values(), targets, self.types)}"
            yield "    END IF;"
            return
        yield f"    IF {new_moved} THEN"
        yield f"        {computed(pair.up.values(), self._up, self.types)}"
        if len(targets) > 1:
            # In a row that has not been filled yet, what is not given is what it would have been filled with.
            unfilled = " AND ".join(f"OLD.{quote(column)} IS NULL" for column in pair.new)
            yield f"        IF TG_OP = 'UPDATE' AND {unfilled} THEN"
            for target, variable in zip(targets, self._up, strict=True):
                yield f"            {target} := coalesce({target}, {variable});"
            yield "        END IF;"
        yield f"        IF {self._contradict(self._up, pair.new)} THEN"
        yield from (f"            {line}" for line in self._decided())
        yield "        END IF;"
        yield f"    ELSIF {first} THEN"
        yield f"        {computed(pair.up.values(), targets, self.types)}"
        yield "    END IF;"

    @property
    def _asks(self) -> bool:
        """Whether it matters that one statement has written both forms."""
        return self.pair.conflict is not Conflict.NEW

    @property
    def _up(self) -> Sequence[str]:
        return [f"would_be_{self.number}_{place}" for place in range(1, len(self.pair.new) + 1)]

    @property
    def _down(self) -> Sequence[str]:
        return [f"back_{self.number}_{place}" for place in range(1, len(self.pair.down) + 1)]

    def _contradict(self, variables: Iterable[str], columns: Iterable[str]) -> str:
        return " OR ".join(
            differ(variable, f"NEW.{quote(column)}", self.types[column])
            for variable, column in zip(variables, columns, strict=True)
        )

    def _decided(self) -> Iterator[str]:
        """What is done where the new form is not what the old one makes of it."""
        pair, sources = self.pair, _written(self.pair.down)
        if not self._asks:
            yield computed(pair.down.values(), sources, self.types)
            return
        yield computed(pair.down.values(), self._down, self.types)
        yield f"IF ({self._given}) AND ({self._contradict(self._down, pair.down)}) THEN"
        if pair.conflict is Conflict.ERROR:
            yield f"    {self._refused}"
        else:
            yield from (f"    {line}" for line in _assigned(_written(pair.new), self._up))
        yield "ELSE"
        yield from (f"    {line}" for line in _assigned(sources, self._down))
        yield "END IF;"

    @property
    def _given(self) -> str:
        """Whether the statement says what the old form is."""
        changed = moved(self.pair.down, self.types)
        if not self.pair.defaults:
            return changed
        others = {name: f"({default})::{self.types[name]}" for name, default in self.pair.defaults.items()}
        given = " OR ".join(
            differ(f"NEW.{quote(name)}", others.get(name, "NULL"), self.types[name])
            for name in self.pair.down
        )
        return f"CASE TG_OP WHEN 'INSERT' THEN {given} ELSE {changed} END"

    @property
    def _refused(self) -> str:
        forms = (", ".join(names) for names in (self.pair.down, self.pair.new))
        message = f"{' and '.join(forms)} of {self.pair.table.name} contradict each other in what is written"
        return (
            f"RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = {literal(message)},"
            " HINT = 'Write one of these forms: the other one follows from it.',"
            " SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;"
        )


def _written(columns: Iterable[str]) -> Sequence[str]:
    return [f"NEW.{quote(column)}" for column in columns]


def _assigned(targets: Iterable[str], values: Iterable[str]) -> Iterator[str]:
    return (f"{target} := {value};" for target, value in zip(targets, values, strict=True))
