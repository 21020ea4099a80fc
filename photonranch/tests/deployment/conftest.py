"""One installation behind nginx for all tests of a file that do not break it."""

from collections.abc import Iterator

import pytest

from testing.nginx import Production, production


@pytest.fixture(scope="module")
def there() -> Iterator[Production]:
    with production() as running:
        yield running
