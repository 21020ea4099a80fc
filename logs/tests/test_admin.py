"""What staff do with messages: read, find, remove."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conftest import Published
from logs import services
from logs.models import LogMessage
from testing.staff import act, offered, staff, superuser

pytestmark = pytest.mark.django_db


def found(query: dict[str, str], client: Client | None = None) -> list[str]:
    changelist = (client or superuser()).get("/admin/logs/logmessage/", query).context["cl"]
    return [message.message for message in changelist.result_list]


def test_it_works(published: Published) -> None:
    services.add("saf", "the key is 1234")
    keep = services.add("saf", "clouds")

    assert "1 message deleted." in act(superuser(), "remove_chosen", LogMessage.objects.earliest("pk"))
    assert list(LogMessage.objects.all()) == [keep]


def test_removing_needs_the_permission(published: Published) -> None:
    message = services.add("saf", "clouds")
    looker = staff("logs.view_logmessage")

    assert offered(looker, message) == set()
    act(looker, "remove_chosen", message)
    assert LogMessage.objects.exists()


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ({"level": "serious"}, ["dome stuck", "no power"]),
        ({"level": "warning"}, ["clouds"]),
        ({"q": "dome stuck"}, ["dome stuck"]),
        ({"q": "power no"}, ["no power"]),
        ({"site": "mrc1"}, ["no power"]),
        ({"site": "mrc1", "level": "warning"}, []),
    ],
)
def test_messages_are_found(published: Published, query: dict[str, str], messages: list[str]) -> None:
    services.add("mrc1", "no power", log_level="Critical")
    services.add("saf", "clouds", log_level="WARNING")
    services.add("saf", "dome stuck", log_level="error")

    assert found(query) == messages


def test_messages_of_a_day(published: Published) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    old, _ = services.add("saf", "old"), services.add("saf", "new")
    LogMessage.objects.filter(pk=old.pk).update(received_at=yesterday)

    client, day = superuser(), f"{yesterday:%Y-%m-%d}"
    assert found({"date": day}, client) == ["old"]
    assert found({"date": day, "site": "saf"}, client) == ["old"]
    assert found({"date": day, "site": "mrc1"}, client) == []
