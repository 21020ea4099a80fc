"""Calls that wait hold no thread: the whole chain of middleware is async under ASGI."""

from typing import Any

import pytest
from django.test import AsyncClient
from django.utils.module_loading import import_string


def test_every_middleware_is_fit_for_async(settings: Any) -> None:
    """One that is not puts everything inside it into a thread, for as long as a view waits."""
    unfit = [path for path in settings.MIDDLEWARE if not import_string(path).async_capable]

    assert unfit == []


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/healthz//", 200), ("/static/admin/css/base.css", 200), ("/x", 404)],
)
async def test_it_answers_as_ever(path: str, status: int) -> None:
    answer = await AsyncClient().get(path)

    assert answer.status_code == status
    answer.close()
