"""Scripts cut into statements, where psql and PostgreSQL would cut them."""

import random
from itertools import pairwise

import pytest

from schemaguard.sql import psql
from schemaguard.sql.split import Bad, Cut, CutKind, Remark, split
from tests import oracle
from tests.sql.snippets import SNIPPETS


def texts(script: str, *, in_psql: bool = True) -> list[str]:
    return [script[part.start : part.end] for part in split(script, in_psql=in_psql) if isinstance(part, Cut)]


def bad(script: str, *, in_psql: bool = True) -> list[tuple[str, str]]:
    return [
        (script[part.start : part.end], part.message)
        for part in split(script, in_psql=in_psql)
        if isinstance(part, Bad)
    ]


def places(script: str) -> list[tuple[int, int]]:
    return [(part.start, part.end) for part in split(script) if isinstance(part, Cut)]


# Against PostgreSQL's own parser


def test_the_snippets_are_cut_where_postgres_cuts_them() -> None:
    for separator in (";", " ;\n", ";\r\n\r\n", "; -- it's;\n", " /* ' /* ; */ */ ;;\n;"):
        script = separator.join(SNIPPETS)

        found = places(script)

        assert len(found) == len(SNIPPETS)
        assert found == oracle.statements(script)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_scripts_are_cut_where_postgres_cuts_them(seed: int) -> None:
    random_ = random.Random(seed)
    accepted = 0
    for _ in range(4000):
        script = mutated(random_)
        expected = oracle.statements(script)
        if expected is None:
            # Whatever it is, each part is inside the script, in order, and none is without text.
            parts = list(split(script))
            assert all(0 <= part.start <= part.end <= len(script) for part in parts)
            assert all(a.end <= b.start for a, b in pairwise(parts)), script
            continue
        accepted += 1
        assert places(script) == expected, script

    assert accepted > 400


_PIECES = (
    *(
        "'",
        "''",
        '"',
        "$$",
        "$a$",
        "--",
        "/*",
        "*/",
        ";",
        "(",
        ")",
        "\n",
        "\r\n",
        "E",
        "U&",
        " ",
        "\t",
        "-",
        "/",
    ),
    *("$1", "a$", "$", ";;", "-- ;\n", "/* ; */", "E'\\''", "'\\'", "é", "🐘", " AS end", ".end", "1", "N''"),
    *(" CASE WHEN 1 THEN 2 END ", "(;)", "BEGIN;", "END;", "; SELECT 1; ", "'\n'", "U&'\\'", '"a;""b"'),
)


def mutated(random_: random.Random) -> str:
    """Some snippets, with up to three things put in, taken out, or put elsewhere."""
    script = ";\n".join(random_.choices(SNIPPETS, k=random_.randint(1, 3)))
    for _ in range(random_.randint(0, 3)):
        at = random_.randint(0, len(script))
        match random_.randint(0, 3):
            case 0 | 1:
                script = script[:at] + random_.choice(_PIECES) + script[at:]
            case 2:
                script = script[:at] + script[at + random_.randint(1, 6) :]
            case _:
                to = random_.randint(0, len(script))
                script = script[:to] + script[at : at + random_.randint(1, 12)] + script[to:]
    return script


# What ends a statement, and what does not


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT ';', 'it''s;', E'\\';', U&'\\', \"a;\"\"\"",
        "SELECT $$;$$, $a$;$$;$a$, a$b$, ($1,$2)",
        "SELECT 1 -- ;\n, /* ; /* ; */ ; */ 2",
        "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT b.end; END",
        "create or replace procedure p() begin atomic select 1; end",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE TABLE {{ name }} (a int)",
        "SELECT '${placeholder};'",
        "SELECT :name, :'name', :\"name\"",
    ],
)
def test_no_semicolon_inside_a_statement_ends_it(statement: str) -> None:
    assert texts(f"{statement};{statement}") == [statement, statement]


def test_nothing_is_lost_between_a_closed_parenthesis_with_a_semicolon_and_an_open_one() -> None:
    script = "SELECT (1; 2) + (b, c"

    assert [(type(part), script[part.start : part.end]) for part in split(script)] == [(Bad, "(b, c")]


