"""What a migration says of its data is understood, and what it does not say is asked for. No database."""

import json

import pytest

from schemaguard.errors import InputError, NotEnoughEvidence, Refused
from schemaguard.phase import Phase
from schemaguard.plan import Plan, fingerprint, from_json, make_plan, to_json
from schemaguard.plan.heard import listen
from schemaguard.plan.meant import meant
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of, schema_of
from schemaguard.text import Source
from tests.plan.cases import CASES, CUSTOMER
from tests.plan.walking import Case, plan_of

SPLIT = """
ALTER TABLE customer ADD COLUMN first_name text;
ALTER TABLE customer ADD COLUMN last_name text;
UPDATE customer SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2);
"""


RENAME = "ALTER TABLE customer RENAME name TO title;"
ADDED = "ALTER TABLE customer ADD COLUMN kind text;\n"
FILLED = "UPDATE customer SET kind = name;\n"
LABEL = ADDED + FILLED
REQUIRED = "ALTER TABLE customer ALTER COLUMN kind SET NOT NULL;"
TO_NEW = "ALTER TABLE t ADD COLUMN b int;"
GOES = "ALTER TABLE customer DROP COLUMN name;\n"


def of_customer(column: str) -> str:
    domain = "CREATE DOMAIN worth AS text DEFAULT 'nothing';"
    return f"{domain} CREATE TABLE customer (id int PRIMARY KEY, {column});"


def plan(sql: str, *, given: str = CUSTOMER, path: str = "m.sql") -> Plan:
    frames = frames_of(sql, given=given)
    return make_plan(frames, release="r", source=Source(path=path, pieces=()))


def up(sql: str, *, given: str = CUSTOMER) -> dict[str, str]:
    return {column.name: text for column, text in listen(frames_of(sql, given=given)).up.items()}


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ("UPDATE customer SET kind = upper(customer.name);", "upper(name)"),
        ("UPDATE customer AS c SET kind = upper(c.name);", "upper(name)"),
        (
            "UPDATE customer SET kind = 'a' WHERE id < 9; UPDATE customer SET kind = 'b' WHERE kind IS NULL;",
            "coalesce((CASE WHEN id < 9 THEN 'a' ELSE NULL END)::text, 'b')",
        ),
        (
            "UPDATE customer SET kind = 'a'; UPDATE customer SET kind = 'b' WHERE note = 'kind';",
            "CASE WHEN note = 'kind' THEN 'b' ELSE 'a' END",
        ),
        (
            "UPDATE customer SET other = name; UPDATE customer SET kind = lower(other);",
            "lower(((name)::text))",
        ),
        ("UPDATE customer SET other = name, kind = lower(other);", "lower(((NULL)::text))"),
        (
            "ALTER TABLE customer RENAME name TO title; UPDATE customer SET kind = title;",
            "name",
        ),
    ],
)
def test_updates_say_how_a_new_column_follows_from_the_row_as_it_was(updates: str, expected: str) -> None:
    adding = "ALTER TABLE customer ADD COLUMN kind text; ALTER TABLE customer ADD COLUMN other text;"

    assert up(adding + updates)["kind"] == expected


def test_a_default_stays_where_no_update_says_otherwise() -> None:
    sql = """
    ALTER TABLE customer ADD COLUMN active boolean DEFAULT true;
    UPDATE customer SET active = false WHERE note IS NULL;
    """

    assert up(sql) == {"active": "CASE WHEN note IS NULL THEN false ELSE true END"}


@pytest.mark.parametrize(
    "update",
    [
        "UPDATE customer SET kind = coalesce(kind, name);",
        "UPDATE customer SET kind = 'a' WHERE id < 9; UPDATE customer SET kind = 'x' WHERE kind IS NULL;",
        "UPDATE customer SET kind = c.note FROM customer AS c WHERE c.id = customer.id + 1;",
        "UPDATE customer AS c SET kind = COALESCE ( c.title, 'x' );",
    ],
)
def test_a_directive_goes_before_an_update(update: str) -> None:
    said = f"{RENAME}\n-- schemaguard: up = coalesce(name, 'x')\n{ADDED}{update}"

    assert up(said) == {"kind": "coalesce(name, 'x')"}


