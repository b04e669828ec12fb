"""Runs at the start of each Python process of the recorded command; then the site's own one runs."""

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _run_the_next_one() -> None:
    elsewhere = [path for path in sys.path if os.path.abspath(path or ".") != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if os.environ.get("SCHEMAGUARD_RECORD_TO"):
    import schemaguard_hook  # type: ignore[import-not-found]  # beside this file

    schemaguard_hook.install()
_run_the_next_one()
