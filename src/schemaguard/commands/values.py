"""Values of options: times, sizes and numbers, as people write them."""

import argparse
import math
import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?", re.IGNORECASE)
_UNITS = ("b", "kb", "mb", "gb", "tb")


def seconds(text: str) -> float:
    """A number from 0 on, as argparse takes types."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, such as 2.5")
    return number


def milliseconds(text: str) -> float:
    """Seconds, of a whole number of milliseconds: ten at least, a minute at most."""
    if not text.isdecimal() or not 10 <= int(text) <= 60_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of milliseconds from 10 to 60000")
    return int(text) / 1000


def workers(text: str) -> int:
    """So many, from one on."""
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of sessions from 1 to 64")
    return int(text)


def interval(text: str) -> float:
    """Seconds between two looks: a tenth at least."""
    number = seconds(text)
    if number < 0.1:
        raise argparse.ArgumentTypeError(f"{text} is too short: 0.1 seconds at least")
    return number


def size(text: str) -> int:
    """Bytes, of a number with a unit as PostgreSQL's settings have them."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size, such as 256MB")
    unit: int = 1024 ** _UNITS.index((found[2] or "B").lower())
    return round(float(found[1]) * unit)
