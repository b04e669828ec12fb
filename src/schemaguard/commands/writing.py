"""Files that a command writes: whole, or not at all."""

import os
from pathlib import Path


def must_be_writable(file: Path) -> None:
    """InputError where the file could not be written: told before the work that it is the result of."""
    from schemaguard.errors import InputError

    if file.is_dir():
        raise InputError("is a directory", path=str(file), advice="Name a file.")
    if not os.access(file.parent, os.W_OK):
        raise InputError("cannot be written", path=str(file), advice="Name a file in a directory of yours.")


def write_whole(file: Path, text: str) -> None:
    """Whoever reads the file meanwhile finds what was there before, or all of it."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def replace_content(file: Path, content: bytes) -> None:
    """The same for a file that may be there already: it stays where a link points, and keeps its mode."""
    target = file.resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        if target.exists():
            fresh.chmod(target.stat().st_mode)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
