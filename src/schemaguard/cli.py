"""Arguments in, exit code out. Everything else is imported when it is needed."""

import argparse
import errno
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NoReturn

from schemaguard import __version__
from schemaguard.errors import Bug, nearest

_ABOUT = """\
PostgreSQL schema migrations that never break running code.

  lint      who breaks, who waits, what is lost?
  split     make expand, backfill and contract steps of a migration
  verify    prove these steps on a shadow database
  record    write down the SQL that one version of the code sends
  check     do baseline and canary both work at every intermediate schema?
  replay    does a witness of check still show what it tells?
  apply     run one phase against a live database
  undo      take a release back
"""

_EXITS = """\
exit codes: 0 clean or yes · 1 findings or no · 2 wrong usage, configuration or input
            3 unknown, not enough evidence · 4 the database refused or was lost · 5 our own bug

Try it: `schemaguard demo` runs a real release on a throw-away server.
"""

#: Each command is a module in schemaguard.commands with HELP, arguments(parser) and run(arguments).
COMMANDS = (
    "lint",
    "rules",
    "explain",
    "split",
    "verify",
    "record",
    "workload",
    "check",
    "replay",
    "apply",
    "undo",
    "status",
    "history",
    "pause",
    "resume",
    "abort",
    "deployed",
    "retired",
    "uninstall",
    "lsp",
    "demo",
)

_CHOICE = re.compile(r"invalid choice: '(.+?)' \(choose from (.+)\)")


class _Parser(argparse.ArgumentParser):
    """Says what was meant, and exits 2."""

    def error(self, message: str) -> NoReturn:
        meant = nearest(*self._misspelt(message))
        self.print_usage(sys.stderr)
        sys.stderr.write(f"schemaguard: {message}\n" + (f"  Did you mean `{meant}`?\n" if meant else ""))
        sys.exit(2)

    def _misspelt(self, message: str) -> tuple[str, Iterable[str]]:
        """The word that there is not, and those that there are."""
        if choice := _CHOICE.search(message):
            before = "schemaguard " if self.prog == "schemaguard" else ""
            return before + choice[1], [before + word.strip("'") for word in choice[2].split(", ")]
        known = {
            option
            for parser in self._all()
            for action in parser._actions  # noqa: SLF001 (argparse has no public name for it)
            for option in action.option_strings
        }
        # An option may be shortened, and what comes behind -- is another program's.
        given = takewhile(lambda word: word != "--", sys.argv[1:])
        words = (word.split("=")[0] for word in given if word.startswith("--"))
        wrong = (word for word in words if not any(option.startswith(word) for option in known))
        return next(wrong, ""), sorted(known)

    def _all(self) -> Iterator[argparse.ArgumentParser]:
        """This one, and those of its commands."""
        yield self
        for action in self._actions:
            if isinstance(action.choices, dict):
                for command in action.choices.values():
                    yield from command._all()  # noqa: SLF001 (ours, too)


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The command line. ``only``: with the arguments of that command alone, which is faster."""
    top = _Parser(
        prog="schemaguard",
        description=_ABOUT,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"schemaguard {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        if only is not None and name != only:
            commands.add_parser(name, add_help=False)
            continue
        module = importlib.import_module(f"schemaguard.commands.{name}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    from schemaguard import ends

    try:
        ends.write_anything()
        ends.go_gently()
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt as interrupt:
        ends.hear_no_more()
        sys.stderr.write("schemaguard: interrupted; nothing is left half-done, the same command goes on\n")
        return interrupt.exit_code if isinstance(interrupt, ends.Ended) else ends.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing more can be said.
        ends.give_up_output()
        return ends.NO_READER


def _run(words: list[str]) -> int:
    only = next((word for word in words if word in COMMANDS), None)
    arguments = parser(only if words and words[0] == only else None).parse_args(words)
    from schemaguard.errors import SchemaguardError

    try:
        code: int = importlib.import_module(f"schemaguard.commands.{arguments.command}").run(arguments)
        sys.stdout.flush()
    except SchemaguardError as error:
        sys.stderr.write(f"schemaguard: {error}\n")
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        return _system(error)
    except MemoryError:
        sys.stderr.write("schemaguard: there is not enough memory\n  Give it less at a time: file by file.\n")
        return 2
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        return _bug(error)
    return code


def _system(error: OSError) -> int:
    """What the system refuses where no command has a better word for it."""
    what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    if not error.filename and error.errno == errno.ENOSPC:
        what = "the output cannot be written: no space left on the device"
        from schemaguard.ends import give_up_output

        sys.stderr.write(f"schemaguard: {what}\n")
        give_up_output()
        return 2
    sys.stderr.write(f"schemaguard: {what}\n")
    return 2


def _bug(error: Exception) -> int:
    import os
    import traceback

    bug = Bug.of(error)
    sys.stderr.write(f"schemaguard: {bug} SCHEMAGUARD_TRACEBACK=1 shows more.\n")
    if os.environ.get("SCHEMAGUARD_TRACEBACK"):
        traceback.print_exception(error)
    return bug.exit_code


if __name__ == "__main__":
    sys.exit(main())
