"""A job only moves forward."""

import pytest

from jobs.states import may_follow


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UNREAD", "RECEIVED"),
        ("UNREAD", "STARTED"),
        ("RECEIVED", "STARTED"),
        ("RECEIVED", "COMPLETE"),
        ("STARTED", "EXPOSING"),
        ("EXPOSING", "STARTED"),
        ("EXPOSING", "FAILED"),
        ("ALTERNATE", "STARTED"),
        ("started", "complete"),
    ],
)
def test_forward(old: str, new: str) -> None:
    assert may_follow(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RECEIVED", "UNREAD"),
        ("RECEIVED", "RECEIVED"),
        ("STARTED", "RECEIVED"),
        ("COMPLETE", "STARTED"),
        ("COMPLETE", "COMPLETE"),
        ("COMPLETE", "FAILED"),
        ("CANCELED", "STARTED"),
        ("EXPIRED", "RECEIVED"),
        ("UNREAD", "ALTERNATE"),
    ],
)
def test_not_back(old: str, new: str) -> None:
    assert not may_follow(old, new)
