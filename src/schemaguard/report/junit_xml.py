"""Suites of test cases as the XML that systems for tests read."""

import re
from xml.etree import ElementTree as ET

# XML has no way to write them.
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTS = {"errors": "error", "failures": "failure", "skipped": "skipped"}


def document(suites: ET.Element) -> str:
    """The whole document, each suite with its counts."""
    for suite in suites:
        for key, tag in _COUNTS.items():
            suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))
        suite.set("tests", str(len(suite)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def plain(text: str) -> str:
    """The text, with what XML cannot hold told in words."""
    return _CONTROL.sub(lambda found: f"#x{ord(found[0]):02X}", text)
