"""The server that all of a run is sent to, and what is said at the end."""

from collections.abc import Iterator

import pytest

from fuzz import budget
from fuzz.prepared import prepare
from fuzz.target import FuzzTarget, target

_asked: list[FuzzTarget] = []


@pytest.fixture(scope="session")
def there() -> Iterator[FuzzTarget]:
    with target() as found:
        _asked.append(found)
        prepare(found)
        yield found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for found in _asked:
        total = sum(found.kinds.values())
        terminalreporter.section(f"{total} requests, seed {budget.SEED}")
        for counts in (found.kinds, found.statuses):
            terminalreporter.write_line(
                ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
            )
        terminalreporter.write_line(f"slowest: {found.slowest[0]:.2f} s, {found.slowest[1]}")
