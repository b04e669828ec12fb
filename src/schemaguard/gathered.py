"""What a statement does to many partitions of one table, or to many tables, is said once for all."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.costs import Cost, hangs_on
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.rule import Finding, Severity
from schemaguard.schema import SchemaState

#: Stands for the partition in what is said of several.
_IT = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A finding and whose it is."""

    rule: str
    family: str
    severity: Severity
    finding: Finding
    #: The same of other partitions.
    also: tuple[Cost, ...] = ()
    #: What to call them all; "": the finding is of one table.
    about: str = ""

    @property
    def costs(self) -> tuple[object, ...]:
        """All that it is about."""
        return (self.finding.because, *self.also)


def gathered(said: Iterable[Said], schema: SchemaState) -> Iterator[Said]:
    """The findings in their order; those of partitions that say the same become the first of them."""
    groups: dict[object, list[Said]] = {}
    for one in said:
        groups.setdefault(_same(one, schema) or id(one), []).append(one)
    for first, *others in groups.values():
        yield _together(first, others, schema) if others else first


def _same(one: Said, schema: SchemaState) -> object:
    """What findings of several tables have in common; None: they are no partitions, and told apart."""
    cost, finding = one.finding.because, one.finding
    if not isinstance(cost, Cost) or not (finding.together or schema.is_partition(cost.table)):
        return None

    def of_any(text: str) -> str:
        return text.replace(cost.table.text, _IT)

    if finding.together:
        return (one.rule, *map(of_any, (finding.message, finding.advice)))
    everywhere = replace(cost, table=_whole(cost.table, schema))
    texts = (finding.message, finding.advice, hangs_on(cost))
    return (one.rule, everywhere, finding.instead, *map(of_any, texts))


def _whole(table: Relation, schema: SchemaState) -> Relation:
    """The table that the partition is in the end a part of."""
    while schema.is_partition(table):
        table = schema.known(table).parents[0]
    return table


def _about(tables: list[Relation], schema: SchemaState) -> str:
    wholes = {_whole(table, schema) for table in tables}
    if len(wholes) == 1 and all(schema.is_partition(table) for table in tables):
        return f"{len(tables)} partitions of {wholes.pop().text}"
    *names, last = sorted({table.text for table in tables})
    return f"{', '.join(names)} and {last}" if names else last


def _together(first: Said, others: list[Said], schema: SchemaState) -> Said:
    cost = first.finding.because
    assert isinstance(cost, Cost), cost
    costs = [one.finding.because for one in (first, *others) if isinstance(one.finding.because, Cost)]
    about = _about([cost.table for cost in costs], schema)

    def of_all(text: str) -> str:
        return text.replace(cost.table.text, about)

    return replace(
        first,
        severity=max((one.severity for one in (first, *others)), key=list(reversed(Severity)).index),
        finding=replace(
            first.finding, message=of_all(first.finding.message), advice=of_all(first.finding.advice)
        ),
        also=tuple(costs[1:]),
        about=about,
    )
