"""Where the revisions of a split migration stand: one behind the other, or on two branches."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError, Refused
from schemaguard.phase import Phase
from schemaguard.plan.original import Original, names, names_in, quoted

#: alembic_version.version_num is a varchar(32).
LONGEST = 32
EXPAND, CONTRACT = Phase.EXPAND.value, Phase.CONTRACT.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another revision of the project."""

    revision: str
    down: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The places of the revisions; None: there is none. The last one keeps the original's id."""

    expand: Original | None
    backfill: Original | None
    contract: Original | None


def in_line(original: Original, phases: Sequence[Phase]) -> Places:
    """One behind the other, so that what follows the original need not change: a revision for each phase."""
    *_, last = phases
    ids = {phase: original.revision if phase is last else _id(original, phase) for phase in phases}
    found = _one_behind_the_other(original, ids)
    return Places(*(found.get(phase) for phase in Phase))


def to_come(others: Sequence[Neighbour], contracted: str | None) -> tuple[str, ...]:
    """The contracts on the branch, in their order, that a database may lack when the next release expands.

    ``contracted``: the last one that none lacks any more. InputError where it is no contract.
    """
    labelled = {label: other for other in others for label in other.labels}
    if EXPAND not in labelled or CONTRACT not in labelled:
        return ()
    names = tuple(each.revision for each in _branch(labelled[CONTRACT], others))
    *_, expanded = _branch(labelled[EXPAND], others)
    needed = _ancestors(expanded.revision, others)
    names = tuple(name for name in names if name not in needed)
    if contracted is None or contracted in needed:
        return names
    if contracted not in names:
        raise InputError(
            f"alembic_contracted = {contracted!r} is no revision on the branch {CONTRACT!r}",
            advice=f"There are: {', '.join(names)}.",
        )
    return names[names.index(contracted) + 1 :]


def on_branches(
    original: Original,
    others: Sequence[Neighbour],
    phases: Collection[Phase],
    *,
    contracted: str | None = None,
) -> Places:
    """The contract on a branch of its own; the first split of a history makes both.

    ``phases``: those in which there is something to do. There is a contract in any case: the next migration
    follows it, and would not come after this one's expand otherwise.
    ``contracted``: the contract without which nothing is expanded any more. Refused where they do not fit.
    """
    _refuse_a_place_in_between(original, others)
    labelled = {label: other for other in others for label in other.labels}
    branches = [label for label in (EXPAND, CONTRACT) if label in labelled]
    if not branches:
        _refuse_heads(original, others, allowed={original.follows})
        expand = replace(original, branch_labels=_label(EXPAND))
        contract = replace(original, branch_labels=_label(CONTRACT))
        return _beside(expand, contract, {Phase.EXPAND, *phases})
    if len(branches) == 1:
        missing = CONTRACT if branches[0] == EXPAND else EXPAND
        raise _refused(
            f"the branch label {branches[0]!r} is taken by {labelled[branches[0]].revision},"
            f" and there is no branch {missing!r}",
            "Give that branch another label: the two branches are made together.",
        )
    expands = list(_branch(labelled[EXPAND], others))
    contracts = list(_branch(labelled[CONTRACT], others))
    _refuse_what_is_not_split(expands, contracts)
    last = contracts[-1].revision
    if original.follows != last:
        raise _refused(
            f"{original.revision} follows {original.down_revision}, and not {last}, the last contract",
            f"Let it follow {last}: this is what `alembic revision --head {CONTRACT}@head` makes.",
        )
    _refuse_heads(original, others, allowed={expands[-1].revision, last})
    # What the original depends on is wanted by the first of the two to run.
    before = expands[-1].revision
    expand = replace(original, down_revision=quoted(before), follows=before)
    if contracted is not None:
        expand = replace(expand, depends_on=names((*names_in(original.depends_on), contracted)))
    return _beside(expand, original, phases)


def _beside(first: Original, contract: Original, phases: Collection[Phase]) -> Places:
    """What comes before the deployment begins at ``first``; the rows are filled there, too."""
    ids = {phase: _id(contract, phase) for phase in (Phase.EXPAND, Phase.BACKFILL) if phase in phases}
    found = _one_behind_the_other(first, ids)
    if found:
        needed = [one.revision for one in found.values()][-1:]
    else:
        needed = [name for name in (first.follows, *names_in(contract.depends_on)) if name is not None]
    contract = replace(contract, depends_on=names(dict.fromkeys(needed)))
    return Places(found.get(Phase.EXPAND), found.get(Phase.BACKFILL), contract)


