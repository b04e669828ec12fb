"""A workload of what SQLAlchemy's mapped classes declare, whether a test uses them or not."""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from pathlib import Path

from schemaguard.errors import InputError
from schemaguard.record.merge import merge
from schemaguard.record.names import Names
from schemaguard.record.output import finish

_CHILD = Path(__file__).parent / "injected" / "schemaguard_models.py"
_SECONDS = 120


def record_models(out: Path, names: Names, models: str, *, git_ref: str, python: str) -> int:
    """The classes that ``models`` names (``package.module:Base``), of this directory or of a commit of it."""
    with ExitStack() as stack:
        root = Path.cwd()
        if git_ref:
            files = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="schemaguard-models-"))
            ).resolve()
            root = _checked_out(git_ref, files)
            names = Names(names.app, names.version or git_ref, names.role)
        answer = _asked(models, root, python or sys.executable)
        if git_ref and not Path(str(answer["file"])).resolve().is_relative_to(root):
            raise InputError(
                f"{models.partition(':')[0]} was imported from {answer['file']}, which is not of {git_ref}",
                advice="run this in the directory whose packages are imported, or one with them below src",
            )
    notes = answer["notes"]
    assert isinstance(notes, list)
    return finish(
        out,
        merge(notes, names.found()),
        what=f"the classes of {models}",
        advice="name a base class, a registry, or a module that has one, and imports"
        " all modules with mapped classes",
    )


def _asked(models: str, root: Path, python: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="schemaguard-models-") as directory:
        written = Path(directory) / "notes.json"
        command = [python, "-B", str(_CHILD), models, str(root), str(written)]
        try:
            # What the application prints while it is imported is no answer of ours.
            done = subprocess.run(
                command,
                cwd=root,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
                text=True,
                timeout=_SECONDS,
            )
        except OSError as error:
            raise InputError(f"the interpreter cannot be run: {error.strerror}: {python}") from error
        except subprocess.TimeoutExpired as error:
            raise InputError(f"{models} was not imported within {_SECONDS} seconds") from error
        answer = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else {}
    if "notes" not in answer:
        last = next(iter(reversed(done.stderr.strip().splitlines())), f"exit code {done.returncode}")
        raise InputError(
            str(answer.get("error") or f"the classes of {models} cannot be read: {last}"),
            advice="--models takes package.module:Base, as --python EXE can import it in this directory",
        )
    return dict(answer)


def _checked_out(git_ref: str, into: Path) -> Path:
    """The files of a commit; the answer is the directory among them that we are in."""
    inside = _git("rev-parse", "--show-prefix").decode().strip()
    top = _git("rev-parse", "--show-toplevel").decode().strip()
    files = _git("-C", top, "archive", "--format=tar", git_ref)
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        if hasattr(tarfile, "data_filter"):
            # They are the user's own files, and links may lead elsewhere.
            archive.extraction_filter = tarfile.fully_trusted_filter
        archive.extractall(into)  # noqa: S202 - made by git, just now
    root = into / inside
    if not root.is_dir():
        raise InputError(f"{git_ref} does not have the directory {inside.rstrip('/')}")
    return root


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except OSError as error:
        raise InputError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"git {' '.join(arguments)}: {said[-1] if said else 'failed'}")
    return done.stdout
