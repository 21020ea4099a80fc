"""What a status comes to. The same cases are put to the browser's half in test_halves_in_browser.py."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console import verdicts
from console.templatetags.times import age
from photonranch.lenient_json import loads

CASES: Any = loads(Path(__file__).with_name("verdicts.json").read_bytes())
NOW = CASES["now"]


@pytest.mark.parametrize("case", CASES["online"])
def test_online(case: dict[str, Any]) -> None:
    assert list(verdicts.online(case["kind"], case["heard"], NOW)) == case["is"]


@pytest.mark.parametrize("case", CASES["roof"])
def test_roof(case: dict[str, Any]) -> None:
    assert list(verdicts.roof(case["part"], NOW)) == case["is"]


@pytest.mark.parametrize("case", CASES["weather"])
def test_weather(case: dict[str, Any]) -> None:
    assert list(verdicts.weather(case["part"], NOW)) == case["is"]


@pytest.mark.parametrize("case", CASES["holders"])
def test_holders(case: dict[str, Any]) -> None:
    assert [each["event_id"] for each in verdicts.holders(case["events"], NOW)] == case["is"]


@pytest.mark.parametrize("case", CASES["age"])
def test_age(case: dict[str, Any]) -> None:
    now = datetime(2026, 7, 11, 12, tzinfo=UTC)

    assert age(now - timedelta(seconds=case["seconds"]), now) == case["is"]
