"""psql's backslash commands: which leave the SQL of a script as it is, and which do not.

A command is harmless when neither the statements of the script nor the place
where they run depend on it. All others, known or not, must be reported: from
there on nobody can tell from the file alone what will run.
"""

import re
from functools import cache

#: Send the statement before them, as a semicolon does.
SENDING = frozenset("g gx gset gexec gdesc crosstabview watch".split())

_HARMLESS = frozenset(
    """
    a C f H t T x pset timing echo qecho warn set unset prompt getenv setenv encoding
    o out p print r reset s w write errverbose conninfo copyright ? h help
    l l+ list list+ z sf sf+ sv sv+ endif restrict unrestrict g gx gset crosstabview
    """.split()
)
_INCLUDED = "what it includes is not read"
_BRANCH = "which branch runs is decided while psql runs"
_CONNECT = "what follows runs in another database, or as another role"
_REASONS = {
    "i": _INCLUDED,
    "ir": _INCLUDED,
    "include": _INCLUDED,
    "include_relative": _INCLUDED,
    "if": _BRANCH,
    "elif": _BRANCH,
    "else": _BRANCH,
    "c": _CONNECT,
    "connect": _CONNECT,
    "copy": "it loads rows that are not in this file",
    "gexec": "it runs whatever the query returns",
    "gdesc": "the statement before it is described, not run",
    "watch": "it runs the statement before it again and again",
    "q": "psql stops here, and nothing below runs",
    "quit": "psql stops here, and nothing below runs",
    "!": "it runs a shell command",
}


@cache
def command_pattern() -> re.Pattern[str]:
    """A backslash, the command's name, and its arguments up to the next backslash or the line's end."""
    quoted = r"'(?>[^'\\\r\n]++|''|\\[^\r\n])*+'|\"[^\"\r\n]*+\"|`[^`\r\n]*+`"
    return re.compile(rf"\\([^\s\\]*+)((?>{quoted}|[^\\\r\n])*+)")


def why_unknown(name: str, arguments: str) -> str:
    """Why what runs cannot be told after this command; empty when it is harmless."""
    words = arguments.split()
    if name == "set" and words[:1] == ["AUTOCOMMIT"]:
        return (
            ""
            if words[1:] and words[1].lower() in ("on", "true", "1", "yes")
            else "nothing commits by itself"
        )
    if name == "encoding" and words and words[0].strip("'").upper() not in ("UTF8", "UTF-8", "UNICODE"):
        return "psql reads what follows in another encoding than we do"
    if name in _HARMLESS or (name.startswith("d") and name.rstrip("+S")[1:].isalpha()) or name in ("d", "d+"):
        return ""
    return _REASONS.get(name, "what it does is not known")


def message(name: str, why: str) -> str:
    """What to say of a command that is not harmless."""
    return f"psql command \\{name}: content unknown, for {why}"
