"""Tokens, as PostgreSQL's own scanner sees them."""

import subprocess
import sys

import pytest

from schemaguard.sql.lexer import Kind, LexError, scan, tokens
from tests import oracle
from tests.sql.snippets import SNIPPETS


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_every_token_is_the_text_at_its_place() -> None:
    for text in SNIPPETS:
        for token in tokens(text):
            assert token.text == text[token.start : token.end]


@pytest.mark.parametrize("text", SNIPPETS)
def test_tokens_begin_and_end_where_postgres_says(text: str) -> None:
    ours = {(token.start, token.end) for token in tokens(text)}
    theirs = set(oracle.tokens(text))

    # One token of ours is several there in two cases: U&"..." UESCAPE '!', and N'...'.
    joined = {place for place in ours - theirs if text[place[0]] in "UNn"}
    within = {(a, b) for a, b in theirs - ours if any(start <= a and b <= end for start, end in joined)}
    assert ours - joined == theirs - within


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a$b", [Kind.WORD]),
        ("_é1", [Kind.WORD]),
        ('"a""b"', [Kind.QUOTED]),
        ("U&\"a\" UESCAPE /* or */ '!'", [Kind.QUOTED]),
        ("'a''b'", [Kind.STRING]),
        ("E'a\\'b'", [Kind.STRING]),
        ("e'a'\n'\\''", [Kind.STRING]),
        ("'a' 'b'", [Kind.STRING, Kind.STRING]),
        ("U&'a' B'1' X'f' N'n'", [Kind.STRING] * 4),
        ("$$a;b$$", [Kind.DOLLAR]),
        ("$a$ $b$ $$ $a$", [Kind.DOLLAR]),
        ("($1,$2)", [Kind.OP, Kind.PARAM, Kind.OP, Kind.PARAM, Kind.OP]),
        (":name :'name' :\"name\" %(name)s ?", [Kind.PARAM] * 5),
        ("a ? b", [Kind.WORD, Kind.PARAM, Kind.WORD]),
        ("a ?| b", [Kind.WORD, Kind.OP, Kind.WORD]),
        ("a::int", [Kind.WORD, Kind.OP, Kind.WORD]),
        ("a := 1", [Kind.WORD, Kind.OP, Kind.NUMBER]),
        ("1..2", [Kind.NUMBER, Kind.OP, Kind.NUMBER]),
        ("1.5e-3", [Kind.NUMBER]),
        ("{{ x }}", [Kind.OP, Kind.OP, Kind.WORD, Kind.OP, Kind.OP]),
        ("$%x%$", [Kind.OP, Kind.OP, Kind.WORD, Kind.OP, Kind.OP]),
        ("-- nothing\n/* at /* all */ */", []),
        ("", []),
    ],
)
def test_each_kind_of_token(text: str, expected: list[Kind]) -> None:
    assert [kind for kind, _ in kinds(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<-b", ["a", "<", "-", "b"]),
        ("a@-b", ["a", "@-", "b"]),
        ("a||-b", ["a", "||-", "b"]),
        ("a+-+b", ["a", "+", "-", "+", "b"]),
        ("a<--b", ["a", "<"]),
        ("a*/*x*/b", ["a", "*", "b"]),
        ("[1:2]", ["[", "1", ":", "2", "]"]),
    ],
)
def test_operators_end_where_postgres_ends_them(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text)] == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Account", "account"),
        ("ÄRGER", "Ärger"),
        ('"Account"', "Account"),
        ('"say ""hi"""', 'say "hi"'),
        ('U&"d\\0061t\\+000061"', "data"),
        ('U&"\\\\"', "\\"),
        ("U&\"d!0061t!+000061!!\" UESCAPE '!'", "data!"),
        ('U&"\\D83D\\DE00"', "\N{GRINNING FACE}"),
    ],
)
def test_names_are_what_postgres_reads(text: str, name: str) -> None:
    (token,) = tokens(text)

    assert token.identifier == name


@pytest.mark.parametrize("text", ['U&"\\006"', 'U&"\\D83D"', 'U&"\\+110000"', 'U&"\\0000"', "'a'", "1"])
def test_what_is_no_name_is_an_error(text: str) -> None:
    (token,) = tokens(text)

    with pytest.raises(LexError):
        _ = token.identifier


def test_keywords_are_found_in_ascii_letters_only() -> None:
    assert [token.upper for token in tokens('sElect "select" \u017fet')] == ["SELECT", '"select"', "\u017fET"]


@pytest.mark.parametrize(
    ("text", "offset", "missing"),
    [
        ("SELECT 'a", 7, "'"),
        ("SELECT 'a''", 7, "'"),
        ("SELECT E'a\\'", 7, "'"),
        ("SELECT U&'a", 9, "'"),
        ('SELECT "a', 7, '"'),
        ("SELECT $a$ $$", 7, "$a$"),
        ("SELECT /* /* */", 7, "*/"),
        ("SELECT\u00e9, 'a", 9, "'"),
    ],
)
def test_what_never_ends_is_an_error_at_its_beginning(text: str, offset: int, missing: str) -> None:
    with pytest.raises(LexError) as caught:
        tokens(text)

    assert caught.value.offset == offset
    assert caught.value.what.endswith(f"{missing} is missing")


def test_a_part_of_a_text_is_read_with_offsets_in_the_whole() -> None:
    found = tokens("a 'b' c 'd", 2, 7)

    assert [(token.text, token.start) for token in found] == [("'b'", 2), ("c", 6)]


def test_who_stops_early_does_not_pay_for_the_rest() -> None:
    first = next(scan("SELECT 1, 'never ended"))

    assert first.upper == "SELECT"


@pytest.mark.parametrize(
    "text",
    [
        "/* " * 100_000,
        "'" + "''" * 100_000,
        "E'" + "\\'" * 100_000,
        "$a" * 100_000,
        'U&"a" ' + "/**/" * 50_000 + "x",
        "'a' " + "--\n" * 50_000 + "x",
        "+" * 100_000,
        "-" * 3 + "/*" * 50_000,
    ],
    ids=range(8),
)
def test_no_text_takes_long(text: str) -> None:
    # The time limit of the test run is the assertion: a pattern that goes back never finishes.
    try:
        found = len(tokens(text))
    except LexError as error:
        found = error.offset

    assert found <= len(text)


def test_the_lexer_and_the_splitter_load_no_parser() -> None:
    code = (
        "import sys; import schemaguard.sql.split, schemaguard.sources.files as files; files.all_layouts()\n"
        "print([name for name in ('sqlglot', 'sqlalchemy', 'alembic', 'psycopg') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
