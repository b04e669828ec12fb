"""Server programs as children that die with us and, where we are root, as nobody."""

import os
import pwd
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import NoServer

#: Run by a bare interpreter between us and the program. All that is imported is imported while it may
#: still read its own files, which can lie in a directory of root's. The signal is asked for after
#: the change of user, which would revoke it; a parent that died before that is noticed.
LAUNCH = """
import os, signal, sys
owner, uid, gid, *program = sys.argv[1:]
if sys.platform == "linux":
    import ctypes
    prctl = ctypes.CDLL(None).prctl
if uid:
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)
if os.getppid() != int(owner):
    sys.exit("the owner is gone")
os.execv(program[0], program)
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose server it will be."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Nothing has to change hands."""
        return self.uid == os.geteuid()

    def give(self, *paths: Path) -> None:
        """Hand over files of ours, whose directories stay as they are."""
        if not self.is_ours:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def give_tree(self, top: Path) -> None:
        """Hand over a directory of ours with all that is in it."""
        if not self.is_ours:
            for directory, _, files in os.walk(top):
                self.give(Path(directory), *(Path(directory) / file for file in files))


def server_account() -> Account:
    """Our own account; nobody's if we are root, as which PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise NoServer(
            "PostgreSQL does not run as root, and this machine has no user `nobody`",
            advice="run as an ordinary user, or give the URL of a running server",
        ) from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def may_run(program: Path, account: Account) -> bool:
    """Can the account reach the program and its libraries? Asked by trying."""
    if account.is_ours:
        return True
    try:
        tried = subprocess.run(
            [program, "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def launch(
    program: Sequence[str | Path], account: Account, *, cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program that ends when this process does, however that ends."""
    # Terminal signals are for us: we end the server ourselves, when nothing uses it any more.
    with log.open("ab") as output:
        return _start_from_lasting_thread(
            _command(program, account), cwd=cwd, output=output.fileno(), env=_environment()
        )


def _command(program: Sequence[str | Path], account: Account) -> list[str]:
    uid, gid = ("", "") if account.is_ours else (str(account.uid), str(account.gid))
    return [sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()), uid, gid, *map(str, program)]


def _environment() -> dict[str, str]:
    """Ours, less what PostgreSQL would take for itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "LANG": "C", "TZ": "UTC"}


def _start_from_lasting_thread(
    command: list[str], *, cwd: Path, output: int, env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a child from a thread that stays as long as the child.

    The parent whose death is signalled is the *thread* that started the child: were it the
    caller's, a server that a worker thread started would be gone with that thread.
    """
    go: queue.SimpleQueue[None] = queue.SimpleQueue()
    told: queue.SimpleQueue[None] = queue.SimpleQueue()
    answers: list[subprocess.Popen[bytes] | OSError] = []

    def stay() -> None:
        go.get()
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=env,
                start_new_session=True,
            )
        except OSError as error:
            answers.append(error)
            told.put(None)
            return
        answers.append(child)
        told.put(None)
        child.wait()

    threading.Thread(target=stay, name="embedded-postgres", daemon=True).start()
    try:
        go.put(None)
        told.get()
    except KeyboardInterrupt:
        # It may come when what was told has been taken, and nobody will tell it again.
        go.put(None)
        if not answers:
            told.get()
        for late in answers:
            if not isinstance(late, OSError):
                late.kill()
        raise
    (answer,) = answers
    if isinstance(answer, OSError):
        raise NoServer(f"the server program does not start: {answer}", advice="see that it may be executed")
    return answer
