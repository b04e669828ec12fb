"""Fixtures around a real server, and what happens where there is none.

``server``, ``database``, ``database_with`` and ``conn`` run on the highest tested major;
a test that is marked ``majors``, or asks for ``major``, runs on each. With SCHEMAGUARD_TEST_SPREAD=1 those
that are marked ``variations`` as well run on the newest major and on one other, each case on its own.
"""

import inspect
import os
import signal
import tempfile
import zlib
from collections.abc import Callable, Generator, Iterator

import psycopg
import pytest

from schemaguard.errors import NoServer
from schemaguard.postgres import course, pace
from schemaguard.postgres.embedded import Server, find_binaries
from schemaguard.server import MAJORS
from tests import servers as houses

WITHOUT = "--without-postgres"
COUNT = "without_postgres"
left_out: pytest.StashKey[int] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(WITHOUT, action="store_true", help="leave out the tests that ask a PostgreSQL server")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "majors: runs on every tested major version of PostgreSQL")
    config.addinivalue_line("markers", "variations: has many cases of what other tests try on every major")
    config.addinivalue_line("markers", "newer: wants what the oldest dependencies do not have yet")
    config.stash[left_out] = 0
    # What the tests ask is no business of the user's cache; a worker has the directory of the whole run.
    if "SCHEMAGUARD_CACHE_DIR" not in os.environ:
        place = tempfile.TemporaryDirectory(prefix="schemaguard-answers-")
        os.environ["SCHEMAGUARD_CACHE_DIR"] = place.name
        config.add_cleanup(place.cleanup)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Jobs that a shell runs in the background are deaf to Ctrl-C, and so would be the processes
        # that tests start and send it to.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption(WITHOUT) or hasattr(config, "workerinput"):
        return
    for major in houses.majors():
        try:
            find_binaries(major)
        except NoServer as error:
            raise pytest.UsageError(
                f"{error}\n(or leave these tests out, in full knowledge, with {WITHOUT})"
            ) from error


@pytest.fixture
def each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are small, and each of them is told of and written down."""
    monkeypatch.setattr(course, "LOOK", 0.0)
    monkeypatch.setattr(pace, "LARGEST", 500)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "major" not in metafunc.fixturenames:
        return
    asks = "major" in inspect.signature(metafunc.function).parameters
    if asks or metafunc.definition.get_closest_marker("majors"):
        each = [pytest.param(major, marks=pytest.mark.majors, id=f"pg{major}") for major in houses.majors()]
    else:
        each = [pytest.param(houses.majors()[-1], id=f"pg{houses.majors()[-1]}")]
    metafunc.parametrize("major", each, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("SCHEMAGUARD_TEST_SPREAD"):
        leave_out(config, items, [item for item in items if is_for_another_major(item)])
    if config.getoption(WITHOUT):
        asking = [item for item in items if "servers" in getattr(item, "fixturenames", ())]
        config.stash[left_out] = len(asking)
        if hasattr(config, "workeroutput"):
            config.workeroutput[COUNT] = len(asking)
        leave_out(config, items, asking)


def leave_out(config: pytest.Config, items: list[pytest.Item], some: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=some)
    gone = set(some)
    items[:] = [item for item in items if item not in gone]


def is_for_another_major(item: pytest.Item) -> bool:
    """Whether it is a variation whose turn is on another major than its own and the newest."""
    if not item.get_closest_marker("variations"):
        return False
    assert isinstance(item, pytest.Function)
    major = item.callspec.params["major"]
    case = item.name.replace(f"pg{major}", "")
    others = MAJORS[:-1]
    return major not in (MAJORS[-1], others[zlib.crc32(case.encode()) % len(others)])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Each worker of xdist collects all tests, so the last one's count is everybody's."""
    output: dict[str, int] = getattr(node, "workeroutput", {})
    config: pytest.Config = getattr(node, "config")  # noqa: B009 - xdist's nodes have no public type
    config.stash[left_out] = output.get(COUNT, config.stash[left_out])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Say last of all what was left out."""
    yield
    config = session.config
    if config.getoption(WITHOUT) and not hasattr(config, "workerinput"):
        print(f"{config.stash[left_out]} tests did not run: they ask a PostgreSQL server ({WITHOUT})")


@pytest.fixture(scope="session")
def servers() -> Iterator[houses.Servers]:
    """The servers of this process."""
    with houses.servers() as running:
        yield running


@pytest.fixture(scope="session")
def major(request: pytest.FixtureRequest) -> int:
    """The major version of PostgreSQL that this test runs on."""
    number: int = request.param
    return number


@pytest.fixture(scope="session")
def databases(servers: houses.Servers, major: int) -> houses.Databases:
    """Makes more than one database for a test."""
    return servers.on(major)


@pytest.fixture(scope="session")
def server(databases: houses.Databases) -> Server:
    """A running server of this major version."""
    return databases.server


@pytest.fixture
def database(databases: houses.Databases) -> str:
    """The DSN of a fresh database."""
    return databases.fresh()


@pytest.fixture
def database_with(databases: houses.Databases) -> Callable[[str], str]:
    """Makes a fresh database from a script, and tells its DSN. The same script is run only once."""
    return databases.fresh


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection to a fresh database."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection
