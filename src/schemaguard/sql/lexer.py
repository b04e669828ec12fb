"""PostgreSQL's tokens, each with its exact place in the text. Knows no grammar.

Follows the server's own scanner (scan.l), for ``standard_conforming_strings``
on, the default of every supported major. What is no SQL at all, such as a
template's ``{{``, becomes operators, which no grammar accepts; only what never
ends is an error here.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError


class LexError(InputError):
    """A quote, comment or dollar quote which never ends, or an impossible escape."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


class Kind(Enum):
    """What a token is."""

    WORD = "word"  #: a bare identifier or a keyword
    QUOTED = "quoted identifier"  #: "..." and U&"...", the latter with its UESCAPE
    STRING = "string"  #: '...', and with E, U&, B, X or N before it; continued on further lines or not
    DOLLAR = "dollar-quoted string"
    NUMBER = "number"
    PARAM = "parameter"  #: $1, :name, :'name', :"name", %(name)s, ?
    OP = "operator"  #: operators and punctuation


# Possessive throughout: no text makes these patterns go back over what they have
# read. The atomic group (?>...) inside each possessive repetition is not idle:
# Python up to 3.11.4 keeps what a failed last round had read without it.
#
# Letters, for PostgreSQL, are A-Z, a-z, _ and all beyond ASCII. Said by what they are
# not: to compile a class that reaches up to U+10FFFF takes re ten milliseconds.
LETTER = r"[^\x00-\x40\x5b-\x5e\x60\x7b-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
_LETTER_DIGIT_DOLLAR = r"[^\x00-\x23\x25-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"
IDENTIFIER = rf"{LETTER}{_LETTER_DIGIT_DOLLAR}*+"
SPACE = r"[ \t\n\r\f\v]"
LINE_COMMENT = r"--[^\n\r]*+"
# A block comment without another one in it; comment_end() knows the nested ones.
FLAT_COMMENT = r"/\*(?>[^*/]++|\*(?!/)|/(?!\*))*+\*/"
GAP = rf"(?>{SPACE}++|{LINE_COMMENT}|{FLAT_COMMENT})*+"
# Parts of one string have a newline between them, and no block comment.
_CONTINUE = rf"(?>[ \t\f\v]++|{LINE_COMMENT})*+[\n\r](?>{SPACE}++|{LINE_COMMENT}[\n\r])*+"
_PLAIN_PART = r"'(?>[^']++|'')*+'"
_ESCAPED_PART = r"'(?>[^'\\]++|''|\\[\s\S])*+'"
PLAIN_STRING = rf"{_PLAIN_PART}(?>{_CONTINUE}{_PLAIN_PART})*+"
ESCAPED_STRING = rf"[eE]{_ESCAPED_PART}(?>{_CONTINUE}{_ESCAPED_PART})*+"
QUOTED = r'"(?>[^"]++|"")*+"'
DOLLAR_TAG = rf"\$(?>{LETTER}{_LETTER_OR_DIGIT}*+)?\$"
_UESCAPE = rf"(?>{GAP}[uU][eE][sS][cC][aA][pP][eE]{GAP}'[^']')?"

_TOKEN = rf"""{GAP}(?:
    ({ESCAPED_STRING} | [bBxXnN]?{PLAIN_STRING} | [uU]&{PLAIN_STRING}{_UESCAPE})
  | ({QUOTED} | [uU]&{QUOTED}{_UESCAPE})
  | ((?![eE]'){IDENTIFIER})
  | ([,();\[\]] | :: | := | \.\.)
  | ({DOLLAR_TAG})
  | ( 0[xX][0-9A-Fa-f_]++ | 0[oO][0-7_]++ | 0[bB][01_]++
    | (?>[0-9][0-9_]*+(?>\.(?!\.)[0-9_]*+)?|\.[0-9][0-9_]*+)(?>[eE][+-]?[0-9][0-9_]*+)? )
  | (\$[0-9]++ | :{IDENTIFIER} | :'[^'\n]++' | :"[^"\n]++" | %\([A-Za-z_][A-Za-z0-9_]*+\)s)
  | ((?>(?!--|/\*)[-+*/<>=~!@\#%^&|`?]){{1,63}})
  | (/\*)
  | ([eE]?'|")
  | ([\s\S])
)"""
_KINDS = {
    1: Kind.STRING,
    2: Kind.QUOTED,
    3: Kind.WORD,
    4: Kind.OP,
    6: Kind.NUMBER,
    7: Kind.PARAM,
    11: Kind.OP,
}
# PostgreSQL folds ASCII letters only; Python would make "S" of the long s, too.
_TO_UPPER = {small: small - 32 for small in range(ord("a"), ord("z") + 1)}
_TO_LOWER = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
_DOLLAR, _OPERATOR, _COMMENT = 5, 8, 9


