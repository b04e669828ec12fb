"""Who reads the WAL that the phase writes, and how far behind they are."""

from collections.abc import Iterator

from schemaguard.estimates import size_text
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity
from schemaguard.postgres.replication import slots, standbys

#: From here on a standby, or what reads a slot, is far behind: bytes and seconds.
FAR, LATE = 1_000_000_000, 10.0


def replication(asked: Asked) -> Iterator[Finding]:
    """Standbys and replication slots keep up.

    Asked where the phase fills rows or builds indexes. A warning for a standby that is more than 1 GB or
    10 s behind, and for a slot that nobody reads or that keeps more than 1 GB: what the phase writes stays
    on the disk, too. A note where the role may not see it.
    """
    if not asked.builds and not any(step.backfill for step in asked.steps):
        return
    for one in standbys(asked.conn):
        if one.bytes is None and one.seconds is None:
            if not one.may_be_seen:
                yield Finding(
                    severity=Severity.NOTE,
                    sentence=f"how far the standby {one.name} is behind is not known:"
                    " this role may not see it",
                    advice="GRANT pg_read_all_stats to the role that applies.",
                )
            continue
        size, seconds = one.bytes or 0, one.seconds or 0
        if size > FAR or seconds > LATE:
            yield Finding(
                severity=Severity.WARN,
                sentence=f"the standby {one.name} is {size_text(size)} and {seconds:.0f} s behind",
                evidence=(f"state {one.state}",),
                advice="Wait until it has caught up: what is filled comes on top.",
            )
    for slot in slots(asked.conn):
        if not slot.active or slot.bytes > FAR:
            who = "somebody reads slowly" if slot.active else "nobody reads"
            yield Finding(
                severity=Severity.WARN,
                sentence=f"the replication slot {slot.name}, which {who},"
                f" keeps {size_text(slot.bytes)} of WAL",
                advice="What the phase writes stays on the disk, too. Let its reader catch up, or drop it:"
                f" SELECT pg_drop_replication_slot('{slot.name}');",
            )
