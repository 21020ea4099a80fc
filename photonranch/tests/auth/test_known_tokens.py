"""A token that was verified a moment ago is not verified again, for a moment."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from photonranch.auth import credentials, tokens
from photonranch.auth.credentials import identify
from photonranch.auth.tokens import issue_token

START = 1_800_000_000


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were verified."""
    seen: list[str] = []
    verify = tokens.verify

    def counting(token: str) -> dict[str, Any]:
        seen.append(token)
        return verify(token)

    monkeypatch.setattr(credentials, "verify", counting)
    return seen


def test_it_works(verified: list[str]) -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = issue_token("alice", ["admin"], lifetime=timedelta(hours=1))
        callers = [identify(f"Bearer {token}") for _ in range(3)]
        clock.shift(credentials.KNOWN_FOR_S + 1)
        callers.append(identify(f"Bearer {token}"))

    assert len(verified) == 2
    assert {(caller.user_id, caller.roles) for caller in callers} == {("alice", ("admin",))}


def test_never_beyond_its_end() -> None:
    with time_machine.travel(START, tick=False) as clock:
        token = issue_token("alice", lifetime=timedelta(seconds=10))
        assert identify(f"Bearer {token}").kind == "user"
        clock.shift(10 + tokens.LEEWAY_S + 1)

        assert identify(f"Bearer {token}").kind == "anonymous"


def test_a_bad_token_is_never_known(verified: list[str]) -> None:
    token = issue_token("alice", lifetime=timedelta(hours=1))
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    assert [identify(f"Bearer {forged}").kind for _ in range(2)] == ["anonymous"] * 2
    assert identify(f"Bearer {token}").kind == "user"
    assert identify(f"Bearer {forged}").kind == "anonymous"

    assert verified.count(forged) == 3


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "KNOWN_TOKENS", 3)
    for number in range(8):
        identify(f"Bearer {issue_token(str(number), lifetime=timedelta(hours=1))}")

    assert len(credentials._known_tokens) <= 3
