"""The options that say how a backfill goes on, and how far others may be behind meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.commands.values import milliseconds, seconds, size, workers

if TYPE_CHECKING:
    import argparse

    from schemaguard.postgres.pace import Effort
    from schemaguard.postgres.throttle import Limits


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--batch-ms",
        type=milliseconds,
        default="200",
        metavar="MS",
        help="how long a batch of a backfill may take where nobody else is at work on the server (200);"
        " beside others it takes a 200th of that, and rests for nine times as long",
    )
    parser.add_argument(
        "--workers",
        type=workers,
        default=1,
        metavar="N",
        help="sessions that write a backfill beside each other (1)",
    )
    parser.add_argument(
        "--max-lag",
        type=seconds,
        default=10.0,
        metavar="SECONDS",
        help="a backfill waits while a standby is further behind than this (10)",
    )
    parser.add_argument(
        "--max-lag-size",
        type=size,
        default="256MB",
        metavar="SIZE",
        help="the same in WAL that it has yet to replay (256MB)",
    )
    parser.add_argument(
        "--max-slot-size",
        type=size,
        default="4GB",
        metavar="SIZE",
        help="a backfill waits while a replication slot keeps so much more WAL than at its beginning (4GB)",
    )
    parser.add_argument(
        "--throttle",
        default="",
        metavar="QUERY",
        help="a backfill waits while this query, which returns one boolean, does not say true",
    )


def effort(arguments: argparse.Namespace) -> Effort:
    """What they say of how it goes on."""
    from schemaguard.postgres.pace import Effort

    return Effort(longest=arguments.batch_ms, workers=arguments.workers)


def limits(arguments: argparse.Namespace) -> Limits:
    """What they say of those who may be behind."""
    from schemaguard.postgres.throttle import Limits

    return Limits(
        lag_seconds=arguments.max_lag,
        lag_bytes=arguments.max_lag_size,
        slot_bytes=arguments.max_slot_size,
        query=arguments.throttle,
    )