def _one_behind_the_other(first: Original, ids: Mapping[Phase, str]) -> dict[Phase, Original]:
    """Revisions of these names, the first of which stands where ``first`` does."""
    found: dict[Phase, Original] = {}
    before: Original | None = None
    for phase, revision in ids.items():
        before = replace(first, revision=revision) if before is None else _behind(before, revision)
        found[phase] = before
    return found


def _behind(first: Original, revision: str) -> Original:
    return replace(
        first,
        revision=revision,
        down_revision=quoted(first.revision),
        branch_labels="None",
        depends_on="None",
        follows=first.revision,
    )


def _id(original: Original, phase: Phase) -> str:
    suffix = f"_{phase.value}"
    return f"{original.revision[: LONGEST - len(suffix)]}{suffix}"


def _label(name: str) -> str:
    return f"({quoted(name)},)"


def _refused(what: str, advice: str) -> Refused:
    return Refused(
        f"this cannot be written on two branches: {what}",
        advice=f"{advice} Or write it with --layout linear.",
    )


def _refuse_a_place_in_between(original: Original, others: Sequence[Neighbour]) -> None:
    name = original.revision
    later = [other.revision for other in others if name in (*other.down, *other.depends_on)]
    if later:
        raise _refused(
            f"{', '.join(later)} comes after {name}, and would wait for its contract",
            f"Split {name} before the next migration is written.",
        )
    if original.branch_labels != "None":
        raise _refused(
            f"{name} has branch labels of its own: {original.branch_labels}", "Take them away first."
        )
    if original.down_revision != "None" and original.follows is None:
        raise _refused(
            f"{name} merges {original.down_revision}", "Merge in a revision of its own, without operations."
        )
    ids = {_id(original, Phase.EXPAND), _id(original, Phase.BACKFILL)}
    taken = ids.intersection(other.revision for other in others)
    if taken:
        raise _refused(f"there is a revision {min(taken)} already", f"Give {name} another id.")


def _refuse_heads(original: Original, others: Sequence[Neighbour], *, allowed: set[str | None]) -> None:
    followed = {name for other in others for name in other.down}
    heads = [
        other.revision for other in others if other.revision not in followed and other.revision not in allowed
    ]
    if heads:
        raise _refused(
            f"beside {original.revision} the project has other heads: {', '.join(heads)}",
            "Merge them first (`alembic merge`).",
        )


def _ancestors(revision: str, others: Sequence[Neighbour]) -> set[str]:
    """All that has to be done before the revision."""
    known = {other.revision: other for other in others}
    found: set[str] = set()
    left = [revision]
    while left:
        each = known.get(left.pop())
        left += [name for name in (*each.down, *each.depends_on) if name not in found] if each else []
        found.update(left)
    return found


def _branch(first: Neighbour, others: Sequence[Neighbour]) -> Iterator[Neighbour]:
    """The revisions of a branch, each with the one that follows it."""
    current: Neighbour | None = first
    while current is not None:
        yield current
        name = current.revision
        following = [other for other in others if name in other.down]
        if len(following) > 1:
            both = " and ".join(other.revision for other in following)
            raise _refused(f"{both} both follow {name}", "A branch has one head: let one follow the other.")
        current = following[0] if following else None


def _refuse_what_is_not_split(expands: Sequence[Neighbour], contracts: Sequence[Neighbour]) -> None:
    """An expand that skips a revision of the contract branch must lose nothing by that."""
    for branch, phase, phases in (
        (expands, Phase.EXPAND, (Phase.EXPAND, Phase.BACKFILL)),
        (contracts, Phase.CONTRACT, (Phase.CONTRACT,)),
    ):
        for one in branch:
            if len(one.down) > 1:
                raise _refused(
                    f"{one.revision} merges the branch {phase.value!r} with another", "Do not merge them."
                )
            if one.phase not in phases:
                raise _refused(
                    f"{one.revision} is on the branch {phase.value!r}, and is no {phase.value} revision",
                    f"Split it first, or say in it: schemaguard_phase = {quoted(phase.value)}.",
                )
    there = {one.revision for one in expands}
    for one in contracts:
        if not there.intersection(one.depends_on):
            raise _refused(
                f"{one.revision} is on the branch {CONTRACT!r}, and depends on no revision of {EXPAND!r}",
                "Say in depends_on which expand revision it completes.",
            )
