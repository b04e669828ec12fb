"""PostgreSQL's own scanner and parser as a second opinion on where things are. Tests only: pglast is GPL."""

from pglast import parser

_COMMENTS = ("SQL_COMMENT", "C_COMMENT")


def tokens(sql: str) -> list[tuple[int, int]]:
    """Where each token begins and ends, comments left out, in characters."""
    return [(token.start, token.end + 1) for token in parser.scan(sql) if token.name not in _COMMENTS]


def statements(sql: str) -> list[tuple[int, int]] | None:
    """Where each statement begins, and where its last token ends; None: PostgreSQL refuses the script."""
    try:
        slices = parser.split(sql, only_slices=True)
    except (parser.ParseError, ValueError):
        return None
    ends = [end for _, end in tokens(sql)]
    return [(each.start, max(end for end in ends if end <= each.stop)) for each in slices]
