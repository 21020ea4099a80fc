"""A test that logs or raises half of a surrogate pair is reported as any other by several processes."""

import json
from typing import Any

import execnet
import pytest

HALF = "nobody foresaw \ud800 this"


def a_report(**parts: Any) -> pytest.TestReport:
    made = {
        "nodeid": "t.py::test_it",
        "location": ("t.py", 1, "test_it"),
        "keywords": {},
        "outcome": "failed",
    }
    return pytest.TestReport(**{**made, "longrepr": None, "when": "call", **parts})


@pytest.mark.parametrize(
    "parts",
    [
        {"sections": [("Captured log call", HALF)]},
        {"longrepr": f"ValueError: {HALF}"},
        {"user_properties": [(HALF, HALF)]},
        {"keywords": {HALF: 1}},
        {"nodeid": f"t.py::test_it[{HALF}]"},
    ],
    ids=lambda parts: str(*parts),
)
def test_it_goes_to_the_other_process(pytestconfig: pytest.Config, parts: dict[str, Any]) -> None:
    sent = pytestconfig.hook.pytest_report_to_serializable(config=pytestconfig, report=a_report(**parts))

    assert r"nobody foresaw \\ud800 this" in str(execnet.loads(execnet.dumps(sent)))


def test_what_can_be_sent_stays_as_it_is(pytestconfig: pytest.Config) -> None:
    report = a_report(sections=[("Captured log call", "23 µm at 5° 😀\n")])

    sent = pytestconfig.hook.pytest_report_to_serializable(config=pytestconfig, report=report)

    assert json.dumps(sent["sections"]) == json.dumps(report.sections)
    assert (sent["nodeid"], sent["outcome"]) == ("t.py::test_it", "failed")
