"""Starts the extractor from its directory, under a name that shadows no module of the user's."""

import importlib.util
import sys
from pathlib import Path

NAME = "schemaguard_extract"


def start() -> int:
    """Make this directory importable as one private package, and run its main function."""
    here = Path(__file__).resolve().parent
    # Python put this directory first on the path: its files must not hide the user's modules.
    sys.path[:] = [entry for entry in sys.path if not entry or Path(entry).resolve() != here]
    spec = importlib.util.spec_from_file_location(
        NAME, here / "__init__.py", submodule_search_locations=[str(here)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    status: int = importlib.import_module(NAME + ".main").main()
    return status


if __name__ == "__main__":
    sys.exit(start())
