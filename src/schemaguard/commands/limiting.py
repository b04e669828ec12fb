"""The options that say how far others may be behind while a backfill goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.commands.values import seconds, size

if TYPE_CHECKING:
    import argparse

    from schemaguard.postgres.throttle import Limits


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
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


def limits(arguments: argparse.Namespace) -> Limits:
    """What they say."""
    from schemaguard.postgres.throttle import Limits

    return Limits(
        lag_seconds=arguments.max_lag,
        lag_bytes=arguments.max_lag_size,
        slot_bytes=arguments.max_slot_size,
        query=arguments.throttle,
    )
