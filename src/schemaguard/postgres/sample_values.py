"""Values for a column, as text: different ones for different rows, and what a CHECK may want to see."""

import re

from schemaguard.postgres.sample_tables import SampleColumn

#: What CHECKs commonly ask of a text.
_SHAPES = (
    "{n}@example.com", "https://example.com/{n}", "AB", "ab-{n}", "A{n}", "{n}", "000000{n}", "+4930123{n}",
    "2024-01-{n:02}", "aa", "a",
)  # fmt: skip
_LITERAL = re.compile(r"(?<!~)(?<!~\*)(?<!~ )(?<!~\* )'((?:[^']|'')*)'")
_PATTERN = re.compile(r"~~\*? '((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.'$])-?\d+(?:\.\d+)?(?![\w'])")


def value_of(column: SampleColumn, number: int, checks: str = "") -> str | None:
    """A value for row ``number``, from 1. None: no value is known for the type."""
    if column.labels:
        return column.labels[(number - 1) % len(column.labels)]
    base, _, rest = column.base.partition("(")
    if column.base.endswith("[]"):
        return "{}"
    text_ = base in ("text", "character varying", "character", "bpchar", "name", "citext", '"char"')
    literals = _LITERAL.findall(checks)
    if text_ and literals:
        # IN ('open', 'paid'): row by row another.
        return str(literals[(number - 1) % len(literals)]).replace("''", "'")
    if text_:
        return _fitting(f"{column.name} {number}", number, rest)
    return _by_base(column.base, base, rest, number)


def _fitting(text: str, number: int, rest: str) -> str:
    """Cut to the length of the type, and still another for each number."""
    length = int(rest.partition(")")[0] or 1) if rest else 1_000
    if len(text) <= length:
        return text
    end = str(number)[-length:]
    return text[: length - len(end)] + end


def _by_base(type_: str, base: str, rest: str, number: int) -> str | None:
    zone = "+00" if "with time zone" in type_ else ""
    day = f"2024-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
    clock = f"{number % 24:02}:{number % 60:02}:00"
    if type_.startswith("timestamp"):
        return f"{day} {clock}{zone}"
    if type_.startswith("time"):
        return f"{clock}{zone}"
    match base:
        case "smallint" | "integer" | "bigint" | "oid" | "money":
            return str(number)
        case "numeric":
            precision, _, scale = rest.partition(")")[0].partition(",")
            whole = int(precision or 9) - int(scale or 0)
            return str(number % 10**whole) if whole > 0 else "0"
        case "real" | "double precision":
            return str(number)
        case "boolean":
            return "true" if number % 2 else "false"
        case "date":
            return day
        case "interval":
            return f"{number} days"
        case "uuid":
            return f"00000000-0000-4000-8000-{number:012x}"
        case "json" | "jsonb":
            # json keeps it as it is; jsonb has an order and a spacing of its own.
            return f'{{"n":{number},"a":""}}'
        case "bytea":
            return f"\\x{number:08x}"
        case "inet" | "cidr":
            return f"10.0.{number // 256 % 256}.{number % 256}"
        case "macaddr":
            return f"08:00:2b:01:{number // 256 % 256:02x}:{number % 256:02x}"
        case "xml":
            return f"<n>{number}</n>"
        case "tsvector":
            return f"'n{number}'"
        case "bit" | "bit varying":
            return format(number, "b").zfill(int(rest.partition(")")[0] or 1))[
                -int(rest.partition(")")[0] or 1) :
            ]
        case "point":
            return f"({number},{number})"
        case "hstore":
            return f"n=>{number}"
        case "ltree":
            return f"n{number}"
        case _ if base.endswith("multirange"):
            return "{}"
        case _ if base.endswith("range"):
            return "empty"
        case _:
            return None


def alternatives(column: SampleColumn, number: int, checks: str) -> list[str]:
    """What else a CHECK with this text may be content with, the likeliest first."""
    first = value_of(column, number, checks)
    found = [first] if first is not None else []
    # LIKE '%@%'
    found += [str(one).replace("''", "'").replace("%", f"x{number}") for one in _PATTERN.findall(checks)]
    found += [str(one).replace("''", "'") for one in _LITERAL.findall(checks)]
    numbers = [float(n) if "." in n else int(n) for n in _NUMBER.findall(re.sub(r"'[^']*'", " ", checks))]
    for one in numbers:
        found += [str(one), str(one + 1), str(one - 1)]
    base = column.base.partition("(")[0]
    if base in ("text", "character varying", "character", "citext"):
        found += [shape.format(n=number) for shape in _SHAPES]
        found += ["x" * int(one) for one in numbers if 0 < one <= 200 and one == int(one)]
    elif base in ("smallint", "integer", "bigint", "numeric", "real", "double precision"):
        found += ["1", "0", "10", "100", "1000", "-1"]
    elif base == "boolean":
        found += ["true", "false"]
    return list(dict.fromkeys(found))
