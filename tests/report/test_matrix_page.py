"""The matrix as an HTML page."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from schemaguard.commands.writing import must_be_writable, write_whole
from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Session, Side, State
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Red, Tested, Unknown
from schemaguard.compat.workload import Workload, query
from schemaguard.errors import InputError
from schemaguard.phase import Phase
from schemaguard.report.matrix_page import matrix_page
from tests.report.test_matrix import BROKEN, OK, RED, WITNESS, matrix

EMPTY = frozenset(("meta", "link", "br"))
EVIL = "</pre><script>alert('1')</script>&amp;\"$body"


class Page(HTMLParser):
    """Reads a page, and minds that each element is closed where it must be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.signs: list[str] = []
        self.wholes: list[str] = []
        self.elements: set[str] = set()
        self.data: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = "".join(self.data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag not in EMPTY:
            self.open.append((tag, dict(attrs)))
        if tag == "pre":
            self.wholes.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)
        if not self.open:
            return
        tag, attributes = self.open[-1]
        if tag == "td" and (attributes.get("class") or "").startswith("sign"):
            self.signs.append(data)
        if tag == "pre":
            self.wholes[-1] += data


def test_the_page_has_the_table_the_acts_the_states_and_each_statement() -> None:
    page = Page(matrix_page(BROKEN, "CREATE TABLE t (a int, b int);"))

    table, acts = page.signs[:8], page.signs[8:13]
    assert table == ["ok", "ok", "RED", "n.a.", "n.a.", "n.a.", "ok", "?"]
    assert acts == ["no", "no", "yes", "no", "unknown"]
    # Of each statement its worst cells, and those of each history and session.
    assert page.signs[13:] == [*table[:4], *table[:4], *table[4:], *table[4:]]
    assert "1 statement breaks" in page.text
    assert "mind the gap" in page.text
    assert 'RED at E2: 42703 column "b" does not exist' in page.text
    witness = next(text for text in page.wholes if "EXECUTE" in text)
    assert witness.index("CREATE TABLE t") < witness.index("EXECUTE witness ('7');")


def test_the_page_needs_nothing_else() -> None:
    page = Page(matrix_page(BROKEN))

    assert page.elements.isdisjoint({"script", "link", "img", "iframe"})
    assert "url(" not in page.text
    assert "http" not in matrix_page(BROKEN)


def test_what_others_wrote_is_only_text() -> None:
    asked = query(f"SELECT '{EVIL}'", EVIL, origin=(EVIL,))
    one = Participant(Side.BASELINE, Workload(version=EVIL, app=EVIL, statements=(asked,)))
    state = State(name=EVIL, title=EVIL, phase=Phase.EXPAND, sql=(EVIL,))
    red = Red(replace(WITNESS, sql=asked.sql, message=EVIL))
    cells = [
        Cell(participant=one, state=at, query=asked.id, name=EVIL, origin=EVIL, verdict=verdict)
        for at, verdict in ((BEFORE, Unknown(EVIL)), (state, red))
    ]
    text = matrix_page(
        Matrix(states=(BEFORE, state), participants=(one,), cells=tuple(cells), notes=(EVIL,)), EVIL
    )

    assert Page(text).elements.isdisjoint({"script"})
    assert Page(text).text.count(EVIL) >= 10


def test_what_is_green_is_folded_into_a_table() -> None:
    text = matrix_page(matrix([OK] * 4, [OK] * 4))

    assert "<details><summary>1 green where they must be</summary>" in text
    assert " open>" not in text


def test_a_thousand_statements_at_ten_states_make_a_page_that_can_be_read() -> None:
    states = (BEFORE, *(State(name=f"e{n}", title=f"step {n}", phase=Phase.EXPAND) for n in range(9)))
    asked = tuple(query(f"SELECT {n}", f"shop.find_{n}", origin=("shop.py:3",)) for n in range(1000))
    one = Participant(Side.BASELINE, Workload(version="1", statements=asked))
    cells = tuple(
        Cell(
            participant=one,
            state=state,
            query=asking.id,
            name=asking.name,
            history=history,
            session=session,
            verdict=RED if number % 10 == 0 and place > 4 else Tested(3),
        )
        for number, asking in enumerate(asked)
        for place, state in enumerate(states)
        for history in History
        for session in Session
    )
    # A witness holds the schema before: not one in each statement's place.
    text = matrix_page(Matrix(states=states, participants=(one,), cells=cells), "-- schema\n" * 20_000)

    assert len(text) < 10_000_000
    assert text.count('<details class="statement" open>') == 100
    assert "--explain &#x27;baseline:shop.find_990@E5&#x27;" in text
    assert len(Page(text).signs) == 10 + 5 + 900 * 10 + 100 * (10 + 80)


def test_a_page_of_no_workload_says_that_nothing_is_known() -> None:
    page = Page(matrix_page(Matrix(states=(BEFORE,), participants=(), cells=())))

    assert "nothing is known" in page.text


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "page.html", "one")
    write_whole(tmp_path / "page.html", "two")

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.html", "two")]


@pytest.mark.parametrize("name", ["", "nowhere/page.html"])
def test_a_file_that_cannot_be_written_is_told_before(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        must_be_writable(tmp_path / name)
