"""Plans as JSON, for the runner, the journal and other programs; and back."""

import json
from typing import Any

from schemaguard.errors import InputError
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.recipe import Backfill, Holding, LockClass, Scope, Step
from schemaguard.round_trip import RoundTrip
from schemaguard.way_back import Apart

VERSION = 1
Json = dict[str, Any]


def to_json(plan: Plan, *, indent: int | None = None) -> str:
    """The plan as JSON; the same plan gives the same text."""
    whole = {
        "version": VERSION,
        "release": plan.release,
        "starts_from": plan.starts_from,
        "ends_at": plan.ends_at,
        "tables": [_relation(table) for table in plan.tables],
        "revision_before": plan.revision_before,
        "revision_after": plan.revision_after,
        "ends_apart": list(plan.ends_apart),
        "round_trips": [_trip(trip) for trip in plan.round_trips],
        "notes": list(plan.notes),
        "steps": [_step(step) for step in plan.steps],
    }
    return json.dumps(whole, indent=indent, ensure_ascii=False)


def from_json(text: str) -> Plan:
    """The plan that ``to_json`` wrote. InputError for anything else."""
    try:
        whole = json.loads(text)
        version = whole["version"]
        if version != VERSION:
            raise InputError(
                f"the plan is of version {version}, this schemaguard knows {VERSION}",
                advice="Make it again with `schemaguard split`.",
            )
        return Plan(
            release=whole["release"],
            steps=tuple(_read_step(step) for step in whole["steps"]),
            starts_from=whole["starts_from"],
            ends_at=whole["ends_at"],
            tables=tuple(_read_relation(table) for table in whole["tables"]),
            revision_before=whole["revision_before"],
            revision_after=whole["revision_after"],
            ends_apart=tuple(whole["ends_apart"]),
            round_trips=tuple(_read_trip(trip) for trip in whole.get("round_trips", ())),
            notes=tuple(whole["notes"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"this is no plan: {type(error).__name__} {error}",
            advice="Make one with `schemaguard split --format json`.",
        ) from error


def _relation(relation: Relation) -> list[str]:
    return [relation.schema, relation.name]


def _read_relation(value: list[str]) -> Relation:
    schema, name = value
    return Relation(schema, name)


def _trip(trip: RoundTrip) -> Json:
    return {
        "table": _relation(trip.table),
        "new": list(trip.new),
        "up": dict(trip.up),
        "down": dict(trip.down),
        "types": dict(trip.types),
    }


def _read_trip(value: Json) -> RoundTrip:
    return RoundTrip(
        table=_read_relation(value["table"]),
        new=tuple(value["new"]),
        up=value["up"],
        down=value["down"],
        types=value["types"],
    )


def _back(one: str | Apart) -> str | list[str]:
    return one if isinstance(one, str) else [one.sql, one.done, one.inside]


def _read_back(value: str | list[str], scope: str) -> str | Apart:
    if not isinstance(value, str):
        return Apart(*value)
    # Plans of before did not say so.
    return Apart(value) if scope == Scope.ALONE.value and " CONCURRENTLY " in value else value


def _holding(holding: Holding) -> list[Any]:
    other = holding.or_else
    return [holding.what, holding.count, holding.stops, *((_holding(other),) if other else ())]


def _read_holding(value: list[Any]) -> Holding:
    what, count, stops, *other = value
    return Holding(what, count, stops, _read_holding(other[0]) if other else None)


def _step(step: Step) -> Json:
    return {
        "id": step.id,
        "phase": step.phase.value,
        "title": step.title,
        "sql": list(step.sql),
        "scope": step.scope.value,
        "lock_class": step.lock_class.value,
        "locks": [[*_relation(table), mode.value] for table, mode in step.locks],
        "probe": step.probe,
        "check": step.check,
        "culprits": step.culprits,
        "undo": None if step.undo is None else [_back(one) for one in step.undo],
        "holds": [_holding(holding) for holding in step.holds],
        "tidy": list(step.tidy),
        "backfill": None
        if step.backfill is None
        else {
            "table": _relation(step.backfill.table),
            "values": dict(step.backfill.values),
            "where": step.backfill.where,
            "into": None if step.backfill.into is None else _relation(step.backfill.into),
            "match": dict(step.backfill.match),
            "once": step.backfill.once,
        },
    }


def _read_step(value: Json) -> Step:
    backfill = value["backfill"]
    return Step(
        id=value["id"],
        phase=Phase(value["phase"]),
        title=value["title"],
        sql=tuple(value["sql"]),
        scope=Scope(value["scope"]),
        lock_class=LockClass(value["lock_class"]),
        locks=tuple((Relation(schema, name), LockMode(mode)) for schema, name, mode in value["locks"]),
        probe=value["probe"],
        check=value["check"],
        culprits=value.get("culprits", ""),
        undo=None
        if value["undo"] is None
        else tuple(_read_back(one, value["scope"]) for one in value["undo"]),
        holds=tuple(map(_read_holding, value.get("holds", ()))),
        tidy=tuple(value["tidy"]),
        backfill=None
        if backfill is None
        else Backfill(
            table=_read_relation(backfill["table"]),
            values=backfill["values"],
            where=backfill["where"],
            into=None if backfill["into"] is None else _read_relation(backfill["into"]),
            match=backfill["match"],
            once=backfill["once"],
        ),
    )