def test_what_depends_on_what_cannot_be_told_cannot_be_told_either() -> None:
    sql = f"{ADDED}ALTER TABLE customer ADD COLUMN other text; UPDATE customer SET kind = kind || name;"
    both = f"{sql}UPDATE customer SET other = upper(kind);"

    with pytest.raises(InputError, match=r"how public\.customer\.kind follows .* cannot be told"):
        up(f"-- schemaguard: up kind = name\n{both}")
    assert len(up(f"-- schemaguard: up kind = name, up other = upper(name)\n{both}")) == 2


@pytest.mark.parametrize(
    ("said", "up", "down"),
    [
        ("up kind = f(name, 'x'), down name = kind", "f(name, 'x')", "kind"),
        ("up customer.kind = f(name) , down  public . customer.name=kind", "f(name)", "kind"),
        (
            'up kind = f(name), down "name" = kind::numeric(9, 2)::text',
            "f(name)",
            "kind::numeric(9, 2)::text",
        ),
        (
            "fire = touch, audit, up kind = (ARRAY[name, note])[1], down name = -1",
            "(ARRAY[name, note])[1]",
            "-1",
        ),
        ("up kind = name || ', down name = x', down name = kind", "name || ', down name = x'", "kind"),
        (
            "up kind = name, down name = CASE WHEN kind = '' THEN f(kind, 1) ELSE kind END",
            "name",
            "CASE WHEN kind = '' THEN f(kind, 1) ELSE kind END",
        ),
    ],
)
def test_one_line_says_several_things(said: str, up: str, down: str) -> None:
    sql = "ALTER TABLE customer ADD COLUMN kind text; ALTER TABLE customer DROP COLUMN name;"
    heard = listen(frames_of(f"-- schemaguard: {said}\n{sql}", given=CUSTOMER))

    assert list(heard.up.values()) == [up]
    assert list(heard.down.values()) == [down]


@pytest.mark.parametrize(
    ("directive", "wrong", "advice"),
    [
        ("doun = first_name", "there is no directive 'doun'", "Did you mean 'down'?"),
        ("down first_name || last_name", "= is missing", "schemaguard: down name ="),
        ("unused = report(int)", "expected nothing more", "schemaguard: unused = monthly_report"),
        ("down = first_name ||", "syntax error", "schemaguard: down name ="),
        ("down = first_name, last_name", "syntax error", "schemaguard: down name ="),
        ("down = first_name, dwon note = 'x'", "there is no directive 'dwon'", "Did you mean 'down'?"),
        ("down = first_name, up note", "syntax error", "schemaguard: down name ="),
        ("down = first_name, phase = expand", "phase stands behind another", "its own line"),
        ("down = first_name || ', up a = 1", "never ends", "schemaguard: down name ="),
        ("down = first_name; DROP TABLE customer", "syntax error", "schemaguard: down name ="),
        ("down nome = first_name", "no column nome is dropped", "table.column"),
        ("up name = first_name", "no column name is added", "table.column"),
        ("null = 'x'", "of which column?", "Name it"),
        ("max = 9", "there is no directive 'max'", "There are"),
        ("conflict = odl", "conflict = odl: did you mean 'old'?", "the new one counts"),
        ("conflict note = old", "no column note is added, renamed or dropped", "conflict table.note"),
        (
            "down = first_name, conflict = old\n-- schemaguard: conflict last_name = error",
            "conflict = error, but conflict = old at script.sql:",
            "Say one of them",
        ),
        (
            "down = first_name\n-- schemaguard: down name = last_name",
            "down = last_name, but down = first_name at script.sql:8:1",
            "Say one of them",
        ),
        (
            "up last_name = name, down = last_name",
            "up last_name = name, but the UPDATE at script.sql:4:1 sets it to split_part(name, ' ', 2)",
            "say the same by both",
        ),
        ("tombstone = yes\n-- schemaguard: tombstone = no", "tombstone = yes", "Say one of them"),
    ],
)
def test_a_directive_that_cannot_be_obeyed_is_an_error_with_its_place(
    directive: str, wrong: str, advice: str
) -> None:
    sql = f"{SPLIT}\n-- schemaguard: {directive}\nALTER TABLE customer DROP COLUMN name;"

    with pytest.raises(InputError) as caught:
        plan(sql)

    assert wrong in caught.value.what
    assert advice in caught.value.advice
    assert caught.value.line > 1


