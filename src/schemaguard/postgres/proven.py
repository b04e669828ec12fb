"""What is known of statements at a state without running them: they rest on what they rested on before."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from schemaguard.compat.observation import Described, History, Planned, Write
from schemaguard.compat.unaffected import Footing, Ruling
from schemaguard.compat.verdict import Verdict
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect
from schemaguard.postgres.footings import Ground
from schemaguard.postgres.probe_statements import Prober


@dataclass(frozen=True, slots=True)
class Asker:
    """A session of one participant: what it sends, and among the rows of which histories."""

    prober: Prober
    asked: Mapping[History, Sequence[Write]]
    described: Mapping[int, tuple[Query, Described]]


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict, and whether all could be written before that should have been."""

    whole: bool
    verdict: Verdict


@dataclass(slots=True)
class Standing:
    """What all stand on at one state of a database, and what was told of them there."""

    footings: Mapping[int, Footing]
    #: The numbers of what was written for each history.
    wrote: dict[History, tuple[int, ...]] = field(default_factory=dict)
    told: dict[tuple[int, History], Told] = field(default_factory=dict)
    #: All that the catalogue says, by what it is about.
    facts: Mapping[str, str] = field(default_factory=dict)

    def still(
        self, now: "Standing", changed: frozenset[str], numbers: Mapping[int, int]
    ) -> dict[tuple[int, History], Told]:
        """What holds at the next state as well, where the rows of these tables were changed on the way.

        ``numbers``: which statement made which write.
        """
        step = Ruling(then=self.footings, now=now.footings, moved=changed)
        left = {
            history: step.left_alone([numbers[number] for number in wrote])
            for history, wrote in self.wrote.items()
            if now.wrote.get(history) == wrote
        }
        return {(n, history): told for (n, history), told in self.told.items() if n in left.get(history, ())}


def standing(dsn: str, askers: Sequence[Asker], *, planned: bool = True) -> Standing:
    """What they stand on, and what is written for whom; ``planned``: where their plans go must be known."""
    footings: dict[int, Footing] = {}
    wrote: dict[History, tuple[int, ...]] = {}
    with connect(dsn) as conn:
        ground = Ground(conn)
        for asker in askers:
            wrote |= {h: tuple(write.number for write in writes) for h, writes in asker.asked.items()}
            for number, footing in ground.footings(asker.described, asker.prober.role).items():
                # Where a plan reads what is not followed, nothing is proven.
                plan = asker.described[number][1].plan
                followed = not planned or (
                    isinstance(plan, Planned) and plan.reads | plan.writes | plan.follow <= footing.relations
                )
                footings[number] = footing if followed else Footing()
    return Standing(footings, wrote, facts=ground.facts)
