"""The options that say how far others may be behind while a backfill goes on."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemaguard.postgres.throttle import Limits

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?", re.IGNORECASE)
_UNITS = ("b", "kb", "mb", "gb", "tb")


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--max-lag",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="a backfill waits while a standby is further behind than this (10)",
    )
    parser.add_argument(
        "--max-lag-size",
        type=_size,
        default="256MB",
        metavar="SIZE",
        help="the same in WAL that it has yet to replay (256MB)",
    )
    parser.add_argument(
        "--max-slot-size",
        type=_size,
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


def _size(text: str) -> int:
    """Bytes, of a number with a unit as PostgreSQL's settings have them."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 256MB")
    unit: int = 1024 ** _UNITS.index((found[2] or "B").lower())
    return round(float(found[1]) * unit)