@pytest.mark.parametrize(
    "sql",
    [
        f"-- schemaguard: conflict = error\n{RENAME}",
        f"{LABEL}-- schemaguard: down = kind, conflict = error\n{GOES}",
        f"-- schemaguard: conflict = error\n{LABEL}{GOES}",
        f"{LABEL}-- schemaguard: conflict customer.kind = error\n{GOES}",
        f"{LABEL}{GOES}-- schemaguard: conflict name = error\nSELECT 1;",
        f"{ADDED}-- schemaguard: conflict = error\n{FILLED}{GOES}",
    ],
)
def test_a_conflict_is_decided_as_was_said(sql: str) -> None:
    made = plan(sql)

    assert any("RAISE EXCEPTION" in text for step in made.steps for text in step.sql)


@pytest.mark.parametrize("name", ["schemaguard", "Schemaguard", "SCHEMAGUARD "])
def test_our_name_is_read_in_any_case(name: str) -> None:
    assert up(f"-- {name}: up = name\n{ADDED}") == {"kind": "name"}


@pytest.mark.parametrize("name", ["schemagaurd", "schema-guard", "schema_guard", "Shemaguard"])
def test_our_name_misspelt_is_an_error(name: str) -> None:
    with pytest.raises(InputError, match=f"said to '{name}'; did you mean 'schemaguard'") as caught:
        plan(f"-- {name}: up = name\n{ADDED}")

    assert caught.value.advice == "Write it as schemaguard: up = name"


@pytest.mark.parametrize(
    ("column", "default"),
    [
        ("name text DEFAULT current_user", "(current_user)::text"),
        ("name worth", "('nothing')::worth"),
        ("name worth DEFAULT 'less'", "('less')::worth"),
    ],
)
def test_what_an_insert_leaves_out_does_not_contradict_what_it_gives(column: str, default: str) -> None:
    made = plan(f"-- schemaguard: conflict = old\n{RENAME}", given=of_customer(column))

    assert any(f"NEW.name IS DISTINCT FROM {default}" in text for step in made.steps for text in step.sql)


@pytest.mark.parametrize(
    "column", ["name uuid DEFAULT gen_random_uuid()", "name text DEFAULT made_up()", "name serial"]
)
def test_where_what_an_insert_leaves_out_cannot_be_known_a_conflict_cannot_be_told(column: str) -> None:
    release = f"-- schemaguard: conflict = old\n{LABEL}{GOES}"

    with pytest.raises(InputError, match="gets another value in each row"):
        plan(release, given=of_customer(column))