# Not frozen: a frozen one takes several times as long to make, and there are many.
@dataclass(slots=True)
class Token:
    """A token; ``text`` is verbatim, ``end`` exclusive. Nobody changes one."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """A word in capitals, to compare with keywords; everything else verbatim."""
        if self.kind is not Kind.WORD:
            return self.text
        return self.text.upper() if self.text.isascii() else self.text.translate(_TO_UPPER)

    @property
    def identifier(self) -> str:
        """The name that PostgreSQL reads: words folded, quotes undone."""
        if self.kind is Kind.WORD:
            return self.text.lower() if self.text.isascii() else self.text.translate(_TO_LOWER)
        if self.kind is not Kind.QUOTED:
            raise LexError(f"expected a name, not the {self.kind.value} {self.text}", self.start)
        if self.text[0] == '"':
            return self.text[1:-1].replace('""', '"')
        return _unicode_name(self)


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """All tokens of ``text[start:end]``, with offsets in ``text``; comments are none."""
    return list(scan(text, start, end))


def scan(text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of ``text[start:end]`` one by one, for whoever may stop early."""
    match = token_pattern().match
    stop = len(text) if end is None else end
    at = start
    while found := match(text, at, stop):
        group = found.lastindex or 0
        first, at = found.span(group)
        kind = _KINDS.get(group)
        if kind is None:
            if group == _COMMENT:
                at = comment_end(text, first, stop)
                continue
            if group == _DOLLAR:
                kind, at = Kind.DOLLAR, dollar_end(text, first, at, stop)
            elif group == _OPERATOR:
                at = _operator_end(text, first, at)
                kind = Kind.PARAM if text[first:at] == "?" else Kind.OP
            else:
                raise LexError(never_ends(text[at - 1]), first)
        yield Token(kind, text[first:at], first, at)


@cache
def token_pattern() -> re.Pattern[str]:
    """Skips a gap and matches one token; the number of the group says which kind."""
    return re.compile(_TOKEN, re.VERBOSE)


@cache
def _comment_mark() -> re.Pattern[str]:
    return re.compile(r"/\*|\*/")


def comment_end(text: str, start: int, stop: int) -> int:
    """Where the block comment at ``start`` ends, with all comments inside it."""
    depth = 0
    for mark in _comment_mark().finditer(text, start, stop):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    raise LexError("this comment never ends: */ is missing", start)


def dollar_end(text: str, start: int, body: int, stop: int) -> int:
    """Where the string ends whose opening tag is ``text[start:body]``."""
    tag = text[start:body]
    close = text.find(tag, body, stop)
    if close < 0:
        raise LexError(f"this dollar-quoted string never ends: {tag} is missing", start)
    return close + len(tag)


def never_ends(quote: str) -> str:
    """What to say of a quote without an end."""
    what = "quoted identifier" if quote == '"' else "string"
    return f"this {what} never ends: {quote} is missing"


def _operator_end(text: str, start: int, end: int) -> int:
    # PostgreSQL: an operator has at most 63 characters, and may end in + or - only if it holds one of these.
    if not any(character in "~!@#%^&|`?" for character in text[start:end]):
        while end - start > 1 and text[end - 1] in "+-":
            end -= 1
    return end


def _unicode_name(token: Token) -> str:
    quote = token.text.index('"')
    close = token.text.rindex('"')
    escape = token.text[-2] if token.text[-1] == "'" else "\\"
    name = token.text[quote + 1 : close].replace('""', '"')
    mark = re.escape(escape)
    pattern = rf"{mark}{mark}|{mark}\+([0-9A-Fa-f]{{6}})|{mark}([0-9A-Fa-f]{{4}})|{mark}"

    def decoded(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code is None and len(found[0]) == 1:
            raise LexError(f"invalid Unicode escape in {token.text}", token.start + quote + 1 + found.start())
        return escape if code is None else _character(int(code, 16), token)

    # Two escapes may be the halves of one character: joined by way of UTF-16.
    try:
        return re.sub(pattern, decoded, name).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise LexError(f"invalid Unicode surrogate pair in {token.text}", token.start) from None


def _character(code: int, token: Token) -> str:
    if not 0 < code <= 0x10FFFF:
        raise LexError(f"invalid Unicode escape value in {token.text}", token.start)
    return chr(code)