def test_a_begin_elsewhere_is_a_statement_of_its_own() -> None:
    assert texts("BEGIN; CREATE VIEW atomic AS SELECT 1; END; CREATE FUNCTION f() AS 'x'; END") == [
        "BEGIN",
        "CREATE VIEW atomic AS SELECT 1",
        "END",
        "CREATE FUNCTION f() AS 'x'",
        "END",
    ]


def test_the_text_has_neither_semicolon_nor_what_surrounds_it() -> None:
    assert texts(" \n SELECT 1 /* a */ -- b\n ; ;; \n\t SELECT 2 ;") == ["SELECT 1", "SELECT 2"]


def test_a_script_with_nothing_in_it_has_no_statements() -> None:
    assert list(split("")) == list(split(" \n\t;;\n")) == []


def test_the_last_statement_needs_no_semicolon() -> None:
    assert texts("SELECT 1; SELECT 2\n\n") == ["SELECT 1", "SELECT 2"]


def test_part_of_a_text_is_split_with_offsets_in_the_whole() -> None:
    assert [(part.start, part.end) for part in split("'x; SELECT 1; SELECT 2; 'y", 3, 23)] == [
        (4, 12),
        (14, 22),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_move_nothing(newline: str) -> None:
    script = newline.join(["-- one", "SELECT 1;", "", "COPY a FROM STDIN;", "1", "\\.", "SELECT '2", "';"])

    assert texts(script) == ["SELECT 1", "COPY a FROM STDIN", f"SELECT '2{newline}'"]
    assert not bad(script)


# What never ends


@pytest.mark.parametrize(
    ("begun", "missing"),
    [("'b;", "'"), ("E'b\\';", "'"), ('"b;', '"'), ("$x$ $$;", "$x$"), ("/* /* */;", "*/")],
)
def test_what_never_ends_is_bad_up_to_the_end(begun: str, missing: str) -> None:
    script = f"SELECT 1; SELECT {begun} SELECT 2;"

    assert texts(script) == ["SELECT 1"]
    assert [text for text, _ in bad(script)] == [f"{begun} SELECT 2;"]
    assert bad(script)[0][1].endswith(f"{missing} is missing")


def test_an_unclosed_parenthesis_costs_its_statement_and_not_the_rest() -> None:
    script = "CREATE TABLE a (b numeric(3, 2);\nSELECT 1; SELECT (2);"

    assert texts(script) == ["SELECT 1", "SELECT (2)"]
    assert bad(script) == [("(b numeric(3, 2)", "this parenthesis is never closed")]


def test_an_unclosed_body_costs_its_statement_and_not_the_rest() -> None:
    script = "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; SELECT 2;"

    assert bad(script) == [("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1", "BEGIN ATOMIC without its END")]
    assert texts(script) == ["SELECT 2"]


def test_many_unclosed_parentheses_do_not_take_long() -> None:
    found = bad("SELECT (1;\n" * 10_000)

    assert len(found) == 10_000


def test_one_parenthesis_too_many_closes_nothing() -> None:
    assert texts("SELECT 1); SELECT (2);") == ["SELECT 1)", "SELECT (2)"]


# Comments


def comments(script: str) -> list[tuple[str, ...]]:
    return [part.comments for part in split(script) if isinstance(part, Cut)]


def loose(script: str) -> list[str]:
    return [part.text for part in split(script) if isinstance(part, Remark)]


def test_comments_above_inside_and_behind_belong_to_a_statement() -> None:
    script = "-- a\n/* b */ SELECT 1 -- c\n, 2; -- d\n-- e\nSELECT 3; /* f */ -- g"

    assert comments(script) == [("a", "b", "c", "d"), ("e", "f", "g")]


def test_a_comment_before_another_statement_on_the_line_belongs_to_that() -> None:
    assert comments("SELECT 1; /* a */ SELECT 2;") == [(), ("a",)]


def test_a_blank_line_parts_a_comment_from_a_statement() -> None:
    script = "-- file\n\n-- a\nSELECT 1;\n-- b\n\nSELECT 2;\n-- end\n"

    assert comments(script) == [("a",), ()]
    assert loose(script) == ["file", "b", "end"]


def test_what_is_in_quotes_is_no_comment() -> None:
    assert comments("SELECT '-- a', $$ -- b\n$$, \"/* c */\"") == [()]


# psql


def test_harmless_commands_are_passed_over() -> None:
    script = "\\set ON_ERROR_STOP on\n\\echo it's; \\\\ SELECT 1;\n\\dt+ a*\n\\timing \\restrict x\nSELECT 2;"

    assert texts(script) == ["SELECT 1", "SELECT 2"]
    assert not bad(script)


@pytest.mark.parametrize(
    "command",
    [
        *("i a.sql", "ir a.sql", "include a.sql", "if :x", "elif :y", "else", "connect b", "c b"),
        *("copy a from 'b'", "! rm -r /", "q", "set AUTOCOMMIT off", "encoding latin1", "unheard_of"),
        *("password", "lo_import x"),
    ],
)
def test_commands_after_which_nobody_knows_what_runs_are_bad(command: str) -> None:
    script = f"SELECT 1;\n\\{command}\nSELECT 2;"

    assert texts(script) == ["SELECT 1", "SELECT 2"]
    assert [text for text, _ in bad(script)] == [f"\\{command}"]
    assert bad(script)[0][1].startswith(f"psql command \\{command.split(maxsplit=1)[0]}: content unknown")


def test_g_ends_a_statement_and_gexec_is_bad_besides() -> None:
    script = "SELECT 1 \\g\nSELECT 2 \\gset x_\nSELECT 'DROP TABLE a' \\gexec\nSELECT 3;"

    assert texts(script) == ["SELECT 1", "SELECT 2", "SELECT 'DROP TABLE a'", "SELECT 3"]
    assert [text for text, _ in bad(script)] == ["\\gexec"]


def test_g_without_a_statement_is_bad() -> None:
    assert [text for text, _ in bad("SELECT 1;\n\\g\n")] == ["\\g"]


def test_a_backslash_and_a_semicolon_join_statements() -> None:
    kinds = [part.kind for part in split("SELECT 1\\; SELECT 2; SELECT 3") if isinstance(part, Cut)]

    assert kinds == [CutKind.JOINED, CutKind.STATEMENT, CutKind.STATEMENT]


def test_a_command_inside_a_statement_is_bad_as_a_whole() -> None:
    script = "SELECT 1 \\echo x\n, 2; SELECT 3"

    assert texts(script) == ["SELECT 3"]
    assert [text for text, _ in bad(script)] == ["SELECT 1 \\echo x\n, 2"]


def test_without_psql_every_backslash_is_bad() -> None:
    script = "\\set a b\nSELECT 1 \\g\n; SELECT '\\', E'\\''"

    assert texts(script, in_psql=False) == ["SELECT '\\', E'\\''"]
    assert [text for text, _ in bad(script, in_psql=False)] == ["\\set a b", "SELECT 1 \\g"]


def test_every_reported_command_has_a_reason() -> None:
    assert psql.why_unknown("i", " a.sql") == "what it includes is not read"
    assert psql.why_unknown("set", " AUTOCOMMIT on") == psql.why_unknown("dt+", "") == ""


# COPY


def test_the_data_of_copy_is_no_sql() -> None:
    script = (
        "COPY a (b) FROM STDIN; -- three\n1;'\n\\N\t$$\n\\.\n"
        "SELECT 1;copy b from stdin with (format csv)\n;\n\\.\n"
    )

    assert texts(script) == ["COPY a (b) FROM STDIN", "SELECT 1", "copy b from stdin with (format csv)"]
    assert not bad(script)
    assert [part.kind for part in split(script) if isinstance(part, Cut)] == [
        CutKind.COPY,
        CutKind.STATEMENT,
        CutKind.COPY,
    ]


def test_data_without_an_end_is_bad() -> None:
    script = "COPY a FROM STDIN;\n1\n2\n"

    assert texts(script) == ["COPY a FROM STDIN"]
    assert [message for _, message in bad(script)] == [r"this data of COPY never ends: \. is missing"]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY a FROM 'stdin'",
        "COPY (SELECT b FROM stdin) TO STDOUT",
        "COPY a TO STDOUT",
        "SELECT 1 FROM stdin",
    ],
)
def test_other_statements_have_no_data(statement: str) -> None:
    assert texts(f"{statement};\nSELECT 1;") == [statement, "SELECT 1"]