@pytest.mark.parametrize(("path", "mark"), [("m.sql", "--"), ("m.py", "#")])
def test_a_missing_way_back_is_asked_for_with_an_example(path: str, mark: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(SPLIT + "ALTER TABLE customer DROP COLUMN name;", path=path)

    assert "public.customer.name is dropped" in caught.value.what
    assert f"{mark} schemaguard: down name = first_name || ' ' || last_name" in caught.value.advice
    assert (caught.value.path, caught.value.line) == ("script.sql", 5)


def test_of_a_table_that_the_release_makes_no_way_back_is_needed() -> None:
    made = "CREATE TABLE made (a int, b text); UPDATE made SET b = a::text;"
    case = Case(
        given="CREATE TABLE t (a int);",
        sql=f"{made}\n-- schemaguard: down = b::int\nALTER TABLE made DROP COLUMN a;",
    )

    assert [step.title for step in plan_of(case).steps if step.sql][-1] == "ALTER TABLE made DROP COLUMN a"


def test_a_way_back_that_leads_nowhere_is_an_error() -> None:
    sql = """
    ALTER TABLE customer ADD COLUMN label text;
    -- schemaguard: down = label
    ALTER TABLE customer DROP COLUMN name;
    """

    with pytest.raises(InputError, match="nothing says how these columns are made"):
        plan(sql)


def test_a_copied_column_needs_no_directive() -> None:
    sql = """
    ALTER TABLE customer ADD COLUMN label text;
    UPDATE customer SET label = name;
    ALTER TABLE customer DROP COLUMN name;
    """

    assert any("public.customer DROP COLUMN name" in s for step in plan(sql).steps for s in step.sql)


RETYPED_MEANWHILE = """\
ALTER TABLE customer ADD b text; UPDATE customer SET b = note; ALTER TABLE customer ALTER note TYPE varchar;
"""


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("ALTER TABLE customer SET SCHEMA archive;", "running code may need table public.customer"),
        ("ALTER TABLE customer ALTER COLUMN note TYPE int USING random();", "gives another value each time"),
        ("ALTER TABLE customer ALTER COLUMN id TYPE numeric;", "its values come from a sequence"),
        (
            "ALTER TABLE customer ADD COLUMN size int NOT NULL;",
            "must have a value, and running code",
        ),
        (
            "ALTER TABLE customer ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
            "has a primary key, and can have no other",
        ),
        ("ALTER TABLE customer ADD COLUMN a int DEFAULT 5 UNIQUE;", "a time that grows"),
        ("VACUUM FULL customer;", "a time that grows"),
        ("TRUNCATE customer;", "the rows of public.customer would be gone"),
        ("LOCK TABLE customer;", "let go at the end of its step"),
        ("ALTER TABLE customer FROBNICATE;", "not read"),
        ("UPDATE customer SET note = note || '!';", "depends on what it has given before"),
        ("UPDATE customer SET note = gen_random_uuid();", "another value each time"),
        (RETYPED_MEANWHILE, "note is kept in step with another column, and keeps its type"),
        (
            "ALTER TABLE customer ADD b text; UPDATE customer SET b = note; UPDATE customer SET note = 'x';",
            "it changes note after b was computed of it",
        ),
        ("ALTER TABLE customer ADD COLUMN a int, DROP COLUMN note;", "belong to different phases"),
        (
            "ALTER TABLE customer ADD CHECK (note <> ''), ADD COLUMN a int;",
            "a constraint is added together with other actions",
        ),
        (
            "CREATE INDEX ON customer (name); ALTER TABLE customer RENAME name TO title;",
            "which this release renames, drops or makes anew",
        ),
    ],
)
def test_what_has_no_gentle_way_is_refused_with_the_reason(sql: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        plan(sql)

    assert why in caught.value.what
    assert "script.sql:1:" in caught.value.what


def test_a_default_that_comes_in_the_contract_does_not_help_code_before_it() -> None:
    steps = plan(
        "ALTER TABLE customer ALTER name SET DEFAULT 'x'; ALTER TABLE customer DROP COLUMN name;"
    ).steps

    assert any("DROP NOT NULL" in sql for step in steps if step.phase is Phase.EXPAND for sql in step.sql)


def test_all_reasons_are_told_at_once() -> None:
    with pytest.raises(Refused) as caught:
        plan("ALTER TABLE customer RENAME TO client; ALTER TABLE client ALTER COLUMN id TYPE numeric;")

    assert caught.value.what.count("script.sql:1:") == 2


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (Source(path="m.py", pieces=(), approximate=("a stub answered",)), NotEnoughEvidence),
        (Source(path="m.py", pieces=(), phase=Phase.CONTRACT), Refused),
    ],
)
def test_only_what_is_known_exactly_and_has_not_been_split_is_planned(
    source: Source, error: type[Exception]
) -> None:
    with pytest.raises(error):
        make_plan(frames_of("CREATE TABLE t (a int);"), release="r", source=source)


