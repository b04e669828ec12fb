"""Whether a plan may begin here at all: the server, the shape of the tables, and who else is at work."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from schemaguard.plan.fingerprint import differences, digest_of, shape
from schemaguard.postgres import journal
from schemaguard.postgres.asking import is_there
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import APPLICATION_NAME
from schemaguard.postgres.locks import runner_that_stays
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity
from schemaguard.postgres.preflight.privileges import journal_is_readable
from schemaguard.postgres.target import revisions
from schemaguard.recipe import Step
from schemaguard.server import MAJORS

#: So many differences are shown.
SHOWN = 20


def server_version(asked: Asked) -> Iterator[Finding]:
    """The server is of a supported major version, the one that the plan was made for.

    Another one than PostgreSQL 14 to 18 is refused, and so is one that is older than the major of the
    plan (`--pg`, or `pg` in the settings): it may not know the plan's statements. A newer one is a warning.
    """
    major = asked.conn.info.server_version // 10_000
    if major not in MAJORS:
        yield Finding(
            severity=Severity.REFUSE,
            sentence=f"the server is PostgreSQL {major}, which schemaguard does not know",
            advice=f"Supported are {', '.join(map(str, MAJORS))}.",
        )
        return
    made_for = asked.plan.expected.major
    if made_for is None or asked.begun or made_for == major:
        return
    older = major < made_for
    yield Finding(
        severity=Severity.REFUSE if older else Severity.WARN,
        sentence=f"the plan was made for PostgreSQL {made_for}, and the server is {major}",
        advice=f"Is it the right database? If so, make the plan with `--pg {major}`"
        " (or `pg` in the settings).",
    )


def journal_version(asked: Asked) -> Iterator[Finding]:
    """The journal, if there is one, is of a version that this schemaguard knows.

    One that a newer schemaguard has made is refused.
    """
    found = journal.version(asked.conn) if journal_is_readable(asked.conn) else 0
    if found > journal.VERSION:
        refusal = journal.too_new(found)
        yield Finding(severity=Severity.REFUSE, sentence=refusal.what, advice=refusal.advice)


def drift(asked: Asked) -> Iterator[Finding]:
    """The tables are as the migrations before this release leave them.

    Refused where they are not, with each column, constraint and index that differs: `-` is what the
    migrations say, `+` what is there. Asked before the release's first step only.

    Where steps of the release are done of which the journal does not know, the database was restored
    without its schema `schemaguard`, and they are named. `--adopt` goes on from there.
    """
    if asked.begun is not False:
        return
    plan, revision = asked.plan, revisions(asked.conn)
    if plan.revision_before and revision and plan.revision_before not in revision:
        yield Finding(
            severity=Severity.REFUSE,
            sentence=f"the database is at revision {', '.join(revision)},"
            f" and the plan starts from {plan.revision_before}",
            advice=f"Bring it to {plan.revision_before} first, or name the migration that is next.",
        )
        return
    found = shape(read_schema(asked.conn), plan.tables)
    digest = digest_of(found)
    # What undo has left behind is known.
    if digest in (plan.starts_from, plan.ends_at, journal.left_at(asked.conn, plan.release)):
        return
    if journal.exists(asked.conn) and journal.is_begun(asked.conn, plan.release):
        return  # Another runner has begun it meanwhile.
    lines = differences(plan.expected.shape, found) if plan.expected.shape else ()
    left_out = (f"and {len(lines) - SHOWN} more",) if len(lines) > SHOWN else ()
    evidence = (*lines[:SHOWN], *left_out)
    if there := _there(asked):
        yield _unwritten(asked, there, evidence)
        return
    tables = ", ".join(table.text for table in plan.tables)
    yield Finding(
        severity=Severity.REFUSE,
        sentence=f"the plan was made for schema {plan.starts_from}, and this database is at {digest}:"
        f" {tables}",
        evidence=evidence,
        advice="Somebody has changed these tables by other means than the migrations (- is what these say,"
        " + what is there). Mend one or the other.",
    )


def _there(asked: Asked) -> tuple[Step, ...]:
    """The first steps, as far as they are done, though nobody has written it down."""
    changing = (step for step in asked.plan.steps if step.sql)
    return tuple(takewhile(lambda step: is_there(asked.conn, step), changing))


def _unwritten(asked: Asked, there: Iterable[Step], evidence: tuple[str, ...]) -> Finding:
    """What to say of a release that is there in part, and in no journal."""
    done = "; ".join(step.title for step in there)
    sentence = (
        f"the journal does not know that {asked.plan.release} was begun, and yet some of it is done: {done}"
    )
    if asked.adopt:
        return Finding(severity=Severity.NOTE, sentence=sentence, evidence=evidence)
    return Finding(
        severity=Severity.REFUSE,
        sentence=sentence,
        evidence=evidence,
        advice="Was the database restored without schema schemaguard? Restore that as well; or give --adopt,"
        " and what is done counts. If somebody has done it by hand, take it back first.",
    )


def another_runner(asked: Asked) -> Iterator[Finding]:
    """No other schemaguard is at work on this database.

    A second one is refused.
    """
    who = runner_that_stays(asked.conn)
    if who is not None:
        yield Finding(
            severity=Severity.REFUSE,
            sentence=f"another {APPLICATION_NAME} works on this database: {who}",
            advice="Wait until it has finished; `schemaguard status` shows how far it is.",
        )
