"""The matrix of code versions by schema states, for systems that show the results of tests."""

import re
from xml.etree import ElementTree as ET

from schemaguard.compat.cells import Matrix, State
from schemaguard.compat.verdict import Accepted, Red, is_green
from schemaguard.report.statements import Statement, Witnesses, statements, told

#: Characters of the longest witness that is shown whole, and of all of them.
LONGEST = 400_000
ROOM = 6_000_000

# XML has no way to write them.
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def matrix_junit(matrix: Matrix, schema_before: str = "") -> str:
    """A suite for each version, and in it a case for each statement at each state.

    Red is a failure, with its witness; unknown an error; what need not work, and does not, is skipped.
    """
    witnesses = Witnesses(matrix, schema_before, longest=LONGEST, room=ROOM)
    suites = ET.Element("testsuites", name="schemaguard check")
    for participant in matrix.participants:
        suite = ET.SubElement(suites, "testsuite", name=_text(participant.label))
        for one in statements(matrix, participant):
            for state in one.cells:
                _case(suite, one, state, witnesses)
        if len(suite) == 0:
            case = ET.SubElement(
                suite, "testcase", classname=_text(participant.label), name="the whole workload"
            )
            ET.SubElement(case, "error", message="nothing is known")
        counts = {"errors": "error", "failures": "failure", "skipped": "skipped"}
        for key, tag in counts.items():
            suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))
        suite.set("tests", str(len(suite)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def _case(suite: ET.Element, one: Statement, state: State, witnesses: Witnesses) -> None:
    matrix = witnesses.matrix
    label = one.participant.label
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_text(label),
        name=_text(f"{one.name}@{witnesses.codes[state]}"),
        time="0",
    )
    cell = one.worst(state)
    what = _text(told(cell.verdict))
    if is_green(cell.verdict):
        if isinstance(cell.verdict, Accepted):
            ET.SubElement(case, "system-out").text = f"accepted by {_text(cell.verdict.by)}: {what}"
        return
    if not matrix.required(one.participant, state):
        ET.SubElement(case, "skipped", message=f"need not work here: {what}")
        return
    red = isinstance(cell.verdict, Red)
    found = ET.SubElement(case, "failure" if red else "error", message=what)
    among = f"rows: {cell.history.value}, session: {cell.session.value}"
    found.text = _text("\n".join((what, one.origin, among, witnesses.of(cell))))


def _text(text: str) -> str:
    return _CONTROL.sub(lambda found: f"#x{ord(found[0]):02X}", text)