def test_a_migration_without_statements_is_told() -> None:
    with pytest.raises(InputError, match="there is no statement"):
        make_plan([], release="r", source=Source(path="m.sql", pieces=()))


def test_a_table_of_unknown_shape_cannot_be_planned_for() -> None:
    frames = frames_of("ALTER TABLE elsewhere ADD COLUMN a int;", before=SchemaState())

    with pytest.raises(NotEnoughEvidence, match="its whole shape is not known"):
        make_plan(frames, release="r", source=Source(path="m.sql", pieces=()))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_plan_survives_json(case: Case) -> None:
    made = plan_of(case)

    read = from_json(to_json(made))

    assert read == made
    assert read.digest == made.digest
    assert plan_of(case).digest == made.digest


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"version": 2}', '{"version": 1, "steps": 3}'])
def test_what_is_no_plan_is_told(text: str) -> None:
    with pytest.raises(InputError, match="plan"):
        from_json(text)


def test_another_step_is_another_digest() -> None:
    made = plan_of(CASES["split a column"])
    other = json.loads(to_json(made))
    other["steps"][0]["probe"] = "SELECT true"

    assert from_json(json.dumps(other)).digest != made.digest


def test_the_order_of_columns_is_no_part_of_a_fingerprint() -> None:
    one, other = schema_of("CREATE TABLE t (a int, b text);"), schema_of("CREATE TABLE t (b text, a int);")
    third = schema_of("CREATE TABLE t (b text NOT NULL, a int);")

    assert fingerprint(one, one.tables) == fingerprint(other, other.tables)
    assert fingerprint(one, one.tables) != fingerprint(third, third.tables)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"-- schemaguard: up = name\n{ADDED}", [ADDED, "UPDATE public.customer SET kind = name"]),
        (
            f"{RENAME}\n-- schemaguard: up = customer.title\n{ADDED}",
            [RENAME, ADDED, "UPDATE public.customer SET kind = title"],
        ),
        (
            f"-- schemaguard: up = name\n{ADDED}{RENAME}",
            [ADDED, "UPDATE public.customer SET kind = name", RENAME],
        ),
        (
            "-- schemaguard: up = length(name)\nALTER TABLE customer ADD COLUMN size int NOT NULL;",
            [
                "ALTER TABLE public.customer ADD COLUMN size integer",
                "UPDATE public.customer SET size = length(name)",
                "ALTER TABLE public.customer ALTER COLUMN size SET NOT NULL",
            ],
        ),
        (
            "-- schemaguard: null = 'none'\nALTER TABLE customer ALTER COLUMN note SET NOT NULL;",
            [
                "UPDATE public.customer SET note = 'none' WHERE note IS NULL",
                "ALTER TABLE customer ALTER COLUMN note SET NOT NULL",
            ],
        ),
        (f"-- schemaguard: up = name\n{ADDED}{FILLED}", [ADDED, FILLED]),
        (
            f"{ADDED}{FILLED}-- schemaguard: null = '?'\n{REQUIRED}",
            [ADDED, FILLED, "UPDATE public.customer SET kind = '?' WHERE kind IS NULL", REQUIRED],
        ),
        (f"CREATE TABLE t (a int);\n-- schemaguard: up = 1\n{TO_NEW}", ["CREATE TABLE t (a int)", TO_NEW]),
    ],
)
def test_what_only_a_directive_says_is_added_to_what_the_migration_means(
    sql: str, expected: list[str]
) -> None:
    assert meant(frames_of(sql, given=CUSTOMER)) == [text.strip().rstrip(";") for text in expected]


def test_what_only_a_directive_fills_is_told_of() -> None:
    made = plan(f"-- schemaguard: up = name\n{ADDED}")

    assert "by itself does not do that" in " ".join(made.notes)
    assert "by itself does not" not in " ".join(plan(f"-- schemaguard: up = name\n{LABEL}").notes)
