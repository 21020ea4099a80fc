"""The one question that commands ask about reservations."""

from datetime import datetime


def holders(site: str, at: datetime) -> frozenset[str]:
    """The ids of the users who hold `site` at the instant `at`; empty: nobody does.

    Nothing here takes reservations yet, so nobody holds anything.
    """
    return frozenset()
