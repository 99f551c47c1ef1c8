"""JUnit XML, the format in which continuous integration takes the results of tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

# What XML 1.0 cannot hold, even as a character reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went: ``failure`` is ``None`` where it went well, ``details`` say more of a failure."""

    suite: str
    name: str
    seconds: float
    failure: str | None
    details: str


def junit(outcomes: Sequence[Outcome], problems: Sequence[str]) -> str:
    """A JUnit report with one suite for each of the outcomes' suites; ``problems`` say what could not be read."""
    root = ElementTree.Element("testsuites", name="mentions")
    suites: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        suites.setdefault(outcome.suite, []).append(outcome)
    for name, group in suites.items():
        failures = sum(outcome.failure is not None for outcome in group)
        suite = _suite(root, name, len(group), failures=failures, seconds=sum(outcome.seconds for outcome in group))
        for outcome in group:
            case = _case(suite, outcome.suite, outcome.name, outcome.seconds)
            if outcome.failure is not None:
                failure = ElementTree.SubElement(case, "failure", type="wrong", message=_safe(outcome.failure))
                failure.text = _safe(outcome.details)
    if problems:
        suite = _suite(root, "corpus", len(problems), errors=len(problems))
        for number, text in enumerate(problems, 1):
            case = _case(suite, "corpus", f"fault {number}", 0)
            ElementTree.SubElement(case, "error", type="unreadable", message=_safe(text))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}'


def _suite(
    root: ElementTree.Element, name: str, tests: int, *, failures: int = 0, errors: int = 0, seconds: float = 0
) -> ElementTree.Element:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": 0}
    attributes = {"name": _safe(name), "time": f"{seconds:.3f}"} | {key: str(count) for key, count in counts.items()}
    return ElementTree.SubElement(root, "testsuite", attributes)


def _case(suite: ElementTree.Element, group: str, name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_safe(group), name=_safe(name), time=f"{seconds:.3f}")


def _safe(text: str) -> str:
    return _NOT_XML.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
