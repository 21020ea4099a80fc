"""Twenty simulated sites post a minute's worth of status to the server as `make run` starts it."""

import pytest

from bench.status_network import ROUNDS, SITES, run, server


@pytest.mark.live
def test_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)

    with server(LOG_LEVEL="ERROR") as base:
        sent, different = run(base)

    assert sent == SITES * ROUNDS * 6
    assert different == []
