"""The state before the migrations, where it is not their own history: --schema and --database-url."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.dataclass import dataclass
from schemaguard.server import MAJORS
from schemaguard.settings import Timeouts

if TYPE_CHECKING:
    from pathlib import Path

    from schemaguard.config import Config
    from schemaguard.schema import SchemaState
    from schemaguard.server import Server
    from schemaguard.sources import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is there before the migrations, and what is to be said of it."""

    schema: SchemaState
    server: Server
    timeouts: Timeouts
    #: Where names without a schema are looked up; None: in public.
    search_path: str | None = None
    #: The Alembic revisions at which the database is; (): unknown.
    revisions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def from_file(path: Path, server: Server, settings: Config) -> Before:
    """As a dump says. InputError where there is none."""
    from schemaguard.sources.dump import read_dump, summary

    dump = read_dump(path)
    return Before(
        schema=dump.schema,
        server=server,
        timeouts=Timeouts(lock=settings.lock_timeout),
        notes=tuple(summary(dump)),
    )


def from_database(url: str, server: Server, settings: Config) -> Before:
    """As the database is. DatabaseError where it cannot be read."""
    from schemaguard.postgres.target import read_target

    target = read_target(url)
    known, notes = target.server, []
    if server.major is not None and server.major != known.major:
        notes.append(f"the database is PostgreSQL {known.major}; linted for {server.major}, as told")
    if server.major is None and known.major not in MAJORS:
        notes.append(f"the database is PostgreSQL {known.major}, which schemaguard does not know")
    major = server.major or (known.major if known.major in MAJORS else None)
    lock = target.timeouts.lock if settings.lock_timeout is None else settings.lock_timeout
    return Before(
        schema=target.schema,
        server=replace(
            known,
            major=major,
            time_zone=server.time_zone or known.time_zone,
            limits=server.limits,
            conventions=server.conventions,
        ),
        timeouts=replace(target.timeouts, lock=lock),
        search_path=target.search_path or None,
        revisions=target.revisions,
        notes=tuple(notes),
    )


def ahead_of(asked: Asked, before: Before) -> tuple[Asked, str]:
    """The migrations without those that the database has, and what to say of it; "": nothing."""
    places = {source.revision: place for place, source in enumerate(asked.sources) if source.revision}
    if not before.revisions or not places:
        return asked, ""
    at = ", ".join(before.revisions)
    if len(before.revisions) > 1 or before.revisions[0] not in places:
        return asked, f"the database is at Alembic revision {at}; the migrations given count as not applied"
    applied = places[before.revisions[0]] + 1
    if asked.wanted is None:
        rest = replace(asked, sources=asked.sources[applied:])
        return (
            rest,
            f"the database is at Alembic revision {at}: {applied} applied, {len(rest.sources)} linted",
        )
    done = [asked.sources[place].revision or "" for place in sorted(asked.wanted) if place < applied]
    if not done:
        return asked, f"the database is at Alembic revision {at}"
    return asked, f"the database is at Alembic revision {at}: it has {', '.join(done)} already"
