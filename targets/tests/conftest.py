from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from sitecfg.tests.cast import put_both

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)


@pytest.fixture
def night() -> Iterator[None]:
    """The afternoon of 26 November 2026 at saf, which stands in New Mexico."""
    with time_machine.travel(NOW, tick=False):
        put_both()
        yield
