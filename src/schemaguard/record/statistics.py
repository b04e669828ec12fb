"""A workload of what a live server has counted: the texts of ``pg_stat_statements``."""

from collections.abc import Callable, Iterable
from pathlib import Path

from schemaguard.record.constants import Unsure, without_constants
from schemaguard.record.injected.schemaguard_notes import uses
from schemaguard.record.merge import merge
from schemaguard.record.names import Names
from schemaguard.record.notebook import Notebook, asked
from schemaguard.record.output import finish
from schemaguard.record.repairs import repaired
from schemaguard.record.texts import has_parameters
from schemaguard.sql.lexer import LexError

DRIVER = "pg_stat_statements"


def record_statistics(
    out: Path,
    names: Names,
    texts: Iterable[str | None],
    refused: Callable[[str], str | None],
    *,
    evicted: bool,
) -> int:
    """The texts as a workload. ``refused`` has the server read one, and tells what it says against it."""
    notebook = Notebook()
    if evicted:
        notebook.lose_all(
            "statements that the server has counted and forgotten, as there were too many", DRIVER
        )
    for text in texts:
        if text is None:
            notebook.lose_all("a statement whose text the server has lost", DRIVER)
        else:
            _note(notebook, text, refused)
    return finish(
        out,
        merge(notebook.lines(), names.found()),
        what="those who use the database",
        advice="is it the right database, and --user the one of the application? Statistics begin anew "
        "after pg_stat_statements_reset()",
    )


def _note(notebook: Notebook, text: str, refused: Callable[[str], str | None]) -> None:
    try:
        sql, _ = asked(text)
        if not uses(sql) or "pg_stat_statements" in sql:
            return
        made = repaired(sql) if has_parameters(sql) else without_constants(sql).sql
    except (Unsure, LexError) as error:
        notebook.lose(text, f"cannot be kept without its values: {error}", DRIVER)
        return
    against = None if made[:4].upper() == "COPY" else refused(made)
    if against is None:
        notebook.note(text if made == sql else made, DRIVER)
    else:
        notebook.lose(made, f"the server cannot prepare it as it was counted: {against}", DRIVER)
