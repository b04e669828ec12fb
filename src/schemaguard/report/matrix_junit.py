"""The matrix of code versions by schema states, for systems that show the results of tests."""

from xml.etree import ElementTree as ET

from schemaguard.compat.cells import Matrix, State
from schemaguard.compat.verdict import Accepted, Red, is_green
from schemaguard.report.junit_xml import document, plain
from schemaguard.report.statements import Statement, Witnesses, statements, told

#: Characters of the longest witness that is shown whole, and of all of them.
LONGEST = 400_000
ROOM = 6_000_000


def matrix_junit(matrix: Matrix, schema_before: str = "") -> str:
    """A suite for each version, and in it a case for each statement at each state.

    Red is a failure, with its witness; unknown an error; what need not work, and does not, is skipped.
    """
    witnesses = Witnesses(matrix, schema_before, longest=LONGEST, room=ROOM)
    suites = ET.Element("testsuites", name="schemaguard check")
    for participant in matrix.participants:
        suite = ET.SubElement(suites, "testsuite", name=plain(participant.label))
        for one in statements(matrix, participant):
            for state in one.cells:
                _case(suite, one, state, witnesses)
        if len(suite) == 0:
            case = ET.SubElement(
                suite, "testcase", classname=plain(participant.label), name="the whole workload"
            )
            ET.SubElement(case, "error", message="nothing is known")
    return document(suites)


def _case(suite: ET.Element, one: Statement, state: State, witnesses: Witnesses) -> None:
    matrix = witnesses.matrix
    label = one.participant.label
    case = ET.SubElement(
        suite,
        "testcase",
        classname=plain(label),
        name=plain(f"{one.name}@{witnesses.codes[state]}"),
        time="0",
    )
    cell = one.worst(state)
    what = plain(told(cell.verdict))
    if is_green(cell.verdict):
        if isinstance(cell.verdict, Accepted):
            ET.SubElement(case, "system-out").text = f"accepted by {plain(cell.verdict.by)}: {what}"
        return
    if not matrix.required(one.participant, state):
        ET.SubElement(case, "skipped", message=f"need not work here: {what}")
        return
    red = isinstance(cell.verdict, Red)
    found = ET.SubElement(case, "failure" if red else "error", message=what)
    among = f"rows: {cell.history.value}, session: {cell.session.value}"
    found.text = plain("\n".join((what, one.origin, among, witnesses.of(cell))))
