"""Every page of the admin, of every model: it opens, and asks the database as often for forty rows as for
two."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from testing.rows import ROWS, fill, model

pytestmark = pytest.mark.django_db

# Tables of libraries that staff have no use for: shown where it matters, or empty (axes counts in the cache).
WITHOUT = {
    "auth.permission",
    "contenttypes.contenttype",
    "sessions.session",
    "axes.accessattempt",
    "axes.accessattemptexpiration",
    "axes.accessfailurelog",
    "axes.accesslog",
}
MODELS = sorted(set(ROWS))
# Session, user, savepoints, count, page, the sites of the filter, the two ends of the dates.
MAX_QUERIES = 20


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


def path(label: str, page: str, *keys: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=keys)


def queries(staff: Client, address: str) -> tuple[int, str]:
    with CaptureQueriesContext(connection) as asked:
        answer = staff.get(address)
    assert answer.status_code == 200, (address, answer.status_code, answer.headers.get("Location"))
    return len(asked), answer.content.decode()


def filters(staff: Client, label: str) -> list[str]:
    """The query of every choice of every filter, and of every order, that the list offers."""
    changelist = staff.get(path(label, "changelist")).context["cl"]
    found = []
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            if "form" in choice:
                [(name, field)] = choice["form"].fields.items()
                found += [f"?{name}={value}" for value, _ in field.choices if value != ""]
            else:
                found.append(choice["query_string"])
    found += [f"?o={number}" for number in range(1, len(changelist.list_display))]
    found += (
        [address for _, address in changelist.dates_offered()] if hasattr(changelist, "dates_offered") else []
    )
    return found


def test_every_model_has_an_admin() -> None:
    known = {each._meta.label_lower for each in apps.get_models()}
    registered = {each._meta.label_lower for each in admin.site._registry}

    assert known - registered == WITHOUT
    assert set(ROWS) == registered


@pytest.mark.parametrize("label", MODELS)
def test_every_page_opens(staff: Client, label: str) -> None:
    rows = fill(label, 3)

    assert staff.get(path(label, "change", rows[0].pk)).status_code == 200
    assert staff.get(path(label, "history", rows[0].pk)).status_code == 200
    assert staff.get(path(label, "add")).status_code in (200, 403)
    assert staff.get(path(label, "changelist")).status_code == 200
    assert staff.get(path(label, "changelist") + "?q=s00").status_code == 200


@pytest.mark.parametrize("label", MODELS)
def test_every_filter_order_and_date_works(staff: Client, label: str) -> None:
    fill("sitecfg.site", 2)
    fill(label, 3)

    for query in filters(staff, label):
        queries(staff, path(label, "changelist") + query)


@pytest.mark.parametrize("label", MODELS)
def test_a_page_asks_no_more_for_more_rows(staff: Client, label: str) -> None:
    few = fill(label, 2)
    pages = ["", "?q=0", "?o=1"]
    # Once before: the types of content are asked for once in the life of a process.
    queries(staff, path(label, "change", few[0].pk))
    before = [queries(staff, path(label, "changelist") + page)[0] for page in pages]
    one_before, _ = queries(staff, path(label, "change", few[0].pk))

    fill(label, 38)

    assert [queries(staff, path(label, "changelist") + page)[0] for page in pages] == before
    assert queries(staff, path(label, "change", few[0].pk))[0] == one_before
    assert max(*before, one_before) <= MAX_QUERIES


@pytest.mark.parametrize("label", MODELS)
def test_what_is_shown_is_escaped(staff: Client, label: str) -> None:
    rows = fill(label, 1)

    for address in (path(label, "changelist"), path(label, "change", rows[0].pk)):
        _, page = queries(staff, address)
        assert "<b>message" not in page
        assert "<i>1" not in page
        assert "<b>&" not in page


@pytest.mark.parametrize("label", MODELS)
def test_who_is_not_allowed_sees_nothing(client: Client, label: str) -> None:
    [row] = fill(label, 1)
    client.force_login(User.objects.create_user("eve", is_staff=True))

    assert client.get(path(label, "changelist")).status_code == 403
    assert client.get(path(label, "change", row.pk)).status_code == 403
    action = {"action": "remove_chosen", "_selected_action": [row.pk], "confirmed": "yes"}
    assert client.post(path(label, "changelist"), action).status_code == 403
    assert model(label).objects.filter(pk=row.pk).exists()


def test_who_is_not_signed_in_is_sent_to_the_door(client: Client) -> None:
    answer = client.get(path("jobs.job", "changelist"))

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/jobs/job/")


@pytest.mark.parametrize(
    "query", ["?date=x", "?date=2026-13", "?date=20260101", "?nonsense=1", "?site=", "?p=99"]
)
def test_a_query_that_makes_no_sense_harms_nothing(staff: Client, query: str) -> None:
    fill("jobs.job", 2)

    assert staff.get(path("jobs.job", "changelist") + query, follow=True).status_code == 200
