import pytest


@pytest.fixture(autouse=True)
def _ahead_of_what_is_reserved(before_the_nights: None) -> None:
    """The dates in these tests lie ahead."""
