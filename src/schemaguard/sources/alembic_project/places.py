"""Places in a revision's file: of a call, of a statement inside a string literal, and the comments there."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from schemaguard.directive_keys import said_to_us
from schemaguard.sources.alembic_project.literals import offsets_of
from schemaguard.text import Lines, Place

#: Line, column, end line, end column, as Python counts: columns from 0 in bytes; -1: not known.
Span = tuple[int, int, int, int]
Range = tuple[int, int]

#: No comment without it is a directive.
_MAY_SPEAK = re.compile(r"#.*:")


class RevisionFile:
    """A revision's text, and questions about places in it."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        content = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        self.text = content.decode(encoding, "replace")
        self.lines = Lines(self.text)
        self.tree = ast.parse(content)

    def line(self, number: int) -> Place:
        """A whole line, without the space around its content."""
        last = len(self.lines.starts)
        start = self.lines.starts[min(max(number, 1), last) - 1]
        end = self.text.find("\n", start)
        content = self.text[start : end if end >= 0 else len(self.text)]
        indent = len(content) - len(content.lstrip())
        return self.lines.place(self.shown, start + indent, start + max(indent, len(content.rstrip())))

    def call(self, span: Span) -> Place:
        """The place of a call."""
        found = self._range(span)
        return self.lines.place(self.shown, *found) if found else self.line(span[0])

    def statement(self, sql: str, spans: Sequence[Span]) -> list[Range] | None:
        """The range of each character of ``sql``, if it stands in a literal at one of the calls."""
        for span in spans:
            for value, literal in self._literals(span):
                at = value.find(sql)
                if at < 0 or value.find(sql, at + 1) >= 0:
                    continue
                start, end = self._node_range(literal)
                offsets = offsets_of(self.text, start, end, value)
                if offsets is not None:
                    return offsets[at : at + len(sql)]
        return None

    def loosely(self, sql: str, spans: Sequence[Span]) -> Range | None:
        """The range of ``sql`` in a literal from which its lines were taken with another indentation."""
        lines = [line.strip() for line in sql.split("\n")]
        likely = [one for span in spans for one in self._literals(span) if lines[0] in one[0]]
        if likely:
            pattern = re.compile(r"[ \t]*\n[ \t]*".join(map(re.escape, lines)))
            for value, literal in likely:
                found = list(pattern.finditer(value))
                start, end = self._node_range(literal)
                offsets = offsets_of(self.text, start, end, value) if len(found) == 1 else None
                if offsets is not None and found[0].group():
                    return offsets[found[0].start()][0], offsets[found[0].end() - 1][1]
        return None

    def comments(self, spans: Sequence[Span]) -> tuple[str, ...]:
        """The directives directly above or beside the calls, markers stripped."""
        found: dict[int, str] = {}
        for span in spans:
            first, last = self._statement_lines(span)
            for line in range(first, last + 1):
                found.update(self._directive(line))
            above = first - 1
            while above in self._own_lines:
                found.update(self._directive(above))
                above -= 1
        return tuple(text for _, text in sorted(found.items()))

    def _directive(self, line: int) -> dict[int, str]:
        text = self._comments.get(line, "")
        return {line: text} if any(said_to_us(text)) else {}

    @cached_property
    def _comments(self) -> dict[int, str]:
        if not _MAY_SPEAK.search(self.text):
            return {}
        tokens = tokenize.generate_tokens(io.StringIO(self.text, newline="").readline)
        return {
            token.start[0]: token.string.lstrip("#").strip()
            for token in tokens
            if token.type == tokenize.COMMENT
        }

    @cached_property
    def _own_lines(self) -> set[int]:
        """The lines that hold a comment and nothing else."""
        lines = self.text.split("\n")
        return {number for number in self._comments if lines[number - 1].lstrip().startswith("#")}

    @cached_property
    def _statements(self) -> list[ast.stmt]:
        """Those without other statements in them."""
        return [node for node in self._nodes if isinstance(node, ast.stmt) and not hasattr(node, "body")]

    @cached_property
    def _calls(self) -> dict[int, list[ast.Call]]:
        """The calls that begin on each line."""
        found: dict[int, list[ast.Call]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Call):
                found.setdefault(node.lineno, []).append(node)
        return found

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def _statement_lines(self, span: Span) -> tuple[int, int]:
        """The lines of the Python statement that a call belongs to; of a block only its head."""
        line, _, end_line, _ = span
        end_line = max(line, end_line)
        for node in self._statements:
            if node.lineno <= line and end_line <= (node.end_lineno or 0):
                return node.lineno, node.end_lineno or node.lineno
        return line, end_line

    def _range(self, span: Span) -> Range | None:
        line, column, end_line, end_column = span
        if column >= 0:
            return self._offset(line, column), self._offset(end_line, end_column)
        node = self._call_node(span)
        return self._node_range(node) if node is not None else None

    def _offset(self, line: int, column: int) -> int:
        start = self.lines.starts[line - 1]
        end = self.text.find("\n", start)
        content = self.text[start : end if end >= 0 else len(self.text)]
        return start + len(content.encode()[:column].decode("utf-8", "replace"))

    def _node_range(self, node: ast.expr) -> Range:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )

    def _call_node(self, span: Span) -> ast.expr | None:
        """The call at a span; where only the line is known, the widest call that begins on it."""
        line, column, end_line, end_column = span
        wide: ast.Call | None = None
        for node in self._calls.get(line, ()):
            if column >= 0 and (node.col_offset, node.end_lineno, node.end_col_offset) == (
                column,
                end_line,
                end_column,
            ):
                return node
            if column < 0 and (wide is None or (node.end_lineno or 0) > (wide.end_lineno or 0)):
                wide = node
        return wide

    def _literals(self, span: Span) -> Iterator[tuple[str, ast.Constant]]:
        """The string literals in a call, and those of the variables that it names."""
        node = self._call_node(span)
        if node is None:
            return
        names = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value, part
            elif isinstance(part, ast.Name):
                names.add(part.id)
        for statement in ast.walk(self.tree):
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id in names for target in statement.targets
            ):
                for part in ast.walk(statement.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, part
