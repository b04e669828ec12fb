"""Paths as the systems that show findings want them: from the root of the repository."""

import os
from functools import lru_cache
from pathlib import Path, PurePosixPath


def from_root(path: str) -> str:
    """The path from the repository's root, or from here where there is none; absolute if it is outside."""
    here = Path.cwd()
    absolute = Path(os.path.normpath(here / path))
    top = _root(here)
    shown = absolute.relative_to(top) if absolute.is_relative_to(top) else absolute
    return str(PurePosixPath(shown))


def root() -> Path:
    """The directory from which paths are shown."""
    return _root(Path.cwd())


@lru_cache(maxsize=1)
def _root(here: Path) -> Path:
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
