"""Clauses that came after 14, which older servers do not know: found in a statement's words.

What whole statements and constraints are too new the changes say. (Each measured on 14 to 18.)
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import Kind, Token, tokens


@dataclass(frozen=True, slots=True)
class Newer:
    """A clause, the first major that has it, and how those before it refuse it."""

    what: str
    since: int
    sqlstate: str = "42601"


_TABLE = r"(?:CREATE|ALTER)(?: [A-Z]+)? TABLE "
_CREATE_TABLE = r"CREATE(?: [A-Z]+)? TABLE "
_ROWS = r"(?:INSERT|UPDATE|DELETE|MERGE|WITH) "
_SETTING = r"(?:WITH|(?<!\S)SET) \( (?:[^()]* )?"
#: What can come before ENFORCED where that is no name.
_ENDS_CLAUSE = (
    r"(?:\)|CASCADE|RESTRICT|ACTION|NULL|DEFAULT|INHERIT|DEFERRABLE|DEFERRED|IMMEDIATE|VALID|FULL|SIMPLE|"
    r"REFERENCES \S+(?: \. \S+)?) "
)


@dataclass(frozen=True, slots=True)
class _Clause:
    """The first words of the statements that have it, and how it looks among what is outside of brackets.

    ``depth``: so many brackets around it do not count.
    """

    newer: Newer
    head: re.Pattern[str]
    words: re.Pattern[str]
    depth: int


def _clause(
    what: str, since: int, head: str, words: str, *, depth: int = 0, sqlstate: str = "42601"
) -> _Clause:
    return _Clause(
        Newer(what, since, sqlstate), re.compile(head), re.compile(rf"(?<!\S)(?:{words})(?!\S)"), depth
    )


#: Deep enough for what can stand anywhere.
_ANYWHERE = 1000
_COMPUTED, _NOT_STORED = "generated columns that are not STORED", r"GENERATED ALWAYS AS \( \)(?! STORED)"
_CLAUSES = (
    _clause("NULLS [NOT] DISTINCT of an index", 15, "CREATE (?:UNIQUE )?INDEX ", "NULLS (?:NOT )?DISTINCT"),
    _clause("NULLS DISTINCT", 15, _TABLE, "UNIQUE NULLS DISTINCT", depth=1),
    _clause("columns of SET NULL and SET DEFAULT", 15, _TABLE, r"DELETE SET (?:NULL|DEFAULT) \(", depth=1),
    _clause(
        "security_invoker",
        15,
        "(?:CREATE (?:OR REPLACE )?|ALTER )(?:RECURSIVE )?(?:VIEW|TABLE) ",
        _SETTING + "SECURITY_INVOKER",
        depth=1,
        sqlstate="22023",
    ),
    _clause("unlogged sequences", 15, "CREATE UNLOGGED SEQUENCE ", "SEQUENCE", sqlstate="0A000"),
    _clause("unlogged sequences", 15, "ALTER SEQUENCE ", "SET (?:UN)?LOGGED", sqlstate="42809"),
    _clause("unlogged sequences", 15, _TABLE, r"IDENTITY \( (?:[^()]* )?(?:UN)?LOGGED", depth=2),
    _clause(
        "this option of a database",
        15,
        "CREATE DATABASE ",
        "(?<!DATABASE )(?:STRATEGY|LOCALE_PROVIDER|ICU_LOCALE|COLLATION_VERSION|OID)",
    ),
    _clause("ICU_RULES", 16, "CREATE DATABASE ", "ICU_RULES"),
    _clause("BUILTIN_LOCALE", 17, "CREATE DATABASE ", "BUILTIN_LOCALE"),
    _clause("SKIP of a subscription", 15, "ALTER SUBSCRIPTION ", r"SKIP \("),
    _clause(
        "this option of a subscription",
        15,
        "(?:CREATE|ALTER) SUBSCRIPTION ",
        _SETTING + "(?:TWO_PHASE|DISABLE_ON_ERROR)",
        depth=1,
    ),
    _clause(
        "this option of a subscription",
        16,
        "(?:CREATE|ALTER) SUBSCRIPTION ",
        _SETTING + "(?:ORIGIN|RUN_AS_OWNER|PASSWORD_REQUIRED|STREAMING = PARALLEL)",
        depth=1,
    ),
    _clause(
        "failover of a subscription", 17, "(?:CREATE|ALTER) SUBSCRIPTION ", _SETTING + "FAILOVER", depth=1
    ),
    _clause(
        "publish_generated_columns",
        18,
        "(?:CREATE|ALTER) PUBLICATION ",
        _SETTING + "PUBLISH_GENERATED_COLUMNS",
        depth=1,
    ),
    _clause("HEADER MATCH", 15, "COPY ", "HEADER MATCH", depth=1),
    _clause("DEFAULT of COPY", 16, "COPY ", r"[(,] DEFAULT", depth=1),
    _clause("this option of COPY", 17, "COPY ", r"[(,] (?:ON_ERROR|LOG_VERBOSITY)", depth=1),
    _clause(
        "FORCE_NULL and FORCE_NOT_NULL of all columns",
        17,
        "COPY ",
        r"[(,] FORCE_(?:NOT_)?NULL \*",
        depth=1,
        sqlstate="22023",
    ),
    _clause("REJECT_LIMIT", 18, "COPY ", r"[(,] REJECT_LIMIT", depth=1),
    _clause(
        "STORAGE of a new column",
        16,
        _TABLE,
        r"(?<!\( )(?<!, )(?<!ADD )(?<!COLUMN )(?<!EXISTS )(?<!SET )(?<!INCLUDING )(?<!EXCLUDING )"
        "STORAGE (?:EXTERNAL|EXTENDED|MAIN|PLAIN|DEFAULT)",
        depth=1,
    ),
    _clause("SET STORAGE DEFAULT", 16, "ALTER ", "SET STORAGE DEFAULT"),
    _clause("IS JSON", 16, "", "IS (?:NOT )?JSON", depth=_ANYWHERE),
    _clause("this option of EXPLAIN", 16, "EXPLAIN ", r"[(,] GENERIC_PLAN", depth=1),
    _clause("this option of EXPLAIN", 17, "EXPLAIN ", r"[(,] (?:SERIALIZE|MEMORY)", depth=1),
    _clause("JSON_TABLE", 17, "", r"JSON_TABLE \( (?:.* )?COLUMNS \(", depth=_ANYWHERE),
    _clause("AT LOCAL", 17, "", "AT LOCAL", depth=_ANYWHERE),
    _clause("SET STATISTICS DEFAULT", 17, "ALTER (?:INDEX|TABLE|MATERIALIZED) ", "SET STATISTICS DEFAULT"),
    _clause("SET ACCESS METHOD DEFAULT", 17, "ALTER ", "SET ACCESS METHOD DEFAULT"),
    _clause("access methods of partitioned tables", 17, _CREATE_TABLE,
            r"PARTITION BY \w+ \( \) USING", sqlstate="0A000"),
    _clause("event triggers on login", 17, "CREATE EVENT TRIGGER ", "ON LOGIN"),
    _clause("MERGES, HASHES and their like in SET", 17, "ALTER OPERATOR ",
            r"[(,] (?:MERGES|HASHES|COMMUTATOR|NEGATOR)", depth=1),
    _clause(_COMPUTED, 18, _CREATE_TABLE, _NOT_STORED, depth=1),
    _clause(_COMPUTED, 18, "ALTER ", _NOT_STORED),
    _clause("ENFORCED", 18, _TABLE, _ENDS_CLAUSE + "ENFORCED", depth=1),
    _clause("LIKE of a foreign table", 18, "CREATE FOREIGN TABLE ", r"[(,] LIKE", depth=1, sqlstate="0A000"),
    _clause(
        "this setting",
        18,
        _TABLE,
        _SETTING + r"(?:TOAST \. )?(?:AUTOVACUUM_VACUUM_MAX_THRESHOLD|VACUUM_MAX_EAGER_FREEZE_FAILURE_RATE)",
        depth=1,
        sqlstate="22023",
    ),
    _clause("OLD and NEW in RETURNING", 18, _ROWS, r"RETURNING WITH \("),
)  # fmt: skip
#: One of these words is in every such statement.
_HINT = re.compile(
    r"DISTINCT|SET|SECURITY_INVOKER|LOGGED|DATABASE|SUBSCRIPTION|PUBLICATION|COPY|STORAGE|JSON|EXPLAIN|LOCAL|"
    r"METHOD|USING|LOGIN|OPERATOR|GENERATED|ENFORCED|FOREIGN|VACUUM|RETURNING|FROM|\d_\d|\b0[xob]",
    re.IGNORECASE,
)


def newer(text: str) -> tuple[Newer, ...]:
    """The clauses of the statement, which can be read, that older servers do not know."""
    if not _HINT.search(text):
        return ()
    found = tokens(text)
    words = ["''" if token.kind in (Kind.STRING, Kind.DOLLAR) else token.upper for token in found]
    start = " ".join(words[:8]) + " "
    at: dict[int, str] = {}
    new: dict[Newer, None] = {}
    for clause in _CLAUSES:
        if clause.head.match(start):
            if clause.depth not in at:
                at[clause.depth] = " ".join(_outside(words, clause.depth))
            if clause.words.search(at[clause.depth]):
                new[clause.newer] = None
    for one in (*_of_numbers(found, words), *_of_rows(words), *_without_name(words)):
        new[one] = None
    return tuple(new)


def _outside(words: list[str], depth: int) -> Iterator[str]:
    """The words that are in no more than so many brackets."""
    within = 0
    for word in words:
        within -= word in (")", "]")
        if within <= depth:
            yield word
        within += word in ("(", "[")


def _of_numbers(found: list[Token], words: list[str]) -> Iterator[Newer]:
    """Where SELECT 0x1F is 0 under another name, 14 says nothing."""
    numbers = [token.text for token in found if token.kind is Kind.NUMBER]
    if words[0] != "SELECT" and any(
        "_" in text or text[:2].lower() in ("0x", "0o", "0b") for text in numbers
    ):
        yield Newer("numbers like 0xFF and 1_000", 16)


def _of_rows(words: list[str]) -> Iterator[Newer]:
    """OLD.a and NEW.a in RETURNING, unless a table is called so."""
    if "RETURNING" not in words:
        return
    after = words[words.index("RETURNING") :]
    named = any(
        word in ("OLD", "NEW") and before in ("AS", "FROM", "INTO", "UPDATE", "USING", "JOIN", ",")
        for before, word, following in zip(words, words[1:], [*words[2:], ""], strict=False)
        if following != "."
    )
    if not named and any(word in ("OLD", "NEW") and dot == "." for word, dot in pairwise(after)):
        yield Newer("OLD and NEW in RETURNING", 18, "42P01")


#: What comes after a query in FROM that has no name.
_GOES_ON = frozenset(
    """WHERE GROUP HAVING ORDER LIMIT OFFSET UNION EXCEPT INTERSECT JOIN LEFT RIGHT INNER FULL CROSS NATURAL
    ON USING , ;""".split()
)


def _without_name(words: list[str]) -> Iterator[Newer]:
    """FROM (SELECT ...) and no name for it."""
    for place, word in enumerate(words[:-2]):
        opens = (
            word in ("FROM", "JOIN") and words[place + 1] == "(" and words[place + 2] in ("SELECT", "VALUES")
        )
        if not opens or words[place - 1 : place] == ["DISTINCT"]:
            continue
        depth, end = 1, place + 2
        while end < len(words) and depth:
            depth += {"(": 1, ")": -1}.get(words[end], 0)
            end += 1
        if end == len(words) or words[end] in _GOES_ON:
            yield Newer("a query in FROM without a name", 16)
            return
