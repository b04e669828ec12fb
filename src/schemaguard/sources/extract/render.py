"""Runs one revision after the other over the history's catalog, and says how sure the outcome is."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext

from . import names
from .catalog import Catalog, Column
from .dialect import engine
from .driver import Recorder
from .frames import Frames
from .imports import ProjectImports
from .past import Past
from .revision import Loaded, failed, problem_of
from .stubs import Stub, report_to
from .watch import watch_batches, watch_rowcount
from .world import World


class TimeUp(BaseException):
    """The revision ran out of time. Not an Exception: the revision's own handlers must not take it."""


class Attempt:
    """One run of a revision in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.statements: list[dict[str, Any]] = []
        self.problem: dict[str, Any] | None = None
        self.timed_out = False

    def sent(self) -> list[Any]:
        """What to compare with another run."""
        return [(statement["sql"], statement["block"]) for statement in self.statements]


class Renderer:
    """The history, revision by revision. ``render`` must be called in the order of the history."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.frames = Frames()
        self.recorder = Recorder(self.frames)
        self.engine, _ = engine(self.recorder)
        self.catalog = Catalog()
        version = self.catalog.create(("", "alembic_version"))
        version.columns["version_num"] = Column("version_num", "character varying(32)", nullable=False)
        self.past = Past(self.catalog)
        #: Whether the statements of the last run are all that it did to the catalog.
        self.certain = True
        self.owned: set[str] = {"alembic_version"}
        self.imports = ProjectImports(request["roots"], self._went_without)
        #: Uses of stand-ins while a module of the project was imported, by the module's file.
        self.import_uses: dict[str, set[str]] = {}
        self._prepare()

    def _prepare(self) -> None:
        sys.path[:0] = self.request["first_paths"]
        sys.path.extend(path for path in self.request["paths"] if path not in sys.path)
        sys.meta_path.insert(0, self.imports)
        report_to(self._used)
        watch_rowcount(self.recorder)
        watch_batches(self.frames)
        for plugin in self.request["plugins"]:
            try:
                importlib.import_module(plugin)
            except ImportError:
                # A revision that needs the plug-in's operations will say so.
                continue
        for path in self.request["files"]:
            try:
                self.owned |= names.created(ast.parse(Path(path).read_bytes()))
            except (SyntaxError, ValueError, OSError):
                # Reported when the revision itself is read.
                continue

    def _used(self, reason: str) -> None:
        """A stand-in was used: by the revision, or by a module that is just being imported."""
        frame: Any = sys._getframe(2)
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.frames.path:
                break
            if code.co_name == "<module>" and code.co_filename.startswith(self.imports.roots):
                self.import_uses.setdefault(code.co_filename, set()).add(reason)
                return
            frame = frame.f_back
        self.recorder.unknown(reason)

    def _went_without(self, reason: str, file: str) -> None:
        """A file of the project handles that a module is missing: it may do otherwise where it is not."""
        if file == self.frames.path:
            self.recorder.unknown(reason)
        else:
            self.import_uses.setdefault(file, set()).add(reason)

    def render(self, revision: dict[str, Any]) -> dict[str, Any]:
        """Run a revision. The answer says what it sent, or why it could not be run."""
        path = revision["path"]
        self.frames.path = path
        try:
            tree = ast.parse(Path(path).read_bytes(), path)
        except (SyntaxError, ValueError, OSError) as error:
            return {"id": revision["id"], "upgrade": failed(problem_of(error, path))}
        loaded = Loaded(revision, tree)
        answer: dict[str, Any] = {"id": revision["id"]}
        answer["upgrade"] = upgrade = self._direction(loaded, "upgrade")
        if self.certain:
            self.past.sent((statement["sql"] for statement in upgrade["statements"]), self.catalog)
        else:
            self.past.copy(self.catalog)
        if self.request["downgrade"]:
            answer["downgrade"] = self._direction(loaded, "downgrade")
            self.catalog = self.past.again()
        return answer

    def skip(self, revision: dict[str, Any]) -> None:
        """Go past a revision that ended an earlier run of this program: what it did is not known."""
        try:
            tree = ast.parse(Path(revision["path"]).read_bytes())
        except (SyntaxError, ValueError, OSError):
            return
        doubtful = names.everything(tree)
        self.catalog.doubt(doubtful.names)
        self.catalog.doubtful_tables |= {("", table) for table in doubtful.tables}
        self.past.copy(self.catalog)

    def gave_up(self, revision: dict[str, Any]) -> dict[str, Any]:
        """The answer for a revision that took too long outside of its own function."""
        self.skip(revision)
        message = f"was not read within {self.request['limit']:g} seconds"
        return {"id": revision["id"], "upgrade": failed({"message": message, "line": 0})}

    def _direction(self, loaded: Loaded, name: str) -> dict[str, Any]:
        first = self._attempt(loaded, name, self.catalog, flipped=False)
        made = first.world.catalog
        self.owned |= {key[1] for key in made.made} | set(made.types)
        chosen, second, different = first, first, False
        if (first.world.doubts or first.problem) and not first.timed_out:
            second = self._attempt(loaded, name, self.past.again(), flipped=True)
            different = second.sent() != first.sent() or bool(second.problem) != bool(first.problem)
            # When it is not known which, show the world in which more happens.
            if (not second.problem, len(second.sent())) > (not first.problem, len(first.sent())):
                chosen = second
        self.catalog = chosen.world.catalog
        reasons = dict(chosen.world.unknowns)
        if different:
            reasons.update(first.world.doubts)
        reasons.update(dict.fromkeys(self._import_reasons(loaded)))
        self.certain = chosen is first and not (different or reasons or first.problem)
        self._mark_doubtful(loaded, name, chosen, reasons)
        if different:
            self.catalog.doubt_difference(first.world.catalog, second.world.catalog)
        return {
            "statements": chosen.statements,
            "problem": chosen.problem,
            "approximate": list(reasons),
        }

    def _attempt(self, loaded: Loaded, name: str, catalog: Catalog, *, flipped: bool) -> Attempt:
        catalog.fresh, catalog.filled = set(), set()
        world = World(catalog, self.frames, owned=self.owned, constants=loaded.strings, flipped=flipped)
        attempt = Attempt(world)
        self.recorder.begin(world)
        try:
            self._run(loaded, name)
        except TimeUp:
            attempt.timed_out = True
            attempt.problem = {
                "message": f"{name}() did not end within {self.request['limit']:g} seconds",
                "line": 0,
            }
        except BaseException as error:  # noqa: BLE001 - the user's code may raise anything, and the rest goes on
            attempt.problem = problem_of(error, self.frames.path)
        attempt.statements = self.recorder.statements
        self.recorder.world = None
        return attempt

    def _run(self, loaded: Loaded, name: str) -> None:
        ini = self.request["ini"]
        config = Config(ini, ini_section=self.request["section"]) if ini else Config()
        with self.engine.connect() as connection, EnvironmentContext(config, None) as environment:  # type: ignore[arg-type]
            options: dict[str, Any] = {"transaction_per_migration": True}
            if not self.request["transactional_ddl"]:
                options["transactional_ddl"] = False
            if self.request["naming_convention"]:
                options["target_metadata"] = sqlalchemy.MetaData(
                    naming_convention=self.request["naming_convention"]
                )
            context = MigrationContext.configure(
                connection,
                opts=options,
                environment_context=environment,  # type: ignore[arg-type,unused-ignore]
            )
            environment._migration_context = context
            with Operations.context(context):
                module = loaded.module()
                function = getattr(module, name, None)
                if function is None:
                    raise LookupError(f"the revision has no {name}()")
                with context.begin_transaction(_per_migration=True):
                    for arguments in self._arguments(function):
                        function(**arguments)

    def _arguments(self, function: Any) -> list[dict[str, Any]]:
        """The arguments of each call: none but where env.py is expected to give some."""
        code = getattr(function, "__code__", None)
        if code is None or not code.co_argcount:
            return [{}]
        wanted = code.co_varnames[: code.co_argcount]
        given: dict[str, Any] = {}
        engines = self.request["engines"]
        for name in wanted[: code.co_argcount - len(function.__defaults__ or ())]:
            if name == "op":
                given[name] = importlib.import_module("alembic.op")
            elif name != "engine_name" or not engines:
                given[name] = Stub(f"the argument {name} of {function.__name__}()")
        if "engine_name" in wanted and engines:
            return [{**given, "engine_name": name} for name in engines]
        return [given]

    def _import_reasons(self, loaded: Loaded) -> list[str]:
        found: list[str] = []
        for module in names.imported(loaded.tree):
            file = getattr(sys.modules.get(module), "__file__", None)
            found += sorted(self.import_uses.get(str(file), ()))[:3]
        return found

    def _mark_doubtful(self, loaded: Loaded, name: str, chosen: Attempt, reasons: dict[str, None]) -> None:
        """What later revisions cannot be sure of, because this one is not exactly known."""
        if chosen.problem:
            doubtful = names.everything(loaded.tree)
        elif set(reasons) <= set(chosen.world.doubts):
            # The two worlds were compared, and what differs is marked by itself.
            return
        elif any(reason.partition(" (line")[0].endswith("called") for reason in reasons):
            # The function that could not be called may have done anything.
            doubtful = names.everything(loaded.tree)
        else:
            sure = {span[0] for s in chosen.statements if s["sure"] for span in s["spans"]}
            met = chosen.world.first_unknown or []
            doubtful = names.undecided(loaded.tree, name, sure, met[-1][0] if met else 0)
        self.catalog.doubt(doubtful.names)
        self.catalog.doubtful_tables |= {("", table) for table in doubtful.tables}
