"""Who reads the WAL that the phase writes, and how far behind they are."""

from collections.abc import Iterator

from schemaguard.estimates import size_text
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity

#: From here on a standby, or what reads a slot, is far behind: bytes and seconds.
FAR, LATE = 1_000_000_000, 10.0

STANDBYS = """
SELECT coalesce(nullif(application_name, ''), 'pid ' || pid), state,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int8, extract(epoch FROM replay_lag)::float8,
       pg_has_role('pg_read_all_stats', 'USAGE')
FROM pg_stat_replication ORDER BY 1
"""

SLOTS = """
SELECT slot_name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8
FROM pg_replication_slots WHERE restart_lsn IS NOT NULL ORDER BY 1
"""


def replication(asked: Asked) -> Iterator[Finding]:
    """Standbys and replication slots keep up.

    Asked where the phase fills rows or builds indexes. A warning for a standby that is more than 1 GB or
    10 s behind, and for a slot that nobody reads or that keeps more than 1 GB: what the phase writes stays
    on the disk, too. A note where the role may not see it.
    """
    if not asked.builds and not any(step.backfill for step in asked.steps):
        return
    for name, state, behind, seconds, sees in asked.conn.execute(STANDBYS):
        if behind is None and seconds is None:
            if not sees:
                yield Finding(
                    severity=Severity.NOTE,
                    sentence=f"how far the standby {name} is behind is not known: this role may not see it",
                    advice="GRANT pg_read_all_stats to the role that applies.",
                )
            continue
        if (behind or 0) > FAR or (seconds or 0) > LATE:
            yield Finding(
                severity=Severity.WARN,
                sentence=f"the standby {name} is {size_text(behind or 0)} and {seconds or 0:.0f} s behind",
                evidence=(f"state {state}",),
                advice="Wait until it has caught up: what is filled comes on top.",
            )
    for name, active, kept in asked.conn.execute(SLOTS):
        if not active or kept > FAR:
            who = "somebody reads slowly" if active else "nobody reads"
            yield Finding(
                severity=Severity.WARN,
                sentence=f"the replication slot {name}, which {who}, keeps {size_text(kept)} of WAL",
                advice="What the phase writes stays on the disk, too. Let its reader catch up, or drop it:"
                f" SELECT pg_drop_replication_slot('{name}');",
            )
