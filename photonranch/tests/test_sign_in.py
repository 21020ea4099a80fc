"""Where the forms for signing in lead."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "//evil", "//evil.example/x", "https://evil.example/", "///evil", "/\\evil", "\\\\evil",
    "javascript:alert(1)", "http:evil", "//[", "\t//evil", "https:///evil",
]  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize(("form", "home"), [("/admin/login/", "/admin/"), ("/sign-in", "/")])
def test_a_next_that_is_no_page_of_ours_ends_on_one_that_is(form: str, home: str, where: str) -> None:
    User.objects.create_superuser("ada", password="sesame")
    client = Client(raise_request_exception=False)
    assert client.get(form, {"next": where}).status_code == 200

    answer = client.post(form, {"username": "ada", "password": "sesame", "next": where})
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert client.get(home).status_code == 200


@pytest.mark.parametrize("form", ["/admin/login/", "/sign-in"])
def test_a_page_of_ours_is_led_back_to(form: str) -> None:
    User.objects.create_superuser("ada", password="sesame")

    answer = Client().post(form, {"username": "ada", "password": "sesame", "next": "/sites/saf"})
    assert answer["Location"] == "/sites/saf"
